"""Alarms: rules over numbers, written in one file, told to the log, a webhook and Prometheus."""

from __future__ import annotations

import json
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stylo.errors import BadOption
from stylo.operations.place import Place
from stylo.progress import SILENT, Progress
from stylo.storage import alarms
from stylo.storage.alarms import Alarm

FILE = "alarms.toml"
_PROMETHEUS = "alarms.prom"
_SEVERITIES = ("page", "ticket")
_SECONDS = 10


@dataclass(frozen=True)
class Rule:
    """An alarm while a figure is above or below a limit.

    figure : a name of `monitoring.figures`, or `drift` (signals that drift), `model days` (since the live model's day).
    least : lists that must have been shown before it is looked at.
    """

    name: str
    figure: str
    above: float | None = None
    below: float | None = None
    severity: str = "ticket"
    least: int = 0

    def broken(self, figures: Mapping[str, float]) -> str | None:
        """What is wrong, in words; None if nothing is, or nothing is known."""
        value = figures.get(self.figure)
        if value is None or figures.get("lists", 0) < self.least:
            return None
        if self.above is not None and value > self.above:
            return f"{self.figure} is {value:.4g}, above {self.above:g}."
        if self.below is not None and value < self.below:
            return f"{self.figure} is {value:.4g}, below {self.below:g}."
        return None


#: Without an `alarms.toml`.
RULES = (
    Rule("quality", "map@12 at best against expected", below=0.8, least=200),
    Rule("degraded", "degraded", above=0.01, severity="page", least=100),
    Rule("latency", "p99", above=100.0, least=100),
    Rule("drift", "drift", above=0),
    Rule("stale model", "model days", above=14),
)


@dataclass(frozen=True)
class Rules:
    """What `alarms.toml` of the data folder says.

    webhook = "https://example.org/hook"
    [[rule]]
    name = "quality"
    figure = "map@12"
    below = 0.01
    """

    rules: tuple[Rule, ...] = RULES
    webhook: str | None = None

    @classmethod
    def read(cls, folder: Path) -> Rules:
        """Raises BadOption for what is no rule, with its name."""
        path = folder / FILE
        if not path.exists():
            return cls()
        try:
            found = tomllib.loads(path.read_text())
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadOption(
                f"{path} cannot be read.", where=str(error), cure="See docs/operations.md for one."
            ) from error
        if strange := set(found) - {"rule", "webhook"}:
            raise BadOption(
                f"{path}: {', '.join(sorted(strange))} is not known.", cure="There are webhook and [[rule]]."
            )
        webhook = found.get("webhook")
        if webhook is not None and not str(webhook).startswith(("http://", "https://")):
            raise BadOption(f"{path}: the webhook {webhook!r} is no address.", cure="Begin it with https://.")
        return cls(tuple(_rule(each, path) for each in found.get("rule", [])) or RULES, webhook)


def check(place: Place, figures: Mapping[str, float], progress: Progress = SILENT) -> list[Alarm]:
    """Raises and ends alarms by the rules, and tells of those that are new; gives those that go on.

    Raises BadOption for rules that make no sense, StorageUnavailable.
    """
    rules, now = Rules.read(place.settings.data), datetime.now(UTC)
    for rule in rules.rules:
        wrong = rule.broken(figures)
        if wrong is None:
            if alarms.end_alarm(place.database, rule.name, now):
                progress.note(f"OVER: {rule.name}")
        elif alarms.raise_alarm(place.database, rule.name, rule.severity, wrong, now):
            progress.note(f"ALARM ({rule.severity}): {rule.name}: {wrong}")
            if rules.webhook:
                _call(
                    rules.webhook, {"rule": rule.name, "severity": rule.severity, "message": wrong}, progress
                )
    going_on = alarms.going_on(place.database)
    write_for_prometheus(place.state / _PROMETHEUS, rules.rules, going_on)
    return going_on


def write_for_prometheus(path: Path, rules: Sequence[Rule], going_on: Sequence[Alarm]) -> None:
    """A file for the textfile collector of Prometheus' node exporter."""
    broken = {alarm.rule for alarm in going_on}
    lines = ["# HELP stylo_alarm Whether a rule of alarms.toml is broken.", "# TYPE stylo_alarm gauge"]
    for rule in rules:
        name = json.dumps(rule.name)
        lines.append(f'stylo_alarm{{rule={name},severity="{rule.severity}"}} {int(rule.name in broken)}')
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text("\n".join(lines) + "\n")
    temporary.replace(path)


def _rule(record: Any, path: Path) -> Rule:
    named = record.get("name", "a rule without a name") if isinstance(record, dict) else record
    try:
        rule = Rule(**record)
    except TypeError as error:
        known = ", ".join(Rule.__dataclass_fields__)
        raise BadOption(
            f"{path}: {named} is no rule.", where=str(error), cure=f"A rule has {known}."
        ) from error
    numbers = [each for each in (rule.above, rule.below) if each is not None]
    if not numbers or any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
        raise BadOption(f"{path}: {named} has no limit.", cure="Give it a number: above = or below =.")
    if rule.severity not in _SEVERITIES:
        raise BadOption(f"{path}: {named} has no such severity.", cure=f"There are {', '.join(_SEVERITIES)}.")
    return rule


def _call(address: str, message: Mapping[str, str], progress: Progress) -> None:
    asked = urllib.request.Request(
        address, json.dumps(message).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS):  # http and https only  # nosec B310
            pass
    except (OSError, urllib.error.URLError, ValueError) as error:
        progress.note(f"NOTICE: the webhook did not take the alarm: {error}")
