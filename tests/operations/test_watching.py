"""Watching: what sets off a run, what is an alarm, and what does not end the watch. Runs themselves are elsewhere."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from helpers import Row, bought, given_back, kept, write_shop, write_transactions
from hooks import Hook
from serving import until

from stylo.errors import BadOption, Busy, CannotWrite, RegistryUnavailable
from stylo.operations import heartbeat, looking, watching
from stylo.operations.inbox import Inbox
from stylo.operations.looking import model_days
from stylo.operations.registry import Registry
from stylo.operations.retraining import RetrainingRequest, RetrainingResult, _new_days
from stylo.operations.watching import watch
from stylo.operations.workspace import Workspace
from stylo.progress import Progress, Silent
from stylo.records.watching import WatchNotes
from stylo.service.settings import ServiceSettings
from stylo.storage import alarms, deployments
from stylo.storage.deployments import Action, Deployment
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

OLD = [bought("2020-08-30", 1)]
ALWAYS = '[[rule]]\nname = "quality"\nfigure = "purchases"\nbelow = 1\n'


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


class Night:
    """A watch over a small shop, of which each run only takes in the new days.

    fails : what each run raises, if anything.
    """

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data, self.notes, self.runs, self.written = data, Notes(), list[str](), 0
        self.fails: Exception | None = None
        self.during: Callable[[], object] = nothing
        self.patch = monkeypatch
        monkeypatch.setattr(watching, "sync", lambda *_: None)
        monkeypatch.setattr(watching, "retrain", self.retrain)

    def retrain(
        self, place: Workspace, registry: Registry, asked: RetrainingRequest, progress: Progress, inbox: Inbox
    ) -> RetrainingResult:
        self.runs.append(asked.why)
        self.during()
        if self.fails:
            raise self.fails
        _new_days(place, asked, progress, inbox)
        return RetrainingResult(self.data, "v", True, "done", (), asked.new)

    def put(self, name: str, rows: list[Row]) -> None:
        path = write_transactions(self.data / "new" / name, rows)
        self.written += 1
        os.utime(path, (self.written, self.written))

    def rules(self, text: str) -> None:
        (self.data / "alarms.toml").write_text(text)

    @property
    def state(self) -> Path:
        return self.data / "service"

    @property
    def workspace(self) -> Workspace:
        return Workspace(ServiceSettings(data=self.data))

    @property
    def open_alarms(self) -> set[str]:
        return {each.rule for each in alarms.going_on(self.workspace.database)}

    @property
    def told(self) -> list[str]:
        """Alarms that started and ended, by name, in order."""
        found = (re.match(r"(ALARM|OVER)(?: \(\w+\))?: ([^:]+)", line) for line in self.notes.said)
        return [f"{each[1]} {each[2]}" for each in found if each]

    def watch(self, *between: Callable[[], object], minutes: float = 15) -> None:
        """As many looks as there is something that happens after them, and a last one."""
        happens = iter(between)
        watch(
            self.workspace, lambda: cast(Registry, None),
            minutes=minutes, every_days=7, progress=self.notes,
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


def raises(error: Exception) -> Callable[..., Any]:
    def function(*_: object, **__: object) -> None:
        raise error

    return function


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
    assert night.told == ["ALARM inbox", "OVER inbox"]
    assert given_back(night.data) == kept(OLD + week)


def test_what_fails_is_an_alarm_at_once_and_over_when_it_works_again(night: Night) -> None:
    """In the log, the file for Prometheus, the database, and at the webhook; nothing else waits for it."""
    with Hook() as hook:
        night.rules(f'webhook = "{hook.address}"')
        night.patch.setattr(watching, "sync", raises(RegistryUnavailable("Away.", cure="Start MLflow.")))
        night.patch.setattr(looking, "drift_report", raises(ZeroDivisionError("a defect")))
        seen: list[set[str]] = []

        def better() -> None:
            seen.append(night.open_alarms)
            text = (night.state / "alarms.prom").read_text()
            assert 'stylo_alarm{rule="registry",severity="ticket"} 1.0' in text
            night.patch.undo()
            night.patch.setattr(watching, "sync", lambda *_: None)
            night.patch.setattr(watching, "retrain", night.retrain)

        night.watch(better)
    assert seen == [{"registry", "drift report"}]
    assert night.told == ["ALARM drift report", "ALARM registry", "OVER drift report", "OVER registry"]
    assert "ALARM (ticket): registry: Away. Start MLflow." in night.notes.said
    assert "ALARM (ticket): drift report: ZeroDivisionError: a defect" in night.notes.said
    assert hook.told() == [
        ("drift report", "started"), ("registry", "started"), ("drift report", "over"), ("registry", "over"),
    ]  # fmt: skip
    assert 'stylo_alarm{rule="registry",severity="ticket"} 0.0' in (night.state / "alarms.prom").read_text()


def test_with_a_damaged_alias_new_days_are_taken_all_the_same(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    damaged_alias(night)
    night.watch()
    assert night.runs == ["new days: week.csv"]


def test_another_process_in_the_same_place_is_an_alarm_if_it_stays(night: Night) -> None:
    night.patch.setattr(watching, "sync", raises(Busy("Another promotion is in progress.")))
    night.watch(nothing)
    assert night.told == []
    assert len([said for said in night.notes.said if "Another promotion" in said]) == 1
    night.patch.setattr("stylo.operations.alarms._PATIENCE", -1)
    night.watch(lambda: night.patch.setattr(watching, "sync", lambda *_: None))
    assert night.told == ["ALARM registry", "OVER registry"]


def test_while_the_registry_is_away_no_run_begins_that_could_not_end(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    registry_away(night)
    night.watch(lambda: night.patch.setattr(watching, "sync", lambda *_: None))
    assert night.runs == ["new days: week.csv"]
    assert night.told == ["ALARM registry", "OVER registry"]


def test_a_database_that_is_away_pages_and_the_watch_goes_on(night: Night) -> None:
    night.workspace.database.close()
    file, away = night.state / "service.sqlite", night.state / "away"
    with Hook() as hook:
        night.rules(f'webhook = "{hook.address}"')
        night.watch(lambda: (file.rename(away), file.mkdir()), lambda: (file.rmdir(), away.rename(file)))
    assert night.told == ["ALARM database", "OVER database"]
    assert [(each["rule"], each["severity"]) for each in hook.got] == [("database", "page")] * 2
    assert night.open_alarms == set()


def registry_away(night: Night) -> None:
    night.patch.setattr(watching, "sync", raises(RegistryUnavailable("Away.", cure="Start MLflow.")))


def damaged_alias(night: Night) -> None:
    night.patch.setattr(watching, "sync", raises(BadOption("There is no version 'x' of the model.")))


def reports_not_writable(night: Night) -> None:
    """Root may write anywhere: a file in the folder's place keeps everybody out."""
    (night.data / "reports").touch()


def inbox_not_writable(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    denied = raises(PermissionError(13, "Permission denied"))
    night.patch.setattr("stylo.operations.inbox.file_system_now", denied)


def refused_file(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 99)])


def failing_retraining(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    night.fails = CannotWrite("The disk is full.")


def half_written_rules(night: Night) -> None:
    """After a look with whole ones, which say where the webhook is."""
    night.watch()
    night.rules((night.data / "alarms.toml").read_text() + '[[rule]]\nname = "r"\nfig')


CAUSES = {
    registry_away: ("registry", "Start MLflow."),
    damaged_alias: ("registry", "There is no version 'x'"),
    reports_not_writable: ("reports", "cannot be written"),
    inbox_not_writable: ("inbox", "cannot be written"),
    refused_file: ("inbox", "week.csv is skipped"),
    failing_retraining: ("retraining", "The disk is full."),
    half_written_rules: ("alarm rules", "alarms.toml cannot be read"),
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_each_fault_is_told_in_every_channel_by_the_look_that_meets_it(
    night: Night, cause: Callable[[Night], None]
) -> None:
    name, says = CAUSES[cause]
    with Hook() as hook:
        night.rules(f'webhook = "{hook.address}"\n')
        cause(night)
        night.watch()
    assert [
        said for said in night.notes.said if said.startswith(f"ALARM (ticket): {name}: ") and says in said
    ]
    assert night.open_alarms == {name}
    assert hook.told() == [(name, "started")]
    assert says in hook.got[0]["message"]
    text = (night.state / "alarms.prom").read_text()
    assert f'stylo_alarm{{rule="{name}",severity="ticket"}} 1.0' in text
    assert "stylo_watch_last_look_timestamp_seconds" in text


def test_a_webhook_that_hangs_stops_no_look_and_gets_everything_later(night: Night) -> None:
    seen: list[tuple[int, set[str]]] = []
    with Hook() as hook:
        hook.hangs = True
        night.rules(f'webhook = "{hook.address}"\n')
        registry_away(night)

        def away() -> None:
            until(lambda: hook.asked)

        def later() -> None:
            seen.append((len(hook.got), night.open_alarms))
            hook.let_go()

        night.watch(away, lambda: night.rules(f'webhook = "{hook.address}"\n{ALWAYS}'), later)
    assert seen == [(0, {"registry", "quality"})]
    assert hook.told() == [("registry", "started"), ("quality", "started")]


def test_a_state_folder_that_cannot_be_written_pages(night: Night) -> None:
    def full(*_: object, **__: object) -> None:
        raise CannotWrite("watch.json cannot be written: no space is left.", cure="Free some space.")

    night.patch.setattr(WatchNotes, "save", full)
    night.watch()
    assert night.told == ["ALARM state folder"]


def test_a_retraining_that_fails_is_one_alarm_until_one_succeeds_or_is_needed_no_more(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    night.fails = CannotWrite("The disk is full.")
    night.watch(nothing, lambda: setattr(night, "fails", None), minutes=0)
    assert night.runs == ["new days: week.csv"] * 3
    assert night.told == ["ALARM retraining", "OVER retraining"]
    night.put("week.csv", [bought("2020-09-03", 1)])
    night.fails = CannotWrite("The disk is full.")
    night.watch((night.data / "new" / "week.csv").unlink, minutes=0)
    assert night.told[2:] == ["ALARM retraining", "OVER retraining"]


def test_after_failures_it_is_tried_less_and_less_also_by_the_next_watch(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-02", 1)])
    night.fails = ZeroDivisionError("a defect")
    night.watch(*[nothing] * 5)
    night.watch(nothing)
    assert night.runs == ["new days: week.csv"] * 2
    night.put("week.csv", [bought("2020-09-02", 1), bought("2020-09-03", 1)])  # another one, at once
    night.watch()
    assert len(night.runs) == 3


def test_a_bad_file_is_an_alarm_and_a_remark_is_made_once_of_what_is_none(night: Night) -> None:
    night.put("bad.csv", [bought("2020-09-02", 1, price="cheap")])
    (night.data / "new" / "readme.txt").write_text("hello")
    night.watch(nothing, (night.data / "new" / "bad.csv").unlink)
    assert night.told == ["ALARM inbox", "OVER inbox"]
    assert "bad.csv" in next(said for said in night.notes.said if said.startswith("ALARM"))
    assert len([said for said in night.notes.said if "readme.txt" in said]) == 1


def test_one_alarm_sets_off_one_run_whatever_its_figure_also_for_the_next_watch(night: Night) -> None:
    night.rules(ALWAYS)
    night.watch(lambda: night.rules(ALWAYS.replace("below = 1", "below = 2")), nothing)
    night.watch(nothing)
    assert len(night.runs) == 1
    assert night.runs[0].startswith("quality: ")
    night.rules(ALWAYS.replace("below", "above"))  # over
    night.watch(lambda: night.rules(ALWAYS))  # and another one
    assert len(night.runs) == 2


def test_a_run_that_failed_has_not_answered_its_alarm(night: Night) -> None:
    night.rules(ALWAYS)
    night.fails = CannotWrite("The disk is full.")
    night.watch(lambda: setattr(night, "fails", None), nothing, minutes=0)
    assert len(night.runs) == 2


def test_looks_go_on_while_a_run_takes_its_time(night: Night) -> None:
    """The run ends when a look has raised the alarm that came up during it."""
    raised = threading.Event()

    class Listening(Notes):
        def note(self, text: str) -> None:
            super().note(text)
            if text.startswith("ALARM (ticket): quality"):
                raised.set()

    night.notes = Listening()
    night.put("week.csv", [bought("2020-09-02", 1)])
    night.during = lambda: (night.rules(ALWAYS), raised.wait(600))
    night.watch(minutes=0.001)
    assert raised.is_set()
    assert night.notes.said.index("Retraining: new days: week.csv") < [
        said.startswith("ALARM (ticket): quality") for said in night.notes.said
    ].index(True)


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


def test_the_schedule_of_a_fresh_shop_begins_with_its_model_or_with_the_first_look(night: Night) -> None:
    night.watch(nothing)
    assert night.runs == []
    notes = heartbeat.read_notes(night.state)
    notes.model_copy(update={"began": notes.began - timedelta(days=8)}).save(night.state / "watch.json")
    night.watch(nothing)
    assert night.runs == ["7 days since the last run"]  # and one run is enough


def test_the_schedule_counts_from_when_the_first_model_went_live(night: Night) -> None:
    last_week = datetime.now(UTC) - timedelta(days=8)
    deployments.record(
        night.workspace.database, "2020-08-31-0", Action.PUBLISH, who="x", reason="", now=last_week
    )
    night.watch()
    assert night.runs == ["7 days since the last run"]


def test_what_a_wrong_clock_noted_neither_stops_the_schedule_nor_the_tries(night: Night) -> None:
    future = datetime.now(UTC) + timedelta(days=900)
    night.watch()
    notes = heartbeat.read_notes(night.state)
    update = {"scheduled": future, "began": future, "tried": future, "attempts": 9, "wanted": "schedule"}
    notes.model_copy(update=update).save(night.state / "watch.json")
    (night.state / "retraining" / "a").mkdir(parents=True)
    text = {"started": future.isoformat(), "steps": {"split": {}}}
    (night.state / "retraining" / "a" / "run.json").write_text(json.dumps(text))
    week_ago = datetime.now(UTC) - timedelta(days=8)
    deployments.record(
        night.workspace.database, "2020-08-31-0", Action.PUBLISH, who="x", reason="", now=week_ago
    )
    night.watch(nothing, nothing)
    assert night.runs == ["7 days since the last run"]


def live(version: str, at: datetime) -> Deployment:
    return Deployment(1, at, version, None, Action.PUBLISH, "x", "")


@pytest.mark.parametrize(
    ("today", "went_live", "now", "days"),
    [
        (None, date(2020, 9, 1), date(2020, 9, 21), 21),  # of its time: by the clock
        (None, date(2020, 9, 1), date(2021, 9, 1), 366),  # also after months without new days
        (None, date(2026, 1, 1), date(2026, 3, 1), 0),  # H&M's data, served years later
        ("clock", date(2026, 1, 1), date(2020, 9, 3), 3),
        ("data", date(2020, 9, 1), date(2020, 9, 21), 0),
    ],
)
def test_model_days_follow_the_shops_day(
    night: Night, today: str | None, went_live: date, now: date, days: int
) -> None:
    def noon(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    place = Workspace(ServiceSettings(data=night.data, today=today))  # type: ignore[arg-type]
    assert model_days(place, live("2020-08-31-abc", noon(went_live)), noon(now)) == days


def test_new_days_make_the_model_of_an_old_shop_older(night: Night) -> None:
    night.put("week.csv", [bought("2020-09-20", 1)])
    night.watch()
    went_live = datetime(2026, 1, 1, tzinfo=UTC)
    assert model_days(night.workspace, live("2020-08-31-abc", went_live), datetime.now(UTC)) == 21
