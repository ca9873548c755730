"""The ranker: LightGBM's LambdaRank over the features of what was proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stylo.errors import DamagedArtefact
from stylo.ranking.examples import Examples
from stylo.ranking.features import Features
from stylo.ranking.optional import without_libraries

# LightGBM would load them for interfaces that are not used here: 100 MB in each process, and a second.
with without_libraries("pandas", "sklearn", "matplotlib", "graphviz", "dask", "cffi"):
    import lightgbm as lgb

_MUCH = 10_000
# The same trees every time, on any number of cores.
_DETERMINISTIC = {"deterministic": True, "force_col_wise": True, "verbosity": -1}
# Threads wait for each other longer than they work where there is little to do.
_ROWS_FOR_THREADS = 500_000


@dataclass(frozen=True)
class Settings:
    """How the trees are grown.

    rounds, parameters : how many, and LightGBM's parameters.
    boosters : how many forests that differ by their seed.
    without : groups of features that are left out.
    """

    rounds: int
    parameters: Mapping[str, Any]
    boosters: int = 5
    without: tuple[str, ...] = ()


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
# Chosen on hm-sample's weeks before those reported.
_FOR_LITTLE = Settings(
    110,
    _COMMON | {"num_leaves": 5, "min_data_in_leaf": 200},
    without=("season", "customer", "lesser affinity"),
)
# Not chosen on real shoppers: there were none so many.
_FOR_MUCH = Settings(200, _COMMON | {"num_leaves": 31, "min_data_in_leaf": 500}, boosters=1)


def settings_for(lists: int) -> Settings:
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
    """

    models: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    without: tuple[str, ...]

    @cached_property
    def boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=model.tobytes().decode()) for model in self.models]

    @classmethod
    def train(
        cls, examples: Examples, settings: Settings | None = None, boosters: int | None = None
    ) -> Ranker:
        """By default with the settings for so many lists, and with their number of boosters."""
        settings = settings or settings_for(len(examples.lists))
        used = [n for n, group in enumerate(examples.groups) if group not in settings.without]
        names = tuple(examples.names[n] for n in used)
        data = lgb.Dataset(
            examples.values if len(used) == len(examples.names) else examples.values[:, used],
            examples.bought.astype(np.int8),
            group=examples.lists,
            weight=np.repeat(examples.weights, examples.lists),
            feature_name=[_plain(name) for name in names],
            free_raw_data=False,
        )
        threads = 1 if len(examples.values) < _ROWS_FOR_THREADS else 0
        fixed = {**settings.parameters, **_DETERMINISTIC, "num_threads": threads}
        grown = [
            lgb.train({**fixed, "seed": seed}, data, settings.rounds)
            for seed in range(boosters or settings.boosters)
        ]
        models = [np.frombuffer(each.model_to_string().encode(), np.uint8) for each in grown]
        return cls(tuple(models), names, settings.without)

    def score(self, features: Features, threads: int = 0) -> np.ndarray:
        """float64 (m,). Raises DamagedArtefact if the features are not those it was trained with."""
        if features.names != self.names:
            raise DamagedArtefact("The ranker was trained with other features.")
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
