"""Photos: whether any came, went or changed, without opening one."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stylo.operations.nothing_new import photos_digest


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("010/0108775015.jpg", "020/0200000001.jpg"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"photo")
    return tmp_path / "images"


def replaced(images: Path) -> None:
    os.utime(images / "010" / "0108775015.jpg", (1, 1))


@pytest.mark.parametrize(
    "change",
    [
        replaced,
        lambda images: (images / "010" / "0108775015.jpg").write_bytes(b"another photo"),
        lambda images: (images / "010" / "0108775015.jpg").unlink(),
        lambda images: (images / "010" / "0108775044.jpg").write_bytes(b"photo"),
        lambda images: (images / "010").rename(images / "011"),
    ],
    ids=["newer", "larger", "gone", "new", "moved"],
)
def test_a_photo_that_comes_goes_or_changes_is_seen(images: Path, change: Callable[[Path], object]) -> None:
    before = photos_digest(images)
    assert before == photos_digest(images) != ""
    change(images)
    assert photos_digest(images) not in (before, "")


def test_what_is_no_photo_does_not_count(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = photos_digest(images)
    (images / ".DS_Store").write_bytes(b"x")
    (images / "010" / "read me.txt").write_text("x")
    (images / "circle").symlink_to(images)
    assert photos_digest(images) == before
    monkeypatch.chdir(images.parent)
    assert photos_digest(Path("images")) == before  # by whatever name the folder goes


def test_without_photos_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert photos_digest(tmp_path) == photos_digest(tmp_path / "away") == ""


def test_of_a_zip_size_and_time_count(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("010/0108775015.jpg", b"photo")
    before = photos_digest(path)
    os.utime(path, (1, 1))
    assert photos_digest(path) not in (before, "")
