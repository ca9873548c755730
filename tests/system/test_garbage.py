"""What `freeze_heap` does with memory."""

from __future__ import annotations

import ctypes
import gc
import platform
from pathlib import Path

import pytest

from stylo.system.garbage import freeze_heap

_CHUNK, _CHUNKS = 64 << 10, 1024


def _resident() -> int:
    """Bytes of memory of this process that are no pages of files."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line[:7] == "RssAnon")
    return int(line.split()[1]) << 10


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed, and can be told"
)
def test_what_was_freed_below_something_that_is_alive_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    chunks = [libc.malloc(_CHUNK) for _ in range(_CHUNKS)]
    try:
        for chunk in chunks:
            ctypes.memset(chunk, 1, _CHUNK)
        for chunk in chunks[:-1]:  # the last one stays, above all the others
            libc.free(chunk)
        before = _resident()
        freeze_heap()
        assert before - _resident() > _CHUNK * _CHUNKS // 2
    finally:
        libc.free(chunks[-1])
        gc.unfreeze()
