"""Style: the attributes by which a shop assistant would find something similar on the rail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.content.reduction import reduced

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
