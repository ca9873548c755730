"""Alarms: rules over numbers, written in one file, told to the log, a webhook and Prometheus."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from stylo.artefacts import writing
from stylo.operations.workspace import Workspace
from stylo.progress import SILENT, Progress
from stylo.records.rules import ALARMS_FILE, AlarmRule, AlarmRules
from stylo.storage import alarms
from stylo.storage.alarms import Alarm

_PROMETHEUS = "alarms.prom"
_SECONDS = 10


def read_rules(folder: Path) -> AlarmRules:
    """What `alarms.toml` of the data folder says. Raises BadOption for what is no rule."""
    return AlarmRules.read(folder / ALARMS_FILE, "See docs/operations.md for one.")


def check(workspace: Workspace, figures: Mapping[str, float], progress: Progress = SILENT) -> list[Alarm]:
    """Raises and ends alarms by the rules, and tells of those that are new; gives those that go on.

    Raises BadOption for rules that make no sense, StorageUnavailable.
    """
    rules, now = read_rules(workspace.settings.data), datetime.now(UTC)
    for rule in rules.rules:
        wrong = rule.broken(figures)
        if wrong is None:
            if alarms.end_alarm(workspace.database, rule.name, now):
                progress.note(f"OVER: {rule.name}")
        elif alarms.raise_alarm(workspace.database, rule.name, rule.severity, wrong, now):
            progress.note(f"ALARM ({rule.severity}): {rule.name}: {wrong}")
            if rules.webhook:
                _call(
                    rules.webhook, {"rule": rule.name, "severity": rule.severity, "message": wrong}, progress
                )
    going_on = alarms.going_on(workspace.database)
    write_for_prometheus(workspace.state / _PROMETHEUS, rules.rules, going_on)
    return going_on


def write_for_prometheus(path: Path, rules: Sequence[AlarmRule], going_on: Sequence[Alarm]) -> None:
    """A file for the textfile collector of Prometheus' node exporter."""
    broken = {alarm.rule for alarm in going_on}
    lines = ["# HELP stylo_alarm Whether a rule of alarms.toml is broken.", "# TYPE stylo_alarm gauge"]
    for rule in rules:
        name = json.dumps(rule.name)
        lines.append(f'stylo_alarm{{rule={name},severity="{rule.severity}"}} {int(rule.name in broken)}')
    with writing(path) as (temporary,):
        temporary.write_text("\n".join(lines) + "\n")


def _call(address: str, message: Mapping[str, str], progress: Progress) -> None:
    asked = urllib.request.Request(
        address, json.dumps(message).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS):  # http and https only  # nosec B310
            pass
    except (OSError, urllib.error.URLError, ValueError) as error:
        progress.note(f"NOTICE: the webhook did not accept the alarm: {error}")
