"""Watching: look, tell, follow the registry, take new days in, retrain; again and again, whatever fails.

look: monitoring ─▶ drift ─▶ alarms ─▶ registry ─▶ inbox ─▶ heartbeat ─▶ retraining, if something calls for it
                               │          each fault is an alarm, too          │
                               └──▶ log · webhook · alarms.prom · database     └── looks go on meanwhile
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stylo.errors import Busy, CannotWrite, NothingTaken, RegistryUnavailable, StyloError
from stylo.operations import heartbeat
from stylo.operations.alarms import AlarmBoard, said
from stylo.operations.inbox import Inbox, Waiting
from stylo.operations.looking import look
from stylo.operations.new_file import NewFile
from stylo.operations.promotion import sync
from stylo.operations.registry import Registry
from stylo.operations.retraining import RetrainingRequest, retrain, runs
from stylo.operations.webhook import Courier
from stylo.operations.workspace import Workspace
from stylo.progress import SILENT, Progress
from stylo.records.watching import WATCH_FILE
from stylo.storage import deployments
from stylo.storage.alarms import Alarm

#: Alarms that call for a retraining.
TRIGGERS = ("drift", "quality", "stale model")
_SCHEDULE = "schedule"
_LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True)
class _Reason:
    """Why to retrain. key : equal for the same reason, whatever its figures are."""

    key: str
    why: str
    new: tuple[NewFile, ...] = ()


def watch(
    workspace: Workspace,
    registry: Callable[[], Registry],
    *,
    minutes: float,
    every_days: float,
    weeks: int = 1,
    progress: Progress = SILENT,
    wait: Callable[[float], None] = time.sleep,
    times: int | None = None,
) -> None:
    """Looks every so many minutes: raises alarms, follows the registry, and retrains for new days in DATA/new, on a
    schedule, or for drift and quality. A failure is an alarm, and the next look comes.

    registry : opens it, when it is needed first.
    times : how often it looks; None is for ever.

    Raises MissingArtefact where there is no data folder.
    """
    watcher = _Watcher(workspace, registry, minutes, every_days, weeks, progress)
    try:
        while times is None or times > 0:
            times = None if times is None else times - 1
            try:
                watcher.look_and_act()
            except Exception as error:  # a defect of ours, which must not end the watch
                progress.note(f"NOTICE: {said(error)}")
            if times != 0:
                wait(60 * minutes)
    finally:
        watcher.courier.finish()


class _Watcher:
    """What is remembered between two looks."""

    def __init__(
        self,
        workspace: Workspace,
        open_registry: Callable[[], Registry],
        minutes: float,
        every_days: float,
        weeks: int,
        progress: Progress,
    ) -> None:
        self._workspace, self._open_registry = workspace, open_registry
        self._registry: Registry | None = None
        self._minutes, self._every_days, self._weeks = minutes, every_days, weeks
        self._progress = progress
        self._board = AlarmBoard(workspace, progress)
        self._inbox, self._told = Inbox(workspace.settings.data), dict[str, str]()
        self._notes = heartbeat.notes_before(workspace.state, minutes)
        self.courier = Courier(self._board.webhook, lambda: self._board.address)
        self.courier.wake()  # what the last watch could not deliver

    def look_and_act(self) -> None:
        """One look, and the retraining that something calls for."""
        self._look()
        with self._board.fault("registry"):
            sync(self._workspace, self._known_registry(), self._progress)
        waiting = self._look_into_inbox()
        self._finish_look()
        errors = self._board.errors
        if "database" in errors or isinstance(errors.get("registry"), RegistryUnavailable):
            return  # a run would end in the same way, hours later
        reason: _Reason | None = None
        with self._board.fault("retraining"):
            reason = self._reason(waiting, list(self._board.going_on.values()))
            if reason is not None and not self._may_try(reason):
                return
            if reason is not None:
                self._retrain(self._known_registry(), reason)
            self._board.end_faults("retraining")
        if reason is not None:
            self._look_into_inbox()
        self._finish_look()

    def _look(self, *, alone: bool = True) -> None:
        self._board.begin()
        if self.courier.problem:
            self._board.raise_fault("webhook", self.courier.problem)
        else:
            self._board.end_faults("webhook")
        look(self._workspace, self._board, with_drift=alone)
        self.courier.wake()

    def _known_registry(self) -> Registry:
        if self._registry is None:
            self._registry = self._open_registry()
        return self._registry

    def _look_into_inbox(self) -> Waiting:
        """What waits; a file that somebody must do something about is an alarm."""
        waiting = Waiting()
        with self._board.fault("inbox"):
            waiting = self._inbox.look(self._workspace.zone.day(datetime.now(UTC)))
            for name, why in waiting.passed_over.items():
                if self._told.get(name) != why and name not in waiting.refused:
                    self._progress.note(f"NOTICE: {name} is skipped: {why}.")
            self._told = dict(waiting.passed_over)
            self._note(passed_over=self._told)
        if waiting.refused and "inbox" not in self._board.errors:
            told = "; ".join(f"{name} is skipped: {why}" for name, why in waiting.refused.items())
            self._board.raise_fault("inbox", told)
        return waiting

    def _finish_look(self) -> None:
        """The heartbeat, and the end of what is in order again."""
        with self._board.fault("state folder"):
            self._notes = heartbeat.looked(self._notes)
            self._notes.save(self._workspace.state / WATCH_FILE)
        self._board.end_faults()
        try:
            self._board.write_for_prometheus(heartbeat.gauges(self._notes))
        except CannotWrite as error:
            self._board.raise_fault("state folder", error)
        self.courier.wake()

    def _retrain(self, registry: Registry, reason: _Reason) -> None:
        """One run, and what is remembered of it. Raises what it raises."""
        again = reason.key == self._notes.wanted
        self._note(
            doing=reason.why,
            wanted=reason.key,
            attempts=self._notes.attempts + 1 if again else 1,
            tried=datetime.now(UTC),
        )
        self._progress.note(f"Retraining: {reason.why}")
        asked = RetrainingRequest(
            new=reason.new, weeks=self._weeks, why=reason.why, only_for_new=bool(reason.new)
        )
        try:
            with self._looking_meanwhile():
                done = retrain(self._workspace, registry, asked, self._progress, self._inbox)
                self._inbox.put_away(done.taken)
        except (NothingTaken, Busy) as error:  # the inbox says why, or the other run will
            self._note(attempts=0)
            self._progress.note(f"NOTICE: {said(error)}")
            return
        finally:
            self._note(doing="")
        self._progress.note(done.verdict)
        answered = {each.rule: each.id for each in self._board.going_on.values() if each.rule in TRIGGERS}
        self._note(wanted="", attempts=0, answered=answered)
        if reason.key == _SCHEDULE:
            self._note(scheduled=datetime.now(UTC))

    @contextmanager
    def _looking_meanwhile(self) -> Iterator[None]:
        """Looks go on in a thread while the block takes its hours. Drift must wait: the tables are being changed."""
        over = threading.Event()

        def look_again() -> None:
            while not over.wait(60 * self._minutes):
                try:
                    self._look(alone=False)
                    self._finish_look()
                except Exception as error:
                    self._progress.note(f"NOTICE: {said(error)}")

        thread = threading.Thread(target=look_again, name="looks", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _reason(self, waiting: Waiting, going_on: list[Alarm]) -> _Reason | None:
        """Why a retraining is called for; None if it is not. Raises StorageUnavailable."""
        if waiting.ready:
            names = ", ".join(file.name for file in waiting.ready)
            stamps = " ".join(f"{file.path} {file.stamp}" for file in waiting.ready)
            return _Reason(f"new days {stamps}", f"new days: {names}", waiting.ready)
        if self._due():
            return _Reason(_SCHEDULE, f"{self._every_days:g} days since the last run")
        for alarm in going_on:
            if alarm.rule in TRIGGERS and self._notes.answered.get(alarm.rule) != alarm.id:
                return _Reason(f"alarm {alarm.id}", f"{alarm.rule}: {alarm.message}")
        return None

    def _due(self) -> bool:
        """Whether the last run that came further than the new days began so long ago. In a shop without one it is
        counted from when its model went live, or from the first look.

        A time that is yet to come was noted by a clock that was wrong, and does not count.
        """
        now = datetime.now(UTC)
        began = [run.started for _, run in runs(self._workspace) if run.steps.split is not None]
        began += [self._notes.scheduled] if self._notes.scheduled else []
        past = [at for at in began if at <= now]
        if not past:
            live = deployments.live(self._workspace.database)
            past = [live.at if live is not None and live.at <= now else self._notes.began]
        return now - max(past) >= timedelta(days=self._every_days)

    def _may_try(self, reason: _Reason) -> bool:
        """After a failure it is tried again at the next look, then after longer and longer pauses, up to a day."""
        notes, now = self._notes, datetime.now(UTC)
        if reason.key != notes.wanted or notes.attempts < 1 or notes.tried is None or notes.tried > now:
            return True
        pause = timedelta(minutes=self._minutes) * (2 ** min(notes.attempts - 1, 20) - 1)
        return now - notes.tried >= min(pause, _LONGEST_PAUSE)

    def _note(self, **fields: object) -> None:
        """Remembers something, also for the next watch: as far as the state folder can be written."""
        self._notes = self._notes.model_copy(update=fields)
        try:
            self._notes.save(self._workspace.state / WATCH_FILE)
        except StyloError as error:
            self._board.raise_fault("state folder", error)
