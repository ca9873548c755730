"""Pictures that ask for too much are refused from their headers, and good ones are not."""

from __future__ import annotations

import io
import struct

import pytest
from helpers import jpeg
from PIL import Image

from benchmarks.spoilt_pictures import exif_with, of_scans, saved
from stylo.visual.decoding import UnreadablePhoto, decode, open_image
from stylo.visual.picture_limits import MOST_SCANS, too_many_pixels, too_much, webp_size


def never(*_: object, **__: object) -> None:
    raise AssertionError("it was about to be decoded")


def test_a_jpeg_of_more_scans_than_anybody_writes_is_refused_before_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = of_scans(900, 12_000)
    monkeypatch.setattr(Image, "open", never)
    with pytest.raises(UnreadablePhoto, match="more than 50 scans"):
        decode(bomb, 224)


@pytest.mark.parametrize("scans", [11, MOST_SCANS])
def test_a_jpeg_of_some_scans_is_a_picture(scans: int) -> None:
    assert decode(of_scans(64, scans), 224).shape == (224, 224, 3)


@pytest.mark.parametrize("filled", [1, 5])
def test_scans_are_found_behind_fill_bytes(filled: int) -> None:
    bomb = of_scans(64, MOST_SCANS + 1).replace(b"\xff\xda", b"\xff" * filled + b"\xda")
    assert "scans" in too_much(bomb)


def test_what_looks_like_scans_behind_the_end_or_inside_a_segment_does_not_count() -> None:
    """A film behind a photo, and small pictures in EXIF, as phones write them."""
    marks = b"\xff\xda\x00\x08" * 100
    assert too_much(jpeg() + marks) == ""
    small = Image.new("RGB", (48, 32))
    assert too_much(saved(small, "JPEG", exif=exif_with() + marks)) == ""
    assert decode(jpeg() + marks, 224).shape == (224, 224, 3)


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": exif_with()}], ids=["VP8", "VP8L", "VP8X"]
)
def test_the_size_of_a_webp_is_read_from_its_first_chunk(options: dict[str, object]) -> None:
    assert webp_size(saved(Image.new("RGB", (300, 17)), "WEBP", **options)) == (300, 17)


def test_a_webp_bomb_of_four_kilobytes_is_refused_before_room_is_made_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    header = bytearray(saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    header[21:25] = struct.pack("<I", 9989 | 9989 << 14)
    monkeypatch.setattr(Image, "open", never)
    with pytest.raises(UnreadablePhoto, match="9990 × 9990 pixels are too many: a WebP may have 14 million"):
        decode(bytes(header), 224)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPXXXX" + bytes(30)])
def test_what_is_no_webp_has_no_size(data: bytes) -> None:
    assert webp_size(data) is None


@pytest.mark.parametrize(
    ("kind", "side", "said"),
    [
        ("PNG", 4898, ""),
        ("PNG", 4900, "a PNG may have 24 million"),
        ("JPEG", 10_000, ""),
        ("JPEG", 10_001, "a JPEG may have 100 million"),
        ("MPO", 10_001, "a JPEG may have 100 million"),
        ("WEBP", 3741, ""),
        ("WEBP", 3742, "a WebP may have 14 million"),
    ],
)
def test_each_kind_may_have_as_many_pixels_as_unpack_in_bounded_memory(
    kind: str, side: int, said: str
) -> None:
    assert too_many_pixels(kind, side, side, jpeg()).endswith(said)
    assert bool(too_many_pixels(kind, side, side, jpeg())) == bool(said)


def test_a_jpeg_in_several_scans_may_have_fewer_pixels_for_it_is_unpacked_whole() -> None:
    one, several = jpeg(), saved(Image.new("RGB", (8, 8)), "JPEG", progressive=True)
    small = Image.new("RGB", (8, 8))
    with_thumbnail = saved(small, "JPEG", exif=exif_with() + jpeg(size=(8, 8)))
    for data in (one, with_thumbnail):
        assert too_many_pixels("JPEG", 8160, 6120, data) == ""  # a phone's 50 million
    assert "a JPEG in several scans may have 40 million" in too_many_pixels("JPEG", 8160, 6120, several)


def test_a_long_jpeg_that_cannot_be_scaled_is_refused_too() -> None:
    data = io.BytesIO()
    Image.new("L", (22_000, 2_000)).save(data, "JPEG")
    assert open_image(data.getvalue(), 224).size == (2750, 250)
    with pytest.raises(UnreadablePhoto, match="22000 × 2000 pixels are too many for this shape"):
        open_image(data.getvalue(), 1500)
