"""Thumbnails: where they lie, what they look like."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylo.tables.folder import DataFolder
from stylo.visual.photos import open_image
from stylo.visual.thumbnails import WIDTH, Thumbnails


def test_a_thumbnail_lies_under_its_articles_id_and_keeps_the_shape(tmp_path: Path) -> None:
    thumbnails = Thumbnails.of(DataFolder(tmp_path))
    assert thumbnails.find(108775015) is None
    thumbnails.write(108775015, Image.new("RGB", (360, 540), (200, 30, 30)))
    path = tmp_path / "thumbnails" / "010" / "0108775015.jpg"
    assert thumbnails.find(108775015) == path
    assert thumbnails.articles() == {108775015}
    with Image.open(path) as small:
        assert (small.format, small.size) == ("JPEG", (WIDTH, 432))
        assert np.abs(np.asarray(small).astype(int) - [200, 30, 30]).max() <= 4
    assert [file.name for file in path.parent.iterdir()] == ["0108775015.jpg"]


def test_a_picture_that_is_hardly_wider_is_not_resampled(tmp_path: Path) -> None:
    """A photo of 1166 × 1750 pixels, as Kaggle has it, is decoded at a quarter of its size."""
    thumbnails = Thumbnails(tmp_path)
    for article, size, expected in (
        (1, (292, 438), (292, 438)),
        (2, (293, 440), (293, 440)),
        (3, (294, 440), (WIDTH, 431)),
        (4, (287, 430), (WIDTH, 431)),
        (5, (290, 3000), (290, 4 * 290)),
    ):
        thumbnails.write(article, Image.new("RGB", size))
        with Image.open(thumbnails.path(article)) as small:
            assert small.size == expected


def test_a_thumbnail_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        Thumbnails(tmp_path).write(1, Image.new("RGB", (300, 450)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_removing_what_is_not_there_is_no_fault_and_empty_folders_go(tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path)
    thumbnails.clean_up()
    thumbnails.write(1, Image.new("RGB", (300, 450)))
    thumbnails.remove([1, 2])
    thumbnails.clean_up()
    assert not list(tmp_path.iterdir())


@pytest.mark.sample
def test_a_thumbnail_of_a_real_photo_has_about_ten_kilobytes(hm_sample: Path, tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path)
    for path in sorted((hm_sample / "images").rglob("*.jpg"))[:200]:
        thumbnails.write(int(path.stem), open_image(path.read_bytes(), 224))
    sizes = [thumbnails.path(article).stat().st_size for article in thumbnails.articles()]
    assert len(sizes) == 200
    assert 7_000 < np.mean(sizes) < 12_000
