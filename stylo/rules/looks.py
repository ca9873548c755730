"""How alike articles look, in few numbers: what diversity compares."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from stylo.errors import StyloError
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import FILE, LEARNED, Embeddings, open_embeddings

#: How many numbers of a photo's vector are kept; 256 bytes an article.
_KEPT = 64
_SAMPLE, _AT_A_TIME, _SPARE = 4_000, 8_192, 16
# Those of the last two releases: rules are compiled anew far more often than photos are looked at.
_LAST: OrderedDict[tuple[object, ...], np.ndarray] = OrderedDict()
_MOST = 2


def looks_of(folder: DataFolder | None, articles: np.ndarray) -> np.ndarray | None:
    """float32 (articles + 1, ≤ 64): unit vectors of the photos of articles, nought for one without, and last.

    The vectors are centred on the mean of the catalogue and turned to the directions in which a sample of 4,000 differs
    most, so that their products are cosines of the looks, about 0 for any two articles. A vector that is not all
    numbers counts as no photo. None where no photo was looked at, or no directions are found. O(articles × dimensions)
    time; remembered for the same file and articles.
    """
    for name in (LEARNED, FILE):
        if folder is not None and folder.has(name):
            try:
                found = folder.path(name).stat()
                key = folder.path(name), found.st_ino, found.st_mtime_ns, found.st_size, articles.tobytes()
                if key not in _LAST:
                    _LAST[key] = reduced(open_embeddings(folder, name), articles)
                    while len(_LAST) > _MOST:
                        _LAST.popitem(last=False)
                return _LAST[key]
            except (StyloError, OSError, KeyError, ValueError):  # LinAlgError is a ValueError
                continue
    return None


def reduced(embeddings: Embeddings, articles: np.ndarray) -> np.ndarray:
    """As `looks_of`, of some vectors."""
    vectors, count = embeddings.vectors, len(embeddings.articles)
    step = max(1, count // _SAMPLE)
    sample = np.asarray(vectors[::step], dtype=np.float32)
    sample = sample[np.isfinite(sample).all(axis=1)]
    mean = sample.mean(axis=0) if len(sample) else np.zeros(vectors.shape[1], dtype=np.float32)
    directions = _directions(sample - mean)
    turned = np.zeros((len(articles) + 1, directions.shape[1]), dtype=np.float32)
    order = np.argsort(embeddings.articles, kind="stable")
    row = np.searchsorted(embeddings.articles[order], articles).clip(max=max(count - 1, 0))
    known = np.flatnonzero(embeddings.articles[order][row] == articles) if count else np.zeros(0, np.int64)
    for first in range(0, len(known), _AT_A_TIME):
        some = known[first : first + _AT_A_TIME]
        turned[some] = (np.asarray(vectors[order[row[some]]], dtype=np.float32) - mean) @ directions
    turned[~np.isfinite(turned).all(axis=1)] = 0
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    turned /= np.where(length > 0, length, 1)
    return turned


def _directions(centred: np.ndarray) -> np.ndarray:
    """float32 (d, ≤ 64), at right angles: those in which rows differ most, by a randomised range finder with one power
    iteration (Halko, Martinsson and Tropp, 2011). O(n × d × 80), however long the rows are."""
    rank = min(_KEPT + _SPARE, *centred.shape)
    drawn = np.random.default_rng(0).normal(size=(centred.shape[1], rank)).astype(np.float32)
    basis = np.linalg.qr(centred @ drawn)[0]
    basis = np.linalg.qr(centred.T @ basis)[0]
    return np.linalg.svd(centred @ basis, full_matrices=False)[2][:_KEPT].dot(basis.T).T.astype(np.float32)
