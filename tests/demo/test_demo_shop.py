"""A shop as a whole: the same bytes twice, small ones, bad options, an old shop replaced."""

import errno
import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import REPOSITORY, obey_ctrl_c
from PIL import Image

from stylo.errors import BadOption, CannotWrite, StyloError
from stylo_demo import shop as shop_module
from stylo_demo.catalogue import make_catalogue
from stylo_demo.photo import write_photo
from stylo_demo.shop import MARKER, TABLES, write_shop
from stylo_demo.tables import Receipts

TINY = {"articles": 12, "customers": 20, "days": 40}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_shop(tmp_path / name, **TINY)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    write_shop(tmp_path / "one", **TINY, seed=1)
    write_shop(tmp_path / "two", **TINY, seed=2)
    first, second = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert all(first[name] != second[name] for name in TABLES)


def test_photos_are_the_same_whether_drawn_alone_or_in_a_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(tmp_path / "alone", **TINY)
    monkeypatch.setattr(shop_module, "_ALONE", 1)
    write_shop(tmp_path / "pool", **TINY)
    assert digests(tmp_path / "alone") == digests(tmp_path / "pool")


@pytest.mark.parametrize("counts", [(1, 1, 1), (1, 3, 7), (3, 1, 8), (35, 5, 15)])
def test_the_smallest_shops_work(tmp_path: Path, counts: tuple[int, int, int]) -> None:
    articles, customers, days = counts
    summary = write_shop(tmp_path, articles=articles, customers=customers, days=days)
    assert (summary.articles, summary.customers) == (articles, customers)
    assert all((tmp_path / name).exists() for name in (*TABLES, MARKER))


def test_a_new_shop_replaces_the_old_one_and_its_photos(tmp_path: Path) -> None:
    write_shop(tmp_path, **TINY, seed=1)
    write_shop(tmp_path, **TINY, seed=2)
    write_shop(tmp_path / "fresh", **TINY, seed=2)
    fresh = digests(tmp_path / "fresh")
    assert {
        name: digest for name, digest in digests(tmp_path).items() if not name.startswith("fresh")
    } == fresh


def test_a_photo_that_somebody_put_beside_a_demo_shop_is_not_taken_for_one_of_its_own(tmp_path: Path) -> None:
    write_shop(tmp_path, **TINY, seed=1)
    (tmp_path / "images" / "099").mkdir()
    (tmp_path / "images" / "099" / "0999999999.jpg").write_bytes(b"somebody's")
    before = digests(tmp_path)
    with pytest.raises(BadOption, match="the demo did not make"):
        write_shop(tmp_path, **TINY, seed=2)
    assert digests(tmp_path) == before


def failing_after(weeks: int, error: BaseException) -> Callable[..., None]:
    """`Receipts.add` that ends with an error when so many weeks are written."""
    add, written = Receipts.add, count()

    def fail(self: Receipts, *week: Any) -> None:
        if next(written) == weeks:
            raise error
        add(self, *week)

    return fail


def test_an_interrupted_run_leaves_the_old_shop_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(tmp_path, **TINY, seed=1)
    before = digests(tmp_path)
    monkeypatch.setattr(Receipts, "add", failing_after(3, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_shop(tmp_path, **TINY, seed=2)
    assert digests(tmp_path) == before


def test_a_disk_that_fills_up_leaves_the_old_shop_whole_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(tmp_path, **TINY, seed=1)
    before = digests(tmp_path)
    monkeypatch.setattr(Receipts, "add", failing_after(3, OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(CannotWrite, match="the disk is full"):
        write_shop(tmp_path, **TINY, seed=2)
    assert digests(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_stopped_while_it_writes_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    write_shop(tmp_path, **TINY)
    before = digests(tmp_path)
    command = [sys.executable, "-m", "stylo.demo", "--out", tmp_path, "--scale", "0.1"]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=obey_ctrl_c
    )
    while process.poll() is None and not any(
        table.stat().st_size > 10**6 for table in tmp_path.glob(".demo-*/transactions_train.csv")
    ):
        pass
    process.send_signal(number)
    _, complaint = process.communicate()
    assert process.returncode != 0
    assert b"Traceback" not in complaint
    assert digests(tmp_path) == before
    assert not list(tmp_path.glob(".demo-*"))


def test_as_many_photos_are_drawn_as_wanted_in_the_size_wanted(tmp_path: Path) -> None:
    summary = write_shop(tmp_path, **TINY, images=5, image_size=(200, 300))
    photos = list((tmp_path / "images").glob("*/*.jpg"))
    assert len(photos) == summary.photos == 5
    for photo in photos:
        with Image.open(photo) as image:
            assert image.size == (200, 300)


def test_the_number_of_photos_changes_nothing_else(tmp_path: Path) -> None:
    write_shop(tmp_path / "none", **TINY, images=0)
    write_shop(tmp_path / "some", **TINY, images=3)
    write_shop(tmp_path / "all", **TINY)
    none, some, all_ = (digests(tmp_path / name) for name in ("none", "some", "all"))
    assert all(none[name] == some[name] == all_[name] for name in TABLES)
    photos = {name for name in some if name.startswith("images")}
    assert len(photos) == 3
    assert all(some[name] == all_[name] for name in photos)
    assert not any(name.startswith("images") for name in none)


def test_a_photo_in_another_size_is_the_same_picture(tmp_path: Path) -> None:
    article = make_catalogue(40, 20, seed=1)[7]
    write_photo(article, tmp_path / "usual.jpg")
    write_photo(article, tmp_path / "kaggles.jpg", (1166, 1750))
    with Image.open(tmp_path / "usual.jpg") as usual, Image.open(tmp_path / "kaggles.jpg") as large:
        assert (usual.size, large.size) == ((400, 600), (1166, 1750))
        reduced = np.asarray(large.resize((400, 600), Image.Resampling.LANCZOS), dtype=float)
        assert np.abs(reduced - np.asarray(usual, dtype=float)).mean() < 3


@pytest.mark.parametrize("name", [*TABLES, "images/010/0108775015.jpg"])
def test_data_that_is_not_the_demos_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("precious")
    with pytest.raises(BadOption, match="--out"):
        write_shop(tmp_path, **TINY)
    assert digests(tmp_path).keys() == {name}


@pytest.mark.parametrize(
    "options",
    [{"articles": 0}, {"articles": -3}, {"customers": 0}, {"days": 0}, {"days": 99999}, {"seed": -1}],
)
def test_counts_out_of_bounds_are_refused(tmp_path: Path, options: dict[str, int]) -> None:
    with pytest.raises(BadOption) as refused:
        write_shop(tmp_path / "shop", **{**TINY, **options})
    assert f"--{next(iter(options))}" in str(refused.value)
    assert not (tmp_path / "shop").exists()


def test_an_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")
    with pytest.raises(BadOption, match="is a file"):
        write_shop(tmp_path / "shop", **TINY)


def test_an_out_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((CannotWrite, BadOption)) as refused:
        write_shop(tmp_path / "file" / "shop", **TINY)
    assert isinstance(refused.value, StyloError)


def test_real_tables_put_into_an_old_demo_shop_are_not_overwritten(tmp_path: Path) -> None:
    write_shop(tmp_path, articles=3, customers=5, days=20)
    real = tmp_path / "transactions_train.csv"
    real.write_text("real data\n")
    with pytest.raises(BadOption, match=r"transactions_train\.csv is there"):
        write_shop(tmp_path, articles=3, customers=5, days=20)
    assert real.read_text() == "real data\n"


def test_a_projects_folder_is_no_place_for_a_shop(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(BadOption, match="not a place for a shop"):
        write_shop(tmp_path, articles=3, customers=5, days=20)


def test_a_folder_of_real_artefacts_is_no_place_for_a_shop(tmp_path: Path) -> None:
    (tmp_path / "transactions.parquet").write_bytes(b"real")
    with pytest.raises(BadOption, match="did not make"):
        write_shop(tmp_path, articles=3, customers=5, days=20)
    assert [path.name for path in tmp_path.iterdir()] == ["transactions.parquet"]
