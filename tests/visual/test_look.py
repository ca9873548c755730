"""The look of articles: learned from the catalogue's labels where that finds more that is alike, else plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import run_here
from studio import place

from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings, open_embeddings
from stylo.vectors.index import open_index
from stylo.visual import look as looks
from stylo.visual.alike import open_lookalikes
from stylo.visual.encoder import encoder_of
from stylo.visual.look import Choice, Look, keep_look, learn_look, open_look
from stylo.visual.projection import LABELS, Projection, learn, units, usable

KINDS, WIDTH = 6, 48


def catalogue(count: int = 600, seed: int = 0, noise: float = 3.0) -> tuple[Embeddings, pl.DataFrame]:
    """Articles whose kind hides in six of 48 directions, under others that are stronger and mean nothing."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, KINDS, count)
    vectors = draw.normal(size=(count, WIDTH))
    vectors[:, KINDS:] *= noise
    vectors[np.arange(count), kind] += 5
    articles = np.arange(1, count + 1, dtype=np.int32)
    table = pl.DataFrame(
        {
            "article": articles,
            "article_id": [f"{article:010d}" for article in articles],
            "product_code": articles // 2,
            "product_type_name": [f"kind {number}" for number in kind],
            "colour_group_name": ["Black"] * count,
            "graphical_appearance_name": ["Solid"] * count,
        },
        schema_overrides={"article": pl.Int32},
    )
    return Embeddings(articles, vectors.astype(np.float32)), table


@pytest.fixture(scope="module")
def learned() -> Look:
    return learn_look(*catalogue())


def project(look: Look, vectors: np.ndarray) -> np.ndarray:
    assert look.projection is not None
    return look.projection(vectors)


def share_of_own_kind(vectors: np.ndarray, table: pl.DataFrame) -> float:
    kinds = table["product_type_name"].to_numpy()
    similar = units(vectors) @ units(vectors).T
    np.fill_diagonal(similar, -np.inf)
    near = np.argsort(-similar, axis=1)[:, :12]
    return float((kinds[near] == kinds[:, None]).mean())


def test_learned_vectors_find_the_kind_that_plain_ones_hide(learned: Look) -> None:
    trial = learned.trial
    assert trial is not None
    assert trial.better
    assert trial.learned["product_type_name"] > trial.plain["product_type_name"] + 0.1
    plain, table = catalogue(seed=1)  # none of these articles was there when it learned
    assert (
        share_of_own_kind(project(learned, plain.vectors), table)
        > share_of_own_kind(plain.vectors, table) + 0.1
    )


def test_labels_that_say_nothing_are_not_learned(learned: Look) -> None:
    _, table = catalogue()
    assert usable(table) == ["product_type_name"]
    assert learned.projection is not None
    assert learned.projection.sizes == (KINDS,)
    rare = table.with_columns(colour_group_name=pl.when(pl.col("article") == 1).then(pl.lit("Red")))
    assert usable(rare) == ["product_type_name"]  # null and one Red


def test_names_by_chance_leave_the_plain_vectors_in_place() -> None:
    plain, table = catalogue()
    shuffled = table.with_columns(pl.col("product_type_name").shuffle(seed=0))
    found = learn_look(plain, shuffled)
    assert found.projection is None
    assert found.embeddings is plain
    assert found.trial is not None
    assert not found.trial.better
    assert found.why == "Learned vectors did not find more similar articles among held-out products."


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: table.head(499), "Fewer than 500 articles have a photo"),
        (lambda table: table.with_columns(product_type_name=pl.lit("T-shirt")), "nothing to learn"),
        (
            lambda table: table.with_columns(pl.lit(None, pl.String).alias(label) for label in LABELS),
            "nothing to learn",
        ),
        (lambda table: table.head(1), "Fewer than 500"),
    ],
    ids=["few", "one kind", "no labels", "one article"],
)
def test_where_there_is_nothing_to_learn_from_it_says_so(change: object, why: str) -> None:
    plain, table = catalogue()
    found = learn_look(plain, change(table))  # type: ignore[operator]
    assert found.projection is None
    assert why in found.why


def test_products_that_are_tried_are_never_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, table = catalogue()
    learned_from: list[set[int]] = []

    def spy(vectors: np.ndarray, labels: pl.DataFrame, *_: object) -> Projection:
        rows = np.array([np.flatnonzero((plain.vectors == row).all(axis=1))[0] for row in vectors[:]])
        learned_from.append(set(table["product_code"].gather(rows)))
        return learn(vectors, labels)

    asked: list[set[int]] = []
    shares = looks._shares

    def listen(
        project: Callable[..., np.ndarray], vectors: looks.Rows, queries: np.ndarray, codes: list[np.ndarray]
    ) -> np.ndarray:
        asked.append(set(table["product_code"].gather(queries)))
        return shares(project, vectors, queries, codes)

    monkeypatch.setattr(looks, "learn", spy)
    monkeypatch.setattr(looks, "_shares", listen)
    learn_look(plain, table)
    assert asked[0] == asked[1]
    assert len(asked[0]) > 50
    assert not asked[0] & learned_from[0]


def test_the_same_catalogue_gives_the_same_vectors(learned: Look) -> None:
    again = learn_look(*catalogue())
    assert again.embeddings.vectors.tobytes() == learned.embeddings.vectors.tobytes()


def test_a_projected_vector_has_length_one_whatever_the_length_of_the_plain_one(learned: Look) -> None:
    vectors = catalogue()[0].vectors[:20]
    found = project(learned, vectors)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(project(learned, 7 * vectors), found, atol=1e-5)
    assert np.isfinite(project(learned, np.zeros((1, WIDTH), np.float32))).all()


# ---- kept in a data folder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    plain, _ = catalogue()
    np.save(tmp_path / "visual_features.npy", plain.vectors)
    names = ", ".join(f'"{article:010d}"' for article in plain.articles)
    (tmp_path / "visual_features.json").write_text(f'{{"article_ids": [{names}]}}')
    return DataFolder(tmp_path)


def test_a_learned_look_is_kept_and_opened_again(folder: DataFolder, learned: Look) -> None:
    keep_look(learned, folder)
    found = open_look(folder, open_embeddings(folder))
    assert found.file == "visual_learned.npy"
    np.testing.assert_array_equal(found.vectors, learned.embeddings.vectors)
    near = open_index(folder, found).nearest(found.vectors[7], 1)
    assert near.rows.tolist() == [7]


def test_other_plain_vectors_are_never_mixed_with_it(folder: DataFolder, learned: Look) -> None:
    keep_look(learned, folder)
    np.save(folder.path("visual_features.npy"), catalogue(seed=5)[0].vectors)
    assert open_look(folder, open_embeddings(folder)).file == "visual_features.npy"


@pytest.mark.parametrize("name", ["visual_learned.npy", "visual_learned.json"])
def test_a_damaged_one_gives_way_to_the_plain_vectors(folder: DataFolder, learned: Look, name: str) -> None:
    keep_look(learned, folder)
    path = folder.root / name
    path.write_bytes(path.read_bytes()[:-9])
    assert open_look(folder, open_embeddings(folder)).file == "visual_features.npy"


def test_a_plain_look_removes_the_learned_one(folder: DataFolder, learned: Look) -> None:
    keep_look(learned, folder)
    keep_look(Look(open_embeddings(folder)), folder)
    assert sorted(path.name for path in folder.root.iterdir()) == [
        "visual_features.json",
        "visual_features.npy",
    ]


def test_articles_are_compared_by_the_learned_vectors_and_photos_by_the_plain_ones(
    demo_shop: Path, tmp_path: Path
) -> None:
    for name in ("articles.parquet", "visual_features.npy", "visual_features.json"):
        (tmp_path / name).write_bytes((demo_shop / name).read_bytes())
    folder = DataFolder(tmp_path)
    plain = open_embeddings(folder)
    # A look in which each article is next to the one after it, which the plain vectors do not know.
    turn = np.linspace(0, np.pi, len(plain.articles))[:, None]
    circle = np.hstack([np.cos(turn), np.sin(turn)]).astype(np.float32)
    keep_look(Look(Embeddings(plain.articles, circle, {}, "visual_learned.npy"), Stub()), folder)  # type: ignore[arg-type]
    shop = open_lookalikes(folder, with_sales=False)
    neighbours = shop.find(shop.of_article(int(plain.articles[5])), 2, exact=True)["article"].to_list()
    assert sorted(neighbours) == [plain.articles[4], plain.articles[6]]
    photo = (demo_shop / "images" / place(int(plain.articles[9]))).read_bytes()
    found = shop.find(shop.of_photo(photo, encoder_of(plain.facts)), 1)
    assert found["article"].to_list() == [plain.articles[9]]


class Stub:
    """Stands for a projection that gives two numbers."""

    width = 2


def test_the_script_says_which_vectors_it_took_and_why(demo_shop: Path, tmp_path: Path) -> None:
    for name in ("articles.parquet", "visual_features.npy", "visual_features.json"):
        (tmp_path / name).write_bytes((demo_shop / name).read_bytes())
    done = run_here("visual_reccs.py", "--data", tmp_path)
    assert done.returncode == 0
    assert "Fewer than 500 articles have a photo: too few to learn from." in done.stdout
    assert run_here("visual_reccs.py", "--data", tmp_path, "--vectors", "best").returncode == 2
    assert Choice("plain") is Choice.PLAIN
