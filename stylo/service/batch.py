"""Recommendations for a file of customers, or for all: as the service would give them at this moment.

    python -m stylo.service.batch --customers all --out lists.parquet
    python -m stylo.service.batch --customers some.txt --out submission.csv --k 12 --exclude-purchased

The model is the live version of the service's state folder where there is one, else DATA/model.bin. Events since it was
made count where there is a database. Finished parts lie in .OUT.parts beside the output until it is whole: after an
interrupt the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import typer
from threadpoolctl import threadpool_limits

from stylo import __version__
from stylo.artefacts import Manifest, digest_of, write_parquet, writing
from stylo.assortment import Assortment, with_facts
from stylo.errors import BadOption, BadRows, MissingArtefact, MissingFile
from stylo.progress import Progress
from stylo.recommender import HYBRID, SavedModel
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, peak_memory, run
from stylo.service.answers import MOST
from stylo.service.batch_visits import COLUMN, Chosen, Moment, People, ids_in
from stylo.service.commands import DatabaseOption, StateOption, settings_of
from stylo.service.customer_index import CustomerIndex
from stylo.service.engine import Engine
from stylo.service.neighbours import Neighbours
from stylo.service.release import Release, Releases, version_of
from stylo.service.settings import Settings
from stylo.storage import deployments
from stylo.storage.address import address
from stylo.storage.database import Database
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.ids import article_ids
from stylo.tables.weekly_sales import weekly_sales
from stylo.visual.pictures import Pictures
from stylo.visual.thumbnails import Thumbnails

ALL = "all"
_NAME = "stylo.service.batch"
_FORMATS = (".parquet", ".csv")
_REQUEST = "request.json"
# Of so many customers the features of all that is proposed are in memory at a time, in each thread.
_AT_ONCE, _MOST_THREADS = 64, 4
_LIST = pl.Schema({COLUMN: pl.String(), "article_id": pl.List(pl.String()), "score": pl.List(pl.Float32())})

CustomersOption = Annotated[
    str, typer.Option("--customers", help="A file of customer ids, one a line, or Parquet; or: all.")
]
OutOption = Annotated[
    Path, typer.Option("--out", help="The file to write: .parquet, or .csv as Kaggle has it.")
]
KOption = Annotated[int, typer.Option("--k", min=1, max=MOST, help="How many articles for each customer.")]
ExcludeOption = Annotated[
    bool, typer.Option("--exclude-purchased", help="Leave out what a customer has bought.")
]
AtATimeOption = Annotated[
    int, typer.Option("--at-a-time", min=1, max=1_000_000, help="Customers of a part: what a kill may cost.")
]
NoEventsOption = Annotated[bool, typer.Option("--no-events", help="Leave out what happened since the model.")]


def main(
    customers: CustomersOption,
    out: OutOption,
    data: DataOption = DEFAULT_DATA,
    k: KOption = 12,
    exclude_purchased: ExcludeOption = False,
    at_a_time: AtATimeOption = 4_000,
    state: StateOption = None,
    database: DatabaseOption = None,
    no_events: NoEventsOption = False,
) -> Report:
    """Write recommendations for a file of customers, or for all."""
    settings, progress = settings_of(data, state, database), Terminal()
    _check(settings, customers, out)
    with _database(settings) as opened, writing(out) as (temporary,):
        release = _release(settings, opened, progress)
        log = None if no_events else opened
        moment = Moment.now(settings.today, release.as_of, log, datetime.now(UTC))
        request = {
            "stylo": __version__,
            "model": release.version,
            "customers": ALL if customers == ALL else digest_of(Path(customers)),
            "k": k,
            "exclude_purchased": exclude_purchased,
            "at_a_time": at_a_time,
            "events": log.url_shown if log else None,
            "view_hours": settings.view_hours,
            "day": moment.at.date().isoformat(),
        }
        parts = Parts(out.with_name(f".{out.name}.parts"), request)
        moment = parts.moment or moment
        progress.note(f"Model {release.version}. {_events_told(opened, log, moment)}")
        people = People(release, log, moment, settings.view_hours)
        chosen = people.everyone() if customers == ALL else people.choose(ids_in(Path(customers)))
        if not chosen.rows:
            raise BadRows(f"{customers} holds no customer id.", cure="Give at least one.")
        parts.begin(moment, progress)
        work = _Work(release, people, k, exclude_purchased)
        made = work.run(chosen.numbers, parts, at_a_time, progress)
        _write(temporary, out.suffix, parts.files(), request)
    parts.remove()
    return _report(data, out, chosen, made, release.version, moment)


def _check(settings: Settings, customers: str, out: Path) -> None:
    """Raises BadOption, MissingFile or MissingArtefact for what cannot come to anything."""
    if out.suffix not in _FORMATS:
        raise BadOption(f"{out} is neither .parquet nor .csv.", cure="Name the output so that it says which.")
    if not out.absolute().parent.is_dir():
        raise MissingFile(
            f"There is no folder {out.parent} for the output.", cure="Make it, or name another."
        )
    if not settings.data.is_dir():
        raise MissingArtefact(f"There is no data folder {settings.data}.", cure="Name another: --data DIR.")
    if out.resolve().parent == settings.data.resolve() and out.name in MADE_BY:
        raise BadOption(f"{out} is what {MADE_BY[out.name]} makes.", cure="Name another output.")
    if customers == ALL:
        return
    if not Path(customers).is_file():
        raise MissingFile(f"There is no file {customers}.", cure="Name a file of customer ids, or: all.")
    if out.exists() and out.samefile(customers):
        raise BadOption(f"{out} would replace the customers' file.", cure="Name another output.")


@contextmanager
def _database(settings: Settings) -> Iterator[Database | None]:
    """The service's; None if there is none yet. Raises MissingFile for one that was named and is not there."""
    place = address(settings.database_url)
    if place.drivername == "sqlite" and not Path(str(place.database)).is_file():
        if settings.database:
            raise MissingFile(
                f"There is no database {place.database}.", cure="Leave --database out, or correct it."
            )
        yield None
        return
    database = Database.open(settings.database_url)
    try:
        database.check()
        yield database
    finally:
        database.close()


def _release(settings: Settings, database: Database | None, progress: Progress) -> Release:
    """The live model, else the data folder's. Raises MissingArtefact, StaleArtefact or DamagedArtefact."""
    folder = DataFolder(settings.data)
    live = deployments.live(database) if database else None
    releases = Releases(settings.state_folder, Thumbnails.of(folder))
    if live is None or live.version not in releases.versions():
        if live is not None:
            progress.note(
                f"NOTICE: the live version {live.version} is not in {settings.state_folder}; "
                f"the model of {folder.root} is used."
            )
        return _unpublished(folder)
    release = releases.open(live.version)
    if "model" in release.problems:
        raise release.problems["model"]
    return release


def _unpublished(folder: DataFolder) -> Release:
    """What lies in a data folder, as it would be if it were published."""
    version = version_of(folder)
    table = folder.scan("article_reccs.parquet").select("article", "strategy", "neighbour", "rank", "score")
    near, sales = Neighbours.by_strategy(table.collect()), weekly_sales(folder)
    catalogue = folder.scan("articles.parquet").collect()
    assortment = Assortment(folder, with_facts(catalogue, sales, None, set()), sales)
    return Release(
        version,
        Engine(SavedModel.open(folder), assortment, near.get(HYBRID)),
        CustomerIndex.of(folder.scan("customers.parquet").select("customer", COLUMN).collect()),
        near,
        assortment,
        Pictures(None, Thumbnails.of(folder)),
    )


class Parts:
    """The folder of finished parts, and the request they belong to.

    moment : when the same request was begun before; None if it was not.
    """

    def __init__(self, folder: Path, request: Mapping[str, Any]) -> None:
        self._folder, self._request = folder, dict(request)
        self.moment: Moment | None = None
        try:
            kept = json.loads((folder / _REQUEST).read_text())
            if kept["request"] == self._request:
                self.moment = Moment(datetime.fromisoformat(kept["at"]), int(kept["last_event"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # never begun, or cut off

    def begin(self, moment: Moment, progress: Progress) -> None:
        """Goes on with the parts that are there, or begins anew; and says so."""
        if self.moment is not None:
            progress.note(
                f"Going on: {len(self.files()):,} parts are there of a run that did not end. Its lists are as of "
                f"{moment.at:%Y-%m-%d %H:%M} UTC, and so are the others. To begin anew, remove {self._folder}."
            )
            return
        if self._folder.exists():
            progress.note(f"Beginning anew: what {self._folder} holds is of another request.")
            self.remove()
        self._folder.mkdir()
        kept = {"request": self._request, "at": moment.at.isoformat(), "last_event": moment.last_event}
        with writing(self._folder / _REQUEST) as (temporary,):
            temporary.write_text(json.dumps(kept, indent=2) + "\n")

    def path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.parquet"

    def files(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.parquet"))

    def has(self, number: int, rows: int) -> bool:
        """Whether a part is there, whole: a loss of power may have left an empty file."""
        try:
            return pq.read_metadata(self.path(number)).num_rows == rows
        except (OSError, ValueError):
            return False

    def remove(self) -> None:
        shutil.rmtree(self._folder)


@dataclass(frozen=True)
class Made:
    """How many lists a run has made, in how many seconds, and how many were there before."""

    lists: int
    before: int
    seconds: float


class _Work:
    """The lists of many customers, some at once in each of several threads."""

    def __init__(self, release: Release, people: People, k: int, without_purchased: bool) -> None:
        self._release, self._people = release, people
        self._k, self._without_purchased = k, without_purchased

    def run(self, numbers: np.ndarray, parts: Parts, at_a_time: int, progress: Progress) -> Made:
        """Makes the parts that are missing; O(at_a_time) memory beside the numbers'."""
        before, started = 0, time.perf_counter()
        with (
            progress.task("Customers", len(numbers)) as advance,
            # Each of our threads has a core: matrix products that took several would wait for each other.
            threadpool_limits(1, "blas"),
            ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as threads,
        ):
            for number, first in enumerate(range(0, max(len(numbers), 1), at_a_time)):
                some = numbers[first : first + at_a_time]
                if parts.has(number, len(some)):
                    before += len(some)
                else:
                    _make(parts.path(number), self._lists(some, threads))
                advance(len(some))
        return Made(len(numbers) - before, before, time.perf_counter() - started)

    def _lists(self, numbers: np.ndarray, threads: ThreadPoolExecutor) -> pl.DataFrame:
        """One row of _LIST for each customer, in their order."""
        pieces = [numbers[first : first + _AT_ONCE] for first in range(0, len(numbers), _AT_ONCE)]
        return pl.concat([pl.DataFrame(schema=_LIST), *threads.map(self._some, pieces)])

    def _some(self, numbers: np.ndarray) -> pl.DataFrame:
        visits = [
            self._people.visit(number, self._k, without_purchased=self._without_purchased)
            for number in numbers.tolist()
        ]
        lists = self._release.engine.recommend(visits)
        return pl.DataFrame(
            {
                COLUMN: [self._people.id(number) for number in numbers.tolist()],
                "article": pl.Series(
                    [[each.article for each in shown] for shown in lists], dtype=pl.List(pl.Int32)
                ),
                "score": pl.Series([[each.score for each in shown] for shown in lists], dtype=_LIST["score"]),
            }
        ).select(COLUMN, pl.col("article").list.eval(article_ids(pl.element())).alias("article_id"), "score")


def _make(path: Path, lists: pl.DataFrame) -> None:
    with writing(path) as (temporary,):
        lists.write_parquet(temporary, compression="zstd", compression_level=1)


def _write(target: Path, suffix: str, parts: list[Path], request: Mapping[str, Any]) -> None:
    """All parts as one table, a part at a time."""
    lists = pl.scan_parquet(parts)
    if suffix == ".csv":
        prediction = pl.col("article_id").list.join(" ").alias("prediction")
        lists.select(COLUMN, prediction).sink_csv(target)
        return
    inputs = {"model.bin": request["model"], "customers": request["customers"]}
    parameters = {
        name: value for name, value in request.items() if name not in ("stylo", "model", "customers")
    }
    whole = lists.with_columns(model_version=pl.lit(request["model"]))
    write_parquet(whole, target, Manifest(_NAME, inputs, parameters))


def _events_told(database: Database | None, log: Database | None, moment: Moment) -> str:
    if log is not None:
        return f"Events up to number {moment.last_event:,} count."
    why = "left out, as asked" if database is not None else "not known: there is no database"
    return f"Events since it was made are {why}."


def _report(data: Path, out: Path, chosen: Chosen, made: Made, version: str, moment: Moment) -> Report:
    pace = made.lists / made.seconds if made.seconds else 0.0
    lists, memory = len(chosen.numbers), peak_memory()
    rows = (
        ("customers", f"{lists + chosen.unknown:,}"),
        ("named more than once", f"{chosen.repeated:,}"),
        ("unknown", f"{chosen.unknown:,}"),
        ("lists", f"{lists:,}"),
        ("made by an earlier run", f"{made.before:,}"),
        ("seconds", f"{made.seconds:,.1f}"),
        ("customers a second", f"{pace:,.0f}"),
        ("peak memory, MiB", f"{memory / 2**20:,.0f}" if memory else "not known"),
    )
    facts = {
        "customers": lists + chosen.unknown,
        "repeated": chosen.repeated,
        "unknown": chosen.unknown,
        "lists": lists,
        "made_before": made.before,
        "customers_a_second": round(pace, 1),
        "model_version": version,
        "last_event": moment.last_event,
        "out": str(out),
    }
    lines = [f"Written: {out}, by model {version}."]
    if chosen.unknown:
        lines.append(
            f"Nobody knows {', '.join(chosen.named)}{' …' if chosen.unknown > len(chosen.named) else ''}"
        )
    return Report("batch", data, ("In the batch", "Count"), rows, facts, lines)


if __name__ == "__main__":
    run(main)
