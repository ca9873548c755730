"""Watching: what sets off a run, what is told once, and what does not end the watch. Runs themselves are elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from helpers import Row, bought, given_back, kept, write_shop, write_transactions

from stylo.errors import BadOption
from stylo.operations import watching
from stylo.operations.inbox import Inbox
from stylo.operations.registry import Registry
from stylo.operations.retraining import RetrainingRequest, RetrainingResult, _new_days
from stylo.operations.watching import WatchReport, watch
from stylo.operations.workspace import Workspace
from stylo.progress import Progress, Silent
from stylo.service.settings import ServiceSettings
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

OLD = [bought("2020-08-30", 1)]


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


class Night:
    """A watch over a small shop, of which each run only takes in the new days."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data, self.notes, self.runs, self.written = data, Notes(), list[str](), 0
        monkeypatch.setattr(watching, "sync", lambda *_: None)
        monkeypatch.setattr(
            watching, "look", lambda *_, **__: cast(WatchReport, type("Look", (), {"why": None}))
        )
        monkeypatch.setattr(watching, "retrain", self.retrain)

    def retrain(
        self, place: Workspace, registry: Registry, asked: RetrainingRequest, progress: Progress, inbox: Inbox
    ) -> RetrainingResult:
        self.runs.append(asked.why)
        _new_days(place, asked, progress, inbox)
        return RetrainingResult(self.data, "v", True, "done", (), asked.new)

    def put(self, name: str, rows: list[Row]) -> None:
        path = write_transactions(self.data / "new" / name, rows)
        self.written += 1
        os.utime(path, (self.written, self.written))

    def watch(self, *between: Callable[[], object]) -> None:
        """As many looks as there is something that happens after them, and a last one."""
        happens = iter(between)
        watch(
            Workspace(ServiceSettings(data=self.data)), cast(Registry, None),
            minutes=15, every_days=7, progress=self.notes,
            wait=lambda _: next(happens)(), times=len(between) + 1,
        )  # fmt: skip


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    data = write_shop(tmp_path / "data", OLD)
    convert(data, DataFolder(data))
    (data / "new").mkdir()
    return Night(data, monkeypatch)


def nothing() -> None:
    pass


def test_new_days_set_off_one_run_and_are_put_away(night: Night) -> None:
    week = [bought("2020-09-02", 1), bought("2020-09-03", 2)]
    night.watch(lambda: night.put("week.csv", week), nothing, nothing)
    assert night.runs == ["new days: week.csv"]
    assert given_back(night.data) == kept(OLD + week)
    assert (night.data / "new" / "taken" / "week.csv").exists()


def test_a_file_at_fault_is_named_once_and_sets_off_no_second_run_until_it_changes(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 99)])
    week = [bought("2020-09-02", 1)]
    night.watch(nothing, nothing, nothing, lambda: night.put("week.csv", week), nothing)
    assert night.runs == ["new days: week.csv", "new days: week.csv"]
    assert len([said for said in night.notes.said if said.startswith("NOTICE: week.csv is skipped")]) == 2
    assert given_back(night.data) == kept(OLD + week)


def test_what_goes_wrong_is_told_and_the_watch_goes_on(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(*_: object, **__: object) -> WatchReport:
        raise BadOption("No such rule.")

    def defect(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(watching, "look", trouble)  # and new days are taken all the same
    night.put("week.csv", [bought("2020-09-02", 1)])
    night.watch(lambda: monkeypatch.setattr(watching, "sync", defect))
    assert night.runs == ["new days: week.csv"]
    assert "NOTICE: No such rule." in night.notes.said
    assert "NOTICE: ZeroDivisionError: a defect" in night.notes.said


def test_damaged_notes_of_a_run_are_passed_over(night: Night) -> None:
    for name, text in (
        ("a", '{"started": "2020-01-01T00:00:00+00:00", "steps": {"split": {}}}'),
        ("b", "{"),
        ("c", "[]"),
    ):
        (night.data / "service" / "retraining" / name).mkdir(parents=True)
        (night.data / "service" / "retraining" / name / "run.json").write_text(text)
    night.watch()
    assert night.runs == ["7 days since the last run"]


def test_a_run_that_took_nothing_does_not_put_off_the_next_one_by_schedule(night: Night) -> None:
    for name, steps in (("a", '{"split": {}}'), ("b", "{}")):
        (night.data / "service" / "retraining" / name).mkdir(parents=True)
        started = {"a": "2020-01-01", "b": "2999-01-01"}[name]
        text = f'{{"started": "{started}T00:00:00+00:00", "steps": {steps}}}'
        (night.data / "service" / "retraining" / name / "run.json").write_text(text)
    night.watch()
    assert night.runs == ["7 days since the last run"]
