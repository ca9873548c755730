"""Files and folders as people name them: in options, in the environment, in commands to copy."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

_SURROGATE = re.compile("[\ud800-\udfff]")


def user_path(text: str | Path) -> Path:
    """What a text names. `~` or `~name` at its beginning is a home, also where no shell has seen it.

    A folder that is really called `~` is `./~`. A Path is what it is. Raises ValueError for a text that names nothing.
    """
    if isinstance(text, Path):
        return text
    if not text or "\0" in text:
        raise ValueError("this is not a valid file or folder name")
    return Path(os.path.expanduser(text))  # noqa: PTH111 - a Path forgets the ./ in front of ~


def as_typed(path: Path) -> str:
    """The text by which `user_path` finds a path again, and which no command line takes for an option."""
    text = str(path)
    return f"./{text}" if text.startswith(("~", "-")) else text


def quoted(path: Path) -> str:
    """A path within a command to copy."""
    text = as_typed(path)
    if printable(text) == text:
        return shlex.quote(text)
    return "$'" + printable(text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")) + "'"


def printable(text: str) -> str:
    """A text to show, in which bytes of a file's name that are no UTF-8 are written as `\\xe9`."""
    return _SURROGATE.sub(_in_ascii, text)


def _in_ascii(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"
