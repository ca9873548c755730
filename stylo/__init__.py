"""StyloAI: fashion discovery from what people buy, what articles are, and how they look.

    from stylo import Discovery

    shop = Discovery.open("data")
    shop.recommend(["0000423b…"])

`__all__` is what Python users need; each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylo.candidates.history import History
    from stylo.candidates.strategy import ArticleStrategy, Strategy
    from stylo.discovery import Discovery
    from stylo.errors import StyloError
    from stylo.evaluation.backtest import backtest
    from stylo.evaluation.metrics import score_customers
    from stylo.recommender import Recommender, SavedModel
    from stylo.tables.folder import DataFolder
    from stylo.visual.alike import open_lookalikes

__version__ = "0.1.0"

_FROM = {
    "ArticleStrategy": "stylo.candidates.strategy",
    "DataFolder": "stylo.tables.folder",
    "Discovery": "stylo.discovery",
    "History": "stylo.candidates.history",
    "Recommender": "stylo.recommender",
    "SavedModel": "stylo.recommender",
    "Strategy": "stylo.candidates.strategy",
    "StyloError": "stylo.errors",
    "backtest": "stylo.evaluation.backtest",
    "open_lookalikes": "stylo.visual.alike",
    "score_customers": "stylo.evaluation.metrics",
}

__all__ = [
    "ArticleStrategy",
    "DataFolder",
    "Discovery",
    "History",
    "Recommender",
    "SavedModel",
    "Strategy",
    "StyloError",
    "backtest",
    "open_lookalikes",
    "score_customers",
]


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module 'stylo' has no attribute {name!r}")
    return getattr(importlib.import_module(_FROM[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
