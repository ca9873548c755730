"""Which version is live, and the history of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from storage_processes import NOW

from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Action, Deployment


def test_before_the_first_deployment_nothing_is_live(database: Database) -> None:
    assert deployments.live(database) is None
    assert deployments.history(database, 5) == []


def test_the_last_one_is_live_and_knows_what_was_before(database: Database) -> None:
    first = deployments.record(
        database, "monday", Action.PUBLISH, who="command line", reason="the first", now=NOW
    )
    later = NOW + timedelta(hours=1)
    second = deployments.record(
        database, "tuesday", Action.ACTIVATE, who="0123456789ab", reason="more data", now=later
    )
    third = deployments.record(
        database, "monday", Action.ROLLBACK, who="0123456789ab", reason="fewer clicks", now=later
    )
    assert first == Deployment(1, NOW, "monday", None, Action.PUBLISH, "command line", "the first")
    assert second == Deployment(2, later, "tuesday", "monday", Action.ACTIVATE, "0123456789ab", "more data")
    assert third.previous == "tuesday"
    assert deployments.live(database) == third
    assert deployments.history(database, 5) == [third, second, first]
    assert deployments.history(database, 2) == [third, second]


def test_deployments_at_once_follow_each_other(database: Database) -> None:
    def deploy(number: int) -> Deployment:
        return deployments.record(database, f"{number}", Action.PUBLISH, who="test", reason="", now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deploy, range(12)))
    history = deployments.history(database, 12)
    assert [each.previous for each in history] == [each.version for each in history[1:]] + [None]
