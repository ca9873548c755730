"""What a shop wants of its recommendations beside the model's order: `rules.toml`.

    [audiences.minors]
    age = {max = 17}

    [[pin]]
    name = "autumn coat"
    articles = ["0706016001"]
    until = 2020-10-15

    [[exclude]]
    name = "no lingerie for minors"
    audience = "minors"
    where = {section_name = "Womens Lingerie"}

The names of columns, labels and articles are checked where the articles are known (`stylo/rules/`).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from stylo.errors import BadOption
from stylo.records.record import Many, Number, Share, TomlFile, TypedRecord

RULES_FILE = "rules.toml"
#: Bytes of a file of rules, rules in it, and articles that a rule may name.
LARGEST, MOST_RULES, MOST_NAMED = 256 * 1024, 200, 10_000
EVERYONE = "everyone"
#: What a cap or a condition may call a column.
SHORT_NAMES: Mapping[str, str] = {
    "product": "product_code",
    "type": "product_type_name",
    "section": "section_name",
    "department": "department_name",
    "colour": "colour_group_name",
    "new": "is_new",
}
_NAME = r"^[^\x00-\x1f\x7f]+$"
_CURE = "Correct it, then look again: stylo rules check {source}. Every key of the file is in docs/rules.md."

RuleName = Annotated[str, Field(min_length=1, max_length=80, pattern=_NAME)]
Club = Literal["ACTIVE", "PRE-CREATE", "LEFT CLUB"]


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


class ValueRange(TypedRecord):
    """From `min` to `max`, both included; one of them may be left out."""

    model_config = TomlFile.model_config

    min: Number | date | None = None
    max: Number | date | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        ends = [end for end in (self.min, self.max) if end is not None]
        if len({isinstance(end, date) for end in ends}) > 1:
            raise ValueError("min and max are of different kinds")
        if len(ends) == 2 and ends[0] > ends[1]:  # type: ignore[operator]
            raise ValueError(f"min is {ends[0]}, above max, which is {ends[1]}")
        return self


def _condition(value: Any) -> Any:
    if isinstance(value, ValueRange):
        return value
    if isinstance(value, dict):
        return ValueRange.model_validate(value)
    labels = value if isinstance(value, list | tuple) else (value,)
    if not labels or not all(isinstance(each, str | bool | int | float) for each in labels):
        raise ValueError("write a value, a list of values, or {min = …, max = …}")
    return tuple(labels)


#: What a column must hold: one of these values, or one of a range.
Label = str | bool | int | float
Condition = Annotated[tuple[Label, ...] | ValueRange, BeforeValidator(_condition)]


class RuleAudience(TypedRecord):
    """`[audiences.NAME]`: for whom a rule holds. What is left out does not matter; all that is given must fit.

    section : the section that a customer bought most of.
    unknown : whether customers belong to it of whom age, club or section is not known.
    """

    model_config = TomlFile.model_config

    age: ValueRange | None = None
    club: Many[Club] = ()
    section: Many[str] = ()
    purchases: ValueRange | None = None
    unknown: bool = False

    @field_validator("club", "section", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        return _one_or_many(value)

    @field_validator("age", "purchases")
    @classmethod
    def _numbers(cls, value: ValueRange | None) -> ValueRange | None:
        if value is not None and any(isinstance(end, date) for end in (value.min, value.max)):
            raise ValueError("min and max are numbers here")
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.age is None and self.purchases is None and not self.club and not self.section:
            raise ValueError("give age, club, section or purchases")
        return self


class _Rule(TypedRecord):
    """What every rule has. The days are the shop's; both are included."""

    model_config = TomlFile.model_config
    kind: ClassVar[str]

    name: RuleName
    audience: str = EVERYONE
    first: date | None = Field(None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.first is not None and self.until is not None and self.first > self.until:
            raise ValueError(f"from is {self.first}, after until, which is {self.until}")
        return self


class _Choice(_Rule):
    """A rule for some articles: those that are named, those that fit, or those that are named and fit."""

    articles: Many[str] = Field((), max_length=MOST_NAMED)
    where: Mapping[str, Condition] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not self.articles and not self.where:
            raise ValueError("say which articles: give articles, where, or both")
        return self


class PinRule(_Rule):
    """`[[pin]]`: these articles come first, in this order."""

    kind = "pin"
    articles: Many[str] = Field(min_length=1, max_length=12)


class BoostRule(_Choice):
    """`[[boost]]`: an article counts `by` times as much, as if it stood so much nearer to the top."""

    kind = "boost"
    by: Number = Field(2.0, gt=1, le=100)
    along: str | None = Field(None, description="A column: its highest value counts by, its lowest nothing.")


class BuryRule(_Choice):
    """`[[bury]]`: the reverse of a boost."""

    kind = "bury"
    by: Number = Field(2.0, gt=1, le=100)
    along: str | None = Field(None, description="A column: its highest value counts by, its lowest nothing.")


class ExcludeRule(_Choice):
    """`[[exclude]]`: these articles are not recommended."""

    kind = "exclude"


class CapRule(_Rule):
    """`[[cap]]`: at most so many of each value of a column, or of the articles that fit."""

    kind = "cap"
    most: Annotated[int, Field(ge=0, le=100)]
    of: str | None = Field(None, description="A column.")
    where: Mapping[str, Condition] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if self.of is None and not self.where:
            raise ValueError("say what is capped: give of, where, or both")
        if self.most == 0 and not self.where:
            raise ValueError("most = 0 of every value would leave nothing to recommend")
        return self


class DiversityRule(_Rule):
    """`[[diversity]]`: maximal marginal relevance. `lambda` 0 is the model's order, 1 asks for difference alone.

    look : how much of the likeness of two articles is that of their photos; the rest is whether their type is the same.
    """

    kind = "diversity"
    weight: Share = Field(alias="lambda")
    look: Share = 0.5


AnyRule = PinRule | BoostRule | BuryRule | ExcludeRule | CapRule | DiversityRule


class RulesFile(TomlFile):
    """The whole file."""

    audiences: Mapping[RuleName, RuleAudience] = Field(default_factory=dict)
    pins: Many[PinRule] = Field((), alias="pin")
    boosts: Many[BoostRule] = Field((), alias="boost")
    buries: Many[BuryRule] = Field((), alias="bury")
    excludes: Many[ExcludeRule] = Field((), alias="exclude")
    caps: Many[CapRule] = Field((), alias="cap")
    diversities: Many[DiversityRule] = Field((), alias="diversity")

    def __iter__(self) -> Iterator[AnyRule]:  # type: ignore[override]
        """All rules, kind by kind, each in the order of the file."""
        yield from self.pins
        yield from self.boosts
        yield from self.buries
        yield from self.excludes
        yield from self.caps
        yield from self.diversities

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if len(self) > MOST_RULES:
            raise ValueError(f"there are {len(self):,} rules, and {MOST_RULES} at most are allowed")
        if EVERYONE in self.audiences:
            raise ValueError(f"the audience {EVERYONE!r} is there already: choose another name")
        names = [rule.name for rule in self]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"several rules have the name {twice!r}")
        for rule in self:
            if rule.audience != EVERYONE and rule.audience not in self.audiences:
                known = [*self.audiences, EVERYONE]
                raise ValueError(f"rule {rule.name!r}: {no_such('audience', rule.audience, known)}")
        return self


def no_such(what: str, name: object, known: Collection[str]) -> str:
    """`there is no column 'brnd': is 'brand' meant?`"""
    near = difflib.get_close_matches(str(name).casefold(), {each.casefold(): each for each in known}, 1, 0.6)
    spelt = {each.casefold(): each for each in known}
    some = sorted(known)
    guess = f"is {spelt[near[0]]!r} meant?" if near else f"There are: {', '.join(some[:12])}"
    more = " …" if not near and len(some) > 12 else ""
    return f"there is no {what} {str(name)[:80]!r}: {guess}{more}"


def read_text(path: Path) -> str:
    """A file of rules. Raises BadOption for one that is not there or no text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise BadOption(
            f"{path} cannot be read.",
            where=str(error),
            cure="Name a file of rules in UTF-8; see docs/rules.md.",
        ) from error


def read_rules(text: str, source: str = RULES_FILE) -> RulesFile:
    """The rules in a file's text. Raises BadOption with line, rule and cure for what makes no sense."""
    cure = _CURE.format(source=source)
    text = text.removeprefix("\ufeff")  # that some editors write before everything
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise BadOption(f"{source} is not valid UTF-8.", where=str(error)[:200], cure=cure) from error
    if size > LARGEST:
        raise BadOption(
            f"{source} has {size:,} bytes, and {LARGEST:,} at most are allowed.",
            cure="Use where = {…} instead of long lists of articles.",
        )
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadOption(f"{source} is not valid TOML.", where=str(error), cure=cure) from error
    try:
        return RulesFile.model_validate(found)
    except ValidationError as error:
        raise BadOption(f"{source} is not valid.", where=_placed(error, found, text), cure=cure) from error


def _placed(error: ValidationError, found: Mapping[str, Any], text: str) -> str:
    """What does not fit, each with its line and its rule."""
    lines: dict[str, None] = {}
    for each in error.errors(include_url=False, include_input=False):
        kind, *rest = each["loc"] or ("",)
        words = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            words = "this key is not known"
        if each["type"] == "tuple_type" and not rest:
            words = f"rules stand under two brackets: [[{kind}]]"
        place = ""
        if rest and isinstance(rest[0], int):
            number, fields = rest[0], rest[1:]
            content = found.get(str(kind))
            rule = content[number] if isinstance(content, list) and number < len(content) else {}
            name = rule.get("name") if isinstance(rule, Mapping) else None
            of = f" {str(name)[:80]!r}" if name is not None else f" number {number + 1}"
            place = f"Line {_line(text, str(kind), number)}, {kind}{of}"
            # The last parts are the alternatives that pydantic tried.
            place += "".join(f", {part}" for part in fields[:2] if isinstance(part, str) and part.islower())
        elif kind == "audiences" and rest:
            place = f"audiences.{rest[0]}" + "".join(f", {part}" for part in rest[1:2])
        elif kind:
            place = str(kind)
        lines.setdefault(f"{place}: {words}" if place else words)
    kept = list(lines)[:5]
    return "\n".join(kept + ([f"and {len(lines) - 5} more"] if len(lines) > 5 else []))


def _line(text: str, kind: str, number: int) -> str:
    """The line on which the n-th rule of a kind begins, from 1."""
    header = re.compile(rf"^\s*\[\[\s*{re.escape(kind)}\s*\]\]")
    at = [place for place, line in enumerate(text.splitlines(), 1) if header.match(line)]
    return str(at[number]) if number < len(at) else "?"
