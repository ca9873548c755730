"""Zips of photos as all sorts of tools pack them, and as downloads and disks leave them."""

from __future__ import annotations

import io
import random
import struct
import tempfile
import tracemalloc
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest
from helpers import jpeg, put
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.errors import NoPhotos
from stylo.visual.photos import Photos, UnreadablePhoto, open_photos

PHOTO = jpeg()
TWO = {"010/0108775015.jpg": PHOTO, "020/0200000001.jpg": PHOTO}


def packed(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path / "photos.zip", "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path / "photos.zip"


def headers(path: Path, *, flags: int | None = None, method: int | None = None, of: str = "") -> Path:
    """Sets flags or method of members, in both of their headers, as another tool would have written them."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        chosen = [member for member in archive.infolist() if of in member.filename]
        directory = archive.start_dir
        places = [(member.header_offset, 6) for member in chosen]
        for member in archive.infolist():
            if member in chosen:
                places.append((directory, 8))
            directory += 46 + len(member.orig_filename.encode()) + len(member.extra) + len(member.comment)
    for start, offset in places:
        if flags is not None:
            struct.pack_into("<H", data, start + offset, flags)
        if method is not None:
            struct.pack_into("<H", data, start + offset + 2, method)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "images\\010\\0108775015.jpg",
        "C:\\Users\\me\\images\\010\\0108775015.JPG",
        "images/images/010/0108775015.jpeg",
        "./010/0108775015.JPEG",
        "Bilder für den Shop/010/0108775015.jpg",
        "0108775015.Jpg",
    ],
)
def test_a_photo_is_found_however_its_tool_writes_the_path(name: str, tmp_path: Path) -> None:
    path = packed(tmp_path, {name: PHOTO})
    # zipfile itself writes slashes: put the name back as it was, byte by byte.
    path.write_bytes(path.read_bytes().replace(name.replace("\\", "/").encode(), name.encode()))
    photos = open_photos(path)
    assert photos.articles == [108775015]
    assert photos.read(108775015) == PHOTO


def test_names_in_the_letters_of_dos_do_no_harm(tmp_path: Path) -> None:
    path = packed(tmp_path, {"Bxlder/010/0108775015.jpg": PHOTO})
    path.write_bytes(path.read_bytes().replace(b"Bxlder", b"B\x81lder"))  # ü in code page 437
    assert open_photos(path).read(108775015) == PHOTO


def test_what_macs_and_windows_add_is_no_photo(tmp_path: Path) -> None:
    members = {
        "__MACOSX/010/._0108775015.jpg": b"x",
        "__MACOSX/010/0108775016.jpg": b"x",
        "010/.thumbs/0108775017.jpg": b"x",
        "010/Thumbs.db": b"x",
        "010/0108775018.jpg/": b"",
        "010/0108775015.jpg": PHOTO,
    }
    assert open_photos(packed(tmp_path, members)).articles == [108775015]


def test_of_two_members_of_one_name_the_last_counts_as_when_it_is_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path, {"010/0108775015.jpg": b"older"})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("010/0108775015.jpg", PHOTO)
    assert open_photos(path).read(108775015) == PHOTO


@pytest.mark.parametrize(
    ("flags", "method", "why"),
    [
        (None, 9, "is compressed with Deflate64, which cannot be unpacked here"),
        (None, 98, "is compressed with PPMd, which cannot be unpacked here"),
        (1, None, "is encrypted"),
        (1, 99, "is encrypted"),
    ],
)
def test_what_cannot_be_unpacked_is_said_before_a_network_is_loaded(
    flags: int | None, method: int | None, why: str, tmp_path: Path
) -> None:
    path = headers(packed(tmp_path, TWO), flags=flags, method=method)
    with pytest.raises(NoPhotos, match="None of the 2 photos") as told:
        open_photos(path)
    assert told.value.where == f"The first, 010/0108775015.jpg, {why}."
    assert told.value.cure.startswith("Unpack it with the program that made it")


def test_single_members_that_cannot_be_unpacked_are_bad_photos_with_the_reason(tmp_path: Path) -> None:
    photos = open_photos(headers(packed(tmp_path, TWO), method=9, of="020"))
    assert photos.read(108775015) == PHOTO
    with pytest.raises(UnreadablePhoto, match="0200000001: it is compressed with Deflate64"):
        photos.read(200000001)


def test_a_download_that_was_cut_off_is_no_zip_and_the_cure_is_to_fetch_it_again(tmp_path: Path) -> None:
    path = packed(tmp_path, TWO)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(NoPhotos, match="is it complete\\? Download it again"):
        open_photos(path)


def claiming(path: Path, size: int) -> Path:
    """Says another size of the only member than it unpacks to."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 22, size)
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    path.write_bytes(bytes(data))
    return path


def memory_of_reading(photos: Photos) -> int:
    tracemalloc.start()
    with pytest.raises(UnreadablePhoto):
        photos.read(108775015)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    ("method", "size", "most"),
    [
        (zipfile.ZIP_DEFLATED, 100_000_000, 1_000_000),
        (zipfile.ZIP_LZMA, 40_000_000, 10_000_000),
        (zipfile.ZIP_BZIP2, 150_000_000, 110_000_000),  # one block of bzip2 holds 46 million zeros
    ],
)
def test_a_bomb_fills_no_memory_whatever_size_it_claims(
    method: int, size: int, most: int, tmp_path: Path
) -> None:
    path = packed(tmp_path, {"0108775015.jpg": bytes(size)}, method)
    assert path.stat().st_size < size / 900
    assert memory_of_reading(open_photos(claiming(path, 1000))) < most
    assert memory_of_reading(open_photos(claiming(path, 2**32 - 2))) < 100_000


SAMPLE = io.BytesIO()
with zipfile.ZipFile(SAMPLE, "w") as _archive:
    _archive.writestr("010/0108775015.jpg", PHOTO, zipfile.ZIP_STORED)
    _archive.writestr("020/0200000001.jpg", PHOTO, zipfile.ZIP_DEFLATED)
    _archive.writestr("030/0300000001.jpg", PHOTO, zipfile.ZIP_BZIP2)
    _archive.writestr("040/0400000001.jpg", PHOTO, zipfile.ZIP_LZMA)


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_zip_is_refused_or_has_bad_photos_and_nothing_else(seed: int, tmp_path: Path) -> None:
    draw, whole, path = random.Random(seed), SAMPLE.getvalue(), tmp_path / "photos.zip"
    directory = whole.index(b"PK\x01\x02")
    for _ in range(150):
        spoilt = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            place = (
                draw.randrange(directory, len(spoilt)) if draw.random() < 0.7 else draw.randrange(len(spoilt))
            )
            spoilt[place] = draw.choice([0, 0xFF, draw.randrange(256)])
        if draw.random() < 0.1:
            del spoilt[draw.randrange(len(spoilt)) :]
        path.write_bytes(bytes(spoilt))
        try:
            photos = open_photos(path)
        except NoPhotos as error:
            assert error.cure
            continue
        for article in photos.articles:
            try:
                photos.read(article)
            except UnreadablePhoto as error:
                assert str(error)


FOLDERS = st.sampled_from(
    ["images", "010", "0108775015", "a", "a b", "[x]", "ü", "0108775015.jpg", "..", "~", "x.zip"]
)
ENDINGS = st.sampled_from([".jpg", ".JPG", ".jpeg", ".Png", ".webp", ".gif", ".jpg.tmp", "", ".txt"])
PASSED_OVER = ["__MACOSX", ".hidden", "lost+found", "@eaDir"]


@given(
    st.lists(FOLDERS | st.sampled_from(PASSED_OVER), max_size=3),
    st.from_regex(r"[01]?[0-9]{8,10}", fullmatch=True),
    ENDINGS,
    st.sampled_from("/\\"),
)
@settings(max_examples=150, deadline=None)
def test_a_member_is_a_photo_by_ten_digits_with_a_zero_in_front_and_its_ending(
    folders: list[str], digits: str, ending: str, slash: str
) -> None:
    name = slash.join([*folders, digits + ending])
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, b"x")
    is_photo = (
        len(digits) == 10
        and digits.startswith("0")
        and ending.lower() in (".jpg", ".jpeg", ".png", ".webp")
        and not any(folder in PASSED_OVER for folder in folders)
    )
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(written.getvalue())
        file.flush()
        with nullcontext() if is_photo else pytest.raises(NoPhotos):
            assert open_photos(Path(file.name)).articles == [int(digits)]


@given(
    st.lists(st.tuples(st.lists(FOLDERS.filter(lambda name: name != ".."), max_size=3), ENDINGS), max_size=6)
)
@settings(max_examples=40, deadline=None)
def test_a_folder_and_its_zip_hold_the_same_photos(places: list[tuple[list[str], str]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "images")
        put(folder, "0000000000.jpg", PHOTO)
        for number, (folders, ending) in enumerate(places):
            # Two articles, so that some have several photos, of which the first path counts.
            name = "/".join([*folders, f"{number % 2 + 1:010d}{ending}"])
            put(folder, f"{name}", jpeg((number, 0, 0)))
        with zipfile.ZipFile(Path(root, "photos.zip"), "w") as archive:
            for path in folder.rglob("*"):
                archive.write(path, path.relative_to(root))
        found, same = open_photos(folder), open_photos(Path(root, "photos.zip"))
        assert found.articles == same.articles
        assert found.out_of_reach == {}
        assert [found.read(article) for article in found.articles] == [same.read(a) for a in same.articles]
