"""Work in the background, which nobody waits for: whatever it raises, it is said, counted, and the work goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from stylo.service import metrics
from stylo.service.logs import log_line, traced


class Background:
    """A piece of work that is done again and again.

    failing : whether its last round failed.
    """

    def __init__(self, work: str) -> None:
        self._work, self._said, self._failures = work, "", 0
        metrics.FAILURES.labels(work)  # so that the first failure is an increase
        self.failing = False

    @contextmanager
    def round(self) -> Iterator[None]:
        """One round. What it raises is counted, and logged unless the round before failed in the same way."""
        before = self._failures
        try:
            yield
        except Exception as error:
            self.failed(error)
        if self._failures == before:
            self.failing, self._said = False, ""

    def failed(self, error: Exception) -> None:
        """Counts and logs what was raised."""
        self.failing = True
        self._failures += 1
        metrics.FAILURES.labels(self._work).inc()
        problem = traced(error)
        # By the innermost place: what led there may differ from row to row.
        if (said := problem.partition(" < ")[0]) != self._said:
            log_line("background failure", logging.ERROR, work=self._work, problem=problem)
            self._said = said
