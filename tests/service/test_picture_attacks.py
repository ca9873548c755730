"""Pictures that would fill the memory, hold the service or break it: they are refused, and the others are served."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from helpers import jpeg
from PIL import Image
from serving import Server, linked, until

from benchmarks.spoilt_pictures import ORIENTATION_6, exif_with, of_scans, saved, spoilt_pictures

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"
)
PATH = "/v1/visual-search"
PHOTO = jpeg(size=(300, 400))
FLOAT_WIDTH = exif_with(ORIENTATION_6, struct.pack("<HHIf", 0x0100, 11, 1, 33.5))


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = linked(demo_shop, tmp_path_factory.mktemp("attacked") / "shop")
    with Server(data, demo_shop / "images", rate=1e6, patience=5, picture_seconds=10_000) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """Afterwards the server reads a picture, and has logged no defect."""
    with server.client() as client:
        yield client
        until(lambda: posted(client, PHOTO).status_code == 200)
    assert [line for line in server.logged() if line["level"] == "error" or "exception" in line] == []
    assert "Traceback" not in server.log.read_text()


def posted(client: httpx2.Client, picture: bytes) -> httpx2.Response:
    return client.post(PATH, content=picture, headers={"content-type": "image/jpeg"})


def webp(side: int) -> bytes:
    """A WebP of a few bytes that says that it has so many pixels."""
    header = bytearray(saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    header[21:25] = struct.pack("<I", side - 1 | side - 1 << 14)
    return bytes(header)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (webp(9990), "9990 × 9990 pixels are too many: a WebP may have 14 million"),
        (of_scans(900, 12_000), "it has more than 50 scans"),
        (
            saved(Image.new("1", (9000, 9000)), "PNG"),
            "9000 × 9000 pixels are too many: a PNG may have 24 million",
        ),
        (PHOTO[:-300], "image file is truncated"),
    ],
    ids=["WebP of 100 million pixels", "JPEG of 12,000 scans", "PNG of 81 million pixels", "half a JPEG"],
)
def test_a_bomb_is_refused_with_a_reason_and_the_service_does_not_grow(
    server: Server, client: httpx2.Client, picture: bytes, said: str
) -> None:
    assert server.process is not None
    until(lambda: posted(client, PHOTO).status_code == 200)
    before = megabytes(server.process.pid)
    answer = posted(client, picture)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert megabytes(server.process.pid) < before + 100
    assert megabytes(decoder_of(server)) < 300


def test_exif_with_a_width_that_is_a_float_harms_nothing(client: httpx2.Client) -> None:
    until(lambda: posted(client, PHOTO).status_code == 200)
    assert posted(client, jpeg(exif=FLOAT_WIDTH)).status_code == 200


def test_spoilt_pictures_are_answered_or_refused(client: httpx2.Client) -> None:
    until(lambda: posted(client, PHOTO).status_code == 200)
    found = {posted(client, data).status_code for data in spoilt_pictures(150, seed=4)}
    assert found <= {200, 422, 503}  # another process may take the processors for a while
    assert {200, 422} <= found


def test_while_a_picture_takes_its_time_others_are_told_when_to_come_back_and_the_rest_is_served(
    server: Server, client: httpx2.Client, customers: list[str]
) -> None:
    until(lambda: posted(client, PHOTO).status_code == 200)
    decoder = decoder_of(server)
    os.kill(decoder, signal.SIGSTOP)
    with ThreadPoolExecutor(30) as threads, server.client() as others:
        try:
            asked = [threads.submit(posted, others, PHOTO) for _ in range(30)]
            until(lambda: sum(each.done() for each in asked) == 29)
            told = [each.result() for each in asked if each.done()]
            assert {answer.status_code for answer in told} == {503}
            assert {answer.headers["retry-after"] for answer in told} == {"1"}
            assert client.get("/health/live").status_code == 200
            until(lambda: client.get(f"/v1/customers/{customers[0]}/recommendations").status_code == 200)
        finally:
            os.kill(decoder, signal.SIGCONT)
        assert sorted(each.result().status_code for each in asked) == [200, *[503] * 29]


def test_a_decoder_that_the_system_ends_is_replaced(server: Server, client: httpx2.Client) -> None:
    until(lambda: posted(client, PHOTO).status_code == 200)
    decoder = decoder_of(server)
    os.kill(decoder, signal.SIGKILL)
    until(lambda: posted(client, PHOTO).status_code == 200)
    assert decoder_of(server) != decoder


@pytest.mark.slow
def test_the_service_stops_in_time_while_a_picture_is_decoded(shop: Path, demo_shop: Path) -> None:
    settings = {"stop_seconds": 1, "picture_seconds": 10_000, "patience": 0.2}
    with Server(shop, demo_shop / "images", **settings) as server, server.client() as client:
        until(lambda: posted(client, PHOTO).status_code == 200)
        decoder = decoder_of(server)
        os.kill(decoder, signal.SIGSTOP)
        with ThreadPoolExecutor(2) as threads:
            asked = [threads.submit(answered, client) for _ in range(2)]
            until(lambda: any(each.done() for each in asked))  # the one that the other held up
            assert server.stop() in (0, 1)  # by itself, though a busy machine may leave no time to tidy up
            assert 200 not in [each.result() for each in asked]
        until(lambda: not Path(f"/proc/{decoder}").exists() or state(decoder) == "Z")


def answered(client: httpx2.Client) -> int | None:
    """The status of a picture; None if the service hangs up."""
    try:
        return posted(client, PHOTO).status_code
    except httpx2.TransportError:
        return None


def decoder_of(server: Server) -> int:
    """The process that decodes for a server."""
    assert server.process is not None
    (found, *_) = (pid for pid in descendants(server.process.pid) if b"decoding_process" in command(pid))
    return found


def descendants(process: int) -> list[int]:
    there = [int(place.name) for place in Path("/proc").iterdir() if place.name.isdecimal()]
    own = [pid for pid in there if parent(pid) == process]
    return own + [pid for each in own for pid in descendants(each)]


def fields(process: int) -> list[str]:
    """What /proc tells of a process behind its name: state, parent, …"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["", "0"]


def state(process: int) -> str:
    return fields(process)[0]


def parent(process: int) -> int:
    return int(fields(process)[1])


def command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def megabytes(process: int) -> int:
    """The most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1000
