"""What Python cannot unpack is known before it is tried."""

from __future__ import annotations

import io
import zipfile

import pytest

from stylo.packed import why_not_unpacked


def member(method: int = zipfile.ZIP_DEFLATED, flags: int = 0) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("a.csv")
    found.compress_type, found.flag_bits = method, flags
    return found


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_what_python_packs_it_unpacks(method: int) -> None:
    with zipfile.ZipFile(io.BytesIO(), "w", method) as archive:
        archive.writestr("a.csv", "a" * 100)
        assert why_not_unpacked(archive.getinfo("a.csv")) is None


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (member(9), "is compressed with Deflate64, which cannot be unpacked here"),
        (member(42), "is compressed with method 42, which cannot be unpacked here"),
        (member(flags=0x20), "is a patch of another file"),
        (member(flags=0x01), "is encrypted"),
        (member(99, 0x01), "is encrypted"),
        (member(flags=0x40), "is encrypted"),
    ],
)
def test_each_obstacle_is_named(found: zipfile.ZipInfo, why: str) -> None:
    assert why_not_unpacked(found) == why
