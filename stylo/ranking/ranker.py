"""The ranker: LightGBM's LambdaRank over the features of what was proposed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np

from stylo.candidates.catalogue import find, hashes
from stylo.candidates.customers import Customers, pair_keys, places
from stylo.candidates.history import History
from stylo.errors import DamagedArtefact
from stylo.parallel.workers import InProcess
from stylo.ranking.features import FEATURE_GROUPS, Features
from stylo.ranking.forest import Forest
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import Snapshot, in_chunks

_MUCH = 10_000
# The same trees every time, on any number of cores.
_DETERMINISTIC = {"deterministic": True, "force_col_wise": True, "verbosity": -1}
# Threads wait for each other longer than they work where there is little to do.
_ROWS_FOR_THREADS = 500_000
_COMMON = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 12,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 20.0,
    "learning_rate": 0.06,
    "max_bin": 63,
}


@contextmanager
def without_libraries(*names: str) -> Iterator[None]:
    """Whoever tries to import one of these within the block finds that it is not installed.

    Those that are loaded already stay as they are for everybody else.
    """
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    try:
        for name in names:
            sys.modules[name] = None  # type: ignore[assignment] # as the import system documents it
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


@dataclass(frozen=True)
class Examples:
    """Lists of articles, one for each customer with purchases and each day with something bought that was proposed.

    names, groups : of the features.
    parts : float32 (rows, features) each, one below the other: they are never copied into one.
    bought : bool (rows,).
    lists : int64 (lists,), how many rows each list has, in order.
    weights : float32 (lists,), how much each list counts.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    parts: tuple[np.ndarray, ...]
    bought: np.ndarray
    lists: np.ndarray
    weights: np.ndarray

    @classmethod
    def join(cls, parts: Sequence[Examples]) -> Examples:
        arrays = ("bought", "lists", "weights")
        joined = (np.concatenate([getattr(part, name) for part in parts]) for name in arrays)
        values = tuple(values for part in parts for values in part.parts)
        return cls(parts[0].names, parts[0].groups, values, *joined)

    @property
    def values(self) -> np.ndarray:
        """float32 (rows, features): a copy of all parts."""
        return np.concatenate(self.parts)

    def weighing(self, weight: float) -> Examples:
        """The same, each list counting so much."""
        return replace(self, weights=np.full(len(self.lists), weight, dtype=np.float32))


def examples(
    snapshot: Snapshot,
    history: History,
    days: int,
    candidates: int,
    negatives: int,
    without: Collection[str] = (),
) -> Examples:
    """What the buyers of the `days` from the snapshot's day were proposed, with all that they bought of it.

    Newcomers teach nothing: they all are proposed the same, and a ranker learns by heart which articles sold.

    `negatives` is how many articles of a list that were not bought are kept, drawn by a hash of customer and
    article, so that the draw is the same each time and everywhere. `without` names groups of features that are
    not made.
    """
    truth = history.bought(snapshot.as_of, snapshot.as_of + timedelta(days=days))
    buyers, articles = truth["customer"].to_numpy(), truth["article"].to_numpy()
    keys = np.sort(pair_keys(buyers, snapshot.known.catalogue.rows(articles)))
    everyone = Customers.read(history, truth["customer"].unique(), snapshot.as_of).with_purchases()

    def part(customers: Customers) -> Examples:
        pool = snapshot.pool(customers, candidates)
        bought = find(keys, pair_keys(customers.numbers[pool.customer], pool.article)) >= 0
        kept = _sample(pool, bought, negatives)
        features = snapshot.features(pool.only(kept), without)
        lists = np.bincount(pool.customer[kept], minlength=len(customers))
        lists = lists[lists > 0]
        each = np.ones(len(lists), dtype=np.float32)
        return Examples(features.names, features.groups, (features.values,), bought[kept], lists, each)

    return Examples.join(in_chunks(InProcess(part), everyone))


def _sample(pool: Pool, bought: np.ndarray, negatives: int) -> np.ndarray:
    """Rows of customers who bought something: all that they bought, and `negatives` of the others, in order."""
    hits = np.bincount(pool.customer, bought, len(pool.customers))[pool.customer] > 0
    others = np.flatnonzero(hits & ~bought)
    customer = pool.customer[others]
    order = np.lexsort((hashes(pool.customers.numbers[customer], pool.article[others]), customer))
    drawn = others[order[places(customer[order], len(pool.customers)) < negatives]]
    return np.sort(np.concatenate([np.flatnonzero(bought), drawn]))


# LightGBM would load them for interfaces that are not used here: 100 MB in each process, and a second.
with without_libraries("pandas", "sklearn", "matplotlib", "graphviz", "dask", "cffi"):
    import lightgbm as lgb


@dataclass(frozen=True)
class RankerSettings:
    """How the trees are grown.

    rounds, parameters : how many, and LightGBM's parameters.
    boosters : how many forests that differ by their seed.
    without : groups of features that are left out.
    """

    rounds: int
    parameters: Mapping[str, Any]
    boosters: int = 5
    without: tuple[str, ...] = ()


# Chosen on hm-sample's weeks before those reported.
_FOR_LITTLE = RankerSettings(
    110,
    _COMMON | {"num_leaves": 5, "min_data_in_leaf": 200},
    without=("season", "customer", "lesser affinity"),
)
# Not chosen on real customers: there were none so many.
_FOR_MUCH = RankerSettings(200, _COMMON | {"num_leaves": 31, "min_data_in_leaf": 500}, boosters=1)
# The small ranker that makes the shortlist; chosen on the same weeks. Its features cost next to nothing.
FOR_SHORTLIST = RankerSettings(
    30,
    _COMMON
    | {
        "num_leaves": 8,
        "min_data_in_leaf": 200,
        "learning_rate": 0.15,
        "feature_fraction": 0.5,
        # Not the first twelve count, but who is on the list at all.
        "lambdarank_truncation_level": 100,
    },
    boosters=1,
    without=tuple(group for group in FEATURE_GROUPS if group not in ("strategies", "sales")),
)
#: How many articles of each customer are on it.
SHORTLIST = 100


def settings_for(lists: int) -> RankerSettings:
    """By how much there is to learn from.

    Little: small trees that need many cases, fewer features, several boosters. Much: one booster of larger trees.
    """
    return _FOR_LITTLE if lists < _MUCH else _FOR_MUCH


@dataclass(frozen=True)
class Ranker:
    """Trees that differ by their seed; the score is the mean of theirs.

    models : LightGBM's own text of each, uint8.
    names : of the features, in the order of the columns.
    without : the groups of features that it does without.
    first : the small ranker that chooses what this one looks at; None: it looks at everything that is proposed.
    shortlist : how many of each customer's candidates it looks at then.
    """

    models: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    without: tuple[str, ...]
    # Models from before there were shortlists have neither.
    first: Ranker | None = None
    shortlist: int = 0

    @cached_property
    def boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=text) for text in self._texts()]

    @cached_property
    def forest(self) -> Forest | None:
        """The same trees as tables; None where there is something in them that only LightGBM evaluates."""
        try:
            return Forest.read(self._texts())
        except (ValueError, KeyError, IndexError):
            return None

    def _texts(self) -> list[str]:
        return [model.tobytes().decode() for model in self.models]

    @classmethod
    def train(
        cls, examples: Examples, settings: RankerSettings | None = None, boosters: int | None = None
    ) -> Ranker:
        """By default with the settings for so many lists, and with their number of boosters."""
        settings = settings or settings_for(len(examples.lists))
        used = [n for n, group in enumerate(examples.groups) if group not in settings.without]
        names = tuple(examples.names[n] for n in used)
        data = lgb.Dataset(
            [part if len(used) == len(examples.names) else part[:, used] for part in examples.parts],
            examples.bought.astype(np.int8),
            group=examples.lists,
            weight=np.repeat(examples.weights, examples.lists),
            feature_name=[_plain(name) for name in names],
            free_raw_data=False,
        )
        threads = 1 if len(examples.bought) < _ROWS_FOR_THREADS else 0
        fixed = {**settings.parameters, **_DETERMINISTIC, "num_threads": threads}
        grown = [
            lgb.train({**fixed, "seed": seed}, data, settings.rounds)
            for seed in range(boosters or settings.boosters)
        ]
        models = [np.frombuffer(each.model_to_string().encode(), np.uint8) for each in grown]
        return cls(tuple(models), names, settings.without)

    def score(self, features: Features, threads: int = 0) -> np.ndarray:
        """float64 (m,), by the trees as tables in one thread; `threads` where only LightGBM can evaluate them.

        Raises DamagedArtefact if the features are not those it was trained with.
        """
        if features.names != self.names:
            raise DamagedArtefact("The ranker was trained with other features.")
        if self.forest is not None:
            return self.forest.score(features.values)
        total = np.zeros(len(features.values))
        for booster in self.boosters:
            total += booster.predict(features.values, raw_score=True, num_threads=threads)
        return total / len(self.boosters)

    def contributions(self, features: Features) -> np.ndarray:
        """float64 (m, features): how much each feature adds to the score of each row (LightGBM's TreeSHAP)."""
        shares = [
            np.asarray(booster.predict(features.values, pred_contrib=True)) for booster in self.boosters
        ]
        return np.mean(shares, axis=0)[:, :-1]


def _plain(name: str) -> str:
    """LightGBM takes no colon or comma in a name."""
    return name.replace(":", "").replace(",", "").replace(" ", "_")
