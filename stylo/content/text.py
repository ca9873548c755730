"""Text as vectors: what an article is called, how it is described, and the words under which the shop files it.

Each of the three fields is weighed by TF-IDF on its own and brought to length one, so that a long description
does not drown a name of two words; then truncated SVD makes them dense.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.content.reduction import reduced

#: What each field counts for in the cosine of two articles before reduction; chosen by benchmarks.content.
FIELD_WEIGHTS: Mapping[str, float] = {"name": 1.0, "description": 1.0, "attributes": 2.0}
#: Columns of a text vector, chosen likewise.
TEXT_DIMENSIONS = 128

_NAME, _DESCRIPTION = "prod_name", "detail_desc"
_WORD = r"[\p{L}\p{N}]+"


def text_vectors(
    articles: pl.DataFrame, weights: Mapping[str, float] = FIELD_WEIGHTS, dimensions: int = TEXT_DIMENSIONS
) -> np.ndarray:
    """One row for each article: float32 (n, at most `dimensions`), of length one, or zero where there is no word.

    Parameters
    ----------
    articles : rows of articles.parquet, n ≥ 1; a description that is null counts as empty.
    weights : of name, description, attributes.
    """
    fields = _fields(articles)
    blocks = [tf_idf(fields[name]) * np.float32(weight**0.5) for name, weight in weights.items()]
    return reduced(sp.hstack(blocks, format="csr", dtype=np.float32), dimensions)


def _fields(articles: pl.DataFrame) -> dict[str, pl.Series]:
    attributes = [column for column in articles.columns if column.endswith("_name") and column != _NAME]
    return {
        "name": articles[_NAME],
        "description": articles[_DESCRIPTION],
        "attributes": articles.select(
            pl.concat_str(attributes, separator=" ", ignore_nulls=True)
        ).to_series(),
    }


def tf_idf(texts: pl.Series) -> sp.csr_matrix:
    """The words of texts, weighed: float32 (n, words), rows of length one, or zero where there is no word.

    A word that a text has t times and d of D distinct texts have weighs (1 + ln t) × (1 + ln((1 + D) / (1 + d))),
    as in scikit-learn. Variants share their text: it is counted once, so that forty colours of a sock do not
    make "sock" a common word.
    """
    texts = texts.fill_null("").str.to_lowercase().rename("text")
    distinct = texts.unique().sort().to_frame().with_row_index("row")
    words = (
        distinct.lazy()
        .select("row", word=pl.col("text").str.extract_all(_WORD))
        .explode("word", empty_as_null=False)
        .group_by("row", "word")
        .agg(times=pl.len())
        .with_columns(column=pl.col("word").rank("dense") - 1)
        .with_columns(texts=pl.len().over("column"))
        .select("row", "column", weight=(1 + pl.col("times").log()) * _rarity(distinct.height))
        .sort("row", "column")
        .collect()
    )
    shape = distinct.height, words["column"].n_unique()
    matrix = sp.csr_matrix((words["weight"], (words["row"], words["column"])), shape=shape, dtype=np.float32)
    rows = texts.to_frame().join(distinct, on="text", how="left", maintain_order="left")["row"]
    return _unit(matrix)[rows.to_numpy()]


def _rarity(texts: int) -> pl.Expr:
    return 1 + ((1 + texts) / (1 + pl.col("texts"))).log()


def _unit(matrix: sp.csr_matrix) -> sp.csr_matrix:
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return sp.csr_matrix(sp.diags_array(1 / lengths) @ matrix, dtype=np.float32)
