"""What runs in each worker process of a Ray cluster. Knows nothing of Ray."""

from __future__ import annotations

import hashlib
import pickle  # nosec B403
import platform
import socket
import stat
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from stylo.errors import OtherVersions, UnseenFile
from stylo.system.threads import use_at_most
from stylo.user_paths import printable

#: Libraries whose versions decide the bits of results.
_LIBRARIES = "numpy", "polars", "pyarrow", "lightgbm", "openvino", "scikit-learn", "scipy", "pillow"
_PYTHON, _CODE = "Python", "StyloAI"
#: What to do about versions that differ.
SAME_VERSIONS = "Install the same versions on all machines: pip install '.[cluster]' -c constraints.txt"
_SHARED_STORAGE = "All machines must see the data and the photos under the same path, on shared storage."


@cache
def versions() -> Mapping[str, str]:
    """Of everything that decides the bits of results; of StyloAI, a digest of its code."""
    found = {_PYTHON: platform.python_version(), _CODE: _digest_of_code()}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


def _digest_of_code() -> str:
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Witness:
    """A file as the process that gives out the work sees it. A folder counts as itself, whatever it holds."""

    path: Path
    is_folder: bool
    size: int
    seconds: int

    @classmethod
    def of(cls, path: Path) -> Witness:
        """Raises OSError."""
        state = path.stat()
        is_folder = stat.S_ISDIR(state.st_mode)
        # A file system on the network may round the time.
        return cls(
            path.absolute(), is_folder, *((0, 0) if is_folder else (state.st_size, int(state.st_mtime)))
        )

    def check(self) -> None:
        """Raises UnseenFile unless this process sees the same."""
        try:
            same = Witness.of(self.path) == self
        except OSError as error:
            raise UnseenFile(
                f"The machine {socket.gethostname()} cannot see {printable(str(self.path))}.",
                where=error.strerror or str(error),
                cure=_SHARED_STORAGE,
            ) from error
        if not same:
            raise UnseenFile(
                f"The machine {socket.gethostname()} sees another file at {printable(str(self.path))}.",
                where="Its size or time of change differs.",
                cure=_SHARED_STORAGE,
            )


@dataclass(frozen=True)
class Task:
    """Work as it is given to processes, which open it once.

    number : by which processes know it again.
    expected : the `versions` of the process that gives it out.
    """

    number: int
    work: Any
    witnesses: Sequence[Witness]
    expected: Mapping[str, str]

    def open(self) -> Callable[[Any], Any]:
        """Raises OtherVersions, UnseenFile, and what the work raises."""
        check_versions(self.expected, versions())
        for witness in self.witnesses:
            witness.check()
        return self.work.open()


def check_versions(expected: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Raises OtherVersions if something differs here from where the work comes from."""
    if others := {name: version for name, version in found.items() if expected.get(name) != version}:
        raise OtherVersions(
            f"The machine {socket.gethostname()} has other versions, whose results might differ.",
            where="\n".join(
                f"{name}: {version} there, {expected.get(name)} here" for name, version in others.items()
            ),
            cure=SAME_VERSIONS,
        )


class Process:
    """One process of the cluster: uses one core, keeps the last work open.

    Parts that come side by side wait for each other, unless it is storage that they wait for.
    """

    def __init__(self) -> None:
        use_at_most(1)
        threadpool_limits(1)
        self._turn, self._core = threading.Lock(), threading.Lock()
        self._number, self._side_by_side = -1, False
        self._do: Callable[[Any], Any] | None = None

    def run(self, number: int, task: Callable[[], Task], part: bytes) -> Any:
        """The result of a part of the work with this number; `task` gives the work if it is not open yet.

        part : pickled. It is looked at once the versions are known to be the same.
        """
        with self._turn:
            if number != self._number:
                self._do, self._number = None, -1  # what the work before held is free
                given = task()
                self._do, self._number = given.open(), number
                self._side_by_side = getattr(given.work, "waits_for_storage", False)
            do = self._do
        assert do is not None
        with nullcontext() if self._side_by_side else self._core:
            return do(pickle.loads(part))  # nosec B301
