"""The edge between a command line and the package: options, report, progress, exit status.

The only module of `stylo` that prints and exits. A script's function takes its options, makes one call into
the package and gives back a `Report`; `run` does the rest: 0 is success, 2 is something the user can put right.
"""

from __future__ import annotations

import atexit
import functools
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from stylo.errors import CannotWrite, MissingLibrary, StyloError
from stylo.system import room, streams
from stylo.user_paths import user_path


def path_option(*names: str, **settings: Any) -> Any:
    """An option that names a file or folder; all are read in the same way."""
    return typer.Option(*names, parser=user_path, metavar="PATH", **settings)


def word_or_path_option(*names: str, words: Sequence[str], **settings: Any) -> Any:
    """An option that is one of some words, or else names a file; a file called like a word is `./WORD`. A text."""

    def word_or_path(text: str) -> str:
        path = text if text in words else str(user_path(text))
        return f"./{path}" if path in words and path != text else path

    return typer.Option(*names, parser=word_or_path, metavar="TEXT", **settings)


def path_argument(**settings: Any) -> Any:
    """As `path_option`."""
    return typer.Argument(parser=user_path, metavar="PATH", **settings)


DataOption = Annotated[
    Path, path_option("--data", envvar="STYLO_DATA", help="Folder with the tables and artefacts.")
]
ImagesOption = Annotated[
    Path,
    path_option("--images", envvar="STYLO_IMAGES", help="Photos: a folder of 0XX/ folders, or one .zip."),
]
WeeksOption = Annotated[
    int, typer.Option("--weeks", help="How many weekly cutoffs to score, ending with the split's own.")
]
RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray",
        envvar="STYLO_RAY",
        metavar="ADDRESS",
        help="Work on a Ray cluster: auto (this machine's), local, ray://HOST:PORT, or HOST:PORT of this machine's.",
        show_default="this process alone",
    ),
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
    reporting(main)()


def reporting(main: Callable[..., Report]) -> typer.Typer:
    """The command line of a script's function: it shows the report, keeps it, and exits with a status."""

    @functools.wraps(main)
    def reported(*args: Any, **options: Any) -> None:
        with edge():
            started = time.perf_counter()
            report = main(*args, **options)
            seconds, memory = round(time.perf_counter() - started, 3), peak_memory()
            target = report.folder / "reports" / f"{report.script}.json"
            try:
                # pydantic is loaded when there is something to write: a script starts sooner without it.
                from stylo.records.scripts import script_report

                now = datetime.now(UTC).replace(microsecond=0)
                script_report(report.script, report.facts, seconds, memory, now).save(target)
            except StyloError as error:  # the results are there, and they are told
                _show(report, seconds, memory, "")
                cure = f"The results are as shown; {error.cure[0].lower()}{error.cure[1:]}"
                raise type(error)(f"The report was not saved: {error.problem}", cure=cure) from error
            _show(report, seconds, memory, f" Report: {target}")

    app = command_line()
    app.command()(reported)
    return app


class _CommandLine(typer.Typer):
    """What it shows goes to whatever the standard streams lead to."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        streams.prepare()
        try:
            return super().__call__(*args, **options)
        finally:
            with edge():
                _check_output()


def command_line(**settings: Any) -> typer.Typer:
    """A command line of one or more commands; each does its work within `edge()`."""
    # No locals in a traceback: they would print customers' data.
    return _CommandLine(add_completion=False, pretty_exceptions_show_locals=False, **settings)


@contextmanager
def edge() -> Iterator[None]:
    """What a user can put right becomes a message and exit status 2."""
    streams.prepare()
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except StyloError as error:
        _complain(error.problem, error.where, error.cure)
    except KeyboardInterrupt:
        _complain("Interrupted. Files that were already complete are unchanged; run it again.")
    except Exception as error:
        if (told := _what_the_system_says(error)) is None:
            raise
        _complain(*told)
    finally:
        atexit.register(_leave_in_peace)


@contextmanager
def with_libraries(extra: str) -> Iterator[None]:
    """Around the import of commands that need an extra: without it, a message that says how to install it."""
    with edge():
        try:
            yield
        except ModuleNotFoundError as error:
            problem = f"The library {error.name} is not installed."
            cure = f"Install what these commands need: pip install '.[{extra}]' -c constraints.txt"
            raise MissingLibrary(problem, cure=cure) from error


def _what_the_system_says(error: Exception) -> tuple[str, ...] | None:
    """Problem and cure of what no part of ours has put into words; None for a defect of ours."""
    if reason := room.no_room(error):
        file = room.file_of(error) or "A file"
        return f"{file} cannot be written: {reason}.", "Free some space, then run this again."
    if isinstance(error, OSError) and error.errno is not None:
        return (f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}.",)
    polars = sys.modules.get("polars")  # what raises it is loaded
    if polars and isinstance(error, polars.exceptions.ComputeError) and str(error).startswith("parquet:"):
        return f"A table is damaged: {error}", "Make the tables again, starting with data_optim.py."
    return None


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
    _check_output()


def _check_output() -> None:
    """Raises CannotWrite where standard output took nothing; who has read enough of it ends the process well."""
    lost = streams.lost()
    if isinstance(lost, BrokenPipeError):
        raise SystemExit(0)
    if lost is not None:
        raise CannotWrite(
            f"Standard output cannot be written: {room.no_room(lost) or lost.strerror}.",
            where="The command's results are complete.",
            cure="Send the output elsewhere. The scripts also write it to DATA/reports.",
        )


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
    """Progress on standard error: a bar on a terminal, a plain line every few seconds elsewhere.

    timed : each line begins with the time, in UTC; for a program that runs for days.
    """

    def __init__(self, *, timed: bool = False) -> None:
        self._console, self._timed = Console(stderr=True, highlight=False), timed

    @contextmanager
    def task(self, what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
        if self._console.is_terminal:
            count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
            columns = (TextColumn("{task.description}"), BarColumn(), count)
            with Bars(*columns, TimeRemainingColumn(), console=self._console, transient=True) as bars:
                bar = bars.add_task(what, total=total)
                yield lambda steps: bars.advance(bar, steps)
        else:
            yield _plain_lines(what, total, unit, self._time)

    def note(self, text: str) -> None:
        lines = (f"{self._time()}{line}" for line in text.split("\n"))
        self._console.print("\n".join(lines), markup=False, soft_wrap=True)

    def _time(self) -> str:
        return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} " if self._timed else ""


def _plain_lines(what: str, total: int, unit: str, clock: Callable[[], str]) -> Callable[[int], None]:
    done, spoken = 0, time.monotonic()

    def told(count: int) -> str:
        return f"{count / 1e6:,.1f} MB" if unit == "bytes" else f"{count:,}"

    def advance(steps: int) -> None:
        nonlocal done, spoken
        done += steps
        if time.monotonic() - spoken >= _PLAIN_LINE_SECONDS or done >= total:
            spoken = time.monotonic()
            _say(f"{clock()}{what}: {told(done)} of {told(total)}")

    return advance


def _show(report: Report, seconds: float, memory: int | None, kept: str) -> None:
    held = f", {memory / 2**20:,.0f} MiB at the most" if memory else ""
    told = f"{seconds:.1f} s{held}.{kept}"
    show(report.columns, report.rows, *report.lines, told)


def _complain(*lines: str) -> None:
    _say("\n".join(line for line in lines if line))
    raise SystemExit(_USER_CAN_PUT_RIGHT)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
