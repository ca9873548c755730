"""Text as vectors: what an article is called, how it is described, and the words under which the shop files it.

Each of the three fields is weighed by TF-IDF on its own and brought to length one, so that a long description
does not drown a name of two words; then truncated SVD makes them dense.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

_SEED = 0
# Float32 leaves a row that is orthogonal to all that was kept this short; its direction is noise.
_NOTHING = 1e-5
#: What each field counts for in the cosine of two articles before reduction; chosen by benchmarks.content.
FIELD_WEIGHTS: Mapping[str, float] = {"name": 1.0, "description": 1.0, "attributes": 2.0}
#: Columns of a text vector, chosen likewise.
TEXT_DIMENSIONS = 128
_NAME, _DESCRIPTION = "prod_name", "detail_desc"
# Letters and digits.
_WORD = r"[^\W_]+"


def reduced(matrix: sp.csr_matrix, dimensions: int) -> np.ndarray:
    """Rows in at most `dimensions` columns, whose cosines are those of the matrix or the closest that fit.

    Parameters
    ----------
    matrix : (n, width) float32, n ≥ 1.

    Returns float32 (n, min(dimensions, width)), or fewer columns where there are fewer rows. Rows have length
    one, or are zero where the matrix's are; equal rows stay equal to the last bit. The directions are those
    of the largest singular values, by the randomised method of Halko, Martinsson and Tropp (2011), seeded.
    Time O(filled cells × dimensions), memory O(n × dimensions).
    """
    rows, width = matrix.shape
    if width <= dimensions:
        return unit(matrix.toarray())
    from sklearn.utils.extmath import randomized_svd  # a second, and memory, for who reduces only

    # One thread: how a product is shared out among several shows in its last bits.
    with threadpool_limits(1, user_api="blas"):
        _, _, directions = randomized_svd(matrix, min(dimensions, rows), random_state=_SEED)
    # Not U × S: a dense product may round equal rows apart, a sparse one goes row by row.
    return unit(matrix @ np.ascontiguousarray(directions.T, dtype=np.float32))


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of float32 (n, d) brought to length one; those of no length stay zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    lengths[lengths < _NOTHING] = np.inf
    return (rows / lengths[:, None]).astype(np.float32)


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
    from sklearn.feature_extraction.text import (
        TfidfVectorizer,
    )  # a second, which not every import of this needs

    texts = texts.fill_null("").str.to_lowercase().rename("text")
    distinct = texts.unique().sort().to_frame().with_row_index("row")
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=_WORD, lowercase=False, dtype=np.float32)
    try:
        matrix = vectorizer.fit_transform(distinct["text"].to_list())
    except ValueError:  # there is no word
        matrix = sp.csr_matrix((distinct.height, 0), dtype=np.float32)
    rows = texts.to_frame().join(distinct, on="text", how="left", maintain_order="left")["row"]
    return sp.csr_matrix(matrix)[rows.to_numpy()]
