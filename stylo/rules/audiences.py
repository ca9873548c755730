"""For whom a rule holds, and what a customer is like."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from stylo.candidates.customers import Customers
from stylo.records.merchandising import RuleAudience, ValueRange

#: As the numbers of `Members.club`.
_CLUBS = {"LEFT CLUB": 0, "PRE-CREATE": 1, "ACTIVE": 2}


class CustomerFacts(NamedTuple):
    """age, club : as in `Members`, NaN where unknown.   sections : the one that was bought most, else those that were
    asked for; empty where nothing is known of that."""

    age: float
    club: float
    sections: Sequence[str]
    purchases: float


#: Of whom nothing is known, not even whether they are new.
UNKNOWN_CUSTOMER = CustomerFacts(float("nan"), float("nan"), (), float("nan"))


def facts_of(
    customers: Customers,
    position: int,
    section_of: np.ndarray | None,
    names: list[str],
    told: Sequence[str] = (),
) -> CustomerFacts:
    """Of one of some customers.

    section_of : int64 (rows of the catalogue,), the section of each article, −1 where unknown; None if nobody asks.
    told : sections that count where nothing was bought.
    """
    first, last = customers.start[position], customers.start[position + 1]
    sections = told
    if section_of is not None and last > first:
        codes = section_of[customers.article[first:last]]
        codes = codes[codes >= 0]
        sections = (names[int(np.bincount(codes).argmax())],) if len(codes) else told
    members = customers.members
    return CustomerFacts(
        float(members.age[position]), float(members.club[position]), sections, int(last - first)
    )


def belongs(audience: RuleAudience, facts: CustomerFacts) -> bool:
    """Whether a customer is of an audience."""
    if audience.age is not None and not _within(audience.age, facts.age, audience.unknown):
        return False
    if audience.club and not (
        audience.unknown
        if facts.club != facts.club
        else any(facts.club == _CLUBS[each] for each in audience.club)
    ):
        return False
    if audience.section and not (
        any(each in audience.section for each in facts.sections) if facts.sections else audience.unknown
    ):
        return False
    return audience.purchases is None or _within(audience.purchases, facts.purchases, False)


def may_meet(one: RuleAudience | None, other: RuleAudience | None) -> bool:
    """Whether a customer could be of both audiences; None is everyone.

    Sections count as exclusive, as they are for who has bought something: otherwise what is ordinary, another diversity
    for each section, would be refused. Who asks for several sections can be of both audiences; `RulePlan` says which
    rule wins then.
    """
    if one is None or other is None:
        return True
    if one.unknown and other.unknown:
        return _meet(one.purchases, other.purchases)
    return (
        _meet(one.age, other.age)
        and _meet(one.purchases, other.purchases)
        and _share(one.club, other.club)
        and _share(one.section, other.section)
    )


def _within(wanted: ValueRange, value: float, unknown: bool) -> bool:
    if value != value:  # NaN
        return unknown
    low, high = _ends(wanted)
    return low <= value <= high


def _ends(wanted: ValueRange | None) -> tuple[float, float]:
    if wanted is None:
        return -np.inf, np.inf
    low, high = wanted.min, wanted.max
    assert not isinstance(low, date) and not isinstance(high, date)  # refused when it was read
    return -np.inf if low is None else low, np.inf if high is None else high


def _meet(one: ValueRange | None, other: ValueRange | None) -> bool:
    (low, high), (from_, to) = _ends(one), _ends(other)
    return low <= to and from_ <= high


def _share(some: Collection[str], others: Collection[str]) -> bool:
    return not some or not others or bool({*some} & {*others})
