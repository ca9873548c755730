"""The hybrid: what a customer bought, its variants, what goes with it, is like it or looks like it, what sells.

First form: the strategies' lists are fused by reciprocal rank. The weights were chosen on hm-sample's weeks
before the 26 that `docs/results.md` reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.favourites import Favourites
from stylo.candidates.history import History
from stylo.candidates.own_purchases import OwnPurchases
from stylo.candidates.popularity import Popularity
from stylo.candidates.same_style import SameStyle
from stylo.candidates.strategy import ArticleStrategy, Strategy
from stylo.candidates.variants import Variants
from stylo.candidates.visual_twins import VisualTwins
from stylo.ranking.fusion import reciprocal_rank_fusion

HYBRID = "hybrid"
LIST_LENGTH = 12

_OWN, _VARIANTS, _TOGETHER, _STYLE, _TWINS, _FAVOURITES, _POPULAR = (
    OwnPurchases(),
    Variants(),
    BoughtTogether(),
    SameStyle(),
    VisualTwins(),
    Favourites(),
    Popularity(),
)

#: How much a strategy's vote counts for a customer (chosen by MAP@12), and for an article (by judgement).
CUSTOMER_WEIGHTS = {
    _OWN.name: 1.0,
    _VARIANTS.name: 0.6,
    _TOGETHER.name: 0.1,
    _STYLE.name: 0.05,
    _TWINS.name: 0.1,
    _FAVOURITES.name: 0.2,
    _POPULAR.name: 0.05,
}
ARTICLE_WEIGHTS = {_TOGETHER.name: 1.0, _STYLE.name: 0.8, _TWINS.name: 0.8}


@dataclass(frozen=True)
class Recommender:
    """The hybrid's strategies and how they are fused.

    `candidates` is how many articles each strategy may propose; `constant` flattens the difference between
    the first ranks of a list.
    """

    strategies: Sequence[Strategy] = (_OWN, _VARIANTS, _TOGETHER, _STYLE, _TWINS, _FAVOURITES, _POPULAR)
    article_strategies: Sequence[ArticleStrategy] = (_TOGETHER, _STYLE, _TWINS)
    weights: Mapping[str, float] = field(default_factory=lambda: CUSTOMER_WEIGHTS)
    article_weights: Mapping[str, float] = field(default_factory=lambda: ARTICLE_WEIGHTS)
    candidates: int = 50
    constant: float = 3.0
    name: str = HYBRID

    def recommend(
        self, history: History, customers: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, from what was known before `as_of`."""
        proposed = {
            strategy.name: strategy.candidates(history, customers, as_of, self.candidates)
            for strategy in self.strategies
        }
        return reciprocal_rank_fusion(proposed, self.weights, k, self.constant)

    def similar(
        self, history: History, articles: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        """For each article its k neighbours by each strategy, and by the hybrid that fuses them.

        Columns article, strategy, neighbour, rank, score, proposed_by; `strategy` is "hybrid" or a strategy's
        name.
        """
        near = {
            strategy.name: strategy.neighbours(history, articles, as_of, self.candidates)
            for strategy in self.article_strategies
        }
        votes = {
            name: frame.select(customer="article", article="neighbour", rank="rank", score="score")
            for name, frame in near.items()
        }
        fused = reciprocal_rank_fusion(votes, self.article_weights, k, self.constant)
        alone = [
            frame.filter(pl.col("rank") <= k).with_columns(
                strategy=pl.lit(name), proposed_by=pl.concat_list(pl.lit(name))
            )
            for name, frame in near.items()
        ]
        columns = ("article", "strategy", "neighbour", "rank", "score", "proposed_by")
        hybrid = fused.rename({"article": "neighbour", "customer": "article"}).with_columns(
            pl.col("article").cast(pl.Int32), strategy=pl.lit(HYBRID)
        )
        frames = [frame.select(columns) for frame in (hybrid, *alone)]
        return pl.concat(frames).sort("article", "strategy", "rank")
