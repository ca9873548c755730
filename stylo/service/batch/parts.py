"""The lists of a batch, made part by part. Finished parts lie in .OUT.parts beside the output until it is complete:
after an interrupt the same command goes on where it stopped."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.artefacts import Manifest, scan_table, table_rows, write_parquet, write_table, writing
from stylo.deployment.online_model import LISTS, OnlineModel, RequestContext
from stylo.deployment.release import Release
from stylo.parallel.workers import LOCAL, Shared, Workers
from stylo.progress import Progress
from stylo.ranking import snapshot
from stylo.rules.compiled import CompiledRules
from stylo.service.batch.customers import COLUMN, BatchCustomers, BatchStart
from stylo.system.threads import processors
from stylo.tables.ids import ArticleIds
from stylo.tables.outputs import HEADER, ending_of, lists_written_to

#: Who made an output, in its manifest.
NAME = "stylo.service.batch"
_REQUEST = "request.json"
# So many customers with events since are looked at together, by each worker.
_AT_ONCE, _MOST_THREADS = 64, 4
_LIST = pl.Schema({COLUMN: pl.String(), "article_id": pl.List(pl.String()), "score": pl.List(pl.Float32())})


class Parts:
    """The folder of finished parts, and the request they belong to.

    start : when the same request was begun before; None if it was not.
    """

    def __init__(self, folder: Path, request: Mapping[str, Any]) -> None:
        self._folder, self._request = folder, dict(request)
        self.start: BatchStart | None = None
        try:
            kept = json.loads((folder / _REQUEST).read_text("utf-8"))
            if kept["request"] == self._request:
                self.start = BatchStart(datetime.fromisoformat(kept["at"]), int(kept["last_event"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # never begun, or cut off

    @contextmanager
    def begun(self, start: BatchStart, progress: Progress) -> Iterator[None]:
        """Context for making parts: a run that finishes no part leaves no folder."""
        self._begin(start, progress)
        try:
            yield
        except BaseException:
            if not self.files():
                self.remove()
            raise

    def _begin(self, start: BatchStart, progress: Progress) -> None:
        """Goes on with the parts that are there, or starts afresh, and says which."""
        if self.start is not None:
            progress.note(
                f"Going on: {len(self.files()):,} parts are there of a run that did not end. Its lists are as of "
                f"{start.at:%Y-%m-%d %H:%M} UTC, and so are the others. To begin anew, remove {self._folder}."
            )
            return
        if self._folder.exists():
            progress.note(f"Beginning anew: what {self._folder} holds is of another request.")
            self.remove()
        self._folder.mkdir()
        kept = {"request": self._request, "at": start.at.isoformat(), "last_event": start.last_event}
        with writing(self._folder / _REQUEST) as (temporary,):
            temporary.write_text(json.dumps(kept, indent=2) + "\n")

    def path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.parquet"

    def files(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.parquet"))

    def has(self, number: int, rows: int) -> bool:
        """Whether a part is there and complete: a power failure may have left an empty file."""
        try:
            return table_rows(self.path(number)) == rows
        except (OSError, ValueError):
            return False

    def remove(self) -> None:
        shutil.rmtree(self._folder)


@dataclass(frozen=True)
class BatchCounts:
    """How many lists a run has made, in how many seconds, and how many were there before."""

    lists: int
    before: int
    seconds: float


class BatchLists:
    """The lists of many customers, made by several workers at once. The database is read, and parts are written, here.

    workers : the lists are the same, whoever makes them.
    rules : those that are live.
    """

    def __init__(
        self,
        release: Release,
        customers: BatchCustomers,
        k: int,
        exclude_purchased: bool,
        workers: Workers = LOCAL,
        rules: CompiledRules | None = None,
    ) -> None:
        assert isinstance(release.model, OnlineModel)  # others are refused before
        self._customers, self._workers = customers, workers
        self._k, self._exclude_purchased = k, exclude_purchased
        self._ids = release.assortment.ids
        model = workers.share(release.model)
        rules = None if rules is None or rules.idle else rules
        self._work = _ListsOfSome(model, workers.share(rules), customers.as_of, k, exclude_purchased)

    def run(self, numbers: np.ndarray, parts: Parts, at_a_time: int, progress: Progress) -> BatchCounts:
        """Makes the parts that are missing; O(at_a_time) memory beside the numbers'."""
        before, started = 0, time.perf_counter()
        some = {
            number: numbers[first : first + at_a_time]
            for number, first in enumerate(range(0, max(len(numbers), 1), at_a_time))
        }
        missing = {number: each for number, each in some.items() if not parts.has(number, len(each))}
        waiting = (chunk for each in missing.values() for chunk in self._chunks(each))
        made = self._workers.map(self._work, waiting, threads=min(processors(), _MOST_THREADS))
        with closing(made), progress.task("Customers", len(numbers)) as advance:
            for number, each in some.items():
                if number in missing:
                    count = sum(len(chunks) for chunks in self._cut(each))
                    lists = pl.concat([pl.DataFrame(schema=LISTS), *itertools.islice(made, count)])
                    _make(parts.path(number), self._named(each, lists))
                else:
                    before += len(each)
                advance(len(each))
        return BatchCounts(len(numbers) - before, before, time.perf_counter() - started)

    def _cut(self, numbers: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Chunks of customers of whom nothing is known since the model was made, as of most; and of the others."""
        quiet = self._customers.quiet(numbers)
        return _slices(numbers[quiet], snapshot.SIZE), _slices(numbers[~quiet], _AT_ONCE)

    def _chunks(self, numbers: np.ndarray) -> Iterator[_Quiet | _Active]:
        quiet, others = self._cut(numbers)
        yield from map(_Quiet, quiet)
        for chunk in others:
            contexts = [
                self._customers.context(number, self._k, exclude_purchased=self._exclude_purchased)
                for number in chunk.tolist()
            ]
            yield _Active(chunk, contexts)

    def _named(self, numbers: np.ndarray, lists: pl.DataFrame) -> pl.DataFrame:
        """One row of _LIST for each customer, in their order."""
        ids = [self._customers.shown(number) for number in numbers.tolist()]
        asked = pl.DataFrame({"customer": numbers, COLUMN: ids}, {"customer": pl.Int64, COLUMN: pl.String})
        found = asked.join(lists, on="customer", how="left", maintain_order="left")
        # All lists as one column: within the lists it would be a call for each of them.
        flat = found.select(COLUMN, "article").explode("article")
        named = (
            flat.drop_nulls("article")
            .with_columns(self._ids.ids(pl.col("article")).alias("article_id"))
            .group_by(COLUMN, maintain_order=True)
            .agg("article_id")
        )
        listed = found.join(named, on=COLUMN, how="left", maintain_order="left")
        return listed.select(COLUMN, pl.col("article_id").fill_null([]), "score")


def _slices(numbers: np.ndarray, size: int) -> list[np.ndarray]:
    return [numbers[first : first + size] for first in range(0, len(numbers), size)]


@dataclass(frozen=True)
class _Quiet:
    """Customers of whom nothing is known since the model was made."""

    numbers: np.ndarray


@dataclass(frozen=True)
class _Active:
    """Customers with what is known of them since."""

    numbers: np.ndarray
    contexts: Sequence[RequestContext]


@dataclass(frozen=True)
class _ListsOfSome:
    """A `Work`: rows of LISTS for a chunk of customers."""

    model: Shared[OnlineModel]
    rules: Shared[CompiledRules | None]
    as_of: date
    k: int
    exclude_purchased: bool

    def open(self) -> Callable[[_Quiet | _Active], pl.DataFrame]:
        model, rules = self.model.get(), self.rules.get()

        def made(some: _Quiet | _Active) -> pl.DataFrame:
            if isinstance(some, _Quiet):
                return model.lists(
                    some.numbers, self.as_of, self.k, exclude_purchased=self.exclude_purchased, rules=rules
                )
            lists = model.recommend([replace(context, rules=rules) for context in some.contexts])
            articles = [[each.article for each in ranked] for ranked in lists]
            scores = [[each.score for each in ranked] for ranked in lists]
            return pl.DataFrame({"customer": some.numbers, "article": articles, "score": scores}, LISTS)

        return made


def _make(path: Path, lists: pl.DataFrame) -> None:
    with writing(path) as (temporary,):
        write_table(lists, temporary)


def write_output(
    temporary: Path, out: Path, parts: list[Path], request: Mapping[str, Any], ids: ArticleIds
) -> None:
    """All parts as one table, a part at a time."""
    if ending_of(out) is not None:
        with lists_written_to(temporary, out) as file:
            file.write(HEADER + b"\n")
            for part in parts:
                prediction = ids.in_one_text(pl.col("article_id")).alias("prediction")
                rows = scan_table(part).select(COLUMN, prediction).collect()
                file.write(rows.write_csv(include_header=False).encode())
        return
    inputs = {"model.bin": request["model"], "customers": request["customers"]}
    parameters = {
        name: value for name, value in request.items() if name not in ("stylo", "model", "customers")
    }
    whole = scan_table(*parts).with_columns(model_version=pl.lit(request["model"]))
    write_parquet(whole, temporary, Manifest(NAME, inputs, parameters))
