"""Medians of several runs, and the ratio that is worth quoting on a noisy machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_seconds(
    work: Callable[[], object], runs: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The median time of `runs` calls, after one that warms up; wall time unless another clock is given."""
    work()
    seconds = []
    for _ in range(runs):
        started = clock()
        work()
        seconds.append(clock() - started)
    return statistics.median(seconds)


def compare(
    what: str, ours: Callable[[], object], rival: str, theirs: Callable[[], object], runs: int = 5
) -> str:
    """One line: both medians and ours as a share of the rival's."""
    mine, other = median_seconds(ours, runs), median_seconds(theirs, runs)
    return f"{what}: {mine:.3f} s; {rival}: {other:.3f} s; {mine / other:.2f} × the rival's time"
