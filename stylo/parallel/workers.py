"""A map over parts that does not know who does the work: threads of this process (here), or a cluster (`ray_workers`).

    work      what is done with a part: opened once in each process, then called for each part
    shared    a large value that many parts need: it reaches each machine once
    results   in the order of the parts, whoever was first

So that the results have the same bits everywhere, a part is worked on by one thread, and who cuts the parts does not
look at how many workers there are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from stylo.errors import PartFailed
from stylo.system.threads import ahead, processors

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P = TypeVar("P")
P_contra = TypeVar("P_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

#: Threads of this process that work side by side, unless a caller asks for fewer.
MOST_THREADS = 8


class Shared(Protocol[T_co]):
    """A value that parts need, wherever they are worked on. On a cluster its arrays cannot be written to."""

    def get(self) -> T_co: ...


class Work(Protocol[P_contra, R_co]):
    """What is done with parts. A small value that can be pickled; large ones are `Shared`.

    One with `waits_for_storage = True` may be called for two parts side by side by a process of a cluster.
    """

    def open(self) -> Callable[[P_contra], R_co]:
        """Makes ready what all parts need, once in each process. Threads may call the result side by side."""


@dataclass(frozen=True)
class Lost(Generic[P]):
    """A part that nobody could finish: the process that worked on it ended, again and again."""

    part: P
    reason: str


class Workers(Protocol):
    """Who works on parts."""

    @property
    def count(self) -> int:
        """How many parts are worked on side by side at the moment."""

    @property
    def is_cluster(self) -> bool:
        """Whether parts are worked on in other processes, perhaps on other machines."""

    def share(self, value: T) -> Shared[T]:
        """Makes a value known to all workers. The same value is sent once, however often it is shared."""

    def map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R, None, None]:
        """The results of all parts, in order; some are worked on ahead of what is taken. Close it to stop.

        Parameters
        ----------
        threads : how many of one process may work side by side, each with its own memory; by default one for each
            processor, MOST_THREADS at most. In a cluster, each process uses one core.
        files : that every worker must see as this process does.

        Raises PartFailed for a part that nobody could finish, UnseenFile, and what the work raises.
        """

    def try_map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R | Lost[P], None, None]:
        """As `map`, with a `Lost` in the place of a part that nobody could finish."""


def finished(results: Generator[R | Lost[Any], None, None]) -> Generator[R, None, None]:
    """The results; raises PartFailed at the first that is lost."""
    with closing(results):
        for result in results:
            if isinstance(result, Lost):
                raise PartFailed(
                    "A part of the work could not be finished: every worker that tried it has ended.",
                    where=result.reason,
                    cure="Has the machine enough memory? What is finished is kept; run this again.",
                )
            yield result


@dataclass(frozen=True)
class Here(Generic[T]):
    """A `Shared` of this process."""

    value: T

    def get(self) -> T:
        return self.value


@dataclass(frozen=True)
class InProcess(Generic[P, R]):
    """A `Work` that is a function of this process."""

    function: Callable[[P], R]

    def open(self) -> Callable[[P], R]:
        return self.function


class Local:
    """Threads of this process. NumPy and LightGBM let other threads run while they compute."""

    is_cluster = False

    @property
    def count(self) -> int:
        return processors()

    def share(self, value: T) -> Shared[T]:
        return Here(value)

    def map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R, None, None]:
        count = threads or min(processors(), MOST_THREADS)
        # Each of these threads has a core: matrix products that took several would wait for each other.
        with threadpool_limits(1, "blas"):
            pool = ThreadPoolExecutor(count)
            try:
                yield from ahead(pool, work.open(), parts, count)
            finally:
                pool.shutdown(cancel_futures=True)

    def try_map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R | Lost[P], None, None]:
        yield from self.map(work, parts, threads=threads, files=files)

    def __reduce__(self) -> str:
        return "LOCAL"


LOCAL: Workers = Local()
