"""The catalogue map: who looks alike lies together, whatever the vectors, and the same each time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.spatial import cKDTree
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from stylo.errors import MissingArtefact, StaleArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.nearest import nearest
from stylo.visual import map as catalogue_map
from stylo.visual.map import graph_of, lay_out, start_of
from stylo.visual.twins import make_twins

CLUSTERS = 30


def clusters(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """800 vectors of 64 numbers in 30 clusters, which overlap in any two dimensions but not in 64."""
    draw = np.random.default_rng(seed)
    of = draw.integers(0, CLUSTERS, 800)
    middles = draw.standard_normal((CLUSTERS, 64))
    return (middles[of] + 0.6 * draw.standard_normal((800, 64))).astype(np.float32), of


def laid_out(vectors: np.ndarray, k: int = 12) -> np.ndarray:
    rows = np.arange(len(vectors))
    return lay_out(*nearest(vectors, rows, rows, k), start_of(vectors))


def of_their_own(places: np.ndarray, of: np.ndarray) -> float:
    """The share of points whose nearest other one is of the same cluster."""
    _, found = cKDTree(places).query(places, 2)
    return float(np.mean(of[found[:, 1]] == of))


def test_who_is_alike_lies_together_where_principal_components_mix_them() -> None:
    vectors, of = clusters()
    assert of_their_own(PCA(2).fit_transform(vectors), of) < 0.6
    assert of_their_own(laid_out(vectors), of) > 0.99


def test_each_cluster_is_one_island() -> None:
    vectors, of = clusters()
    places = laid_out(vectors)
    middles = np.array([places[of == cluster].mean(axis=0) for cluster in range(CLUSTERS)])
    nearest_middle = cKDTree(middles).query(places)[1]
    assert np.mean(nearest_middle == of) > 0.99


def test_the_start_is_that_of_principal_components() -> None:
    vectors, _ = clusters()
    ours, theirs = start_of(vectors).astype(np.float64), PCA(2).fit_transform(vectors)
    assert np.abs(ours).max() == pytest.approx(10)
    for axis in (0, 1):
        assert abs(np.corrcoef(ours[:, axis], theirs[:, axis])[0, 1]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_map_is_the_same_byte_for_byte(threads: int) -> None:
    vectors, _ = clusters()
    once = laid_out(vectors)
    with threadpool_limits(threads):
        assert laid_out(vectors).tobytes() == once.tobytes()


def test_repulsion_is_what_all_pairs_give() -> None:
    places = (np.random.default_rng(0).standard_normal((600, 2)) * 6).astype(np.float32)
    apart = places[:, None].astype(np.float64) - places[None]
    q = 1 / (1 + (apart**2).sum(axis=2))
    exact = len(places) * (q[..., None] ** 2 * apart).sum(axis=1) / (q.sum() - len(places))
    error = np.abs(catalogue_map._repulsion(places) - exact)
    assert np.sqrt((error**2).mean()) < 0.02 * np.sqrt((exact**2).mean())


def test_the_graph_weighs_neighbours_from_either_side() -> None:
    # Row 0 has 1 and 2 as neighbours, 1 has 0 and 3, and so on in a ring of like distances: all weights by hand.
    neighbours = np.array([[1, 2], [0, 3], [3, 0], [2, 1]])
    similarities = np.array([[0.9, 0.5]] * 4)
    graph = graph_of(neighbours, similarities).toarray()
    assert np.array_equal(graph, graph.T)
    # k = 2: the nearest alone makes up log2(2) = 1, so the second counts for nothing.
    assert graph[0].tolist() == pytest.approx([0, 1, 0, 0], abs=1e-6)


def test_the_weights_of_an_article_add_up_to_the_logarithm_of_its_neighbours() -> None:
    # Only row 0 has neighbours; nobody has it, so that its weights stay as they are.
    neighbours = np.full((9, 8), -1)
    neighbours[0] = np.arange(1, 9)
    graph = graph_of(neighbours, np.tile(np.linspace(0.9, 0.2, 8), (9, 1)))
    assert graph[0].sum() == pytest.approx(3, abs=1e-5)
    assert graph[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 49, 50, 51, 200])
@pytest.mark.parametrize("k", [1, 12, 60])
def test_any_number_of_articles_and_of_neighbours_has_a_map(count: int, k: int) -> None:
    vectors = np.random.default_rng(count).standard_normal((count, 8)).astype(np.float32)
    places = laid_out(vectors, k)
    assert places.shape == (count, 2) and places.dtype == np.float32
    assert (np.abs(places) <= 1).all()
    assert len(np.unique(places, axis=0)) == count


@pytest.mark.parametrize(
    "vectors",
    [
        np.ones((300, 4)),
        np.zeros((300, 4)),
        np.ones((300, 1)),
        np.repeat(np.random.default_rng(0).standard_normal((6, 8)), 50, axis=0),
        np.vstack([np.random.default_rng(0).standard_normal((200, 8)), np.zeros((3, 8)), np.full((90, 8), 1e-30)]),
        np.random.default_rng(0).standard_normal((300, 8)) * 1e-6 + 1,
    ],
    ids=["all equal", "all zeros", "one number", "copies of six", "some zeros", "all but equal"],
)  # fmt: skip
def test_vectors_that_say_little_have_a_map(vectors: np.ndarray) -> None:
    places = laid_out(vectors.astype(np.float32))
    assert np.isfinite(places).all() and (np.abs(places) <= 1).all()
    # Copies lie beside each other, not upon each other.
    assert len(np.unique(places, axis=0)) == len(vectors)


def test_an_article_without_neighbours_leaves_room_for_the_others() -> None:
    vectors, of = clusters()
    rows = np.arange(len(vectors))
    near, similarities = nearest(vectors, rows, rows, 12)
    alone = near == 0
    near[0], similarities[0] = -1, -np.inf
    near[alone], similarities[alone] = -1, -np.inf
    places = lay_out(near, similarities, start_of(vectors))
    assert np.isfinite(places).all()
    assert of_their_own(places[1:], of[1:]) > 0.99
    assert np.ptp(places[1:], axis=0).min() > 1


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    convert(tiny_shop, DataFolder(tiny_shop))
    return DataFolder(tiny_shop)


def put(folder: DataFolder, vectors: object, ids: list[str]) -> None:
    np.save(folder.path("visual_features.npy"), np.array(vectors, dtype=np.float32))
    text = {"article_ids": ids, "trained": False}
    (folder.root / "visual_features.json").write_text(json.dumps(text))


def test_every_article_with_a_vector_is_on_the_map_once(folder: DataFolder) -> None:
    put(folder, [[0, 1, 0], [1, 0.1, 0], [1, 0, 1], [5, 5, 5]],
        ["0999999999", "0108775015", "0200000001", "0222222222"])  # fmt: skip
    make_twins(folder, k=1)
    table = folder.scan("visual_map.parquet").collect()
    assert table.schema == {"article": pl.Int32, "x": pl.Float32, "y": pl.Float32}
    assert table["article"].to_list() == [108775015, 200000001, 999999999]
    assert table.select(pl.col("x", "y").is_between(-1, 1).all()).row(0) == (True, True)


def test_the_map_of_an_untrained_network_says_so(folder: DataFolder) -> None:
    put(folder, [[0, 1], [1, 1]], ["0999999999", "0108775015"])
    make_twins(folder)
    stored = json.loads(pl.read_parquet_metadata(folder.path("visual_map.parquet"))["stylo"])
    assert stored["made_by"] == "visual_reccs.py"
    assert stored["parameters"]["trained"] is False
    assert set(stored["inputs"]) == {"visual_features.npy", "articles.parquet"}


def test_the_map_of_replaced_vectors_is_out_of_date(folder: DataFolder) -> None:
    with pytest.raises(MissingArtefact, match=r"visual_reccs\.py"):
        folder.scan("visual_map.parquet")
    put(folder, [[0, 1], [1, 1]], ["0999999999", "0108775015"])
    make_twins(folder)
    put(folder, [[0, 1], [1, 2]], ["0999999999", "0108775015"])
    with pytest.raises(StaleArtefact, match=r"another visual_features\.npy.*\n.*visual_reccs\.py"):
        folder.scan("visual_map.parquet")


def test_a_map_without_variants_does_not_draw_a_product_together(folder: DataFolder) -> None:
    put(folder, [[1, 0], [1, 0.1], [0, 1]], ["0108775015", "0108775044", "0999999999"])
    make_twins(folder, k=2, variants=False)
    assert folder.scan("visual_map.parquet").collect().height == 3
