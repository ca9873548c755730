"""What is alike by look, shape, colour and pattern: a shop whose right answers can be seen, and brute force."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import (
    ARTICLE_COLUMNS,
    CUSTOMER_COLUMNS,
    TRANSACTION_COLUMNS,
    article_row,
    bought,
    customer,
    jpeg,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from studio import encoder

from stylo.errors import BadOption, MissingArtefact, StaleArtefact, UnknownArticle
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors import index as vector_index
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.index import VectorIndex
from stylo.visual.alike import Lookalikes, Query, Space, Weights, open_lookalikes
from stylo.visual.colours import colour_vectors, named_colours
from stylo.visual.filters import Filter
from stylo.visual.photos import UnreadablePhoto
from stylo.visual.twins import make_twins

TEE, VARIANT, SKIRT, TWIN, STRIPED, HAT = (
    108775015, 108775044, 200000001, 300000001, 400000001, 500000001
)  # fmt: skip
# Article, direction of its vector in degrees, product type, pattern, colour.
SHOP = (
    (TEE, 0, "T-shirt", "Solid", "Red"),
    (VARIANT, 10, "T-shirt", "Solid", "Blue"),
    (SKIRT, 30, "Skirt", "Solid", "Red"),
    (TWIN, 5, "Skirt", "Stripe", "Blue"),
    (STRIPED, 60, "T-shirt", "Stripe", "Green"),
    (HAT, 90, "Hat", "Dot", "Red"),
)
UNKNOWN = 666666666  # has a vector, and is no article
KINDS, PATTERNS = ("T-shirt", "Skirt", "Hat"), ("Solid", "Stripe", "Dot")


def row(article: int, kind: str, pattern: str, colour: str) -> str:
    line = article_row(f"{article:010d}", kind=KINDS.index(kind))
    line = line.replace("T-shirt", kind).replace("Colour 9", colour)
    return line.replace(",1,Solid,", f",{PATTERNS.index(pattern)},{pattern},")


def put_vectors(folder: DataFolder, order: list[int], extra: int = UNKNOWN) -> None:
    angles = {article: angle for article, angle, *_ in SHOP} | {extra: 1}
    radians = np.radians([angles[article] for article in order])
    np.save(
        folder.path("visual_features.npy"),
        7 * np.column_stack([np.cos(radians), np.sin(radians)]).astype("f4"),
    )
    (folder.root / "visual_features.json").write_text(json.dumps([f"{article:010d}" for article in order]))


ORDER = [UNKNOWN, *(article for article, *_ in SHOP)]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Four of the six were sold: the hat and the green one never were."""
    sales = [
        bought("2020-09-01", 1, TEE, "0.05"),
        bought("2020-09-20", 1, VARIANT, "0.1"),
        bought("2020-09-10", 1, VARIANT, "0.5"),
        bought("2020-09-14", 1, SKIRT, "0.05"),
        bought("2020-09-13", 1, TWIN, "0.02"),
    ]
    for name, header, rows in (
        ("articles.csv", ARTICLE_COLUMNS, [row(article, *rest) for article, _, *rest in SHOP]),
        ("customers.csv", CUSTOMER_COLUMNS, [f"{customer(1)},,,ACTIVE,NONE,30,"]),
        ("transactions_train.csv", TRANSACTION_COLUMNS, [",".join(sale) for sale in sales]),
    ):
        (tmp_path / name).write_text("\n".join([header, *rows]) + "\n")
    folder = DataFolder(tmp_path)
    convert(tmp_path, folder)
    put_vectors(folder, ORDER)
    return folder


@pytest.fixture
def shop(folder: DataFolder) -> Lookalikes:
    return open_lookalikes(folder)


def found(table: pl.DataFrame) -> list[int]:
    return table["article"].to_list()


def test_by_look_alone_the_nearest_vectors_come_first(shop: Lookalikes) -> None:
    table = shop.find(shop.of_article(TEE))
    assert found(table) == [TWIN, VARIANT, SKIRT, STRIPED, HAT]
    assert table["score"].to_list() == table["look"].to_list()
    # The median of the 21 cosines is the typical one: 0 on the scale; 1 is the same vector.
    angles = np.radians([1, *(angle for _, angle, *_ in SHOP)])
    typical = np.median(np.cos(angles[:, None] - angles)[np.triu_indices(7, 1)])
    expected = [
        max(0, (np.cos(np.radians(angle)) - typical) / (1 - typical)) for angle in (5, 10, 30, 60, 90)
    ]
    assert table["look"].to_list() == pytest.approx(expected, abs=1e-5)


def test_with_the_weight_of_colour_up_those_of_the_same_colour_come_first(shop: Lookalikes) -> None:
    table = shop.find(shop.of_article(TEE), 2, Weights(look=0, colour=1))
    assert found(table) == [SKIRT, HAT]
    assert table["colour"].to_list() == pytest.approx([1, 1])


def test_with_the_weight_of_shape_up_those_of_the_same_type_come_first(shop: Lookalikes) -> None:
    table = shop.find(shop.of_article(TEE), 2, Weights(look=0.1, shape=1))
    assert found(table) == [VARIANT, STRIPED]
    # Two of the five that look like it are T-shirts, and so is it: half of 2/5 and half of 1.
    assert table["shape"].to_list() == pytest.approx([0.7 / 1.1] * 2)


def test_with_the_weight_of_pattern_up_those_of_the_same_pattern_come_first(shop: Lookalikes) -> None:
    assert found(shop.find(shop.of_article(TWIN), 1, Weights(look=0, pattern=1))) == [STRIPED]


def test_between_equals_the_look_decides_though_its_weight_is_0(shop: Lookalikes) -> None:
    table = shop.find(shop.of_article(SKIRT), 2, Weights(look=0, colour=1))
    assert found(table) == [TEE, HAT]
    assert table["look"].to_list() == [0, 0]


def test_only_the_proportions_of_the_weights_matter(shop: Lookalikes) -> None:
    one, other = (
        shop.find(shop.of_article(TEE), 5, Weights(*(times * weight for weight in (1, 2, 3, 1))))
        for times in (1, 50)
    )
    assert found(one) == found(other)
    assert one["score"].to_list() == pytest.approx(other["score"].to_list())


def test_the_contributions_sum_to_the_score(shop: Lookalikes) -> None:
    table = shop.find(shop.of_article(TEE), 5, Weights(1, 1, 1, 1))
    total = table.select(pl.sum_horizontal("look", "shape", "colour", "pattern")).to_series()
    assert table["score"].to_list() == pytest.approx(total.to_list())
    assert table["score"].is_between(0, 1).all()
    assert table["score"].is_sorted(descending=True)


@pytest.mark.parametrize("weights", [(0, 0, 0, 0), (1, -1, 0, 0), (np.nan, 1, 0, 0), (np.inf, 0, 0, 0)])
def test_senseless_weights_are_refused(shop: Lookalikes, weights: tuple[float, ...]) -> None:
    with pytest.raises(BadOption, match=r"of look, shape, colour and pattern\.(\n.*)*one must be above 0"):
        shop.find(shop.of_article(TEE), 1, Weights(*weights))


@pytest.mark.parametrize("k", [0, -1])
def test_a_senseless_k_is_refused(shop: Lookalikes, k: int) -> None:
    with pytest.raises(BadOption, match=f"k = {k}"):
        shop.find(shop.of_article(TEE), k)


@pytest.mark.parametrize("k", [5, 6, 5000])
def test_more_than_there_are_gives_all_but_the_article_itself(shop: Lookalikes, k: int) -> None:
    assert sorted(found(shop.find(shop.of_article(TEE), k))) == [VARIANT, SKIRT, TWIN, STRIPED, HAT]


def test_variants_of_the_article_can_be_left_out(shop: Lookalikes) -> None:
    assert found(shop.find(shop.of_article(TEE), 2, variants=False)) == [TWIN, SKIRT]


def test_an_article_without_a_vector_is_refused_by_name(shop: Lookalikes) -> None:
    with pytest.raises(UnknownArticle, match="0777777777"):
        shop.of_article(777777777)


def test_vectors_of_unknown_articles_are_never_found(shop: Lookalikes) -> None:
    assert UNKNOWN in shop.articles["article"]
    assert UNKNOWN not in found(shop.find(shop.of_article(TEE), 5000))


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(product_types=("Skirt", "Hat")), [TWIN, SKIRT, HAT]),
        (Filter(colours=("Red",)), [SKIRT, HAT]),
        (Filter(product_types=("Skirt",), colours=("Red",)), [SKIRT]),
        (Filter(product_types=("Hat",), colours=("Blue",)), []),
        # What was paid last: 0.1 × 590 = 59 for the variant; 29.5 for the tee and the skirt, 11.8 for the twin.
        (Filter(price=(29, 60)), [VARIANT, SKIRT]),
        (Filter(price=(None, 12)), [TWIN]),
        # The last sale is of 20 September: the week begins on the 14th.
        (Filter(on_sale_weeks=1), [VARIANT, SKIRT]),
        (Filter(on_sale_weeks=2), [TWIN, VARIANT, SKIRT]),
        (Filter(), [TWIN, VARIANT, SKIRT, STRIPED, HAT]),
    ],
)
def test_as_many_are_found_as_pass_the_filter(shop: Lookalikes, only: Filter, expected: list[int]) -> None:
    table = shop.find(shop.of_article(TEE), 5, only=only)
    assert found(table) == expected
    assert table.schema == {
        "article": pl.Int32,
        **dict.fromkeys(("score", "look", "shape", "colour", "pattern"), pl.Float32),
    }


def test_k_are_found_however_far_away_those_are_that_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_SHORTLIST", 10)
    shop = random_shop(600, seed=3)
    query = shop.of_article(0)
    farthest = np.argsort(shop.index.similarities(query.vector, np.arange(600)))[:20]
    among = np.isin(np.arange(600), farthest)
    assert set(found(shop.find(query, 20, Weights(1, 1, 1, 1), among=among))) <= set(farthest.tolist())
    assert len(shop.find(query, 20, Weights(1, 1, 1, 1), among=among)) == 20


def test_who_may_be_found_and_the_filter_hold_both(shop: Lookalikes) -> None:
    among = shop.articles["article"].is_in([SKIRT, STRIPED]).to_numpy()
    assert found(shop.find(shop.of_article(TEE), 5, only=Filter(colours=("Red",)), among=among)) == [SKIRT]
    assert among.sum() == 2


def test_the_order_of_the_rows_changes_nothing(folder: DataFolder) -> None:
    answers = []
    for order in (ORDER, ORDER[::-1]):
        put_vectors(folder, order)
        shop = open_lookalikes(folder)
        answers.append(shop.find(shop.of_article(SKIRT), 5, Weights(1, 2, 3, 1)))
    one, other = answers
    assert found(one) == found(other)
    assert one["score"].to_list() == pytest.approx(other["score"].to_list(), abs=1e-5)


def test_the_index_of_the_file_answers_as_the_one_made_in_memory(folder: DataFolder) -> None:
    made = open_lookalikes(folder)
    make_twins(folder)
    assert folder.has("visual_index.npy")
    read = open_lookalikes(folder)
    for article, *_ in SHOP:
        one, other = (
            shop.find(shop.of_article(article), 5, Weights(1, 1, 1, 1), Filter(colours=("Red", "Blue")))
            for shop in (made, read)
        )
        assert one.equals(other)


def test_without_transactions_nothing_is_on_sale_and_all_else_goes_on(folder: DataFolder) -> None:
    shutil.rmtree(folder.path("transactions.parquet"))
    shop = open_lookalikes(folder)
    assert shop.as_of is None
    assert len(shop.find(shop.of_article(TEE), 5)) == 5
    with pytest.raises(BadOption, match=r"transactions\.parquet is missing"):
        shop.find(shop.of_article(TEE), only=Filter(on_sale_weeks=1))


def test_vectors_of_another_shop_are_refused(folder: DataFolder) -> None:
    put_vectors(folder, [UNKNOWN])
    with pytest.raises(StaleArtefact, match="another shop"):
        open_lookalikes(folder)


def test_without_vectors_the_script_is_named(folder: DataFolder) -> None:
    folder.path("visual_features.npy").unlink()
    with pytest.raises(MissingArtefact, match=r"visual_features\.py"):
        open_lookalikes(folder)


def test_articles_whose_photo_was_not_looked_at_have_the_colour_of_their_group(shop: Lookalikes) -> None:
    of_group = colour_vectors(named_colours([colour for *_, colour in SHOP]))
    np.testing.assert_allclose(shop.colours[1:], of_group)
    assert not shop.colours[0].any()  # nothing is known of the unknown one


# ---- a photo from outside


class Direction:
    """Encodes a photo as a direction in the shop's two dimensions: red is 0 degrees, blue 90."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        return pixels.mean(axis=(1, 2))[:, [0, 2]].astype(np.float32)


ENCODER = encoder(Direction())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_red_photo_finds_what_looks_red(shop: Lookalikes, form: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), (205, 10, 15)).save(written, form, quality=95)
    query = shop.of_photo(written.getvalue(), ENCODER)
    assert query.article is None
    assert found(shop.find(query, 3)) == [TWIN, TEE, VARIANT]  # 5 degrees is nearest to about 4
    by_colour = shop.find(query, 3, Weights(look=0, colour=1))
    assert set(found(by_colour)) == {TEE, SKIRT, HAT}
    # Six looks tell of the type: three T-shirts, two skirts, one hat.
    assert query.shape[shop.shapes[1:]].tolist() == pytest.approx(
        [{"T-shirt": 3, "Skirt": 2, "Hat": 1}[kind] / 6 for _, _, kind, *_ in SHOP]
    )


def test_an_upload_of_50_mb_is_refused_before_it_is_decoded(shop: Lookalikes) -> None:
    with pytest.raises(UnreadablePhoto, match="50 MB is too large: at most 25 MB"):
        shop.of_photo(jpeg() + bytes(50_000_000), ENCODER)


@pytest.mark.parametrize(
    "data",
    [b"", b"a letter, not a picture", jpeg(size=(800, 1200))[:900], jpeg()[:30]],
    ids=["nothing", "text", "half a JPEG", "the head of a JPEG"],
)
def test_what_is_no_picture_is_refused(shop: Lookalikes, data: bytes) -> None:
    with pytest.raises(UnreadablePhoto):
        shop.of_photo(data, ENCODER)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1)])
def test_a_photo_of_any_shape_is_answered(shop: Lookalikes, size: tuple[int, int]) -> None:
    assert len(shop.find(shop.of_photo(jpeg(size=size), ENCODER), 3, Weights(1, 1, 1, 1))) == 3


# ---- against brute force


def random_shop(count: int, seed: int, width: int = 24) -> Lookalikes:
    draw = np.random.default_rng(seed)
    vectors = (draw.normal(size=(count, width)) * 0.85 ** np.arange(width)).astype(np.float32)
    articles = np.arange(count, dtype=np.int32)
    index = VectorIndex.of(Embeddings(articles, vectors))
    groups = draw.choice(["Red", "Dark Blue", "Black", "White", "Beige", "no such"], count).tolist()
    frame = pl.DataFrame(
        {"article": articles, "article_id": [f"{article:010d}" for article in articles]},
        schema={"article": pl.Int32, "article_id": pl.String},
    )
    return Lookalikes(
        frame,
        index,
        index.typical(),
        colour_vectors(named_colours(groups)),
        draw.integers(0, 5, count),
        draw.integers(0, 4, count),
        date(2020, 9, 22),
        untrained=False,
    )


def scores_by_brute_force(shop: Lookalikes, row: int, weights: tuple[float, ...]) -> np.ndarray:
    """All four parts (4, n) as the module's own description has them, in float64; the query's own row is lost."""
    vectors = shop.index._vectors.astype(np.float64)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = units @ units[row]
    looks = np.maximum(cosine - shop.typical, 0) / (1 - shop.typical)
    others = np.where(np.arange(len(units)) == row, -np.inf, cosine)
    witnesses = np.argsort(-others)[: min(30, len(units) - 1)]
    likely = [
        0.5 * np.array([(codes[witnesses] == code).mean() for code in codes]) + 0.5 * (codes == codes[row])
        for codes in (shop.shapes, shop.patterns)
    ]
    colours = shop.colours.astype(np.float64) @ shop.colours[row]
    parts = np.array([looks, likely[0], colours, likely[1]]) * np.array(weights)[:, None] / sum(weights)
    parts[:, row] = -np.inf
    return parts


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 5),
    st.integers(0, 199),
    st.tuples(*[st.sampled_from([0, 0.3, 1, 5])] * 4).filter(lambda weights: sum(weights) > 0),
    st.sampled_from([1, 12, 199]),
    st.floats(0.01, 1),
)
def test_what_is_found_is_what_brute_force_finds(
    seed: int, row: int, weights: tuple[float, ...], k: int, share: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_index, "_HEAD", 4)
        shop = random_shop(200, seed)
        query = shop.of_article(row)
        patch.setattr(vector_index, "_SHORTLIST", 5)
        among = np.random.default_rng(row).random(200) < share
        table = shop.find(query, k, Weights(*weights), among=among, exact=True)
    parts = scores_by_brute_force(shop, row, weights)
    totals = parts.sum(axis=0)
    allowed = among & (np.arange(200) != row)
    best = np.sort(totals[allowed])[::-1][:k]
    rows = table["article"].to_numpy()
    assert len(set(rows.tolist())) == len(rows) == len(best)
    assert allowed[rows].all()
    # Where the look only decides between equals, it counts as much as 1e-4.
    np.testing.assert_allclose(table["score"].to_numpy(), best, atol=2e-4 if weights[0] == 0 else 2e-5)
    np.testing.assert_allclose(
        table.select("look", "shape", "colour", "pattern").to_numpy().T, parts[:, rows], atol=1e-5
    )


def test_articles_far_from_each_other_are_ordered_by_the_score_that_is_shown() -> None:
    """Below the typical cosine the look adds nothing, and takes nothing away."""
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [0.6, 0.8]], dtype=np.float32)
    embeddings = Embeddings(np.arange(4, dtype=np.int32), vectors)
    index = VectorIndex.of(embeddings)
    colours = np.array([[1, 0], [0.8, 0.6], [1, 0], [0, 1]], dtype=np.float32)
    articles = pl.DataFrame(
        {"article": range(4), "article_id": list("abcd")}, schema_overrides={"article": pl.Int32}
    )
    codes = np.zeros(4, dtype=np.int64)
    shop = Lookalikes(articles, index, 0.3, colours, codes, codes, None, untrained=False)
    one = np.ones(1, dtype=np.float32)
    table = shop.find(Query(vectors[0], colours[0], one, one, 0), 3, Weights(look=1, colour=1), exact=True)
    # Colour 0.5 × (1, 0.8, 0); look 0.5 × (0, 0, 0.3 / 0.7).
    assert table["article"].to_list() == [2, 1, 3]
    assert table["score"].to_list() == pytest.approx([0.5, 0.4, 0.15 / 0.7])


def test_what_the_shop_does_not_have_is_told_by_the_network_not_by_a_space_in_which_all_comes_near() -> None:
    """A learned space may have lost what tells a mountain from a dress; the network's own vectors have not."""
    vectors = np.eye(4, dtype=np.float32)[:3]
    plain = Space(VectorIndex.of(Embeddings(np.arange(3, dtype=np.int32), vectors)), typical=0.5)
    learned = np.tile(np.array([[1, 0.1]], dtype=np.float32), (3, 1))
    near = Space(
        VectorIndex.of(Embeddings(np.arange(3, dtype=np.int32), learned)),
        0.0,
        lambda photos: photos[:, :2] + 1,
    )
    articles = pl.DataFrame(
        {"article": range(3), "article_id": list("abc")}, schema_overrides={"article": pl.Int32}
    )
    codes, colours = np.zeros(3, dtype=np.int64), np.ones((3, 2), dtype=np.float32)
    shop = Lookalikes(articles, plain.index, 0.5, colours, codes, codes, None, False, near, plain)
    dress, mountain = (
        shop.of_vector(np.array(vector, dtype=np.float32), colours[0], photo=True)
        for vector in ([0.6, 0, 0, 0.8], [0, 0, 0, 1])
    )
    assert shop.find(mountain, 1)["score"].item() > 0.7
    assert shop.resemblance(mountain) == 0
    assert shop.resemblance(dress) == pytest.approx((0.6 - 0.5) / 0.5)
    # Where the look is the network's own, it tells.
    assert replace(shop, photos=None, network=None).resemblance(dress) == pytest.approx(0.2)
