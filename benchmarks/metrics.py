"""python -m benchmarks.metrics: MAP@12 of 70,000 lists against the loop that Kaggle's notebooks use."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.notebook import average_precision
from benchmarks.timing import compare
from stylo.evaluation.metrics import score_customers

CUSTOMERS, ARTICLES, BOUGHT = 70_000, 20_000, 3


def main() -> None:
    """Prints the comparison, and both means."""
    random = np.random.default_rng(0)
    predicted = random.integers(0, ARTICLES // 100, (CUSTOMERS, 12))
    bought = random.integers(0, ARTICLES // 100, (CUSTOMERS, BOUGHT))
    who = np.arange(CUSTOMERS, dtype=np.uint32)
    predictions = pl.DataFrame(
        {
            "customer": np.repeat(who, 12),
            "article": predicted.ravel().astype(np.int32),
            "rank": np.tile(np.arange(1, 13, dtype=np.uint16), CUSTOMERS),
        }
    )
    truth = pl.DataFrame({"customer": np.repeat(who, BOUGHT), "article": bought.ravel().astype(np.int32)})
    lists = list(zip([list(set(row)) for row in bought.tolist()], predicted.tolist(), strict=True))

    def ours() -> float:
        return float(score_customers(predictions, truth)["map@12"].mean())  # type: ignore[arg-type]

    def loop() -> float:
        return float(np.mean([average_precision(*pair) for pair in lists]))

    print(
        compare(f"MAP@12, recall@12 and NDCG@12 of {CUSTOMERS:,} lists", ours, "a loop, MAP@12 alone", loop)
    )
    print(f"MAP@12: {ours():.9f} and {loop():.9f}")


if __name__ == "__main__":
    main()
