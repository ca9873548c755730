"""Standard output and standard error, whatever they lead to.

A terminal or pipe that is not UTF-8 gets plain characters instead of `–` and `×`. Standard error never stops the work:
what cannot be said there is left unsaid. What libraries write to the descriptor of standard error while they start
is kept back.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_ERRORS = "stylo.plain"
_PLAIN = {
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "━": "-", "─": "-", "█": "#", "░": ".",
    "×": "x", "…": "...", "·": "*", "•": "*",
    "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "≈": "~",
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ",
}  # fmt: skip
_STDOUT, _STDERR = 1, 2
_TURN = threading.RLock()


def prepare() -> None:
    """Makes both streams of this process fit for whatever they lead to. Leaves those alone that a test put there."""
    _hold_descriptors()
    if os.name == "nt":  # where a console is no file
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=_ERRORS)
        return
    if sys.stdout is sys.__stdout__:
        sys.stdout = _unfailing(sys.stdout, _STDOUT)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _unfailing(sys.stderr, os.dup(_STDERR))


def lost() -> OSError | None:
    """Why standard output took no more, after `prepare`; None if it took all. What comes later goes nowhere."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.failed if isinstance(raw, _Unfailing) else None


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps back what is written to the descriptor of standard error; shows it if the block fails.

    For libraries in C++ that greet on some processors: no setting silences them all. After `prepare`, Python's own
    `sys.stderr` has another descriptor and goes on. TF_CPP_MIN_LOG_LEVEL=0 in the environment shows everything.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    with _TURN:  # the descriptor is the process's
        try:
            shown = os.dup(_STDERR)
        except OSError:  # closed: nobody hears anything
            yield
            return
        kept = _scratch()
        try:
            os.dup2(kept, _STDERR)
            try:
                yield
            finally:
                os.dup2(shown, _STDERR)
        except Exception:
            _copy(kept, shown)
            raise
        finally:
            os.close(kept)
            os.close(shown)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(map(_in_ascii, characters)), error.end


def _in_ascii(character: str) -> str:
    if 0xDC80 <= ord(character) <= 0xDCFF:  # a byte of a file's name that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return _PLAIN.get(character) or character.encode("ascii", "backslashreplace").decode()


codecs.register_error(_ERRORS, _plain)


class _Unfailing(io.FileIO):
    """A file that takes everything. What cannot be written is lost, and `failed` says why."""

    failed: OSError | None = None

    def write(self, data: Any) -> int:
        if self.failed is None:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.failed = error
        return len(data)


def _unfailing(stream: TextIO | None, descriptor: int) -> io.TextIOWrapper:
    if stream is not None:
        stream.flush()
    raw = _Unfailing(descriptor, "wb", closefd=descriptor > _STDERR)
    of_lines = descriptor > _STDERR or raw.isatty()
    encoding = stream.encoding if stream is not None else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, _ERRORS, line_buffering=of_lines)


def _hold_descriptors() -> None:
    """Where a standard stream is closed, the next file opened would take its place, and its content the messages."""
    for descriptor in (0, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _scratch() -> int:
    """A descriptor for what is kept back; it leads nowhere where there is no room for it."""
    try:
        if hasattr(os, "memfd_create"):
            return os.memfd_create("stderr")
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except OSError:
        return os.open(os.devnull, os.O_RDWR)


def _copy(source: int, target: int) -> None:
    with io.FileIO(os.dup(source), "rb") as file, _Unfailing(os.dup(target), "wb") as shown:
        file.seek(0)
        shown.write(file.readall())
