"""Photos from outside are looked up in a space that has learned what only disturbs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import run_here
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylo.errors import MissingWeights
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings, EmbeddingWriter, open_embeddings
from stylo.visual import disturbances, photo_space
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.photo_space import (
    PhotoProjection,
    PhotoSpace,
    keep_photo_space,
    learn_photo_space,
    open_photo_space,
)
from stylo.visual.photos import squeeze
from stylo.visual.projection import units
from stylo.visual.thumbnails import Thumbnails

ARTICLES = 520
FILES = [
    "visual_search.json",
    "visual_search.npy",
    "visual_search_index.json",
    "visual_search_index.npy",
    "visual_search_projection.bin",
    "visual_search_projection.json",
]


def coarse(pixels: np.ndarray) -> np.ndarray:
    """A network that sees 8 × 8 fields of colour, and is blinded by the light as a whole: (n, 192)."""
    fields = pixels.reshape(len(pixels), 8, SIZE // 8, 8, SIZE // 8, 3).mean(axis=(2, 4), dtype=np.float32)
    return (fields + 4 * fields.mean(axis=(1, 2), keepdims=True)).reshape(len(pixels), -1)


def encoder(weights: str = "sha") -> Encoder:
    return Encoder("fields", 192, "none", "imagenet", weights, True, "f32", "numpy", coarse)


def garment(article: int) -> Image.Image:
    """A garment of six fields of colour on light grey."""
    draw = np.random.default_rng(article)
    picture = Image.new("RGB", (48, 72), (240, 240, 240))
    fields = Image.fromarray(draw.integers(0, 200, (3, 2, 3), dtype=np.uint8))
    picture.paste(fields.resize((28, 52), Image.Resampling.NEAREST), (10, 10))
    return picture


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Vectors and thumbnails of articles 1 to 520."""
    folder = DataFolder(tmp_path_factory.mktemp("space"))
    thumbnails = Thumbnails.of(folder)
    articles = list(range(1, ARTICLES + 1))
    for article in articles:
        thumbnails.write(article, garment(article))
    pixels = np.stack([squeeze(garment(article), SIZE) for article in articles])
    with EmbeddingWriter(folder.path("visual_features.npy"), 192) as writer:
        writer.append(articles, coarse(pixels))
    manifest = photo_space.Manifest("visual_features.py", {}, {})
    writer.write_json(folder.path("visual_features.json"), manifest, encoder().facts)
    return folder


@pytest.fixture(scope="module")
def plain(studio: DataFolder) -> Embeddings:
    return open_embeddings(studio)


@pytest.fixture(scope="module")
def learned(studio: DataFolder, plain: Embeddings) -> PhotoSpace:
    return learn_photo_space(plain, Thumbnails.of(studio), encoder)


@pytest.fixture
def folder(studio: DataFolder, plain: Embeddings, learned: PhotoSpace, tmp_path: Path) -> DataFolder:
    """A folder of one's own, with the space that was learned."""
    for name in ("visual_features.npy", "visual_features.json"):
        (tmp_path / name).write_bytes(studio.path(name).read_bytes())
    (tmp_path / "thumbnails").symlink_to(studio.root / "thumbnails")
    keep_photo_space(learned, plain, DataFolder(tmp_path))
    return DataFolder(tmp_path)


def never() -> Encoder:
    raise AssertionError("the network was asked for")


@pytest.mark.slow
def test_photos_on_a_ground_that_it_never_saw_find_their_article(
    plain: Embeddings, learned: PhotoSpace
) -> None:
    assert learned.projection is not None
    assert learned.trial is not None
    assert learned.trial.better
    draw = np.random.default_rng(5)
    own = np.arange(0, ARTICLES, 4)
    pixels = []
    for row in own:
        stripes = Image.fromarray(draw.integers(0, 256, (1, 9, 3), dtype=np.uint8)).resize((48, 72))
        pixels.append(squeeze(disturbances.on_ground(garment(row + 1), stripes, 0.9, draw), SIZE))
    vectors = coarse(np.stack(pixels))
    found = {
        name: (
            np.argsort(-(project(vectors) @ project(plain.vectors).T), axis=1)[:, :12] == own[:, None]
        ).any(axis=1)
        for name, project in (("plain", units), ("learned", learned.projection))
    }
    assert found["learned"].mean() > found["plain"].mean() + 0.1


def test_directions_count_by_how_articles_differ_against_how_photos_are_disturbed() -> None:
    catalogue = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)], np.float32)  # of variance 1 in both directions
    moved = catalogue[:, None] + np.array([(3, 0), (-3, 0)], np.float32)  # disturbed by 9 in the first
    found = photo_space._discriminant(catalogue, catalogue, moved)
    assert found.mean == pytest.approx(np.zeros(2))
    shrinkage = 0.1 * (9 + 0) / 2
    expected = np.array([(0, (9 + shrinkage) ** -0.5), (shrinkage**-0.5, 0)])
    assert np.abs(found.directions) == pytest.approx(expected, abs=1e-5)


def test_it_is_kept_and_opened_with_the_vectors_it_belongs_to(
    folder: DataFolder, plain: Embeddings, learned: PhotoSpace
) -> None:
    opened = open_photo_space(folder, plain)
    assert opened is not None
    vectors, projection = opened
    assert learned.projection is not None
    assert vectors.vectors == pytest.approx(learned.projection(plain.vectors), abs=1e-6)
    assert projection(plain.vectors[:9]) == pytest.approx(np.asarray(vectors.vectors[:9]), abs=1e-6)
    assert np.linalg.norm(vectors.vectors, axis=1) == pytest.approx(np.ones(ARTICLES), abs=1e-5)
    assert open_photo_space(folder, replace(plain, articles=plain.articles[::-1])) is None


def test_the_same_again_needs_no_network_and_gives_the_same_bytes(
    folder: DataFolder, plain: Embeddings, learned: PhotoSpace
) -> None:
    contents = [folder.path(name) for name in FILES if not name.endswith(".json")]  # those tell the time
    before = [path.read_bytes() for path in contents]
    again = photo_space.photo_space(folder, plain, never)
    assert again.lines == learned.lines
    keep_photo_space(again, plain, folder)
    assert [path.read_bytes() for path in contents] == before


def test_more_articles_of_the_same_network_go_by_the_projection_that_is_there(
    folder: DataFolder, plain: Embeddings
) -> None:
    more = replace(
        plain, articles=np.arange(1, 781, dtype=np.int32), vectors=np.tile(plain.vectors, (2, 1))[:780]
    )
    assert photo_space.photo_space(folder, more, never).articles == ARTICLES
    twice = replace(
        plain, articles=np.arange(1, 782, dtype=np.int32), vectors=np.tile(plain.vectors, (2, 1))[:781]
    )
    with pytest.raises(AssertionError, match="the network was asked for"):
        photo_space.photo_space(folder, twice, never)


def test_another_network_is_learned_from_anew(folder: DataFolder, plain: Embeddings) -> None:
    other = replace(plain, facts={**plain.facts, "weights_sha256": "other"})
    with pytest.raises(AssertionError, match="the network was asked for"):
        photo_space.photo_space(folder, other, never)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"{}"]
)
def test_damaged_files_are_never_used(
    folder: DataFolder, plain: Embeddings, name: str, damage: Callable[[bytes], bytes]
) -> None:
    path = folder.path(name)
    path.write_bytes(damage(path.read_bytes()))
    opened = open_photo_space(folder, plain)
    assert (opened is None) == ("index" not in name)  # an index is made again in memory


def test_a_catalogue_that_the_plain_vectors_know_as_well_keeps_them(
    folder: DataFolder, plain: Embeddings
) -> None:
    def blind(pixels: np.ndarray) -> np.ndarray:
        return np.ones((len(pixels), 192), np.float32)

    same = replace(encoder(), _run=blind)
    found = learn_photo_space(plain, Thumbnails.of(folder), lambda: same)
    assert found.projection is None
    assert found.trial is not None
    assert "photos from outside are compared by the plain vectors" in found.lines[-1]
    keep_photo_space(found, plain, folder)
    assert not list(folder.root.glob("visual_search*"))
    assert open_photo_space(folder, plain) is None


def without_weights() -> Encoder:
    raise MissingWeights("The weights are not at hand.")


def test_where_nothing_can_be_learned_it_says_why(
    plain: Embeddings, studio: DataFolder, tmp_path: Path
) -> None:
    thumbnails = Thumbnails.of(studio)
    few = replace(plain, articles=plain.articles[:499], vectors=plain.vectors[:499])
    assert learn_photo_space(few, thumbnails, never).why.startswith("Fewer than 500 articles have a photo:")
    nowhere = learn_photo_space(plain, Thumbnails(tmp_path / "none"), never)
    assert nowhere.why.startswith("Fewer than 100 thumbnails can be read:")
    away = learn_photo_space(plain, thumbnails, without_weights)
    assert away.why == (
        "The weights are not at hand. So photos from outside are compared by the plain vectors."
    )
    assert away.facts["photo_search"] == "plain"


def test_a_vector_of_zeros_has_a_place(learned: PhotoSpace) -> None:
    assert learned.projection is not None
    assert np.isfinite(learned.projection(np.zeros((1, 192), np.float32))).all()
    assert isinstance(learned.projection, PhotoProjection)


def test_the_script_says_by_what_photos_are_compared(demo_shop: Path, tmp_path: Path) -> None:
    for name in ("articles.parquet", "visual_features.npy", "visual_features.json"):
        (tmp_path / name).write_bytes((demo_shop / name).read_bytes())
    done = run_here("visual_reccs.py", "--data", tmp_path, "--vectors", "plain")
    assert done.returncode == 0
    assert "Photos from outside are compared by the plain vectors." in done.stdout


@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    way=st.sampled_from([*disturbances.SIMPLE, "ground", "patches", "grain", "part"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_picture_can_be_disturbed_and_the_same_seed_does_the_same(
    width: int, height: int, way: disturbances.Disturb | str, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)

    def once() -> Image.Image:
        draw = np.random.default_rng(seed)
        if callable(way):
            return way(picture, draw)
        if way == "ground":
            return disturbances.on_ground(
                picture, Image.new("RGB", picture.size), draw.uniform(0.55, 1), draw
            )
        if way == "part":
            return disturbances.part_of(picture, (width, height), draw)
        return getattr(disturbances, way)((width, height), draw)

    first = once()
    assert first.mode == "RGB"
    assert min(first.size) >= 1
    assert first.tobytes() == once().tobytes()
    assert picture.tobytes() == Image.fromarray(pixels).tobytes()
    if way not in (disturbances.cropped,):
        assert first.size == (width, height)
