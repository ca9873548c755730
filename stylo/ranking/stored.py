"""What was learned, taken apart into arrays and facts for a file, and put together again."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from stylo.candidates.catalogue import Catalogue
from stylo.candidates.groups import GroupOffers
from stylo.candidates.matrix_factorisation import Factors
from stylo.candidates.members import Members
from stylo.candidates.neighbours import NeighbourLists
from stylo.candidates.own_purchases import OwnPurchases
from stylo.candidates.popularity import AgeCharts, ChannelCharts, Chart
from stylo.candidates.shopper_store import ShopperStore
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Known
from stylo.ranking.model import Model
from stylo.ranking.ranker import Ranker
from stylo.ranking.snapshot import Snapshot

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        AgeCharts,
        ArticleFacts,
        Catalogue,
        ChannelCharts,
        Chart,
        Factors,
        GroupOffers,
        Known,
        Members,
        Model,
        NeighbourLists,
        OwnPurchases,
        Ranker,
        ShopperStore,
        Snapshot,
    )
}


def take_apart(value: Any, arrays: MutableMapping[str, np.ndarray], name: str = "") -> Any:
    """Puts every array of a value into `arrays`, and gives what remains as JSON."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if is_dataclass(value):
        kept = {
            each.name: take_apart(getattr(value, each.name), arrays, f"{name}/{each.name}")
            for each in fields(value)
        }
        return {"kind": type(value).__name__, "fields": kept}
    if isinstance(value, Mapping):
        return {"mapping": {key: take_apart(each, arrays, f"{name}/{key}") for key, each in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [take_apart(each, arrays, f"{name}/{n}") for n, each in enumerate(value)]}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return {"value": value}


def put_together(facts: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value again.

    Raises KeyError, TypeError, ValueError or AttributeError where the facts are not those of `take_apart`.
    """
    (what, content), *others = facts.items()
    if what == "array":
        return arrays[content]
    if what == "kind":
        (kept,) = (each for _, each in others)
        return _KINDS[content](**{key: put_together(each, arrays) for key, each in kept.items()})
    if what == "mapping":
        return {key: put_together(each, arrays) for key, each in content.items()}
    if what == "tuple":
        return tuple(put_together(each, arrays) for each in content)
    if what == "date":
        return date.fromisoformat(content)
    if what == "value":
        return content
    raise ValueError(f"{what!r} is nothing that was taken apart")
