"""The edge between a command line and the package: options, report, progress, exit status.

The only module of `stylo` that prints and exits. A script's function takes its options, makes one call into
the package and gives back a `Report`; `run` does the rest: 0 is success, 2 is something the user can put right.
"""

from __future__ import annotations

import atexit
import functools
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import polars
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from stylo.artefacts import writing
from stylo.errors import StyloError

DataOption = Annotated[
    Path, typer.Option("--data", envvar="STYLO_DATA", help="Folder of the tables and artefacts.")
]
ImagesOption = Annotated[
    Path,
    typer.Option("--images", envvar="STYLO_IMAGES", help="Photos: a folder of 0XX/ folders, or one .zip."),
]
WeeksOption = Annotated[
    int, typer.Option("--weeks", help="How many weekly cutoffs are scored, the split's own the last.")
]
DEFAULT_DATA, DEFAULT_IMAGES = Path("data"), Path("images")

_USER_CAN_PUT_RIGHT = 2
_PLAIN_LINE_SECONDS = 5.0
_WIDTH_OF_A_FILE = 160


@dataclass(frozen=True)
class Report:
    """What a script tells at its end: a short table for a person, facts for a program.

    `rows` holds the table under `columns`; `facts` go to FOLDER/reports/SCRIPT.json with the seconds and the
    peak memory; `lines` stand below the table.
    """

    script: str
    folder: Path
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    facts: Mapping[str, Any]
    lines: Sequence[str] = field(default_factory=tuple)


def run(main: Callable[..., Report]) -> None:
    """Runs a script's function as a command line and exits with its status."""

    @functools.wraps(main)
    def reported(*args: Any, **options: Any) -> None:
        with edge():
            started = time.perf_counter()
            report = main(*args, **options)
            facts = {
                "seconds": round(time.perf_counter() - started, 3),
                "peak_memory_bytes": peak_memory(),
                **report.facts,
            }
            target = report.folder / "reports" / f"{report.script}.json"
            with writing(target) as (temporary,):
                temporary.write_text(json.dumps(facts, indent=2, default=str) + "\n")
            _show(report, facts, target)

    app = command_line()
    app.command()(reported)
    app()


def command_line(**settings: Any) -> typer.Typer:
    """A command line of one or more commands; each does its work within `edge()`."""
    # No locals in a traceback: they would print customers' data.
    return typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, **settings)


@contextmanager
def edge() -> Iterator[None]:
    """What a user can put right becomes a message and exit status 2."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except StyloError as error:
        _complain("\n".join(part for part in (error.problem, error.where, error.cure) if part))
    except OSError as error:
        if error.errno is None:
            raise
        _complain(f"{error.filename or 'The output'}: {error.strerror}.")
    except polars.exceptions.ComputeError as error:
        if not str(error).startswith("parquet:"):
            raise
        _complain(f"A table is damaged: {error}\nMake the tables again, beginning with data_optim.py.")
    except KeyboardInterrupt:
        _complain("Interrupted. Files that were complete before are as they were; run it again.")
    finally:
        atexit.register(_leave_in_peace)


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], *lines: str) -> None:
    """A table and lines, on standard output."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    if rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, column in enumerate(columns):
            table.add_column(column, justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
    for line in lines:
        console.print(line, soft_wrap=True)


def peak_memory() -> int | None:
    """Peak resident memory of this process in bytes; None where the platform does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _stop(*_: object) -> None:
    """A polite kill ends a script as Ctrl-C does, also in the background, where Ctrl-C is ignored."""
    raise KeyboardInterrupt


def _leave_in_peace() -> None:
    """What is done is told: a signal while the interpreter takes itself apart changes the exit status no more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


class Terminal:
    """Progress on standard error: a bar on a terminal, a plain line every few seconds elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def task(self, what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
        if self._console.is_terminal:
            count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
            columns = (TextColumn("{task.description}"), BarColumn(), count)
            with Bars(*columns, TimeRemainingColumn(), console=self._console, transient=True) as bars:
                bar = bars.add_task(what, total=total)
                yield lambda steps: bars.advance(bar, steps)
        else:
            yield _plain_lines(what, total, unit)

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def _plain_lines(what: str, total: int, unit: str) -> Callable[[int], None]:
    done, spoken = 0, time.monotonic()

    def told(count: int) -> str:
        return f"{count / 1e6:,.1f} MB" if unit == "bytes" else f"{count:,}"

    def advance(steps: int) -> None:
        nonlocal done, spoken
        done += steps
        if time.monotonic() - spoken >= _PLAIN_LINE_SECONDS or done >= total:
            spoken = time.monotonic()
            print(f"{what}: {told(done)} of {told(total)}", file=sys.stderr, flush=True)

    return advance


def _show(report: Report, facts: Mapping[str, Any], target: Path) -> None:
    memory = facts["peak_memory_bytes"]
    held = f", {memory / 2**20:,.0f} MiB at the most" if memory else ""
    told = f"{facts['seconds']:.1f} s{held}. Report: {target}"
    show(report.columns, report.rows, *report.lines, told)


def _complain(message: str) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(_USER_CAN_PUT_RIGHT)
