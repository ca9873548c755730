"""python -m benchmarks.recommendation --data DIR: one recommendation at a time, in process, from model.bin.

How long it takes to open the model, and to recommend to one customer after another, drawn at random from all.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

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
    started = time.perf_counter()
    model = SavedModel.open(DataFolder(data))
    everyone = len(model.store.start) - 1
    customers = np.random.default_rng(0).integers(0, everyone, _WARM + requests)
    model.recommend([int(customers[0])], threads=threads)
    ready = time.perf_counter() - started
    took = []
    for customer in customers:
        started = time.perf_counter()
        model.recommend([int(customer)], threads=threads)
        took.append(1e3 * (time.perf_counter() - started))
    quantiles = np.percentile(took[_WARM:], [50, 90, 99])
    print(f"{everyone:,} customers, {len(model.model.snapshot.articles):,} articles, {os.cpu_count()} cores")
    print(f"first recommendation {ready:.2f} s after the start")
    print("one recommendation: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms".format(*quantiles))
    print(f"{(peak_memory() or 0) / 2**20:,.0f} MiB at the most, of which the file's pages are shared")


if __name__ == "__main__":
    typer.run(main)
