"""Names that a folder may have and that libraries take for something else, and the neighbours that they would hit."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hypothesis import strategies as st

_PIECES = [
    *"[]*?~%#\\{}!-=&+:;,.'\"$` ",
    "[1]",
    "[!a]",
    "**",
    "%20",
    "%2F",
    "~root",
    "..",
    "s3:",
    "file:",
    "\n",
    "\t",
]
_PIECES += ["a", "b1", "é", "\N{SNOWMAN}", "\u0301", os.fsdecode(b"\xe9"), os.fsdecode(b"\xff")]

#: Names of folders. Not one is a path, none means another folder by itself.
names = (
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6)
    .map("".join)
    .filter(lambda name: name not in (".", "..") and len(os.fsencode(name)) < 200)
)

#: A few that stand for the kinds: patterns, homes, URLs, bytes that are no text.
SOME = ("shop [1]", "data*", "a?b", "~", "~root", "50%20", "q?x=1#y", "b\\s", " -x", "n\nl", "file:", "é")
NOT_UTF_8 = os.fsdecode(b"caf\xe9")


def neighbours(name: str) -> set[str]:
    """What a name would mean to who takes it for a pattern, a URL or text: other folders beside it."""
    found = {re.sub(r"[*?]|\[[^]]*\]", with_, name) for with_ in ("", "2", "xy", "1", "a")}
    found |= {name.split("?")[0], name.split("#")[0], name.replace("%20", " "), name.replace("%", "%25")}
    found |= {os.fsencode(name).decode("utf-8", "replace"), name.replace("\\", ""), name.strip()}
    return {each for each in found if each not in ("", ".", "..", name) and "/" not in each}


def beside(folder: Path, name: str) -> list[Path]:
    """Folders for the neighbours of a name, made in a folder."""
    made = [folder / each for each in sorted(neighbours(name))]
    for path in made:
        path.mkdir()
    return made
