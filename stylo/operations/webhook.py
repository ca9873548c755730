"""The webhook: every alarm that starts or is over is posted, and kept in a file until it was accepted.

    alarm ─▶ STATE/alarms.outbox.json ─▶ POST ─▶ accepted: out of the file
                        ▲                  │
                        └── again, later ──┘ refused, away, hanging

A message can arrive twice, with the same `id`; it cannot get lost while there is room for a thousand.
"""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from stylo.errors import DamagedArtefact, MissingArtefact, StyloError
from stylo.records.watching import AlarmMessage, Outbox
from stylo.system.locks import Taken, locked

MOST = 1_000
_SECONDS = 10.0
_PAUSES = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A message that is sent on would become a GET without a body, and be lost."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


class Webhook:
    """Messages for one address, in their order. For several threads and processes.

    path : of the outbox. While it cannot be written, messages wait in memory.
    """

    def __init__(self, path: Path, seconds: float = _SECONDS) -> None:
        self._path, self._seconds = path, seconds
        self._memory: list[AlarmMessage] = []
        self._mutex = threading.Lock()

    def put(self, message: AlarmMessage) -> None:
        """Keeps a message until it is delivered."""
        with self._mutex:
            self._memory = [*self._memory, message][-MOST:]
            self._save()

    def waiting(self) -> tuple[AlarmMessage, ...]:
        """Messages that are not delivered yet."""
        with self._mutex:
            return self._merged(self._load()).waiting

    def deliver(self, address: str) -> str | None:
        """Posts what waits, the oldest first, until one is not accepted; gives why, or None."""
        with suppress(Taken), self._alone("post"):
            for message in self.waiting():
                if why := _post(address, message, self._seconds):
                    return why
                self._remove(message.id)
        return None

    def _remove(self, done: str) -> None:
        with self._mutex:
            self._memory = [each for each in self._memory if each.id != done]
            self._save(without=done)

    def _save(self, without: str = "") -> None:
        """Moves what is in memory into the file; leaves it where it is if the file cannot be written."""
        with suppress(StyloError, OSError), self._alone("file", wait=True):
            before = self._load()
            found = self._merged(before)
            kept = tuple(each for each in found.waiting if each.id != without)
            if kept or before.waiting:
                Outbox(waiting=kept, dropped=found.dropped if kept else 0).save(self._path)
            self._memory.clear()

    def _merged(self, kept: Outbox) -> Outbox:
        every = {each.id: each for each in (*kept.waiting, *self._memory)}
        dropped = max(len(every) - MOST, 0)
        return Outbox(waiting=tuple(every.values())[dropped:], dropped=kept.dropped + dropped)

    def _load(self) -> Outbox:
        try:
            return Outbox.load(self._path, "python -m stylo.operations watch")
        except MissingArtefact:
            return Outbox()
        except DamagedArtefact:  # of no use to anybody but a person
            with suppress(OSError):
                self._path.replace(self._path.with_suffix(".damaged.json"))
            return Outbox()

    @contextmanager
    def _alone(self, what: str, wait: bool = False) -> Iterator[None]:
        with ExitStack() as held:
            with suppress(OSError):  # a folder that cannot be written: nobody else can, either
                held.enter_context(locked(self._path.with_name(f".{self._path.name}.{what}"), wait=wait))
            yield


class Courier:
    """Delivers in the background: an address that hangs holds up nothing.

    address : of the webhook; None if there is none.
    problem : why the last message was not accepted; None if all were.
    """

    def __init__(self, webhook: Webhook, address: Callable[[], str | None]) -> None:
        self._webhook, self._address = webhook, address
        self.problem: str | None = None
        self._wake, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._go, name="webhook", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    def finish(self, seconds: float = 2 * _SECONDS) -> None:
        """Ends it, after a last try."""
        self._ending = True
        self._wake.set()
        self._thread.join(seconds)

    def _go(self) -> None:
        failed = 0
        while True:
            self._wake.wait(_PAUSES[min(failed, len(_PAUSES)) - 1] if failed else None)
            self._wake.clear()
            ending = self._ending
            address = self._address()
            self.problem = self._webhook.deliver(address) if address else None
            failed = failed + 1 if self.problem else 0
            if ending:
                return


def _post(address: str, message: AlarmMessage, seconds: float) -> str | None:
    """Why the message was not accepted; None if it was."""
    try:
        asked = urllib.request.Request(
            address,
            message.to_json().encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with _OPENER.open(asked, timeout=seconds):  # http and https only
            return None
    except (OSError, HTTPException, ValueError) as error:
        return f"The webhook did not accept an alarm: {error}"
