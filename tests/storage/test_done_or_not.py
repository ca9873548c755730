"""A request is done once or not at all, and whoever gave up waiting can find out which of the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa
from serving import SLOW
from storage_processes import NOW

from stylo.errors import OtherBody, OutcomeUnknown, StorageUnavailable, UnknownExperiment
from stylo.storage import database as database_module
from stylo.storage import deployments, experiments, idempotency, keys
from stylo.storage.attempts import Attempt
from stylo.storage.database import Database, Queue
from stylo.storage.deployments import Action, Deployment
from stylo.storage.idempotency import DoneBefore, NamedRequest, RequestKind
from stylo.storage.keys import Key, Scope

ACTIVATE = NamedRequest(RequestKind.MODELS, "", "monday", "activate A")


@pytest.fixture
def request_of(key: Key) -> NamedRequest:
    return replace(ACTIVATE, key_id=key.id)


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def deploy(database: Database, version: str, request: NamedRequest | None = None) -> Deployment:
    return deployments.record(
        database, version, Action.ACTIVATE, who="k", reason="why", now=NOW, request=request
    )


def versions(database: Database) -> list[str]:
    return [each.version for each in deployments.history(database, 10)]


def test_the_same_request_is_done_once_and_answered_as_the_first_time(
    database: Database, request_of: NamedRequest
) -> None:
    first = deploy(database, "A", request_of)
    deploy(database, "B")
    for again in (
        lambda: deploy(database, "A", request_of),
        lambda: idempotency.look_up(database, request_of),
    ):
        with pytest.raises(DoneBefore) as before:
            again()
        answer = before.value.answer
        assert answer == vars(first) | {"at": "2020-09-22T10:30:00.123456Z", "action": "activate"}
    assert versions(database) == ["B", "A"]


def test_another_request_under_the_same_idempotency_key_is_refused(
    database: Database, request_of: NamedRequest
) -> None:
    deploy(database, "A", request_of)
    other = replace(request_of, digest="activate B")
    for again in (lambda: deploy(database, "B", other), lambda: idempotency.look_up(database, other)):
        with pytest.raises(OtherBody, match="'monday'"):
            again()
    assert versions(database) == ["A"]


def test_an_idempotency_key_belongs_to_an_api_key_and_a_kind(
    database: Database, request_of: NamedRequest
) -> None:
    deploy(database, "A", request_of)
    other, _ = keys.create(database, "other", [Scope.ADMIN], now=NOW)
    deploy(database, "B", replace(request_of, key_id=other.id))
    define(database, replace(request_of, kind=RequestKind.EXPERIMENTS))
    assert versions(database) == ["B", "A"]
    assert len(experiments.listed(database)) == 1


def define(database: Database, request: NamedRequest | None = None) -> experiments.StoredExperiment:
    return experiments.define(database, "twins", "{}", who="k", reason="why", now=NOW, request=request)


def test_each_step_of_an_experiment_is_done_once(database: Database, request_of: NamedRequest) -> None:
    request = replace(request_of, kind=RequestKind.EXPERIMENTS)
    defined = define(database, request)
    assert defined == experiments.one(database, "twins")
    for number, step in enumerate((experiments.start, experiments.stop)):
        named = replace(request, idempotency_key=f"step {number}")
        done = step(database, "twins", who="k", reason="why", now=NOW, request=named)
        assert done == experiments.one(database, "twins")
        with pytest.raises(DoneBefore) as before:
            step(database, "twins", who="k", reason="why", now=NOW, request=named)
        assert before.value.answer["state"] == done.state
    with pytest.raises(DoneBefore):
        define(database, request)
    assert experiments.one(database, "twins").state is experiments.State.STOPPED


def test_what_was_refused_may_be_tried_again_under_its_name(
    database: Database, request_of: NamedRequest
) -> None:
    request = replace(request_of, kind=RequestKind.EXPERIMENTS)
    with pytest.raises(UnknownExperiment):
        experiments.start(database, "twins", who="k", reason="why", now=NOW, request=request)
    define(database)
    assert (
        experiments.start(database, "twins", who="k", reason="why", now=NOW, request=request).state
        == "running"
    )


def test_what_was_given_up_before_its_commit_is_never_done(
    database: Database, thread: ThreadPoolExecutor, request_of: NamedRequest
) -> None:
    begun, go_on = Event(), Event()

    def work() -> None:
        with database.begin(Queue.DEPLOYMENTS) as connection:
            idempotency.keep(connection, request_of, {"version": "A"}, NOW)
            begun.set()
            assert go_on.wait(SLOW)

    attempt = Attempt()
    done = thread.submit(attempt.run, work)
    assert begun.wait(SLOW)
    assert attempt.give_up()
    go_on.set()
    with pytest.raises(StorageUnavailable, match="given up"):
        done.result(SLOW)
    assert idempotency.settled(database, RequestKind.MODELS, request_of.key_id, "monday") is None
    deploy(database, "A", request_of)  # the thread and its connections are as before


@contextmanager
def stalled(
    database: Database, thread: ThreadPoolExecutor, work: Callable[[], object]
) -> Iterator[Future[object]]:
    """Work whose commit has begun and does not end before the block does."""
    begun, go_on = Event(), Event()

    def stall(_: object) -> None:
        begun.set()
        assert go_on.wait(SLOW)

    sa.event.listen(database._engine, "commit", stall)
    done = thread.submit(work)
    try:
        assert begun.wait(SLOW)
        yield done
    finally:
        go_on.set()
        done.exception(SLOW)
        sa.event.remove(database._engine, "commit", stall)


def test_of_a_commit_that_has_begun_it_is_said_that_it_may_be_done(
    database: Database, thread: ThreadPoolExecutor, request_of: NamedRequest
) -> None:
    attempt = Attempt()
    with stalled(database, thread, lambda: attempt.run(lambda: deploy(database, "A", request_of))) as done:
        assert not attempt.give_up()
        assert versions(database) == []
    assert isinstance(done.result(SLOW), Deployment)
    assert versions(database) == ["A"]


def test_how_it_ended_is_told_when_it_has_ended_and_not_before(
    url: str,
    database: Database,
    thread: ThreadPoolExecutor,
    request_of: NamedRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database_module, "_PATIENCE_S", 1)
    other = Database.open(url)
    deploying = stalled(database, thread, lambda: deploy(database, "A", request_of))
    with deploying, pytest.raises(StorageUnavailable):
        idempotency.settled(other, RequestKind.MODELS, request_of.key_id, "monday")
    settled = idempotency.settled(other, RequestKind.MODELS, request_of.key_id, "monday")
    assert settled is not None
    assert (settled.answer["version"], settled.at) == ("A", NOW)
    other.close()


def test_a_connection_that_breaks_during_a_commit_leaves_the_outcome_open(
    database: Database, request_of: NamedRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, OSError("server closed"), connection_invalidated=True)

    monkeypatch.setattr(sa.Connection, "commit", broken)
    with pytest.raises(OutcomeUnknown, match="during a commit"):
        deploy(database, "A", request_of)


def test_outcomes_are_forgotten_so_long_before_the_last(database: Database, request_of: NamedRequest) -> None:
    for day in (0, 20, 21, 40):
        request = replace(request_of, idempotency_key=f"day {day}")
        with database.begin() as connection:
            idempotency.keep(connection, request, {"day": day}, NOW + timedelta(days=day))
    assert idempotency.prune(database, timedelta(days=20)) == 1
    assert idempotency.prune(database, timedelta(days=19)) == 1
    idempotency.look_up(database, replace(request_of, idempotency_key="day 20"))
    with pytest.raises(DoneBefore):
        idempotency.look_up(database, replace(request_of, idempotency_key="day 21"))


def test_where_nothing_was_done_nothing_is_forgotten(database: Database) -> None:
    assert idempotency.prune(database, timedelta(days=1)) == 0
