"""Experiments, exposures and alarms in storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stylo.errors import UnknownExperiment
from stylo.storage import alarms, experiments, exposures, predictions
from stylo.storage.database import Database
from stylo.storage.exposures import Exposure
from stylo.storage.predictions import Prediction

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_an_experiment_is_defined_started_and_stopped_with_who_and_why(database: Database) -> None:
    experiments.define(database, "blend", "{}", who="anna", reason="try it", now=NOW)
    assert experiments.running(database) == []
    started = experiments.start(database, "blend", who="ben", reason="monday", now=LATER)
    assert (started.state, started.started_at, started.who) == ("running", LATER, "ben")
    assert experiments.running(database) == [started]
    stopped = experiments.stop(database, "blend", who="anna", reason="done", now=LATER)
    assert (stopped.state, stopped.reason, stopped.started_at) == ("stopped", "done", LATER)
    assert [each.name for each in experiments.listed(database)] == ["blend"]


def test_a_new_definition_takes_the_place_of_the_old_and_keeps_the_state(database: Database) -> None:
    experiments.define(database, "blend", "1", who="anna", reason="", now=NOW)
    experiments.start(database, "blend", who="anna", reason="", now=NOW)
    changed = experiments.define(database, "blend", "2", who="ben", reason="wider", now=LATER)
    assert (changed.definition, changed.state, changed.started_at) == ("2", "running", NOW)


@pytest.mark.parametrize("step", [experiments.start, experiments.stop])
def test_an_unknown_experiment_is_told(database: Database, step: object) -> None:
    with pytest.raises(UnknownExperiment, match="nothing"):
        step(database, "nothing", who="anna", reason="", now=NOW)  # type: ignore[operator]


def test_the_first_exposure_of_a_customer_to_a_variant_is_kept(database: Database) -> None:
    first = Exposure("blend", "a" * 64, "control", "s1", NOW, "v1")
    again = Exposure("blend", "a" * 64, "control", "s1", LATER, "v2")
    other = Exposure("blend", "a" * 64, "new", "s1", LATER, "v1")
    resalted = Exposure("blend", "a" * 64, "new", "s2", LATER, "v1")
    exposures.log(database, [first, again])
    exposures.log(database, [again, other, resalted])
    assert exposures.of(database, "blend", "s1") == [first, other]
    assert exposures.of(database, "blend", "s2") == [resalted]


def test_an_alarm_that_goes_on_is_noted_once_until_it_is_over(database: Database) -> None:
    assert alarms.raise_alarm(database, "drift", "ticket", "prices moved", NOW)
    assert not alarms.raise_alarm(database, "drift", "ticket", "prices moved more", LATER)
    (alarm,) = alarms.going_on(database)
    assert (alarm.at, alarm.message) == (NOW, "prices moved more")
    assert alarms.end_alarm(database, "drift", LATER)
    assert not alarms.end_alarm(database, "drift", LATER)
    assert alarms.going_on(database) == []
    assert alarms.raise_alarm(database, "drift", "ticket", "again", LATER)
    assert [each.over_at for each in alarms.newest(database, 5)] == [None, LATER]


def test_an_answer_is_found_by_its_request(database: Database) -> None:
    row = Prediction(NOW, "r1", "k", "a" * 64, "recommendations", "v1", "live", (1, 2), False, None, 12.5)
    predictions.log(database, [row])
    assert predictions.find(database, "r1") == row
    assert predictions.find(database, "r2") is None
