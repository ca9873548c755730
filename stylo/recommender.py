"""The hybrid: strategies propose, and a ranker that has learned from earlier weeks puts in order.

Where there is too little to learn from, the strategies' lists are fused by reciprocal rank; the weights of that were
chosen on hm-sample's weeks before the 26 that `docs/results.md` reports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from stylo.artefacts import Manifest, open_arrays, write_arrays
from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.customers import Customers, CustomerStore
from stylo.candidates.goes_with import GoesWith
from stylo.candidates.history import History
from stylo.candidates.lists import Candidates
from stylo.candidates.matrix_factorisation import MatrixFactorisation
from stylo.candidates.personal import Favourites, OwnPurchases, Variants
from stylo.candidates.popularity import NewArrivals, Popularity, PopularityByAge
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins
from stylo.candidates.strategy import ArticleStrategy, Strategy, fitted
from stylo.errors import DamagedArtefact, StaleArtefact
from stylo.parallel.workers import LOCAL, Workers
from stylo.progress import SILENT, Progress
from stylo.ranking.explanation import Explanation
from stylo.ranking.model import Model, put_together, take_apart
from stylo.ranking.pool import Pool, reciprocal_rank_fusion
from stylo.ranking.ranker import Ranker, RankerSettings
from stylo.ranking.snapshot import Snapshot
from stylo.ranking.training import Training
from stylo.tables.folder import MADE_BY, MODEL_FILE, DataFolder
from stylo.tables.schemas import LIST_LENGTH
from stylo.user_paths import quoted

HYBRID = "hybrid"
# Counts up when what is learned, or how it is kept, changes.
_LAYOUT = 2
_OWN, _VARIANTS, _TOGETHER, _NEAR, _STYLE, _TWINS = (
    OwnPurchases(),
    Variants(),
    BoughtTogether(),
    StyleNeighbours(),
    SameStyle(),
    VisualTwins(),
)
_PLAIN_TWINS = VisualTwins(plain=True)
STRATEGIES: tuple[Strategy, ...] = (
    _OWN,
    _VARIANTS,
    _TOGETHER,
    BoughtNext(),
    MatrixFactorisation(),
    _PLAIN_TWINS,
    Favourites(),
    Favourites("section_no"),
    Favourites("product_type_no"),
    Popularity(),
    PopularityByAge(),
    NewArrivals(),
)
#: What the hybrid of an article fuses; and what is shown by itself: there the twins are those of the shelf.
ARTICLE_STRATEGIES: tuple[ArticleStrategy, ...] = (_TOGETHER, _NEAR, _STYLE, _PLAIN_TWINS)
SHELVES: tuple[ArticleStrategy, ...] = (_TOGETHER, GoesWith(_TOGETHER), _NEAR, _STYLE, _TWINS)

#: How much a strategy's vote counts in a fusion, for a customer (chosen by MAP@12) and for an article (learned by
#: recall@12, `python -m benchmarks.articles`).
CUSTOMER_WEIGHTS = {
    _OWN.name: 1.0,
    _VARIANTS.name: 0.6,
    Favourites().name: 0.2,
    _TOGETHER.name: 0.1,
    _PLAIN_TWINS.name: 0.1,
    Popularity().name: 0.05,
}
ARTICLE_WEIGHTS = {_NEAR.name: 1.0, _TOGETHER.name: 0.5, _STYLE.name: 0.4, _TWINS.name: 0.4}


@dataclass(frozen=True)
class Recommender:
    """Snapshots of the strategies, and the ranker that orders what they propose.

    rankers : by the day before which each has learned; of a day the last that is no later is used. None, or no
        such ranker: a weighted fusion by reciprocal rank.
    candidates : how many articles each strategy may propose.
    constant : flattens the difference between the first ranks of a fusion.
    """

    rankers: Mapping[date, Ranker | None] = field(default_factory=dict)
    strategies: Sequence[Strategy] = STRATEGIES
    article_strategies: Sequence[ArticleStrategy] = ARTICLE_STRATEGIES
    shelves: Sequence[ArticleStrategy] = SHELVES
    weights: Mapping[str, float] = field(default_factory=lambda: CUSTOMER_WEIGHTS)
    article_weights: Mapping[str, float] = field(default_factory=lambda: ARTICLE_WEIGHTS)
    candidates: int = 50
    constant: float = 3.0
    name: str = HYBRID

    @classmethod
    def train(
        cls,
        history: History,
        days: Sequence[date],
        window: int = 7,
        progress: Progress = SILENT,
        settings: RankerSettings | None = None,
    ) -> Recommender:
        """A recommender with a ranker for each of the days, learned from weeks that end before it.

        `settings` of the ranker; None for those that fit how much there is to learn from.
        """
        untrained = cls()
        training = Training(history, untrained.strategies, untrained.candidates, window, settings)
        return cls({as_of: training.ranker(as_of, progress) for as_of in days})

    def model(self, history: History, as_of: date) -> Model:
        """What recommends as of a day; it is remembered by the history, and so is its snapshot."""

        def made() -> tuple[Recommender, Model]:
            take = history.once(("snapshot", as_of), lambda: Snapshot.take(history, as_of, self.strategies))
            # Kept with the recommender: another one could come to have its id.
            return self, Model(take, self.ranker(as_of), self.weights, self.constant, self.candidates)

        return history.once(("model", as_of, id(self)), made)[1]

    def recommend(
        self,
        history: History,
        customers: pl.Series,
        as_of: date,
        k: int = LIST_LENGTH,
        workers: Workers = LOCAL,
    ) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, from what was known before `as_of`."""
        asked = Customers.read(history, customers, as_of)
        return self.model(history, as_of).recommend(asked, k, workers=workers)

    def ranker(self, as_of: date) -> Ranker | None:
        """The last that learned from nothing on or after the day."""
        days = [day for day in self.rankers if day <= as_of]
        return self.rankers[max(days)] if days else None

    def similar(
        self, history: History, articles: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        """For each article its k neighbours by each strategy, and by the hybrid that fuses them.

        Columns article, strategy, neighbour, rank, score, proposed_by; `strategy` is "hybrid" or a strategy's
        name.
        """
        ids = history.catalogue.articles
        asked = np.unique(articles.to_numpy())
        near = {
            strategy.name: fitted(strategy, history, as_of).near(history.catalogue.rows(asked))
            for strategy in self.article_strategies
        }
        # For once the customers are articles.
        pool = Pool.of(Customers.nobody(asked), near)
        score = reciprocal_rank_fusion(pool, self.article_weights, self.constant)
        fused = pool.ranked(score, k, ids).with_columns(strategy=pl.lit(HYBRID))
        alone = [
            _alone(
                fitted(strategy, history, as_of).near(history.catalogue.rows(asked)),
                strategy.name,
                pool.customers,
                ids,
                k,
            )
            for strategy in self.shelves
        ]
        found = pl.concat([frame.select(fused.columns) for frame in (fused, *alone)])
        return found.select(
            pl.col("customer").cast(pl.Int32).alias("article"),
            "strategy",
            pl.col("article").alias("neighbour"),
            "rank",
            "score",
            "proposed_by",
        ).sort("article", "strategy", "rank")


def _alone(proposals: Candidates, name: str, customers: Customers, ids: np.ndarray, k: int) -> pl.DataFrame:
    first = proposals.frame(customers, ids).filter(pl.col("rank") <= k)
    return first.with_columns(strategy=pl.lit(name), proposed_by=pl.concat_list(pl.lit(name)))


@dataclass(frozen=True)
class SavedModel:
    """A model with everybody's purchases, as `final.py` writes it and a service opens it."""

    model: Model
    store: CustomerStore

    @classmethod
    def of(cls, recommender: Recommender, history: History) -> SavedModel:
        """As of the day after the last purchase: for what comes next."""
        as_of = history.last_day + timedelta(days=1)
        return cls(recommender.model(history, as_of), CustomerStore.of(history, as_of))

    @property
    def as_of(self) -> date:
        return self.model.snapshot.as_of

    def recommend(self, customers: Iterable[int], k: int = LIST_LENGTH, threads: int = 0) -> pl.DataFrame:
        """Rows of RANKED for customers by number; who is unknown gets what sells."""
        return self.model.recommend(self._shoppers(customers), k, threads)

    def explain(
        self, customer: int, k: int = LIST_LENGTH, without: Collection[int] = ()
    ) -> list[Explanation]:
        """Why, one for each recommendation of a customer, in their order.

        without : ids of articles that are passed over; the next best take their place.
        """
        return self.model.explain(self._shoppers([customer]), k, without)

    def _shoppers(self, customers: Iterable[int]) -> Customers:
        return self.store.of_numbers(np.array(list(customers), dtype=np.uint32), self.as_of)

    def write(self, path: Path, beside: Path, manifest: Manifest) -> None:
        """Into one file of arrays and the JSON beside it."""
        arrays: dict[str, np.ndarray] = {}
        parts = {
            "model": take_apart(self.model, arrays, "model"),
            "store": take_apart(self.store, arrays, "store"),
        }
        write_arrays(path, beside, arrays, {"layout": _LAYOUT, **parts}, manifest)

    @classmethod
    def open(cls, folder: DataFolder) -> SavedModel:
        """The folder's model, memory-mapped.

        Raises MissingArtefact, DamagedArtefact, or StaleArtefact if it comes from other tables or another version.
        """
        path = folder.require(MODEL_FILE)
        again = f"Make it again: python {MADE_BY[MODEL_FILE]} --data {quoted(folder.root)}"
        arrays, facts, manifest = open_arrays(path, again)
        if facts.get("layout") != _LAYOUT:
            raise StaleArtefact(f"{path} was written by another version of StyloAI.", cure=again)
        if reason := folder.contradiction(manifest):
            raise StaleArtefact(f"{path} is out of date: {reason}.", cure=again)
        try:
            return cls(put_together(facts["model"], arrays), put_together(facts["store"], arrays))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedArtefact(f"{path} is not a model.", where=str(error), cure=again) from error
