"""How much of what was bought is found, the further down the order one looks, and among all candidates."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

#: How far down.
PLACES = (12, 24, 50, 100)
_PAIR = ["customer", "article"]


def found_at(truth: pl.DataFrame, ranked: pl.DataFrame, candidates: pl.DataFrame) -> dict[str, int]:
    """Counts of a week: `lists` (customers who bought), their `candidates`, the articles `bought`, and of these how
    many are among the first of PLACES, under "12", "24" …, and among the candidates, under "all".

    Parameters
    ----------
    truth : `customer`, `article` bought in the target week; duplicates count once.
    ranked : `customer`, `article`, `rank` (1 is best), each pair once; as long as the last of PLACES.
    candidates : `customer`, `article`, each pair once.

    O(truth + ranked + candidates).
    """
    bought = truth.select(_PAIR).unique()
    ranks = bought.join(ranked, on=_PAIR)["rank"]
    return {
        "lists": bought["customer"].n_unique(),
        "candidates": candidates.height,
        "bought": bought.height,
        **{str(place): int((ranks <= place).sum()) for place in PLACES},
        "all": bought.join(candidates, on=_PAIR, how="semi").height,
    }


def recall_at(weeks: Iterable[dict[str, int]]) -> dict[str, float]:
    """Of weeks of `found_at` together: the shares of what was bought, how much was bought, candidates a list."""
    total = pl.DataFrame(list(weeks)).sum().row(0, named=True)
    shares = {place: total[place] / total["bought"] for place in (*map(str, PLACES), "all")}
    return {
        **shares,
        "bought": total["bought"],
        "candidates_per_list": total["candidates"] / total["lists"],
    }
