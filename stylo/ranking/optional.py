"""Doing without libraries that another one would load if they were there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_libraries(*names: str) -> Iterator[None]:
    """Whoever tries to import one of these within the block finds that it is not installed.

    Those that are loaded already stay as they are for everybody else.
    """
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    try:
        for name in names:
            sys.modules[name] = None  # type: ignore[assignment] # as the import system documents it
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)
