"""A whole file of each kind, as the program that makes it writes it, and ways to spoil it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

from stylo.records.drift import DriftReport
from stylo.records.experiments import ExperimentReport
from stylo.records.operations import MonitoringReport, ReleaseCard, RetrainingRun, VersionLineage
from stylo.records.record import TypedRecord
from stylo.records.scores import ScoresReport
from stylo.records.scripts import DemoShop, FidelityReport, NetworkCard, PhotosReport, ScriptReport

Place = tuple[Any, ...]

_RUN = {"seconds": 12.5, "peak_memory_bytes": 1000, "finished_at": "2020-09-17T08:30:00+00:00"}
_METRICS = {"map@12": 0.07, "recall@12": 0.14, "ndcg@12": 0.1}
_MODEL = {
    **_METRICS,
    "ci95": [0.05, 0.09],
    "ci95_all": {"map@12": [0.05, 0.09], "recall@12": [0.0, 1.0], "ndcg@12": [0.05, 0.2]},
    "map@12_minus_popularity": {"mean": 0.02, "ci95": [0.01, 0.03]},
}
_SEGMENT = {
    "model": "hybrid", "lists": 3, "map@12": 0.1, "low": 0.0, "high": 0.2,
    "difference": None, "difference_low": None, "difference_high": None,
}  # fmt: skip
_SCORES = {
    **_RUN,
    "cutoff": "2020-09-16",
    "days": 7,
    "weeks": 2,
    "customers": 40,
    "models": {"popularity": _MODEL, "hybrid": _MODEL},
    "by_week": [{"cutoff": "2020-09-09", "model": "hybrid", "lists": 20, **_METRICS}],
    "segments": {
        "recency": [{"recency": "never", **_SEGMENT}],
        "activity": [{"activity": "40+", **_SEGMENT, "difference": -0.1}],
    },
    "recall_at": {
        "12": 0.1, "24": 0.2, "50": 0.3, "100": 0.4, "all": 0.5, "bought": 90, "candidates_per_list": 321.5,
    },
    "strategies": [
        {"strategy": "own purchases", "recommended": 9, "hits": 4, "alone": 1, "first": 2,
         "recall@12": 0.05, "recall@all": 0.1},
    ],
    "losses": [{"kind": "all", "bought": 90, "hit": 9, "ranked low": 36, "not proposed": 45}],
    "cold_articles": {
        "bought": 0, "customers": 0, "recall@12": None, "recall@100": None, "hit_rate@12": None,
        "hit_rate@100": None, "share_of_recommendations": 0.01,
    },
    "beyond_accuracy": {
        "hybrid": {
            "articles": 120, "coverage_of_sold": 0.5, "coverage_of_catalogue": 0.4, "novelty": 9.5,
            "product_type_diversity": None, "department_diversity": 0.9, "bestseller_share": 0.2,
            "bestseller_share_of_purchases": 0.1, "gini": 0.6,
        }
    },
}  # fmt: skip
_GATES = [{"name": "latency", "open": False, "said": "p99 167.3 ms; at most 100 ms."}]
_FIGURES = {
    "lists": 200, "champion_map": 0.02, "challenger_map": 0.021, "difference": [0.001, -0.002, 0.004],
    "milliseconds": 20.0, "champion_bytes": 1000, "challenger_bytes": 1100, "champion_articles": 100,
    "challenger_articles": 90, "same_lists": [50, 50],
}  # fmt: skip
_RETRAINING = {
    "started": "2020-09-23T08:30:00+00:00",
    "state": "done",
    "why": "new days: week.csv",
    "digest": "0a1b",
    "new": ["data/new/caf\udce9.csv"],  # a name of bytes that are no UTF-8
    "weeks": 1,
    "code": "0.1.0 (abc)",
    "steps": {
        "new days": {"files": 1, "rows": 9, "taken": [["data/new/caf\udce9.csv", "9 1"]],
                     "passed over": {"odd.csv": "no header"}, "seconds": 0.1},
        "split": {"cutoff": "2020-09-16", "train_rows": 90, "valid_rows": 9, "seconds": 0.1},
        "photos": {"skipped": "There are no photos.", "seconds": 0.0},
        "twins": {"articles": 60, "twins": 720, "seconds": 0.2},
        "train": {**_METRICS, "ci95": [0.05, 0.09], "customers": 40, "weekly": [[737684, 0.07]], "seconds": 3.0},
        "publish": {"version": "2020-09-23-4e5f6a7b", "seconds": 0.3},
        "compare": {"champion": None, "shown": _FIGURES, "gates": _GATES, "seconds": 2.0},
        "register": {"registry": 3, "run_id": "f00", "seconds": 0.4},
        "promote": {"previous": None, "at": "2020-09-23T08:31:00.123456+00:00", "seconds": 0.1},
    },
    "verdict": "All gates are open.",
    "ended": "2020-09-23T08:31:01+00:00",
}  # fmt: skip
_LINEAGE = {
    "run_id": "f00",
    "registry": 3,
    "retraining": "20200923-083000-000000",
    "code": "0.1.0 (abc)",
    "why": "asked for",
    "new": [],
    "scores": {"map@12": 0.07, "ci95": [0.05, 0.09], "customers": 40},
    "gates": _GATES,
    "data": {
        "articles.parquet": {
            "fingerprint": "9b", "made_by": "data_optim.py", "made_at": "2020-09-23T08:00:00+00:00",
            "inputs": {"articles.csv": "0f"},
        }
    },
}  # fmt: skip
_MONITORING = {
    "since": "2020-09-01 00:00:00",
    "until": "2020-09-29 00:00:00.000001",
    "window": 7,
    "qualities": [
        {"version": "v1", "variant": "", "lists": 410, "buyers": 61, "hit_rate": [0.1, 0.05, 0.15],
         "map12": [0.031, 0.021, 0.041], "expected": None, "coverage": 90, "cold": 0.01, "degraded": 0.002,
         "p50": 4.0, "p99": None},
    ],
    "purchases": 1834,
    "figures": {"lists": 410.0, "map@12": 0.031},
}  # fmt: skip
_DRIFT = {
    "week_ending": "2020-09-22",
    "weeks": ["2020-09-15", "2020-09-22"],
    "level": 0.05,
    "signals": [
        {"name": "age", "title": "Ages", "group": "customers", "bins": ["a", "b"], "before": [0.5, 0.5],
         "now": [0.9, 0.1], "distances": [
            {"name": "psi", "title": "PSI", "values": [None, 0.4], "thresholds": [None, 0.3],
             "year_before": [None, None], "ordinary": 0.1, "least": 0.02}],
         "alarms": [False, True], "sentence": "Ages: a: 50 % → 90 %.", "alarm": True},
    ],
}  # fmt: skip
_COMPARISON = {
    "metric": "conversion", "variant": "new", "control": 0.2, "mean": 0.22, "difference": 0.02,
    "standard_error": 0.01, "fixed": [0.0, 0.04], "always": [-0.01, None], "relative": 0.1,
    "fixed_relative": [0.0, 0.2], "always_relative": [-0.05, None], "p_value": 0.04, "always_p_value": 0.2,
    "variance_reduction": 0.0, "progress": 0.9, "level": 0.95,
}  # fmt: skip
_EXPERIMENT = {
    "name": "new-model",
    "state": "running",
    "started": "2020-09-23 08:30:00+00:00",
    "stopped": None,
    "experiment": {"name": "new-model", "metric": "conversion", "minimum_effect": 0.05, "slot": [0.0, 1.0]},
    "variants": [
        {"name": name, "exposed": 1100, "customers": 900, "means": {"conversion": 0.2, "revenue": None}}
        for name in ("control", "new")
    ],
    "comparisons": [_COMPARISON],
    "sample_ratio": {"customers": [1100, 1100], "expected": [1100.0, 1100.0], "p_value": 1.0,
                     "always_p_value": 1.0},
    "customers_a_day": 150.5,
    "verdict": {"state": "open", "winner": None, "text": "Not enough is known yet."},
    "segments": [{"column": "history", "value": None, "customers": [40, 41], "comparisons": [_COMPARISON]}],
    "segments_note": "1 segments were looked at.",
    "days": [
        {"day": "2020-09-24", "variant": "new", "customers": 60, "relative": 0.5, "fixed_low": 0.0,
         "fixed_high": 1.0, "always_low": -1.0, "always_high": None},
    ],
    "set_aside": {"several_variants": 7, "gone_variant": 3, "later_exposures": 2, "unexposed_purchases": 31,
                  "early_purchases": 1},
}  # fmt: skip

SAMPLES: dict[type[TypedRecord], dict[str, Any]] = {
    ScriptReport: {**_RUN, "cutoff": "2020-09-16", "folds": [{"weeks": 1}]},
    PhotosReport: {**_RUN, "encoded": 3, "corrupt": {"0108775015": "cut off"}},
    FidelityReport: {
        **_RUN,
        "figures": {"a": {"generated": 1.0, "real": 1.1, "ratio": 0.9, "near": True, "source": "sample"}},
        "outside": [],
        "left_out": {"b": "the shop is small"},
    },
    DemoShop: {"made_by": "stylo.demo", "tables": {"articles.csv": "0f"}},
    NetworkCard: {
        "model": "ResNet50, average pooling",
        "weights_sha256": "0f",
        "preprocessing": "RGB",
        "network_file_sha256": "1f",
        "weights_file_sha256": "2f",
        "manifest": {"made_by": "visual_features.py"},
    },
    ScoresReport: _SCORES,
    DriftReport: _DRIFT,
    MonitoringReport: _MONITORING,
    RetrainingRun: _RETRAINING,
    VersionLineage: _LINEAGE,
    ReleaseCard: {"version": "2020-09-23-4e5f6a7b", "files": {"model.bin": "0f"}},
    ExperimentReport: _EXPERIMENT,
}

#: Values that belong almost nowhere.
ODD = [
    None, True, -1, 0, 1.5, 10**30, 10**400, math.nan, math.inf, -math.inf, "", "x", "1", "2020-13-01", "\udce9",
    [], [1], [[]], {}, {"x": 1}, {"\udce9": None},
]  # fmt: skip


def places(found: Any, at: Place = ()) -> Iterator[Place]:
    """The way to each value within a JSON value."""
    yield at
    if isinstance(found, dict | list):
        for key in found if isinstance(found, dict) else range(len(found)):
            yield from places(found[key], (*at, key))


def changed(found: Any, at: Place, value: object) -> Any:
    """A copy with another value in a place."""
    if not at:
        return value
    found = copy.deepcopy(found)
    part = found
    for key in at[:-1]:
        part = part[key]
    part[at[-1]] = value
    return found
