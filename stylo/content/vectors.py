"""Content vectors as artefacts: made from articles.parquet when that has changed, opened when it has not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.artefacts import Manifest, writing
from stylo.content.text import FIELD_WEIGHTS, TEXT_DIMENSIONS, reduced, text_vectors
from stylo.errors import StaleArtefact
from stylo.progress import SILENT, Progress
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.user_paths import quoted
from stylo.vectors.embeddings import Embeddings, EmbeddingWriter, json_beside, open_embeddings

#: Attributes that two articles of the same style share, the closest match first, with its worth from 0 to 1.
STYLE_LEVELS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("department_no", "product_type_no", "colour_group_code"), 1.0),
    (("department_no", "product_type_no"), 0.6),
    (("product_type_no", "colour_group_code"), 0.4),
)

#: What each attribute counts for in the cosine of two articles; chosen by benchmarks.content.
STYLE_WEIGHTS: Mapping[str, float] = {
    "product_type_no": 1.0,
    "product_group_name": 1.0,
    "department_no": 1.0,
    "section_no": 2.0,
    "garment_group_no": 1.0,
    "index_code": 1.0,
    "index_group_no": 3.0,
    "colour_group_code": 1.0,
    "perceived_colour_value_id": 1.0,
    "perceived_colour_master_id": 1.0,
    "graphical_appearance_no": 1.0,
}
#: Columns of a style vector, chosen likewise.
STYLE_DIMENSIONS = 128
TEXT_FILE, STYLE_FILE = "text_features.npy", "style_features.npy"
_CATALOGUE = "articles.parquet"


def style_vectors(
    articles: pl.DataFrame,
    weights: Mapping[str, float] = STYLE_WEIGHTS,
    dimensions: int = STYLE_DIMENSIONS,
) -> np.ndarray:
    """One row for each article: float32 (n, at most `dimensions`), of length one.

    Two articles are the closer, the more attributes they share, and the rarer the values that they share.

    Parameters
    ----------
    articles : rows of articles.parquet, n ≥ 1.
    weights : of the attributes, by column; a null is a value of its own.
    """
    blocks = [_one_hot(articles[column], weight) for column, weight in weights.items()]
    return reduced(sp.hstack(blocks, format="csr"), dimensions)


def _one_hot(values: pl.Series, weight: float) -> sp.csr_matrix:
    """(n, values) float32: the square of a cell is what two articles gain that share the value.

    That is weight × (1 + ln(n / articles with the value)): what the value tells of an article, in nats, and one
    for agreeing at all.
    """
    found, columns, counts = np.unique(
        values.rank("dense").fill_null(0).to_numpy(), return_inverse=True, return_counts=True
    )
    worth = np.sqrt(weight * (1 + np.log(len(columns) / counts[columns]))).astype(np.float32)
    return sp.csr_matrix((worth, columns, np.arange(len(columns) + 1)), shape=(len(columns), len(found)))


_MAKERS: dict[str, tuple[Callable[[pl.DataFrame], np.ndarray], dict[str, object]]] = {
    TEXT_FILE: (text_vectors, {"weights": dict(FIELD_WEIGHTS), "dimensions": TEXT_DIMENSIONS}),
    STYLE_FILE: (style_vectors, {"weights": dict(STYLE_WEIGHTS), "dimensions": STYLE_DIMENSIONS}),
}


@dataclass(frozen=True)
class ContentVectors:
    """What the articles of the catalogue are, as vectors in the order of articles.parquet."""

    text: Embeddings
    style: Embeddings


def content_vectors(folder: DataFolder, progress: Progress = SILENT) -> ContentVectors:
    """The folder's content vectors; those that are missing or out of date are made first.

    Vectors dropped in from elsewhere, whose JSON has no manifest, are taken as they are. About 9 s of
    processor time and 0.7 GB for 105,542 articles, then milliseconds.

    Raises MissingArtefact or StaleArtefact (articles.parquet), DamagedArtefact, CannotWrite, and Busy while
    another run makes them.
    """
    due = [name for name in _MAKERS if not folder.has(name) or _out_of_date(folder, name)]
    if due:
        catalogue = folder.scan(_CATALOGUE).collect()
        with progress.task("Content vectors", len(due)) as advance:
            for name in due:
                _make(folder, name, catalogue)
                advance(1)
    return open_content_vectors(folder)


def open_content_vectors(folder: DataFolder) -> ContentVectors:
    """The folder's content vectors, memory-mapped; for readers that must not write.

    Raises MissingArtefact, DamagedArtefact, or StaleArtefact if they were made from other articles.
    """
    for name in _MAKERS:
        if folder.has(name) and _out_of_date(folder, name):
            raise StaleArtefact(
                f"{folder.path(name)} is out of date: it was made from another {_CATALOGUE}, or by another version.",
                cure=f"Make it again: python {MADE_BY[name]} --data {quoted(folder.root)}",
            )
    return ContentVectors(*(open_embeddings(folder, name) for name in _MAKERS))


def _manifest(folder: DataFolder, name: str) -> Manifest:
    return Manifest(MADE_BY[name], folder.fingerprints(_CATALOGUE), _MAKERS[name][1])


def _out_of_date(folder: DataFolder, name: str) -> bool:
    """Whether vectors of ours, that are there, are not those that would be made now."""
    try:
        made = Manifest(**json.loads(json_beside(folder.path(name)).read_text("utf-8"))["manifest"])
    except (OSError, ValueError, KeyError, TypeError):
        return False  # dropped in, or damaged: opening it will tell
    return made.fingerprint != _manifest(folder, name).fingerprint


def _make(folder: DataFolder, name: str, catalogue: pl.DataFrame) -> None:
    path, (make, facts) = folder.path(name), _MAKERS[name]
    with writing(path, json_beside(path)) as (matrix, beside):
        vectors = make(catalogue)
        with EmbeddingWriter(matrix, vectors.shape[1]) as writer:
            writer.append(catalogue["article"].to_list(), vectors)
        writer.write_json(beside, _manifest(folder, name), facts)
