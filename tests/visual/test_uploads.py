"""Pictures from outside in a process of their own: what they do to it, they do not do here."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from helpers import REPOSITORY, jpeg
from PIL import Image
from serving import SLOW, until

from benchmarks.spoilt_pictures import decoded, of_scans, saved, spoilt_pictures
from stylo.visual.decoding import UnreadablePhoto
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.uploads import DecoderBusy, UploadDecoder

LINUX = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits of memory are Linux'")
PHOTO = jpeg((200, 30, 30), size=(300, 400))
#: Some seconds of work, from some hundred bytes.
LONG = of_scans(6_000, 50)


@pytest.fixture
def decoder() -> Iterator[UploadDecoder]:
    made = UploadDecoder(patience=SLOW, late=SLOW)
    yield made
    made.close()


def closed_after(seconds: float, megabytes: int = 300) -> Iterator[UploadDecoder]:
    made = UploadDecoder(seconds, megabytes, patience=SLOW, late=SLOW)
    yield made
    made.close()


def works(decoder: UploadDecoder) -> bool:
    return bool((decoder.prepare(PHOTO, 224).pixels[0, 0] == PreparedPhoto.of(PHOTO, 224).pixels[0, 0]).all())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [(0.0, 0.0, 1.0, 1.0), (0.5, 0.25, 0.25, 0.5)])
def test_what_comes_back_is_what_would_be_decoded_here(
    decoder: UploadDecoder, kind: str, part: tuple[float, ...]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    data = saved(Image.fromarray(pixels), kind)
    there, here = decoder.prepare(data, 224, part), PreparedPhoto.of(data, 224, part)
    assert np.array_equal(there.pixels, here.pixels)
    assert np.array_equal(there.colours, here.colours)


def test_a_preview_is_a_small_jpeg_of_the_same_shape(decoder: UploadDecoder) -> None:
    preview = Image.open(io.BytesIO(decoder.preview(jpeg(size=(1500, 3000)), 640)))
    assert (preview.format, preview.size) == ("JPEG", (320, 640))


def test_one_process_decodes_all(decoder: UploadDecoder) -> None:
    assert decoder.process_id is None
    assert works(decoder)
    first = decoder.process_id
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(lambda _: works(decoder), range(20)))
    with pytest.raises(UnreadablePhoto, match="it is not a JPEG, PNG or WebP"):
        decoder.prepare(b"a letter", 224)
    assert decoder.process_id == first


def test_it_is_found_from_any_folder(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from stylo.visual.uploads import UploadDecoder\n"
        "decoder = UploadDecoder(patience=999)\n"
        "print(decoder.prepare(sys.stdin.buffer.read(), 8).pixels.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(REPOSITORY)],
        input=PHOTO,
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout.strip() == b"(8, 8, 3)", done.stderr


@LINUX
def test_a_picture_that_takes_too_much_memory_is_refused_and_the_next_is_read() -> None:
    for decoder in closed_after(60.0, megabytes=60):
        large = saved(Image.new("RGBA", (4_000, 4_000)), "PNG")
        with pytest.raises(UnreadablePhoto, match="memory"):
            decoder.prepare(large, 224)
        assert works(decoder)
        assert peak_megabytes(decoder) < 250


def peak_megabytes(decoder: UploadDecoder) -> int:
    status = Path(f"/proc/{decoder.process_id}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1000


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers of processor time")
def test_a_picture_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    for decoder in closed_after(0.1):
        for _ in range(2):
            with pytest.raises(UnreadablePhoto, match=r"it takes longer than 0\.1 seconds to decode"):
                decoder.prepare(LONG, 224)
            assert decoder.prepare(saved(Image.new("L", (8, 8)), "JPEG"), 8).pixels.shape == (8, 8, 3)


def held(decoder: UploadDecoder, threads: ThreadPoolExecutor, late: float = SLOW) -> Future[PreparedPhoto]:
    """A picture in a process that stands still."""
    assert works(decoder)
    decoder._late = late
    assert decoder.process_id is not None
    os.kill(decoder.process_id, signal.SIGSTOP)
    sent, exchange = Event(), decoder._exchange

    def tell(*request: Any) -> tuple[int, bytes]:
        sent.set()
        return exchange(*request)

    decoder._exchange = tell  # type: ignore[method-assign]
    asked = threads.submit(decoder.prepare, PHOTO, 224)
    assert sent.wait(SLOW)
    return asked


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGKILL, DecoderBusy), (signal.SIGSEGV, UnreadablePhoto)]
)
def test_a_process_that_ends_over_a_picture_is_replaced(
    decoder: UploadDecoder, number: signal.Signals, expected: type[Exception]
) -> None:
    with ThreadPoolExecutor(1) as threads:
        asked = held(decoder, threads)
        process = decoder.process_id
        assert process is not None
        os.kill(process, number)
        with suppress(ProcessLookupError):  # gone already; else it wakes up to the signal
            os.kill(process, signal.SIGCONT)
        with pytest.raises(expected):
            asked.result(SLOW)
    assert works(decoder)


def test_a_process_that_was_killed_while_nobody_asked_is_replaced(decoder: UploadDecoder) -> None:
    assert works(decoder)
    assert decoder.process_id is not None
    os.kill(decoder.process_id, signal.SIGKILL)
    os.waitid(os.P_PID, decoder.process_id, os.WEXITED | os.WNOWAIT)
    assert works(decoder)


def test_who_waits_too_long_for_his_turn_is_told_so() -> None:
    impatient = UploadDecoder(patience=0.01, late=SLOW)
    with ThreadPoolExecutor(1) as threads:
        asked = held(impatient, threads)
        with pytest.raises(DecoderBusy):
            impatient.prepare(PHOTO, 224)
        impatient.close()
        with pytest.raises(DecoderBusy):
            asked.result(SLOW)


def test_a_process_that_does_not_answer_is_ended_and_replaced() -> None:
    decoder = UploadDecoder(patience=SLOW, late=SLOW)
    with ThreadPoolExecutor(1) as threads:
        asked = held(decoder, threads, late=0.1)
        with pytest.raises(DecoderBusy, match="did not answer"):
            asked.result(SLOW)
        decoder._late = SLOW
        assert works(decoder)
    decoder.close()


def test_closing_ends_what_is_under_way_and_takes_nothing_more() -> None:
    decoder = UploadDecoder(seconds=1e6, patience=SLOW)
    with ThreadPoolExecutor(1) as threads:
        asked = held(decoder, threads)
        decoder.close()
        with pytest.raises(DecoderBusy):
            asked.result(SLOW)
    with pytest.raises(DecoderBusy):
        decoder.prepare(PHOTO, 224)


def test_the_process_ends_with_the_one_that_asks_also_while_it_decodes() -> None:
    code = (
        "import sys\n"
        "from stylo.visual.uploads import UploadDecoder\n"
        "decoder = UploadDecoder(patience=999)\n"
        "data = sys.stdin.buffer.read()\n"
        "decoder.preview(data[-int(sys.argv[1]):], 8)\n"
        "print(decoder.process_id, flush=True)\n"
        "decoder.prepare(data, 224)"
    )
    command = [sys.executable, "-c", code, str(len(PHOTO))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY) as asking:
        assert asking.stdin is not None and asking.stdout is not None
        Thread(target=feed, args=(asking.stdin, LONG + PHOTO)).start()
        process = int(asking.stdout.readline())
        asking.kill()
    until(lambda: has_ended(process))


def feed(pipe: io.BufferedWriter, data: bytes) -> None:
    with pipe:
        pipe.write(data)


def has_ended(process: int) -> bool:
    """Whether a process is no more, or waits for nobody but its parent to hear of it."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:
        return False


def test_spoilt_pictures_are_read_or_refused_in_one_process_and_in_bounded_memory() -> None:
    for decoder in closed_after(60.0):
        found = {decoded(data, decoder) for data in spoilt_pictures(250, seed=3)}
        assert found == {"pictures", "refused"}
        if Path("/proc/self/statm").exists():
            assert peak_megabytes(decoder) < 400
