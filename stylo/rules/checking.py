"""Whether rules may be set: all that they name is there, and no two of them contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

import numpy as np

from stylo.errors import BadOption
from stylo.records.merchandising import EVERYONE, AnyRule, CapRule, DiversityRule, RulesFile
from stylo.rules.audiences import may_meet
from stylo.rules.compiled import CompiledRule, CompiledRules

_SHOWN = 5
# What changes by itself.
_CHANGING = {"price", "sales", "sold", "is_new", "new", "season", "has_photo", "first_sold"}


def check_rules(compiled: CompiledRules, source: str) -> None:
    """Raises BadOption for rules that name what is not there, and for those that contradict each other."""
    found = [*compiled.problems, *contradictions(compiled)]
    if not found:
        return
    first = [f"{each[0].upper()}{each[1:]}" for each in found[:_SHOWN]]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    raise BadOption(
        f"{source} cannot be used.",
        where="\n".join(first + more),
        cure=f"Correct the rules that are named, then look again: stylo rules check {source}",
    )


def contradictions(compiled: CompiledRules) -> list[str]:
    """Of rules that may hold for the same customer on the same day, each with both names."""
    return list(_contradictions(compiled))


def _contradictions(compiled: CompiledRules) -> Iterator[str]:
    file = compiled.file
    kinds: dict[str, list[CompiledRule]] = {}
    for each in compiled.rules:
        kinds.setdefault(each.rule.kind, []).append(each)
    for pin in kinds.get("pin", []):
        for other in kinds.get("exclude", []):
            both = [place for place in pin.places if other.mask[place]]
            # What is out of stock today is back tomorrow: a pin of it waits.
            if both and _may_meet(pin, other, file) and not _of_stock(other.rule, compiled):
                which = compiled.columns.ids.id(int(compiled.columns.frame["article"][both[0]]))
                yield f"pin {pin.rule.name!r} and exclude {other.rule.name!r} contradict each other: {which}"
    for cap in kinds.get("cap", []):
        yield from _too_many_pins(kinds.get("pin", []), cap, file)
    for one in kinds.get("boost", []):
        for other in kinds.get("bury", []):
            if np.array_equal(one.mask, other.mask) and one.mask.any() and _may_meet(one, other, file):
                yield f"boost {one.rule.name!r} and bury {other.rule.name!r} contradict each other: the same articles"
    for one, other in combinations(kinds.get("diversity", []), 2):
        assert isinstance(one.rule, DiversityRule)
        if _may_meet(one, other, file):
            yield (
                f"diversity {one.rule.name!r} and diversity {other.rule.name!r} contradict each other: "
                "they may hold for the same customer on the same day"
            )


def _too_many_pins(pins: Sequence[CompiledRule], cap: CompiledRule, file: RulesFile) -> Iterator[str]:
    """Pins of one customer on one day of which more count as one than a cap allows; of each first pin once."""
    assert isinstance(cap.rule, CapRule)
    pins = [pin for pin in pins if _may_meet(pin, cap, file)]
    for n, first in enumerate(pins):
        for other in pins[n:]:
            if not _may_meet(first, other, file):
                continue
            # On the first day on which both hold, for a customer of both audiences.
            days = [rule.first for rule in (first.rule, other.rule, cap.rule) if rule.first is not None]
            mine = {EVERYONE, first.rule.audience, other.rule.audience}
            some = [
                pin
                for pin in pins[n:]
                if pin.rule.audience in mine and pin.holds_on(max(days, default=date.min))
            ]
            if count := _most_of_one(some, cap):
                names = ", ".join(f"pin {pin.rule.name!r}" for pin in some)
                yield (
                    f"{names} and cap {cap.rule.name!r} contradict each other: {count} pinned articles "
                    f"count as one, and at most {cap.rule.most} are allowed"
                )
                break
        else:
            continue
        break


def _most_of_one(pins: Sequence[CompiledRule], cap: CompiledRule) -> int:
    """How many of the pinned articles fall under one count of a cap, if these are too many; else 0."""
    assert isinstance(cap.rule, CapRule)
    if cap.codes is None:
        return 0
    codes = cap.codes[list({place for pin in pins for place in pin.places})]
    count = int(np.unique(codes[codes >= 0], return_counts=True)[1].max(initial=0))
    return count if count > cap.rule.most else 0


def _may_meet(one: CompiledRule, other: CompiledRule, file: RulesFile) -> bool:
    return _same_days(one.rule, other.rule) and may_meet(
        file.audiences.get(one.rule.audience), file.audiences.get(other.rule.audience)
    )


def _same_days(one: AnyRule, other: AnyRule) -> bool:
    return not (
        (one.until is not None and other.first is not None and one.until < other.first)
        or (other.until is not None and one.first is not None and other.until < one.first)
    )


def _of_stock(rule: AnyRule, compiled: CompiledRules) -> bool:
    """Whether a rule asks for what changes by itself: stock, price, sales."""
    return any(name in _CHANGING or name in compiled.columns.stock for name in getattr(rule, "where", {}))
