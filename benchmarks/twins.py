"""python -m benchmarks.twins: exact visual twins against scikit-learn's brute force, 8,000 × 2,048 vectors."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks.timing import compare
from stylo.vectors.nearest import nearest

COUNT, WIDTH, K = 8_000, 2_048, 12


def main() -> None:
    """Prints the comparison, and whether both found the same neighbours."""
    vectors = np.random.default_rng(0).exponential(1, (COUNT, WIDTH)).astype(np.float32)
    rows = np.arange(COUNT)

    def ours() -> np.ndarray:
        return nearest(vectors, rows, rows, K)[0]

    def scikit_learn() -> np.ndarray:
        index = NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute").fit(vectors)
        return index.kneighbors(vectors, return_distance=False)[:, 1:]

    print(compare(f"twins of {COUNT:,} × {WIDTH:,}", ours, "scikit-learn brute force", scikit_learn, runs=3))
    print(f"same neighbours: {np.mean(np.sort(ours()) == np.sort(scikit_learn())):.4%}")


if __name__ == "__main__":
    main()
