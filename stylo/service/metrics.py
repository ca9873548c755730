"""What Prometheus is told. Several processes are added up where PROMETHEUS_MULTIPROC_DIR names a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
LATENCY = Histogram("stylo_request_seconds", "From request to answer, by route.", ["route"], buckets=_SECONDS)
STAGES = Histogram("stylo_stage_seconds", "Stages of an answer.", ["stage"], buckets=_SECONDS)
CACHE = Counter("stylo_cache", "Recommendations answered from the cache, and not.", ["result"])
DEGRADED = Counter("stylo_degraded", "Answers given without something that they should have.", ["lacks"])
REFUSED = Counter("stylo_refused", "Requests turned away.", ["why"])
EVENTS = Counter("stylo_events", "Events stored, by kind.", ["kind"])
LOST_EXPOSURES = Counter("stylo_exposures_not_logged", "Exposures to experiments that could not be noted.")
LOST_PREDICTIONS = Counter(
    "stylo_predictions_not_logged", "Predictions that the log had no room or storage for."
)
SWAPS = Counter("stylo_model_swaps", "Versions of the model that were taken up, or could not be.", ["result"])
WAITING = Gauge("stylo_waiting", "Requests that wait for the model.", multiprocess_mode="livesum")
LIVE = Gauge(
    "stylo_model_live", "1 for the version that answers.", ["version"], multiprocess_mode="livemostrecent"
)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measures a stage of an answer."""
    started = time.perf_counter()
    try:
        yield
    finally:
        STAGES.labels(name).observe(time.perf_counter() - started)


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = REGISTRY
    if os.environ.get(SHARED):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
