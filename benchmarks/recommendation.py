"""python -m benchmarks.recommendation --data DIR: one recommendation at a time, in process, from model.bin.

How long it takes to open the model, and to recommend to one customer after another, drawn at random from all; how much
of it goes into what is proposed, and into the features of all of that; and how many a second there are of many at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from stylo.ranking.pool import Pool
from stylo.recommender import SavedModel
from stylo.script import peak_memory
from stylo.tables.folder import DataFolder

_WARM = 50


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    requests: Annotated[int, typer.Option("--requests", help="How many recommendations are timed.")] = 1000,
    threads: Annotated[int, typer.Option("--threads", help="For the ranker's trees.")] = 1,
) -> None:
    """Prints seconds to open, milliseconds a recommendation, and memory."""
    threadpool_limits(1, "blas")  # as in the service: a second thread for a small product is woken in vain
    started = time.perf_counter()
    model = SavedModel.open(DataFolder(data))
    everyone = len(model.store.start) - 1
    customers = np.random.default_rng(0).integers(0, everyone, _WARM + requests)
    model.recommend([int(customers[0])], threads=threads)
    ready = time.perf_counter() - started
    parts: dict[str, Callable[[int], object]] = {
        "one recommendation": lambda customer: model.recommend([customer], threads=threads),
        "proposals alone": lambda customer: _pool(model, customer),
        "proposals and features": lambda customer: model.model.snapshot.features(
            _pool(model, customer), model.model.ranker.without if model.model.ranker else ()
        ),
    }
    quantiles = {what: np.percentile(_took(part, customers), [50, 90, 99]) for what, part in parts.items()}
    started = time.perf_counter()
    many = model.recommend(np.unique(customers).tolist())["customer"].n_unique()
    pace = many / (time.perf_counter() - started)
    print(f"{everyone:,} customers, {len(model.model.snapshot.articles):,} articles, {os.cpu_count()} cores")
    print(f"first recommendation {ready:.2f} s after the start")
    for what, times in quantiles.items():
        print("{}: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms".format(what, *times))
    print(f"{many:,} at once: {pace:,.0f} a second")
    print(f"{(peak_memory() or 0) / 2**20:,.0f} MiB at the most, of which the file's pages are shared")


def _pool(model: SavedModel, customer: int) -> Pool:
    return model.model.pool(model.store.of_numbers(np.array([customer]), model.as_of))


def _took(part: Callable[[int], object], customers: np.ndarray) -> list[float]:
    """Milliseconds of each customer, without those that warm up."""
    took = []
    for customer in customers.tolist():
        started = time.perf_counter()
        part(customer)
        took.append(1e3 * (time.perf_counter() - started))
    return took[_WARM:]


if __name__ == "__main__":
    typer.run(main)
