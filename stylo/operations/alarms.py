"""Alarms: rules over figures, and faults of `watch` itself; told to the log, a webhook, a file and the database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from stylo.artefacts import writing
from stylo.errors import BadOption, Busy, ForeignStorage, StorageUnavailable, StyloError
from stylo.operations.webhook import Webhook
from stylo.operations.workspace import Workspace
from stylo.progress import SILENT, Progress
from stylo.records.rules import ALARMS_FILE, FAULTS, AlarmRules
from stylo.records.watching import OUTBOX_FILE, AlarmMessage
from stylo.storage import alarms
from stylo.storage.alarms import Alarm

PROMETHEUS_FILE = "alarms.prom"
_ACCEPTED = "alarms.accepted.toml"
_CURE = "See docs/operations.md for one."
_LONGEST = 1_000
#: Seconds for which another process may be in the same place.
_PATIENCE = 60.0


def read_rules(folder: Path) -> AlarmRules:
    """What `alarms.toml` of a folder says. Raises BadOption for what is no rule."""
    return AlarmRules.read(folder / ALARMS_FILE, _CURE)


class AlarmBoard:
    """Which alarms go on: as storage knows them; while it is away, as this process does.

    An alarm is told when it starts and when it is over, whatever happens to its message meanwhile.

    going_on : name → alarm.   rules : the last that were accepted.
    errors : name → what raised a fault since `begin`.
    """

    def __init__(self, workspace: Workspace, progress: Progress = SILENT) -> None:
        self._workspace, self._progress = workspace, progress
        self.webhook = Webhook(workspace.state / OUTBOX_FILE)
        self.rules, self.going_on = self._accepted(), dict[str, Alarm]()
        self.errors = dict[str, Exception]()
        self._fine, self._busy = set[str](), dict[str, float]()
        self._apart: dict[str, bool] = {}  # what was told while storage was away: name → whether it goes on

    @property
    def address(self) -> str | None:
        """Of the webhook."""
        return self.rules.webhook

    def begin(self) -> None:
        """A new look: the rules are read again, and what was noted of faults before counts no more."""
        self._fine.clear()
        self.errors.clear()
        with self.fault("alarm rules"):
            self._read_rules()

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """What the block raises is an alarm of that name, at once; `end_faults` ends it after blocks that went well.

        Another process in the same place is one if it stays there for longer than a minute.
        """
        try:
            yield
        except Busy as error:
            if name not in self._busy:
                self._progress.note(f"NOTICE: {said(error)}")
            since = self._busy.setdefault(name, time.monotonic())
            if time.monotonic() - since > _PATIENCE:
                self.raise_fault(name, error)
        except Exception as error:
            self.raise_fault(name, error)
        else:
            self._fine.add(name)
            self._busy.pop(name, None)

    def raise_fault(self, name: str, problem: Exception | str) -> None:
        """Raises an alarm about the watch itself. Whatever the database does is the alarm `database`."""
        if isinstance(problem, Exception):
            name = "database" if isinstance(problem, StorageUnavailable | ForeignStorage) else name
            self.errors[name] = problem
        self._fine.discard(name)
        self._set(name, FAULTS[name], said(problem))

    def end_faults(self, *names: str) -> None:
        """Ends alarms of these names, and of every block that went well."""
        for name in FAULTS:
            if name in names or (name in self._fine and name not in self.errors):
                self._set(name, FAULTS[name], None)

    def judge(self, figures: Mapping[str, float], unknown: Collection[str] = ()) -> None:
        """Raises and ends alarms by the rules, and ends those whose rule is gone.

        unknown : figures that could not be measured now; alarms about them stay as they are.
        """
        self._refresh()
        for rule in self.rules.rules:
            if rule.figure not in unknown:
                self._set(rule.name, rule.severity, rule.broken(figures))
        known = {*FAULTS, *(rule.name for rule in self.rules.rules)}
        for name in [name for name in self.going_on if name not in known]:
            self._set(name, self.going_on[name].severity, None)
        self._refresh()

    def write_for_prometheus(self, gauges: Mapping[str, tuple[str, float]] = {}) -> None:
        """A file for the textfile collector of Prometheus' node exporter.

        gauges : name → help and value, beside the alarms.
        """
        registry = CollectorRegistry()
        alarm = Gauge("stylo_alarm", "Whether an alarm goes on.", ["rule", "severity"], registry=registry)
        severities = {**FAULTS, **{rule.name: rule.severity for rule in self.rules.rules}}
        for name, severity in severities.items():
            alarm.labels(name, severity).set(name in self.going_on)
        waiting = Gauge("stylo_webhook_waiting", "Alarms the webhook has not accepted.", registry=registry)
        waiting.set(len(self.webhook.waiting()))
        for name, (help_text, value) in gauges.items():
            Gauge(name, help_text, registry=registry).set(value)
        with writing(self._workspace.state / PROMETHEUS_FILE) as (temporary,):
            temporary.write_bytes(generate_latest(registry))

    def _refresh(self) -> None:
        """Takes over what storage knows, where it can be asked."""
        with suppress(StyloError):
            found = {each.rule: each for each in alarms.going_on(self._workspace.database)}
            for name, goes_on in self._apart.items():
                if not goes_on:
                    found.pop(name, None)
                elif name in self.going_on:
                    found.setdefault(name, self.going_on[name])
            self.going_on = found

    def _set(self, name: str, severity: str, message: str | None) -> None:
        """Notes whether an alarm goes on, and tells if that is new. message : what is wrong; None if nothing is."""
        now, goes_on = datetime.now(UTC), message is not None
        before = self.going_on.get(name)
        if not goes_on and before is None and name not in self._apart:
            return
        try:
            database = self._workspace.database
            if message is not None:
                new = alarms.raise_alarm(database, name, severity, message, now)
            else:
                new = alarms.end_alarm(database, name, now)
            told = self._apart.pop(name, None)
            new = new if told is None else told is not goes_on
        except StyloError:
            if new := goes_on is (before is None):
                self._apart[name] = goes_on
        if message is None:
            self.going_on.pop(name, None)
        else:
            number, at = (before.id, before.at) if before else (0, now)
            self.going_on[name] = Alarm(number, at, name, severity, message, None)
        if new:
            self._tell(name, severity, message or (before.message if before else ""), now, goes_on)

    def _tell(self, name: str, severity: str, message: str, now: datetime, goes_on: bool) -> None:
        told = f"ALARM ({severity}): {name}: {message}" if goes_on else f"OVER: {name}"
        self._progress.note(told)
        if self.address and name != "webhook":
            self.webhook.put(
                AlarmMessage(
                    id=uuid.uuid4().hex,
                    state="started" if goes_on else "over",
                    rule=name,
                    severity=severity,
                    message=message,
                    at=now,
                )
            )

    def _read_rules(self) -> None:
        """Takes the file's rules over, and keeps a copy: they hold while the file cannot be read. Raises BadOption."""
        file, copy = self._workspace.settings.data / ALARMS_FILE, self._workspace.state / _ACCEPTED
        self.rules = read_rules(file.parent)
        with suppress(OSError, StyloError):
            if not file.exists():
                copy.unlink(missing_ok=True)
            elif not copy.exists() or copy.read_bytes() != file.read_bytes():
                with writing(copy) as (temporary,):
                    temporary.write_bytes(file.read_bytes())

    def _accepted(self) -> AlarmRules:
        try:
            return AlarmRules.read(self._workspace.state / _ACCEPTED, _CURE)
        except BadOption:
            return AlarmRules()


def said(problem: Exception | str) -> str:
    """A problem in one line: what, where, what to do."""
    defect = isinstance(problem, Exception) and not isinstance(problem, StyloError)
    text = f"{type(problem).__name__}: {problem}" if defect else str(problem)
    return " ".join(text.split())[:_LONGEST]
