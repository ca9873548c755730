"""Visual twins: for each article the k others with the most similar photo; and the map on which twins are near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from stylo.artefacts import Manifest, write_parquet, writing
from stylo.errors import BadOption, StaleArtefact
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.tables.ids import products
from stylo.vectors.embeddings import FILE, Embeddings, json_beside, open_embeddings
from stylo.vectors.index import FILE as INDEX_FILE
from stylo.vectors.index import VectorIndex, write_index, write_index_json
from stylo.vectors.nearest import nearest
from stylo.visual.map import FILE as MAP_FILE
from stylo.visual.map import HEAD, lay_out, start_of

_SCRIPT = "visual_reccs.py"


@dataclass(frozen=True)
class TwinsMade:
    """What `make_twins` did: articles with twins, twins in all, vectors left out because no article has them."""

    articles: int
    twins: int
    left_out: int
    embeddings: Embeddings


def make_twins(
    folder: DataFolder, k: int = 12, *, variants: bool = True, progress: Progress = SILENT
) -> TwinsMade:
    """Writes `visual_reccs.parquet` from the folder's embedding file, `visual_map.parquet`, where twins are near each
    other, and `visual_index.npy` for live queries.

    Parameters
    ----------
    variants : whether other variants of the same product may be twins.

    Raises BadOption, MissingArtefact, DamagedArtefact (vectors that are not finite), StaleArtefact (none of
    the vectors belongs to the catalogue), CannotWrite.
    """
    if not 1 <= k <= 255:
        raise BadOption(f"--k {k}: between 1 and 255 twins can be kept.")
    embeddings = open_embeddings(folder)
    catalogue = folder.scan("articles.parquet").select("article").collect().to_series().to_numpy()
    known = np.flatnonzero(np.isin(embeddings.articles, catalogue))
    if not len(known):
        raise StaleArtefact(
            f"{folder.path(FILE)} has no vector of an article in articles.parquet.",
            cure="It belongs to another shop: make it again with visual_features.py.",
        )
    rows = known[np.argsort(embeddings.articles[known])]
    articles = embeddings.articles[rows]
    facts = {"k": k, "variants": variants, "trained": embeddings.facts.get("trained")}
    manifest = Manifest(_SCRIPT, folder.fingerprints(FILE, "articles.parquet"), facts)
    index = folder.path(INDEX_FILE)
    files = folder.path("visual_reccs.parquet"), folder.path(MAP_FILE), index, json_beside(index)
    with writing(*files) as (twins, places, matrix, beside):
        # The map starts from the index, and the last bits of its products differ with the number of threads.
        with threadpool_limits(1, "blas"):
            write_index(matrix, embeddings)
        write_index_json(beside, folder)
        kin = None if variants else products(articles)
        near = nearest(embeddings.vectors, rows, articles, k, progress, kin)
        table = _table(articles, *near)
        write_parquet(table, twins, manifest)
        start = start_of(VectorIndex(embeddings.vectors, np.load(matrix, mmap_mode="r")).short(HEAD)[rows])
        write_parquet(_map(articles, lay_out(*near, start, progress=progress)), places, manifest)
    return TwinsMade(len(articles), table.height, len(embeddings.articles) - len(known), embeddings)


def _table(articles: np.ndarray, neighbours: np.ndarray, similarities: np.ndarray) -> pl.DataFrame:
    kept = neighbours.shape[1]
    table = pl.DataFrame(
        {
            "article": np.repeat(articles, kept),
            "neighbour": articles[neighbours].ravel(),
            "rank": np.tile(np.arange(1, kept + 1, dtype=np.uint8), len(articles)),
            "similarity": similarities.ravel().astype(np.float32),
        },
        schema={"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt8, "similarity": pl.Float32},
    )
    return table.filter(neighbours.ravel() >= 0)


def _map(articles: np.ndarray, places: np.ndarray) -> pl.DataFrame:
    columns = {"article": articles, "x": places[:, 0], "y": places[:, 1]}
    return pl.DataFrame(columns, schema={"article": pl.Int32, "x": pl.Float32, "y": pl.Float32})
