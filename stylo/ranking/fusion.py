"""Many candidate lists become one: by reciprocal rank, or one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from stylo.candidates.strategy import CANDIDATES, best, place

#: What a model gives a customer. `proposed_by` names strategies, the one that ranked the article highest first.
RANKED = pl.Schema({**CANDIDATES, "proposed_by": pl.List(pl.String)})

_BEYOND_ANY_RANK = 2**16


def reciprocal_rank_fusion(
    candidates: Mapping[str, pl.DataFrame], weights: Mapping[str, float], k: int, constant: float
) -> pl.DataFrame:
    """Rows of RANKED, at most k a customer: score = Σ weight / (constant + rank) over the strategies.

    After Cormack, Clarke and Büttcher (SIGIR 2009), with weights. A strategy without a weight counts nothing.
    """
    places = _places(list(candidates))
    votes = {name: weights.get(name, 0.0) / (constant + pl.col(name)) for name in candidates}
    # Summed up from the best rank to the worst: floats that are added in another order may break a tie.
    in_order = [
        pl.sum_horizontal(pl.when(places[name] == place).then(vote) for name, vote in votes.items())
        for place in range(len(votes))
    ]
    scored = _side_by_side(candidates).with_columns(score=pl.sum_horizontal(in_order))
    return _ranked(best(scored, "customer", "article", k), list(candidates))


def cascade(candidates: Mapping[str, pl.DataFrame], k: int) -> pl.DataFrame:
    """Rows of RANKED, at most k a customer: all of the first strategy, then what the second adds, and so on."""
    turns = [turn * _BEYOND_ANY_RANK + pl.col(name) for turn, name in enumerate(candidates)]
    queue = _side_by_side(candidates).with_columns(score=-pl.min_horizontal(turns))
    # One number in the order wanted, which sorts several times as fast as two.
    order = pl.col("customer").cast(pl.Int64) * 2**31 - pl.col("score")
    ranked = queue.sort(order).with_columns(rank=place("customer")).filter(pl.col("rank") <= k)
    return _ranked(ranked, list(candidates))


def _side_by_side(candidates: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    """One row for each `customer` and `article`, with its rank by each strategy in a column of that name."""
    lists = [
        frame.lazy().select("customer", "article", pl.col("rank").cast(pl.Int64).alias(name))
        for name, frame in candidates.items()
    ]
    if len(lists) == 1:
        return lists[0]
    merged = pl.concat(lists, how="diagonal").group_by("customer", "article").agg(pl.min(*candidates))
    return merged.collect(engine="streaming").lazy()


def _ranked(best: pl.LazyFrame, names: Sequence[str]) -> pl.DataFrame:
    """Rows of RANKED from `customer`, `article`, `rank`, `score` and each strategy's rank."""
    ranked = best.with_columns(proposers=_proposers(names)).collect()
    named = _named(ranked["proposers"].unique(), names)
    with_names = ranked.join(named, on="proposers", how="left", maintain_order="left")
    return with_names.select(*RANKED).cast(RANKED)


def _places(names: Sequence[str]) -> dict[str, pl.Expr]:
    """How many strategies ranked an article higher than each did, or as high with a name that sorts before its.

    Null where the strategy did not propose the article.
    """
    places: dict[str, pl.Expr] = {}
    for name in names:
        mine = pl.col(name)
        ahead = [
            pl.col(other) <= mine if other < name else pl.col(other) < mine
            for other in names
            if other != name
        ]
        places[name] = pl.when(mine.is_not_null()).then(pl.sum_horizontal(pl.lit(0), *ahead))
    return places


def _proposers(names: Sequence[str]) -> pl.Expr:
    """Which strategies proposed an article, best rank first, as the digits of a number."""
    places = _places(names)
    digits = [number * pl.lit(len(names) + 1).pow(places[name]) for number, name in enumerate(names, start=1)]
    return pl.sum_horizontal(digits).cast(pl.Int64)


def _named(proposers: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """(`proposers`, `proposed_by`): what the numbers of `_proposers` say."""
    lists = []
    for number in proposers:
        mine = []
        while number:
            number, digit = divmod(number, len(names) + 1)
            mine.append(names[digit - 1])
        lists.append(mine)
    return pl.DataFrame({"proposers": proposers, "proposed_by": pl.Series(lists, dtype=pl.List(pl.String))})
