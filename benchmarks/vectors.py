"""Vectors that are as near to each other as those of real photos, at any size, for measuring cost.

The spectrum is that of a trained MobileNet on 11,800 H&M photos (λ below); articles are variants of products, and
products of kinds. On 11,800 of them the median similarity is 0.58 (real: 0.53) and that of the twelfth neighbour 0.75
(0.81): a little harder to tell apart than the real ones, with as many candidates for heads of 384 numbers. They say
nothing about quality.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

_AT = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 800, 1000, 2047)
_SPECTRUM = (
    0.572, 0.0388, 0.027, 0.016, 0.00885, 0.00498, 0.00217, 0.00101, 0.00045, 0.00019, 8e-5, 3e-5, 1e-5, 1e-6
)  # fmt: skip
_KINDS, _VARIANTS = 300, 5
_OF_KIND, _OF_PRODUCT = 0.3, 0.2
_BLOCK = 8192


def write_lookalikes(path: Path, count: int, width: int = 2048, seed: int = 0) -> np.ndarray:
    """A matrix (count, width) of float32 as a `.npy` file, memory-mapped."""
    draw = np.random.default_rng(seed)
    deviation = np.sqrt(np.exp(np.interp(np.arange(width), _AT, np.log(_SPECTRUM)))).astype(np.float32)
    kinds = draw.standard_normal((_KINDS, width), dtype=np.float32)
    of_products = draw.integers(0, _KINDS, count // _VARIANTS + 1)
    products = draw.standard_normal((len(of_products), width), dtype=np.float32)
    of_articles = draw.integers(0, len(products), count)
    turn = np.linalg.qr(draw.standard_normal((width, width)))[0].astype(np.float32)
    matrix = open_memmap(path, "w+", np.float32, (count, width))
    for start in range(0, count, _BLOCK):
        product = of_articles[start : start + _BLOCK]
        own = draw.standard_normal((len(product), width), dtype=np.float32)
        vectors = (
            np.sqrt(_OF_KIND) * kinds[of_products[product]]
            + np.sqrt(_OF_PRODUCT) * products[product]
            + np.sqrt(1 - _OF_KIND - _OF_PRODUCT) * own
        ).astype(np.float32) * deviation
        vectors[:, 0] = deviation[0]  # what all photos have in common
        matrix[start : start + _BLOCK] = vectors @ turn
    matrix.flush()
    return matrix
