"""python -m benchmarks.catalogue_map --data DIR: the catalogue map against other ways to two dimensions.

Of 2,000 articles: how many of the 12 nearest by cosine are among the 12 and the 50 nearest on the map, and how many of
the 12 nearest on the map have the product type. Each way runs in a process of its own and reads the neighbours that
`nearest` found, except those that find their own. umap-learn runs where it is installed (it is not one of our
requirements), scikit-learn's t-SNE up to 15,000 articles.

With --articles 105542 the vectors are drawn: the folder's own, cut to their 128 longest directions, with noise, so many
times over. Those say what it costs; their quality says little, since copies are easily brought together.

python -m benchmarks.catalogue_map --lay-out WAY WORK is what the processes run.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

K, _FAR = 12, 50
_QUERIES = 2000
_TSNE_MOST = 15_000
_WIDTH = 128

Work = Callable[[], np.ndarray]


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder with vectors.")] = Path("data"),
    articles: Annotated[int, typer.Option("--articles", help="Draw so many vectors from the folder's.")] = 0,
    runs: Annotated[int, typer.Option("--runs", help="How many runs each; the table shows medians.")] = 1,
    lay_out: Annotated[
        tuple[str, Path] | None, typer.Option("--lay-out", help="Draw one map, and print seconds.")
    ] = None,
) -> None:
    """Prints a table."""
    if lay_out:
        way, work = lay_out
        _run(way, work)
        return
    from benchmarks.processes import measure, median

    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        kinds, seconds = _prepare(data, articles, work)
        near = np.load(work / "neighbours.npy")
        print(f"{len(near):,} articles; `nearest` took {seconds:.1f} s\n", flush=True)
        ways = [way for way in _WAYS if _possible(way, len(near))]
        command = [sys.executable, "-m", "benchmarks.catalogue_map", "--lay-out"]
        usages = measure({way: [*command, way, str(work)] for way in ways}, runs)
        print(f"| | s | CPU s | peak MiB | of {K} nearest among {K} | among {_FAR} | same product type |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for way in ways:
            used = median(usages[way])
            shares = " | ".join(
                f"{share:.3f}" for share in _quality(np.load(work / f"{way}.npy"), near, kinds)
            )
            seconds, cpu = json.loads(used.output.splitlines()[-1])
            print(
                f"| {way} | {seconds:.1f} | {cpu:.1f} | {used.peak_bytes / 2**20:,.0f} | {shares} |",
                flush=True,
            )


def _possible(way: str, count: int) -> bool:
    if way == "UMAP (umap-learn)":
        return find_spec("umap") is not None
    return way != "t-SNE (scikit-learn)" or count <= _TSNE_MOST


def _prepare(data: Path, articles: int, work: Path) -> tuple[np.ndarray, float]:
    """Writes vectors, their neighbours and heads; returns each article's product type, and seconds of `nearest`."""
    from stylo.tables.folder import DataFolder
    from stylo.vectors.embeddings import open_embeddings
    from stylo.vectors.index import VectorIndex
    from stylo.vectors.nearest import nearest
    from stylo.visual.map import HEAD

    folder = DataFolder(data)
    embeddings = open_embeddings(folder)
    facts = folder.scan("articles.parquet").select("article", "product_type_name").collect()
    mine = pl.DataFrame({"article": embeddings.articles})
    kinds = mine.join(facts, on="article", how="left", maintain_order="left")["product_type_name"]
    index = VectorIndex.of(embeddings)
    vectors, of = np.asarray(embeddings.vectors, dtype=np.float32), np.arange(len(mine))
    if articles:
        vectors, of = _drawn(index, articles)
    np.save(work / "vectors.npy", vectors)
    rows = np.arange(len(vectors))
    started = time.perf_counter()
    near, similarities = nearest(vectors, rows, rows, K)
    seconds = time.perf_counter() - started
    np.save(work / "neighbours.npy", near)
    np.save(work / "similarities.npy", similarities)
    np.save(work / "heads.npy", vectors[:, :HEAD] if articles else index.short(HEAD))
    return kinds.fill_null("").to_numpy().astype(str)[of], seconds


def _drawn(index: Any, articles: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of unit length (articles, 128) beside those of the index, and beside which (articles,)."""
    draw = np.random.default_rng(0)
    short = index.short(_WIDTH)
    of = draw.permutation(np.resize(np.arange(len(short)), articles))
    noise = draw.standard_normal((articles, short.shape[1])).astype(np.float32) * np.float32(0.35)
    vectors = short[of] + noise / np.sqrt(short.shape[1], dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), of


def _quality(places: np.ndarray, near: np.ndarray, kinds: np.ndarray) -> tuple[float, float, float]:
    from scipy.spatial import cKDTree

    asked = np.random.default_rng(0).permutation(len(places))[:_QUERIES]
    _, found = cKDTree(places).query(places[asked], min(_FAR + 1, len(places)))
    # One's own place is left out, wherever it stands among those that lie upon each other.
    order = np.argsort(found == asked[:, None], axis=1, kind="stable")[:, :-1]
    found = np.take_along_axis(found, order, axis=1)
    among = [np.mean([np.isin(near[row], some[:k]).mean() for row, some in zip(asked, found, strict=True)])
             for k in (K, _FAR)]  # fmt: skip
    return float(among[0]), float(among[1]), float(np.mean(kinds[found[:, :K]] == kinds[asked, None]))


def _run(way: str, work: Path) -> None:
    files = ("vectors", "neighbours", "similarities", "heads")
    vectors, *rest = (np.load(work / f"{name}.npy", mmap_mode="r") for name in files)
    draw = _WAYS[way](vectors, *rest)
    started = time.perf_counter(), time.process_time()
    places = draw()
    spent = time.perf_counter() - started[0], time.process_time() - started[1]
    np.save(work / f"{way}.npy", places)
    print(json.dumps(spent))


def _ours(vectors: np.ndarray, near: np.ndarray, similarities: np.ndarray, heads: np.ndarray) -> Work:
    from stylo.visual.map import lay_out, start_of

    return lambda: lay_out(near, similarities, start_of(heads))


def _components(vectors: np.ndarray, *rest: np.ndarray) -> Work:
    from sklearn.decomposition import PCA

    return lambda: PCA(2, random_state=0).fit_transform(_unit(vectors))


def _umap(vectors: np.ndarray, near: np.ndarray, *rest: np.ndarray) -> Work:
    import umap  # type: ignore[import-not-found]

    mapper = umap.UMAP(metric="cosine", n_neighbors=near.shape[1] + 1, random_state=0)
    return lambda: mapper.fit_transform(np.asarray(vectors))


def _tsne(vectors: np.ndarray, *rest: np.ndarray) -> Work:
    from sklearn.manifold import TSNE

    return lambda: TSNE(init="pca", random_state=0, n_jobs=2).fit_transform(_unit(vectors))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


_WAYS: dict[str, Callable[..., Work]] = {
    "here": _ours,
    "principal components alone": _components,
    "UMAP (umap-learn)": _umap,
    "t-SNE (scikit-learn)": _tsne,
}

if __name__ == "__main__":
    typer.run(main)
