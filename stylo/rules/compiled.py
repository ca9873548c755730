"""Rules compiled for the articles of a shop: names become masks once, so that an answer costs some look-ups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from stylo.candidates.customers import Customers
from stylo.errors import BadIdentifier, UnknownArticle
from stylo.records.merchandising import (
    EVERYONE,
    AnyRule,
    BoostRule,
    BuryRule,
    CapRule,
    Condition,
    DiversityRule,
    ExcludeRule,
    PinRule,
    RulesFile,
)
from stylo.rules.arranging import RulePlan
from stylo.rules.audiences import CustomerFacts, belongs, facts_of
from stylo.rules.caps import Cap
from stylo.rules.columns import ArticleColumns
from stylo.rules.touches import ASKED, RuleTouch
from stylo.rules.variety import Diversity

# Plans hold some bytes for each article: of so many sets of rules in force at once, and days of so many audiences.
_MOST_PLANS, _MOST_DAYS = 32, 4096
_NAMED = 5
_LOOK = 0.5
_NOT_PUBLIC = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """A rule with its articles.

    mask : bool (articles + 1,), of those that it is for; of a cap, those that it counts.
    codes, worth, places : of a cap, of a boost or bury, of a pin.
    """

    rule: AnyRule
    touch: RuleTouch
    mask: np.ndarray
    codes: np.ndarray | None = None
    worth: np.ndarray | None = None
    places: tuple[int, ...] = ()

    @cached_property
    def moves(self) -> np.ndarray:
        """bool (articles + 1,): those that a boost or bury moves; along a column its lowest value stays where it is."""
        return self.mask if self.worth is None else self.mask & (self.worth != 1)

    def holds_on(self, day: date) -> bool:
        first, until = self.rule.first, self.rule.until
        return (first is None or first <= day) and (until is None or day <= until)


def _nothing() -> None:
    return None


@dataclass(frozen=True, eq=False)
class CompiledRules:
    """All rules of a file, for one order of articles.

    version : of the rules; None while there are none.
    problems : what a rule names that is not there; the rest of the rule holds, or nothing of it.
    """

    columns: ArticleColumns
    file: RulesFile
    rules: tuple[CompiledRule, ...]
    problems: tuple[str, ...]
    version: str | None = None
    looks: Callable[[], np.ndarray | None] = _nothing
    _plans: dict[tuple[int, ...], RulePlan] = field(default_factory=dict, repr=False)
    _plan_on: dict[tuple[tuple[bool, ...], date], RulePlan] = field(default_factory=dict, repr=False)
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def idle(self) -> bool:
        """Whether there is no rule at all."""
        return not self.rules

    def vectors(self) -> np.ndarray | None:
        """As `looks_of`; remembered."""
        if "vectors" not in self._made:
            self._made["vectors"] = self.looks()
        found: np.ndarray | None = self._made["vectors"]
        return found

    def warm_up(self) -> None:
        """Makes what the first customer would wait for. Without a rule of diversity a request may ask for it, too."""
        self.vectors()

    def over(self, day: date) -> list[str]:
        """Names of rules that have run out before a day."""
        return [
            each.rule.name for each in self.rules if each.rule.until is not None and each.rule.until < day
        ]

    def notes(self, day: date) -> list[str]:
        """What is to be said of the rules, and does not keep them from holding."""
        out = [f"Rule {name!r} has run out." for name in self.over(day)]
        return [*out, *(f"{each[0].upper()}{each[1:]}." for each in self.problems), *self.columns.notes]

    def facts(
        self, customers: Customers, position: int, place_of_row: np.ndarray, told: Sequence[str] = ()
    ) -> CustomerFacts | None:
        """What the audiences ask of one of some customers; None if no audience asks anything.

        place_of_row : int64 (rows of the customers' catalogue,), the place of each article; −1 for none.
        told : the sections that a person asks for, which count where nothing was bought.
        """
        if not self.file.audiences:
            return None
        section_of, names = None, list[str]()
        if any(audience.section for audience in self.file.audiences.values()):
            codes, names = self._sections()
            before, section_of = self._made.get("section of rows", (None, None))
            if before is not place_of_row:
                section_of = codes[place_of_row]
                self._made["section of rows"] = place_of_row, section_of
        return facts_of(customers, position, section_of, names, told)

    def plan(self, facts: CustomerFacts | None, day: date, diversity: float | None = None) -> RulePlan:
        """The rules that hold for a customer on a day; the same for all for whom the same rules hold.

        diversity : λ that a request asks for, in place of the rules'.
        """
        asked = self.file.audiences.values()
        there = () if facts is None else tuple(belongs(each, facts) for each in asked)
        if (found := self._plan_on.get((there, day))) is None:
            found = self._planned(self._in_force(there, day))
            if len(self._plan_on) >= _MOST_DAYS:
                self._plan_on.clear()
            self._plan_on[there, day] = found
        return found if diversity is None else self._asked(found, diversity)

    def shown_to_anybody(self, day: date) -> np.ndarray | None:
        """bool (articles,), what no rule for everyone excludes on a day; None for all of them.

        For what is shown to nobody in particular.
        """
        masks = [
            each.mask
            for each in self.rules
            if isinstance(each.rule, ExcludeRule) and each.rule.audience == EVERYONE and each.holds_on(day)
        ]
        return ~np.logical_or.reduce(masks)[:-1] if masks else None

    def _sections(self) -> tuple[np.ndarray, list[str]]:
        if "sections" not in self._made:
            names = self.columns.column("section_name")
            labels = names.drop_nulls().unique().sort().to_list()
            self._made["sections"] = self.columns.codes("section_name"), labels
        found: tuple[np.ndarray, list[str]] = self._made["sections"]
        return found

    def _in_force(self, there: tuple[bool, ...], day: date) -> tuple[int, ...]:
        """Positions of the rules that hold on a day for a customer of these audiences."""
        mine = {EVERYONE, *(name for name, is_in in zip(self.file.audiences, there, strict=False) if is_in)}
        return tuple(
            n for n, each in enumerate(self.rules) if each.rule.audience in mine and each.holds_on(day)
        )

    def _planned(self, in_force: tuple[int, ...]) -> RulePlan:
        if (found := self._plans.get(in_force)) is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
                self._plan_on.clear()
            found = self._plans[in_force] = self._plan_of([self.rules[n] for n in in_force])
        return found

    def _plan_of(self, rules: Sequence[CompiledRule]) -> RulePlan:
        excludes = tuple((each.touch, each.mask) for each in rules if isinstance(each.rule, ExcludeRule))
        moving = [each for each in rules if each.worth is not None and each.moves.any()]
        worths = [each.worth for each in moving if each.worth is not None]
        pins = {place: each.touch for each in reversed(rules) for place in each.places}
        order = dict.fromkeys(place for each in rules for place in each.places)
        return RulePlan(
            in_force=tuple(each.touch for each in rules),
            excludes=excludes,
            allowed=~np.logical_or.reduce([mask for _, mask in excludes]) if excludes else None,
            worth=np.prod(worths, axis=0) if worths else None,
            pins=tuple((place, pins[place]) for place in order),
            moving=tuple((each.touch, each.moves) for each in moving),
            caps=tuple(
                Cap(each.touch, each.rule.most, each.codes)
                for each in rules
                if isinstance(each.rule, CapRule) and each.codes is not None
            ),
            diversity=next((self._diversity(each) for each in rules if each.rule.kind == "diversity"), None),
        )

    def _diversity(self, own: CompiledRule) -> Diversity:
        assert isinstance(own.rule, DiversityRule)
        return Diversity(own.touch, own.rule.weight, own.rule.look, self.vectors, self._types())

    def _asked(self, plan: RulePlan, weight: float) -> RulePlan:
        """The same with the variety that a request asks for: any number, so it is not remembered."""
        if plan.diversity is not None:
            return replace(plan, diversity=replace(plan.diversity, touch=ASKED, weight=weight))
        return replace(plan, diversity=Diversity(ASKED, weight, _LOOK, self.vectors, self._types()))

    def _types(self) -> np.ndarray:
        if "types" not in self._made:
            names = self.columns.names
            name = "product_type_no" if "product_type_no" in names else "product_type_name"
            codes = self.columns.codes(name) if name in names else np.full(len(self.columns) + 1, -1)
            self._made["types"] = codes
        found: np.ndarray = self._made["types"]
        return found


def compile_rules(
    file: RulesFile,
    columns: ArticleColumns,
    looks: Callable[[], np.ndarray | None] = _nothing,
    version: str | None = None,
) -> CompiledRules:
    """What is named and not there stands in `problems`; a rule of which a column is not there chooses nothing.

    looks : gives `looks_of` these articles, when it is first needed.
    """
    problems = list[str]()
    compiled = tuple(_compiled(rule, columns, problems) for rule in file)
    for name, audience in file.audiences.items():
        for section in audience.section:
            try:
                _, missing = columns.fits("section_name", (section,))
            except ValueError as error:
                missing = [str(error)]
            problems += [f"audience {name!r}: {each}" for each in missing]
    return CompiledRules(columns, file, compiled, tuple(problems), version, looks)


def no_rules(columns: ArticleColumns, looks: Callable[[], np.ndarray | None] = _nothing) -> CompiledRules:
    return compile_rules(RulesFile(), columns, looks)


def _compiled(rule: AnyRule, columns: ArticleColumns, problems: list[str]) -> CompiledRule:
    def wrong(what: object) -> None:
        problems.append(f"rule {rule.name!r}: {what}")

    touch, nothing = RuleTouch(rule.kind, rule.name), np.zeros(len(columns) + 1, dtype=bool)
    if isinstance(rule, DiversityRule):
        return CompiledRule(rule, touch, nothing)
    mask, places = nothing, tuple[int, ...]()
    try:
        if named := getattr(rule, "articles", ()):
            places = _places(named, columns, wrong)
            mask = nothing.copy()
            mask[list(places)] = True
        where: Mapping[str, Condition] = getattr(rule, "where", {})
        if where:
            fitting = _fitting(where, columns, wrong)
            mask = mask & fitting if named else fitting
        if isinstance(rule, CapRule):
            codes = columns.codes(rule.of) if rule.of else np.zeros(len(columns) + 1, dtype=np.int32)
            codes = np.where(mask, codes, -1) if where else codes
            codes[-1] = -1
            return CompiledRule(rule, touch, codes >= 0, codes=codes)
        if isinstance(rule, BoostRule | BuryRule):
            by = rule.by if isinstance(rule, BoostRule) else 1 / rule.by
            worth = np.where(mask, by if rule.along is None else by ** _heights(columns, rule.along), 1.0)
            return CompiledRule(rule, touch, mask, worth=worth)
    except ValueError as error:
        wrong(error)
        return CompiledRule(rule, touch, nothing)
    return CompiledRule(rule, touch, mask, places=places if isinstance(rule, PinRule) else ())


def _places(
    named: Sequence[str], columns: ArticleColumns, wrong: Callable[[object], None]
) -> tuple[int, ...]:
    """The places of articles by their ids, without those that are not there."""
    numbers, no_ids, gone = list[int](), list[str](), list[str]()
    for each in dict.fromkeys(named):
        try:
            numbers.append(columns.ids.number(each))
        except BadIdentifier:
            no_ids.append(repr(_NOT_PUBLIC.sub("?", each)[:80]))
        except UnknownArticle:
            gone.append(_NOT_PUBLIC.sub("?", each)[:80])
    found = columns.places(np.array(numbers, dtype=np.int64))
    gone += [columns.ids.id(number) for number, place in zip(numbers, found, strict=True) if place < 0]
    if no_ids:
        wrong(f"{_some(no_ids)} {'is not an article id' if len(no_ids) == 1 else 'are not article ids'}")
    if gone:
        wrong(f"there is no article {_some(gone)}")
    return tuple(found[found >= 0].tolist())


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_NAMED])}{' …' if len(names) > _NAMED else ''}"


def _fitting(
    where: Mapping[str, Condition], columns: ArticleColumns, wrong: Callable[[object], None]
) -> np.ndarray:
    found = np.ones(len(columns) + 1, dtype=bool)
    for name, condition in where.items():
        fits, missing = columns.fits(name, condition)
        found &= fits
        for each in missing:
            wrong(each)
    return found


def _heights(columns: ArticleColumns, name: str) -> np.ndarray:
    """float64 (articles + 1,), from 0 to 1: where an article stands among the values of a column; 0 where unknown."""
    values = columns.numbers(name)
    known = np.flatnonzero(~np.isnan(values))
    heights = np.zeros(len(values))
    distinct, rank = np.unique(values[known], return_inverse=True)
    heights[known] = rank / max(len(distinct) - 1, 1)
    return heights
