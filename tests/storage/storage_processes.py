"""What the tests of the storage do in other processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from helpers import SLOW
from serving import count_events

from stylo.storage import events
from stylo.storage.database import Database
from stylo.storage.events import CustomerEvent, Receipt, Submission

SPAWN = multiprocessing.get_context("spawn")
CUSTOMER = f"{7:064x}"
NOW = datetime(2020, 9, 22, 10, 30, 0, 123456, tzinfo=UTC)
_PROCESSES = 3
_meeting: Any = None


def together(function: Callable[[str, str], Any], url: str, key_id: str = "") -> list[Any]:
    """What a function of this file returns in three processes that begin at once."""
    started = [_pool().submit(_at_once, function, url, key_id) for _ in range(_PROCESSES)]
    return [done.result() for done in started]


@cache
def _pool() -> ProcessPoolExecutor:
    """They stay for the next test: to start one takes longer than most tests."""
    return ProcessPoolExecutor(_PROCESSES, SPAWN, _set_meeting, (SPAWN.Barrier(_PROCESSES, timeout=SLOW),))


def migrate(url: str, _: str) -> int:
    """How many events there are then."""
    database = Database.open(url)
    database.migrate()
    return count_events(database)


def send_the_same(url: str, key_id: str) -> list[Receipt]:
    """Twenty submissions, one after the other, which every process sends under the same idempotency keys."""
    database = Database.open(url)
    receipts = []
    for number in range(20):
        (receipt,) = events.store(database, [numbered(key_id, number)])
        assert isinstance(receipt, Receipt)
        receipts.append(receipt)
    return receipts


def store_until_killed(url: str, key_id: str, acknowledged: Connection) -> None:
    """Submissions 0, 1, 2, …; the number of each goes through the pipe when it is stored."""
    database = Database.open(url)
    for number in count():
        events.store(database, [numbered(key_id, number)])
        acknowledged.send(number)


def numbered(key_id: str, number: int) -> Submission:
    """Three views, of articles that no other number has."""
    views = tuple(CustomerEvent(CUSTOMER, "view", 3 * number + article, NOW) for article in range(3))
    return Submission(key_id, views, NOW, f"submission {number}", f"digest {number}")


def _set_meeting(barrier: Any) -> None:
    global _meeting
    _meeting = barrier


def _at_once(function: Callable[[str, str], Any], url: str, key_id: str) -> Any:
    _meeting.wait()
    return function(url, key_id)
