"""The program in which pictures from outside are decoded; `uploads.py` starts it and asks it.

It reads requests from standard input and writes replies to standard output, one after the other:

    request   bytes of the header, bytes of the picture (two of 4 bytes, big-endian), header (JSON), picture
    reply     0 for a result, 1 for the reason why there is none (1 byte), its bytes (4), what it is

A reply without a request says that it is ready. It ends with the program that asks; a picture that takes too much
memory is refused, and one that takes too much time ends it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

from PIL import Image

from stylo.visual.decoding import UnreadablePhoto, open_image, refusing, shrink
from stylo.visual.prepared import PreparedPhoto

REQUEST, REPLY = struct.Struct(">II"), struct.Struct(">BI")
RESULT, REFUSAL = 0, 1
_QUALITY = 85


def _prepare(data: bytes, side: int, part: list[float]) -> bytes:
    return PreparedPhoto.of(data, side, part).to_bytes()


def _preview(data: bytes, side: int) -> bytes:
    picture = open_image(data, side)
    with refusing():
        picture.thumbnail((side, side))
        return shrink(picture, picture.width, Image.Resampling.BILINEAR, _QUALITY)


_TASKS: dict[str, Callable[..., bytes]] = {"prepare": _prepare, "preview": _preview}


def main(seconds: float, megabytes: int) -> None:
    """Serves until standard input ends.

    Parameters
    ----------
    seconds : of a processor, for one picture.
    megabytes : beside those that the program itself takes.
    """
    asks, answers = sys.stdin.buffer, sys.stdout.buffer
    for number in (signal.SIGINT, signal.SIGTERM):  # who asks decides when it ends
        signal.signal(number, signal.SIG_IGN)
    waiting: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue()
    # In a thread of its own, so that the end is noticed while a picture is decoded.
    Thread(target=_read, args=(asks, waiting), daemon=True).start()
    _limit_memory(megabytes)
    _reply(answers, RESULT, b"")
    while True:
        header, data = waiting.get()
        _limit_time(seconds)
        try:
            result, status = _TASKS[header.pop("task")](data, **header), RESULT
        except UnreadablePhoto as error:
            result, status = str(error).encode(errors="replace"), REFUSAL
        _limit_time(0)
        del data
        _reply(answers, status, result)


def _read(asks: BinaryIO, waiting: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    """Hands on requests; ends the process when there will be no more."""
    while len(head := asks.read(REQUEST.size)) == REQUEST.size:
        of_header, of_picture = REQUEST.unpack(head)
        header, data = asks.read(of_header), asks.read(of_picture)
        if len(data) < of_picture:
            break
        waiting.put((json.loads(header), data))
        del header, data
    os._exit(0)


def _reply(answers: BinaryIO, status: int, content: bytes) -> None:
    try:
        answers.write(REPLY.pack(status, len(content)) + content)
        answers.flush()
    except OSError:  # nobody is there any more
        os._exit(0)


def _limit_memory(megabytes: int) -> None:
    """Beyond it, whatever asks for memory is told that there is none. Where Linux is."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # should the machine run out of memory, this process is the one to end
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    with suppress(OSError, ValueError):  # no /proc, or less is allowed already
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: float) -> None:
    """Ends the process when it has computed for so long from now on, also within a library; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))  # noqa: TID251
