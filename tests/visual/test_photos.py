"""Photos: found in folders and zips, decoded upright, refused when they are no pictures."""

from __future__ import annotations

import os
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import jpeg, put

from stylo.errors import MissingFile, NoPhotos
from stylo.visual.decoding import UnreadablePhoto
from stylo.visual.photos import open_photos

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
    with pytest.raises(NoPhotos, match="contains no photo named like"):
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
