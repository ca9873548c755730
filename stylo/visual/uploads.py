"""Pictures from outside, decoded in a process of its own: whatever a picture does, it does not do it here.

UploadDecoder ──picture──▶ decoding_process.py: Pillow, with limits of memory and processor time
              ◀──150 kB──  pixels for the network, colours; or why not
"""

from __future__ import annotations

import json
import os
import signal
import subprocess  # our own program  # nosec B404
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from stylo.visual.decoding import UnreadablePhoto
from stylo.visual.decoding_process import REFUSAL, REPLY, REQUEST
from stylo.visual.prepared import WHOLE, PreparedPhoto

#: Seconds of a processor, and megabytes, for one picture.
SECONDS, MEGABYTES = 5.0, 300
# What takes `seconds` of a processor is over after so many times that, unless the machine has other work.
_SLACK = 4
_START_SECONDS, _KILL_SECONDS = 120.0, 0.5
# How the process ends when it is ended, here or by the system.
_FROM_OUTSIDE = {-getattr(signal, name) for name in ("SIGKILL", "SIGTERM") if hasattr(signal, name)}
# What comes back is never larger.
_LARGEST_REPLY = 10_000_000
_PROGRAM = "stylo.visual.decoding_process"


class DecoderBusy(Exception):
    """No picture can be decoded at the moment; the picture itself may be fine."""


class UploadDecoder:
    """Decodes one picture after the other, the first a quarter of a second later. Threads may share it.

    Parameters
    ----------
    seconds, megabytes : what one picture may take of a processor and of memory.
    patience : seconds after which a thread that waits for its turn gives up.
    late : seconds after which a process that does not answer is ended; None for four times `seconds`.
    """

    def __init__(
        self,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
        patience: float = 2.0,
        late: float | None = None,
    ) -> None:
        self._seconds, self._megabytes, self._patience = seconds, megabytes, patience
        self._late = _SLACK * seconds if late is None else late
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = self._closed = False

    @property
    def process_id(self) -> int | None:
        """Of the process that decodes; None while there is none."""
        return self._process.pid if self._process is not None else None

    def prepare(self, data: bytes, side: int, part: Sequence[float] = WHOLE) -> PreparedPhoto:
        """See `PreparedPhoto.of`. Raises UnreadablePhoto, DecoderBusy."""
        return PreparedPhoto.from_bytes(self._ask("prepare", data, side=side, part=list(part)), side)

    def preview(self, data: bytes, side: int) -> bytes:
        """A JPEG of a picture, no side longer than that. Raises UnreadablePhoto, DecoderBusy."""
        return self._ask("preview", data, side=side)

    def close(self) -> None:
        """Ends the process at once, whatever it does. Who waits for a picture gets DecoderBusy."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_KILL_SECONDS)

    def _ask(self, task: str, data: bytes, **arguments: object) -> bytes:
        header = json.dumps({"task": task, **arguments}).encode()
        if not self._turn.acquire(timeout=self._patience):
            raise DecoderBusy("other pictures are being decoded")
        try:
            process = self._ready()
            request = REQUEST.pack(len(header), len(data)) + header
            status, content = self._exchange(process, self._late, request, data)
        except _Ended as ended:
            self._begin()  # for the next one
            raise self._verdict(ended) from None
        finally:
            self._turn.release()
        if status == REFUSAL:
            raise UnreadablePhoto(content.decode(errors="replace"))
        return content

    def _ready(self) -> subprocess.Popen[bytes]:
        """The process, once it waits for pictures."""
        process = self._begin()
        if not self._is_ready:
            try:
                self._exchange(process, _START_SECONDS)
            except _Ended as ended:  # it is not the picture's fault
                raise DecoderBusy(f"the decoder does not start: it ended with {ended.code}") from ended
            self._is_ready = True
        return process

    def _begin(self) -> subprocess.Popen[bytes]:
        """The process that runs, or a new one."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        if self._closed:
            raise DecoderBusy("the decoder is closed")
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            # A thread more, or a heap for each, would count as memory taken.
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
            "MALLOC_MMAP_THRESHOLD_": "1000000",
        }
        self._is_ready = False
        self._process = subprocess.Popen(  # nosec B603
            [sys.executable, "-P", "-m", _PROGRAM, str(self._seconds), str(self._megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        if self._closed:  # in this moment
            self._process.kill()
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], seconds: float, *request: bytes
    ) -> tuple[int, bytes]:
        """Sends a request and reads the reply. Raises _Ended if the process ends; after `seconds` it is ended."""
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            for part in request:
                process.stdin.write(part)
            process.stdin.flush()
            status, length = REPLY.unpack(_read(process.stdout, REPLY.size))
            if length > _LARGEST_REPLY:
                raise EOFError  # it is out of its mind
            return status, _read(process.stdout, length)
        except (OSError, EOFError):
            process.kill()
            code = process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()
            raise _Ended(code, late.is_set()) from None
        finally:
            timer.cancel()

    def _verdict(self, ended: _Ended) -> Exception:
        """What it says of a picture that the process has ended over it."""
        if ended.code == -getattr(signal, "SIGPROF", 0):
            return UnreadablePhoto(f"it takes longer than {self._seconds:g} seconds to decode")
        if ended.late:
            return DecoderBusy(f"the decoder did not answer within {self._late:g} seconds")
        if ended.code in _FROM_OUTSIDE:
            return DecoderBusy(f"the decoder was ended with {ended.code}")
        return UnreadablePhoto("it is damaged in a way that ends the decoder")


class _Ended(Exception):
    """The process has ended. `code` is its exit status, negative for a signal; `late`: it was too slow."""

    def __init__(self, code: int, late: bool) -> None:
        self.code, self.late = code, late
        super().__init__(str(code))


def _read(pipe: IO[bytes], count: int) -> bytes:
    """So many bytes. Raises EOFError where they do not come."""
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return data
