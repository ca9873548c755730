"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """What long work reports to."""

    def task(self, what: str, total: int, unit: str = "") -> AbstractContextManager[Callable[[int], None]]:
        """A piece of work of `total` steps; the function given advances it by so many steps.

        `unit` is "bytes" where steps are bytes, which read better in MB.
        """

    def note(self, text: str) -> None:
        """A remark that the user should see, but that does not stop the work."""


class Silent:
    """Listens to nothing."""

    @contextmanager
    def task(self, what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
        yield lambda steps: None

    def note(self, text: str) -> None:
        pass


SILENT: Progress = Silent()
