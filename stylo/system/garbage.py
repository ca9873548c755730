"""What a process keeps for good is left out of garbage collections; what it no longer needs, the system gets back."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def freeze_heap() -> None:
    """Collects garbage, and leaves all that is alive now out of every later collection.

    For what stays as long as the process: models, a catalogue, libraries. With TensorFlow loaded, a collection takes a
    third of a second; Streamlit collects after every click, and twice where Keras is loaded. What it took to make them
    is given back to the system.
    """
    gc.collect()
    gc.freeze()
    give_back_memory()


def give_back_memory() -> None:
    """Gives the system the memory that was freed, where the C library can do so (glibc), which keeps most of it."""
    # Another C library has no such function; on Windows None is no library.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
