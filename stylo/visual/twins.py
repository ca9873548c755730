"""Visual twins: for each article the k others with the most similar photo; and the map on which twins are near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from stylo.artefacts import Manifest, write_parquet, writing
from stylo.errors import BadOption, StaleArtefact
from stylo.parallel.workers import LOCAL, Workers
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.tables.ids import product_keys
from stylo.tables.schemas import LIST_LENGTH
from stylo.vectors.embeddings import FILE, json_beside, open_embeddings
from stylo.vectors.index import FILE as INDEX_FILE
from stylo.vectors.index import VectorIndex, write_index, write_index_json
from stylo.vectors.nearest import nearest
from stylo.visual.encoder import open_encoder
from stylo.visual.look import Choice, Look, keep_look, learn_look
from stylo.visual.map import FILE as MAP_FILE
from stylo.visual.map import HEAD, lay_out, start_of
from stylo.visual.photo_space import PhotoSpace, keep_photo_space, photo_space
from stylo.visual.projection import LABELS

_SCRIPT = "visual_reccs.py"
_PLAIN = "visual_reccs_plain.parquet"


@dataclass(frozen=True)
class TwinsMade:
    """What `make_twins` did: articles with twins, twins in all, vectors left out because no article has them, and the
    look by which they were compared; and the space in which photos from outside will be."""

    articles: int
    twins: int
    left_out: int
    look: Look
    photos: PhotoSpace


def make_twins(
    folder: DataFolder,
    k: int = LIST_LENGTH,
    *,
    variants: bool = True,
    vectors: Choice = Choice.AUTO,
    progress: Progress = SILENT,
    workers: Workers = LOCAL,
) -> TwinsMade:
    """Writes `visual_reccs.parquet` from the folder's embedding file, `visual_map.parquet`, where twins are near each
    other, and `visual_index.npy` for live queries. Where learned vectors are better, they are the twins', and are kept
    in `visual_learned.npy` with an index of their own; `visual_reccs_plain.parquet` then has the twins by the plain
    ones, which the hybrid uses. Last, `visual_search.npy` likewise, for photos from outside.

    Parameters
    ----------
    variants : whether other variants of the same product may be twins.
    vectors : by which vectors articles are compared: see `learn_look`.
    workers : who compares.

    Raises BadOption, MissingArtefact, DamagedArtefact (vectors that are not finite), StaleArtefact (none of
    the vectors belongs to the catalogue), CannotWrite.
    """
    if not 1 <= k <= 255:
        raise BadOption(f"--k {k}: between 1 and 255 twins can be stored.")
    plain = open_embeddings(folder)
    catalogue = (
        folder.scan("articles.parquet").select("article", "article_id", "product_code", *LABELS).collect()
    )
    known = np.flatnonzero(np.isin(plain.articles, catalogue["article"].to_numpy()))
    if not len(known):
        raise StaleArtefact(
            f"{folder.path(FILE)} has no vector of an article in articles.parquet.",
            cure="It belongs to another shop: make it again with visual_features.py.",
        )
    rows = known[np.argsort(plain.articles[known])]
    articles = plain.articles[rows]
    facts = {"k": k, "variants": variants, "trained": plain.facts.get("trained")}
    manifest = Manifest(_SCRIPT, folder.fingerprints(FILE, "articles.parquet"), facts)
    index = folder.path(INDEX_FILE)
    files = folder.path("visual_reccs.parquet"), folder.path(MAP_FILE), index, json_beside(index)
    with writing(*files) as (twins, places, matrix, beside):
        # First of all, since it refuses vectors that are not finite. The map starts from the index, and the last bits
        # of its products differ with the number of threads.
        with threadpool_limits(1, "blas"):
            write_index(matrix, plain)
        write_index_json(beside, folder)
        look = learn_look(plain, catalogue, vectors, progress)
        photos = (
            PhotoSpace(why="Photos from outside are compared by the plain vectors.")
            if vectors is Choice.PLAIN
            else photo_space(folder, plain, lambda: open_encoder(folder, plain, progress), progress)
        )
        kin = None if variants else _kin(articles, catalogue)
        near = nearest(look.embeddings.vectors, rows, articles, k, progress, kin, workers)
        table = _table(articles, *near)
        write_parquet(table, twins, manifest)
        start = start_of(VectorIndex(plain.vectors, np.load(matrix, mmap_mode="r")).short(HEAD)[rows])
        write_parquet(_map(articles, lay_out(*near, start, progress=progress)), places, manifest)
        plain_file = folder.path(_PLAIN)
        if look.projection is None:
            plain_file.unlink(missing_ok=True)
        else:
            with writing(plain_file) as (plain_twins,):
                by_plain = nearest(plain.vectors, rows, articles, k, progress, kin, workers)
                write_parquet(_table(articles, *by_plain), plain_twins, manifest)
        keep_look(look, folder)
        keep_photo_space(photos, plain, folder)
    return TwinsMade(len(articles), table.height, len(plain.articles) - len(known), look, photos)


def _kin(articles: np.ndarray, catalogue: pl.DataFrame) -> np.ndarray:
    """(n,) equal for variants of one product."""
    mine = pl.DataFrame({"article": articles}).join(
        catalogue, on="article", how="left", maintain_order="left"
    )
    return product_keys(articles, mine["product_code"].to_numpy())


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
