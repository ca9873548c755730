"""Photos: found in folders and zips, decoded upright, refused when they are no pictures."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers import jpeg, put
from PIL import Image

from stylo.errors import MissingFile, NoPhotos
from stylo.visual.photos import UnreadablePhoto, decode, open_image, open_photos, thumbnail

FILES = {
    "010/0108775015.jpg": jpeg((10, 20, 30)),
    "020/0200000001.JPG": jpeg((200, 0, 0)),
    "020/readme.txt": b"no photo",
    "020/123.jpg": b"no article",
    "999/1999999999.jpg": b"ten digits, but none of ours",
}


def as_folder(path: Path) -> Path:
    for name, data in FILES.items():
        put(path / "images", name, data)
    return path / "images"


def as_zip(path: Path) -> Path:
    with zipfile.ZipFile(path / "photos.zip", "w") as archive:
        archive.writestr("articles.csv", "not a photo")
        for name, data in FILES.items():
            archive.writestr(f"images/{name}", data)
    return path / "photos.zip"


@pytest.mark.parametrize("place", [as_folder, as_zip])
def test_photos_are_found_by_their_article_wherever_they_lie(place: object, tmp_path: Path) -> None:
    photos = open_photos(place(tmp_path))  # type: ignore[operator]
    assert photos.articles == [108775015, 200000001]
    assert photos.read(200000001) == FILES["020/0200000001.JPG"]
    with pytest.raises(KeyError):
        photos.read(1)


def test_size_and_mark_are_those_of_the_file_or_the_zips_check_sum(tmp_path: Path) -> None:
    path = as_folder(tmp_path) / "010" / "0108775015.jpg"
    os.utime(path, ns=(7, 7))
    data = FILES["010/0108775015.jpg"]
    assert open_photos(tmp_path / "images").size_and_mark(108775015) == (len(data), 7)
    assert open_photos(as_zip(tmp_path)).size_and_mark(108775015) == (len(data), zlib.crc32(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_threads_read_a_zip_side_by_side(tmp_path: Path, method: int) -> None:
    photos = {number: jpeg((number, 0, 0), size=(60, 90)) for number in range(100)}
    with zipfile.ZipFile(tmp_path / "photos.zip", "w", method) as archive:
        for number, data in photos.items():
            archive.writestr(f"000/{number:010d}.jpg", data)
    found = open_photos(tmp_path / "photos.zip")
    with ThreadPoolExecutor(8) as threads:
        for number, data in zip([*photos] * 20, threads.map(found.read, [*photos] * 20), strict=True):
            assert data == photos[number]


def test_other_folders_of_a_zip_do_not_matter(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("kaggle/images/010/", "")
        archive.writestr("kaggle/images/010/0108775015.jpg", jpeg())
        archive.writestr("__MACOSX/kaggle/images/010/._0108775015.jpg", b"not a photo")
        archive.writestr("other/readme.txt", b"not a photo")
    photos = open_photos(tmp_path / "photos.zip")
    assert photos.articles == [108775015]
    assert photos.read(108775015) == jpeg()


def test_a_file_too_large_for_a_photo_is_not_read(tmp_path: Path) -> None:
    folder = as_folder(tmp_path)
    with (folder / "010" / "0108775015.jpg").open("r+b") as file:
        file.truncate(100_000_001)
    with pytest.raises(UnreadablePhoto, match="more than 100,000,000 bytes"):
        open_photos(folder).read(108775015)


def test_no_place_no_photo_and_no_zip_each_have_their_message(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere is not there"):
        open_photos(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoPhotos, match="holds no photo named like"):
        open_photos(tmp_path / "empty")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(NoPhotos, match="neither a folder nor a readable zip"):
        open_photos(tmp_path / "text.zip")


def test_a_damaged_member_of_a_zip_is_an_unreadable_photo(tmp_path: Path) -> None:
    path = as_zip(tmp_path)
    data = bytearray(path.read_bytes())
    place = data.index(FILES["010/0108775015.jpg"])
    data[place + 100 : place + 110] = b"0123456789"
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadablePhoto, match="0108775015"):
        open_photos(path).read(108775015)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_damaged_member_of_a_packed_zip_is_an_unreadable_photo(tmp_path: Path, method: int) -> None:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("0108775015.jpg", FILES["010/0108775015.jpg"])
    data = bytearray(path.read_bytes())
    data[60:120] = b"\xff" * 60
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadablePhoto):
        open_photos(path).read(108775015)


def test_a_broken_link_is_no_photo(tmp_path: Path) -> None:
    folder = as_folder(tmp_path)
    (folder / "0999999999.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert open_photos(folder).articles == [108775015, 200000001]


def as_format(mode: str, kind: str) -> bytes:
    written = io.BytesIO()
    colour = {"RGB": (200, 30, 30), "L": 90, "CMYK": (55, 225, 225, 0), "RGBA": (200, 30, 30, 255), "P": 0}[
        mode
    ]
    Image.new(mode, (90, 140), colour).save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "WEBP")],
)
def test_other_kinds_of_pictures_are_read_too(mode: str, kind: str) -> None:
    pixels = decode(as_format(mode, kind), 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8


def test_the_colour_survives_the_jpegs_own_scaling() -> None:
    pixels = decode(jpeg((200, 30, 30), size=(1166, 1750)), 224)
    assert np.abs(pixels.astype(int) - [200, 30, 30]).max() <= 3


def test_a_rotated_photo_is_turned_upright() -> None:
    image = Image.new("RGB", (100, 60), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 50, 60))  # left half white
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me a quarter clockwise": left becomes top
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    pixels = decode(written.getvalue(), 16)
    assert pixels[2].mean() > 230
    assert pixels[-3].mean() < 25


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", jpeg()[:200], jpeg(size=(400, 600))[:-300], as_format("RGB", "PNG")[:60]]
)
def test_what_is_no_picture_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePhoto):
        decode(data, 224)


def header_says(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(jpeg())
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("side", [10_001, 20_000])
def test_a_picture_of_too_many_pixels_is_refused_before_it_fills_the_memory(kind: str, side: int) -> None:
    written = io.BytesIO()
    if kind == "PNG":
        Image.new("1", (side, side)).save(written, "PNG")
    data = written.getvalue() or header_says(side, side)
    tracemalloc.start()
    with pytest.raises(UnreadablePhoto, match="pixels"):
        decode(data, 224)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_one_pixel_is_a_picture() -> None:
    assert decode(jpeg((200, 30, 30), size=(1, 1)), 224).shape == (224, 224, 3)
    assert Image.open(io.BytesIO(thumbnail(jpeg(size=(1, 1)), 320))).size == (320, 320)


def test_a_photo_is_decoded_at_the_smallest_scale_of_its_own_that_is_large_enough() -> None:
    assert open_image(jpeg(size=(1166, 1750)), 224).size == (292, 438)
    assert open_image(jpeg(size=(447, 700)), 224).size == (447, 700)
    assert open_image(jpeg(size=(448, 700)), 224).size == (224, 350)


def test_a_thumbnail_keeps_the_shape() -> None:
    small = Image.open(io.BytesIO(thumbnail(jpeg(size=(1166, 1750)), 320)))
    assert small.size == (320, 480)
    assert small.format == "JPEG"
