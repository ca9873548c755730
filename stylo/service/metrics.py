"""The metrics for Prometheus. Those of several processes are added up where PROMETHEUS_MULTIPROC_DIR names a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5)

REQUESTS = Counter("stylo_requests", "Requests by route, method and status.", ["route", "method", "status"])
LATENCY = Histogram(
    "stylo_request_seconds", "Seconds from request to response, by route.", ["route"], buckets=_SECONDS
)
STAGES = Histogram("stylo_stage_seconds", "Seconds per stage of a response.", ["stage"], buckets=_SECONDS)
CACHE = Counter("stylo_cache", "Recommendations answered from the cache, and not.", ["result"])
DEGRADED = Counter(
    "stylo_degraded", "Degraded responses, given without something they should contain.", ["lacks"]
)
REFUSED = Counter("stylo_refused", "Requests rejected.", ["why"])
EVENTS = Counter("stylo_events", "Events stored, by kind.", ["kind"])
LOST_EXPOSURES = Counter("stylo_exposures_not_logged", "Exposures to experiments that could not be recorded.")
LOST_PREDICTIONS = Counter(
    "stylo_predictions_not_logged", "Predictions that the log had no room or storage for."
)
FAILURES = Counter(
    "stylo_background_failures", "Rounds of background work that failed, by the work.", ["work"]
)
SWAPS = Counter("stylo_model_swaps", "Versions of the model that were loaded, or could not be.", ["result"])
WAITING = Gauge("stylo_waiting", "Requests waiting for the model.", multiprocess_mode="livesum")
LIVE = Gauge(
    "stylo_model_live",
    "1 for the version that answers requests.",
    ["version"],
    multiprocess_mode="livemostrecent",
)

#: Values of labels that a rule of deploy/alarms.yml may ask for. A counter that is born with its first failure shows no
#: increase.
_FROM_THE_START: tuple[tuple[Counter, tuple[str, ...]], ...] = (
    (CACHE, ("hit", "miss")),
    (DEGRADED, ("events", "model")),
    (REFUSED, ("overloaded", "storage", "rate", "key", "no key")),
    (SWAPS, ("done", "failed")),
)
for _counter, _values in _FROM_THE_START:
    for _value in _values:
        _counter.labels(_value)


def expect(routes: Iterable[tuple[str, str]]) -> None:
    """Errors of routes (path, method) are counted from nought, so that the first is an increase."""
    for path, method in routes:
        for status in ("500", "503"):
            REQUESTS.labels(path, method, status)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measures a stage of an answer."""
    started = time.perf_counter()
    try:
        yield
    finally:
        STAGES.labels(name).observe(time.perf_counter() - started)


class _OfAllProcesses(MultiProcessCollector):
    """Reads the files of its folder, even if the folder's name looks like a glob pattern."""

    def __init__(self, registry: CollectorRegistry, folder: str) -> None:
        self._folder = Path(folder)
        super().__init__(registry, folder)  # type: ignore[no-untyped-call]

    def collect(self) -> Any:
        files = [str(path) for path in self._folder.glob("*.db")]
        return self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = REGISTRY
    if folder := os.environ.get(SHARED):
        registry = CollectorRegistry()
        _OfAllProcesses(registry, folder)
    return generate_latest(registry)
