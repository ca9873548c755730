"""python -m benchmarks.cluster --data SHOP --catalogue SHOP --photos FOLDER: a Ray cluster against one process.

The machines have one core each and are all on this computer: what is measured is what Ray and the way to other
processes cost, not a network. Work by the process alone and on clusters takes turns; workers have been started before
the clock runs. The last table says what a cluster of more machines would give, by the model that is printed above it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer

from stylo.deployment.release import unpublished
from stylo.parallel.connecting import workers_at
from stylo.parallel.workers import LOCAL, InProcess, Workers
from stylo.progress import SILENT
from stylo.service.batch.customers import BatchCustomers, BatchStart
from stylo.service.batch.parts import BatchLists, Parts
from stylo.service.event_meaning import EventMeaning
from stylo.service.settings import ServiceSettings
from stylo.system.threads import processors
from stylo.tables.folder import DataFolder
from stylo.vectors.nearest import nearest
from stylo.visual.encoder import Encoder, load_encoder
from stylo.visual.extract import extract

_STORE = 256 * 2**20
_ALONE, _HALF = "this process", "2, half of it"
_K = 12


@dataclass
class _Timed:
    """Runs of one kind of work by one kind of workers: seconds, and processor seconds of who gives out the work."""

    seconds: list[float] = field(default_factory=list)
    driver: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], object]) -> None:
        started, used = time.perf_counter(), time.process_time()
        work()
        self.seconds.append(time.perf_counter() - started)
        self.driver.append(time.process_time() - used)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def of_driver(self) -> float:
        return statistics.median(self.driver)


def main(
    data: Annotated[Path, typer.Option(help="A shop after all six scripts.")],
    catalogue: Annotated[Path, typer.Option(help="A data folder with the articles of the photos.")],
    photos: Annotated[Path, typer.Option(help="A folder of photos, or a zip.")],
    count: Annotated[int, typer.Option(help="How many photos.")] = 1000,
    vectors: Annotated[int, typer.Option(help="How many vectors of 1,280 numbers are compared.")] = 40_000,
    customers: Annotated[int, typer.Option(help="How many get lists.")] = 20_000,
    rounds: Annotated[int, typer.Option(help="Turns.")] = 3,
) -> None:
    """Prints the tables."""
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    print(
        f"{processors()} cores. {count:,} photos, {vectors:,} vectors, {customers:,} customers.\n", flush=True
    )
    encoder = load_encoder()
    with tempfile.TemporaryDirectory(prefix="stylo-") as scratch:
        works = {
            "photos": _photos(catalogue.absolute(), photos.absolute(), encoder, Path(scratch)),
            "twins": _twins(vectors, Path(scratch)),
            "lists": _lists(data.absolute(), customers, Path(scratch)),
        }
        counts = {"photos": count, "twins": vectors, "lists": customers}
        timed = {(what, who): _Timed() for what in works for who in (_ALONE, 1, 2, _HALF)}

        def run(what: str, who: str | int, workers: Workers, count: int) -> None:
            timed[what, who].run(lambda: works[what](workers, count))
            print(f"{what}, {who}: {timed[what, who].seconds[-1]:.1f} s", flush=True)

        for _ in range(rounds):
            for what, count in counts.items():
                run(what, _ALONE, LOCAL, count)
            for machines in (1, 2):
                with _cluster(machines) as workers:
                    for what, count in counts.items():
                        run(what, machines, workers, count)
                        if machines == 2:
                            run(what, _HALF, workers, count // 2)
    print()
    _show(timed, counts)


def _photos(data: Path, photos: Path, encoder: Encoder, scratch: Path) -> Callable[[Workers, int], object]:
    def encode(workers: Workers, count: int) -> object:
        folder = DataFolder(scratch / f"photos {secrets.token_hex(4)}")
        folder.root.mkdir()
        for name in ("articles.parquet",):
            shutil.copy2(data / name, folder.root / name)
        return extract(folder, photos, lambda: encoder, count, SILENT, workers=workers)

    return encode


def _twins(count: int, scratch: Path) -> Callable[[Workers, int], object]:
    """As vectors of photos are: much of their length in few directions, many near each other."""
    numbers = np.random.default_rng(1)
    scale = np.arange(1, 1281, dtype=np.float32) ** -0.6
    around = numbers.normal(size=(count // 20, 1280)).astype(np.float32)
    kind = numbers.integers(len(around), size=count)
    made = (around[kind] + 0.7 * numbers.normal(size=(count, 1280)).astype(np.float32)) * scale
    np.save(scratch / "vectors.npy", made.astype(np.float32))
    mapped, rows = np.load(scratch / "vectors.npy", mmap_mode="r"), np.arange(count)
    return lambda workers, some: nearest(mapped, rows[:some], rows[:some], _K, workers=workers)


def _lists(data: Path, count: int, scratch: Path) -> Callable[[Workers, int], object]:
    settings = ServiceSettings(data=data)
    release = unpublished(DataFolder(data))
    start = BatchStart.now(settings.today, release.as_of, None, datetime.now(UTC), settings.zone)
    everyone = BatchCustomers(release, None, start, EventMeaning.of(settings), settings.zone)
    numbers = everyone.all().numbers
    numbers = numbers[np.linspace(0, len(numbers) - 1, min(count, len(numbers))).astype(np.int64)]

    def recommend(workers: Workers, some: int) -> object:
        parts = Parts(scratch / "parts", {})
        with parts.begun(start, SILENT):
            BatchLists(release, everyone, _K, False, workers).run(numbers[:some], parts, 4_000, SILENT)
        parts.remove()
        return None

    return recommend


@contextmanager
def _cluster(machines: int) -> Iterator[Workers]:
    """Machines with a core each, whose processes have started."""
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"object_store_memory": _STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **node})
    try:
        for number in range(machines):
            _pin(cluster.add_node(num_cpus=1, **node), number)
        with workers_at(cluster.address) as workers:
            list(workers.map(InProcess[int, int](abs), range(8 * machines)))
            yield workers
    finally:
        cluster.shutdown()


def _pin(machine: Any, number: int) -> None:
    """Gives a machine one core of this computer: to the process that starts its workers, and to those that it has."""
    ours = sorted(os.sched_getaffinity(0))
    for started in machine.all_processes["raylet"]:
        process = psutil.Process(started.process.pid)
        for each in (process, *process.children(recursive=True)):
            each.cpu_affinity([ours[number % len(ours)]])


def _show(timed: dict[tuple[str, Any], _Timed], counts: dict[str, int]) -> None:
    print("| work | this process, a second | 1 machine | 2 machines | 2 machines ÷ this process |")
    print("|---|---|---|---|---|")
    for what, count in counts.items():
        alone, one, two = (count / timed[what, who].median for who in (_ALONE, 1, 2))
        print(f"| {what} | {alone:,.1f} | {one:,.1f} | {two:,.1f} | {two / alone:.2f} |")
    print(
        "\nModel: n machines with n times the work take fixed + work, as one does; but no less than the processor"
        "\nseconds of who gives out the work, which grow with it. Fitted on 1 and 2 machines, and on half of the work."
        "\nTwins grow with the square: here n machines have as many comparisons each. A network is not in it.\n"
    )
    print(
        "| work | fixed, s | work, s | who gives it out: fixed, s; ms for each | efficiency at 8 | at 64 machines |"
    )
    print("|---|---|---|---|---|---|")
    for what, count in counts.items():
        one, two = timed[what, 1].median, timed[what, 2].median
        work = max(0.0, 2 * (one - two))
        fixed = max(0.0, one - work)
        driver, half = timed[what, 2].of_driver, timed[what, _HALF].of_driver
        each = max(0.0, (driver - half) / (count - count // 2))
        first = max(0.0, driver - each * count)
        grown = {n: count * (n**0.5 if what == "twins" else n) for n in (8, 64)}
        shares = [(fixed + work) / max(fixed + work, first + each * grown[n]) for n in (8, 64)]
        print(
            f"| {what} | {fixed:.1f} | {work:.1f} | {first:.1f}; {1000 * each:.2f} "
            f"| {shares[0]:.2f} | {shares[1]:.2f} |"
        )


if __name__ == "__main__":
    typer.run(main)
