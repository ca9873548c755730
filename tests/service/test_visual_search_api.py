"""Search by photo over HTTP: what is a picture finds what looks like it, what is none is refused at once."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
from helpers import jpeg
from in_process import worker_of
from offline import ids
from PIL import Image
from serving import linked

from stylo.service.settings import ServiceSettings

PATH = "/v1/visual-search"
LARGEST = 200_000


@pytest.fixture(scope="module")
def settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("looked-at") / "shop")
    return ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, largest_picture=LARGEST)


@pytest.fixture(scope="module")
def photos(demo_shop: Path, article_ids: list[str]) -> dict[str, bytes]:
    return {each: (demo_shop / "images" / each[:3] / f"{each}.jpg").read_bytes() for each in article_ids}


def posted(
    client: httpx2.Client, picture: bytes | Iterator[bytes], kind: str = "image/jpeg", **asked: object
) -> httpx2.Response:
    return client.post(PATH, content=picture, headers={"content-type": kind}, params=asked)


def png(width: int, height: int) -> bytes:
    """A PNG that says that it is so large, and is a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_the_photo_of_an_article_finds_the_article_first(
    client: httpx2.Client, photos: dict[str, bytes], article_ids: list[str]
) -> None:
    for article_id in article_ids[::20]:
        answer = posted(client, photos[article_id])
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert ids(found["articles"])[0] == article_id
        assert [each["rank"] for each in found["articles"]] == list(range(1, 13))
        assert found["article_id"] is None
        assert found["by"] == "visual"
        assert found["untrained"]  # the demo shop's network has random weights


def cut_out(photo: bytes) -> Image.Image:
    """The garment of a photo on transparent ground, which is black underneath, as cutting tools write it."""
    pixels = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB"))
    ground = np.abs(pixels.astype(int) - pixels[0, 0]).max(axis=2) < 12
    pixels = np.where(ground[..., None], 0, pixels).astype(np.uint8)
    return Image.fromarray(np.dstack([pixels, np.where(ground, 0, 255).astype(np.uint8)]))


@pytest.mark.parametrize("name", ["PNG", "WebP"])
def test_a_garment_cut_out_of_its_photo_finds_its_article_first(
    client: httpx2.Client, photos: dict[str, bytes], article_ids: list[str], name: str
) -> None:
    for article_id in article_ids[::40]:
        written = io.BytesIO()
        cut_out(photos[article_id]).save(written, name, lossless=True)
        answer = posted(client, written.getvalue(), f"image/{name.lower()}")
        assert answer.status_code == 200, answer.text
        assert ids(answer.json()["articles"])[0] == article_id


@pytest.mark.parametrize(("kind", "name"), [("image/png", "PNG"), ("image/webp", "WebP")])
def test_other_kinds_of_pictures_are_read_too(
    client: httpx2.Client, photos: dict[str, bytes], article_ids: list[str], kind: str, name: str
) -> None:
    written = io.BytesIO()
    small = Image.open(io.BytesIO(photos[article_ids[0]])).resize((240, 320))
    small.save(written, name, lossless=True)
    answer = posted(client, written.getvalue(), kind, k=5)
    assert answer.status_code == 200, answer.text
    assert article_ids[0] in ids(answer.json()["articles"])


def test_filters_and_weights_narrow_and_order(
    client: httpx2.Client, photos: dict[str, bytes], article_ids: list[str]
) -> None:
    black = {each["article_id"] for each in client.get("/v1/articles?colour=Black").json()["articles"]}
    answer = posted(client, photos[article_ids[0]], colour="Black", k=100, look=0.5, shape=0.5)
    assert set(ids(answer.json()["articles"])) == black
    for each in answer.json()["articles"]:
        assert each["score"] == pytest.approx(sum(each["parts"].values()), abs=1e-6)
    assert posted(client, photos[article_ids[0]], look=0).status_code == 422
    assert posted(client, photos[article_ids[0]], colour="Blakc").status_code == 422


@pytest.mark.parametrize(
    "picture",
    [b"", b"no picture", jpeg()[:200], png(50_000, 50_000), png(2**31 - 1, 2**31 - 1), png(0, 10)],
    ids=["nothing", "text", "half a picture", "2.5 gigapixels", "4 exapixels", "no pixels"],
)
def test_what_is_no_picture_is_refused(client: httpx2.Client, picture: bytes) -> None:
    answer = posted(client, picture)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("The picture cannot be read")
    assert not re.search(r"/|0x|BytesIO", answer.json()["detail"])


@pytest.mark.parametrize("name", ["GIF", "BMP", "TIFF", "EPS"])
def test_a_picture_of_another_kind_is_refused_whatever_it_is_called(client: httpx2.Client, name: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (90, 140)).save(written, name)
    answer = posted(client, written.getvalue(), "image/png")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The picture cannot be read: it is not a JPEG, PNG or WebP."


@pytest.mark.parametrize("kind", ["application/json", "text/html", "image/gif", "image/svg+xml", ""])
def test_other_types_of_bodies_are_refused(client: httpx2.Client, kind: str) -> None:
    assert posted(client, jpeg(), kind).status_code == 415


def test_a_picture_that_is_too_large_is_refused_whether_its_length_is_said_or_not(
    client: httpx2.Client,
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    large = io.BytesIO()
    Image.fromarray(noise).save(large, "PNG")
    assert len(large.getvalue()) > LARGEST
    for body in (large.getvalue(), iter([large.getvalue()[:LARGEST], large.getvalue()[LARGEST:]])):
        answer = posted(client, body, "image/png")
        assert answer.status_code == 413
        assert answer.json()["detail"] == "The body may not exceed 200,000 bytes."


def test_a_shop_whose_photos_were_not_looked_at_says_so(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assortment = worker_of(client).release.assortment
    monkeypatch.setitem(vars(assortment), "lookalikes", None)
    answer = posted(client, jpeg())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
