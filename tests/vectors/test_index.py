"""Live queries against brute force, with and without filters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stylo.errors import BadOption, DamagedArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors import index as module
from stylo.vectors.embeddings import Embeddings, open_embeddings
from stylo.vectors.index import FILE, VectorIndex, open_index
from stylo.visual.twins import make_twins


def embeddings(count: int = 900, width: int = 40, seed: int = 0, dtype: type = np.float32) -> Embeddings:
    draw = np.random.default_rng(seed)
    spread = 0.9 ** np.arange(width)
    vectors = (draw.normal(size=(count, width)) * spread + spread[0]) * 50 + 100
    return Embeddings(np.arange(count, dtype=np.int32), vectors.round().astype(dtype))


def by_brute_force(vectors: np.ndarray, query: np.ndarray, allowed: np.ndarray, k: int) -> list[int]:
    exact = vectors.astype(np.float64)
    cosine = exact @ query / np.linalg.norm(exact, axis=1) / np.linalg.norm(query)
    order = np.lexsort((np.arange(len(vectors)), -cosine.round(6)))
    return [row for row in order.tolist() if allowed[row]][:k]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.uint8])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.004, 0.0])
def test_an_exact_query_finds_the_nearest_of_those_allowed(
    monkeypatch: pytest.MonkeyPatch, share: float, dtype: type
) -> None:
    monkeypatch.setattr(module, "_HEAD", 6)
    monkeypatch.setattr(module, "_SHORTLIST", 20)
    catalogue = embeddings(dtype=dtype)
    index, draw = VectorIndex.of(catalogue), np.random.default_rng(1)
    for _ in range(10):
        query = draw.normal(100, 40, 40).astype(np.float32)
        allowed = draw.random(900) < share
        near = index.nearest(query, 7, None if share == 1 else allowed, exact=True)
        expected = by_brute_force(catalogue.vectors, query, allowed, 7)
        assert len(near.rows) == min(7, np.count_nonzero(allowed))
        cosine = index.similarities(query / np.linalg.norm(query), np.array(expected, dtype=np.int64))
        np.testing.assert_allclose(near.similarities, cosine, atol=2e-6)
        assert near.proven


def test_an_article_is_nearest_to_itself_and_ties_go_to_the_smaller_row() -> None:
    vectors = np.array([[1, 2], [2, 1], [2, 4], [1, 2]], dtype=np.float32)
    index = VectorIndex.of(Embeddings(np.arange(4, dtype=np.int32), vectors))
    assert index.nearest(vectors[3], 4).rows.tolist() == [0, 2, 3, 1]
    assert index.unit(2) == pytest.approx([0.2**0.5, 0.8**0.5])


def test_a_short_shortlist_says_that_it_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HEAD", 1)
    monkeypatch.setattr(module, "_SHORTLIST", 8)
    query = np.random.default_rng(2).normal(size=40).astype(np.float32)
    near = VectorIndex.of(embeddings()).nearest(query, 2)
    assert (len(near.rows), near.proven) == (2, False)


def test_no_bound_is_below_the_similarity() -> None:
    catalogue = embeddings(width=300)
    index = VectorIndex.of(catalogue)
    unit = index.unit(5)
    assert (index.similarities(unit, np.arange(900)) - index.bounds(unit)).max() < 1e-5


@pytest.mark.parametrize("k", [1, 900, 5000])
def test_more_neighbours_than_articles_gives_all_of_them(k: int) -> None:
    index = VectorIndex.of(embeddings())
    assert len(index.nearest(np.ones(40, dtype=np.float32), k).rows) == min(k, 900)


def test_senseless_queries_are_refused() -> None:
    index = VectorIndex.of(embeddings())
    with pytest.raises(BadOption, match="k = 0"):
        index.nearest(np.ones(40, dtype=np.float32), 0)
    for query in (np.ones(39, dtype=np.float32), np.full(40, np.nan, dtype=np.float32)):
        with pytest.raises(BadOption, match="40 finite numbers"):
            index.nearest(query, 1)


def test_a_vector_that_is_not_finite_is_refused() -> None:
    broken = embeddings()
    broken.vectors[7, 3] = np.inf
    with pytest.raises(DamagedArtefact, match="0000000007"):
        VectorIndex.of(broken)


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    convert(tiny_shop, DataFolder(tiny_shop))
    put(DataFolder(tiny_shop), np.array([[0, 1], [1, 1], [3, 0]]))
    make_twins(DataFolder(tiny_shop))
    return DataFolder(tiny_shop)


def put(folder: DataFolder, vectors: np.ndarray) -> None:
    np.save(folder.path("visual_features.npy"), vectors.astype(np.float32))
    (folder.root / "visual_features.json").write_text(json.dumps(["0999999999", "0108775015", "0200000001"]))


def test_the_file_answers_as_the_index_made_in_memory(folder: DataFolder) -> None:
    opened = open_index(folder, open_embeddings(folder))
    assert isinstance(opened._heads.base, np.memmap)
    assert opened.nearest(np.array([2, 1], dtype=np.float32), 3).rows.tolist() == [1, 2, 0]


@pytest.mark.parametrize("damage", ["missing", "cut", "a zip", "other vectors", "no manifest"])
def test_an_index_that_does_not_fit_is_made_in_memory(folder: DataFolder, damage: str) -> None:
    path = folder.path(FILE)
    match damage:
        case "missing":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:100])
        case "a zip":
            with path.open("wb") as file:
                np.savez(file, heads=np.zeros(3))
        case "other vectors":
            put(folder, np.array([[1, 0], [1, 1], [0, 3]]))
        case "no manifest":
            path.with_suffix(".json").write_text("[]")
    index = open_index(folder, open_embeddings(folder))
    expected = [1, 0, 2] if damage == "other vectors" else [1, 2, 0]
    assert index.nearest(np.array([2, 1], dtype=np.float32), 3).rows.tolist() == expected


def test_what_counts_least_makes_all_below_it_equal() -> None:
    vectors = np.array([[-1, 0], [0, 1], [1, 0], [3, 4]], dtype=np.float32)
    index = VectorIndex.of(Embeddings(np.arange(4, dtype=np.int32), vectors))
    near = index.nearest(vectors[2], 4, least=0.5)
    assert near.rows.tolist() == [2, 3, 0, 1]
    assert near.scores.tolist() == pytest.approx([1, 0.6, 0.5, 0.5])
    assert near.similarities.tolist() == pytest.approx([1, 0.6, -1, 0])


def test_equal_vectors_are_all_compared_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHORTLIST", 4)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    index = VectorIndex.of(Embeddings(np.arange(50, dtype=np.int32), np.ones((50, 3), dtype=np.float32)))
    near = index.nearest(np.ones(3, dtype=np.float32), 3, exact=True)
    assert near.rows.tolist() == [0, 1, 2]
    assert near.proven


def test_equal_vectors_are_in_the_order_of_their_rows() -> None:
    one = np.random.default_rng(4).exponential(1, 2048).astype(np.float32)
    index = VectorIndex.of(Embeddings(np.arange(401, dtype=np.int32), np.tile(one, (401, 1))))
    assert index.nearest(one, 7).rows.tolist() == [0, 1, 2, 3, 4, 5, 6]
