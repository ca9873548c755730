"""Many candidate lists become one: by reciprocal rank, or one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from stylo.candidates.strategy import CANDIDATES, best_candidates

#: What a model gives a customer. `proposed_by` names strategies, the one that ranked the article highest first.
RANKED = pl.Schema({**CANDIDATES, "proposed_by": pl.List(pl.String)})

_BEYOND_ANY_RANK = 2**16


def reciprocal_rank_fusion(
    candidates: Mapping[str, pl.DataFrame], weights: Mapping[str, float], k: int, constant: float
) -> pl.DataFrame:
    """Rows of RANKED, at most k a customer: score = Σ weight / (constant + rank) over the strategies.

    After Cormack, Clarke and Büttcher (SIGIR 2009), with weights. A strategy without a weight counts nothing.
    """
    worth = pl.col("strategy").replace_strict(dict(weights), default=0.0, return_dtype=pl.Float64)
    return _merge(candidates, (worth / (constant + pl.col("rank"))).sum(), k)


def cascade(candidates: Mapping[str, pl.DataFrame], k: int) -> pl.DataFrame:
    """Rows of RANKED, at most k a customer: all of the first strategy, then what the second adds, and so on."""
    turns = {name: turn for turn, name in enumerate(candidates)}
    turn = pl.col("strategy").replace_strict(turns, return_dtype=pl.Int64)
    return _merge(candidates, -(turn * _BEYOND_ANY_RANK + pl.col("rank")).min(), k)


def _merge(candidates: Mapping[str, pl.DataFrame], score: pl.Expr, k: int) -> pl.DataFrame:
    proposals: Sequence[pl.LazyFrame] = [
        frame.lazy().select("customer", "article", pl.col("rank").cast(pl.Int64), strategy=pl.lit(name))
        for name, frame in candidates.items()
    ]
    merged = (
        pl.concat(proposals)
        .sort("customer", "article", "rank", "strategy")
        .group_by("customer", "article", maintain_order=True)
        .agg(score.alias("score"), pl.col("strategy").alias("proposed_by"))
        .collect()
    )
    best = best_candidates(merged.lazy(), k)
    return best.join(
        merged.select("customer", "article", "proposed_by"), on=["customer", "article"], maintain_order="left"
    ).select(*RANKED)
