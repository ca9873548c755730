"""What a person does wrong: exit status 2, a message that says what, where and what to do, nothing lost."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import (
    REPOSITORY,
    SLOW,
    bought,
    copy_table,
    given_back,
    kept,
    obey_ctrl_c,
    random_rows,
    run_here,
    run_script,
    tables,
    write_shop,
    write_tiny_shop,
    write_transactions,
)

from stylo.artefacts import writing
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split


@pytest.fixture
def shop(demo_shop: Path, tmp_path: Path) -> Path:
    """A copy of the demo shop after all scripts, to be spoilt."""
    return Path(shutil.copytree(demo_shop, tmp_path / "shop", ignore=shutil.ignore_patterns("copy")))


def refused(shop: Path, *command: str | Path, words: str, env: dict[str, str] | None = None) -> str:
    """Runs a script that must fail politely and leave all artefacts as they were."""
    before = tables(shop)
    done = run_here(command[0], "--data", shop, *command[1:], env=env)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(shop) == before
    return done.stderr


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def largest(table: Path) -> Path:
    """A file, or a table's largest part."""
    return max(table.iterdir(), key=lambda part: part.stat().st_size) if table.is_dir() else table


def truncate(name: str) -> Callable[[Path], None]:
    def spoil(shop: Path) -> None:
        path = largest(shop / name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return spoil


def remove(name: str) -> Callable[[Path], None]:
    def spoil(shop: Path) -> None:
        path = shop / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def swap_vectors(shop: Path) -> None:
    path = shop / "visual_features.npy"
    vectors = np.load(path)
    np.save(path, vectors[:-1])


def other_shop(shop: Path) -> Path:
    """The tables of the tiny shop, beside."""
    folder = shop / "other"
    write_tiny_shop(folder)
    convert(folder, DataFolder(folder))
    return folder


def other_customers(shop: Path) -> None:
    shutil.copy(other_shop(shop) / "customers.parquet", shop)


def other_articles(shop: Path) -> None:
    shutil.copy(other_shop(shop) / "articles.parquet", shop)


def other_cut(shop: Path) -> None:
    (shop / "other").mkdir()
    copy_table(shop / "valid_split.parquet", shop / "other")
    split(DataFolder(shop), date(2020, 9, 1))
    shutil.rmtree(shop / "valid_split.parquet")
    copy_table(shop / "other" / "valid_split.parquet", shop)


def other_order(shop: Path) -> None:
    path = shop / "visual_features.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"article_ids": facts["article_ids"][::-1]}))


def archive(shop: Path) -> None:
    path = shop / "visual_features.npy"
    with path.open("wb") as file:
        np.savez(file, a=np.ones((2, 2)))


def damage(shop: Path) -> None:
    path = largest(shop / "train_split.parquet")
    data = bytearray(path.read_bytes())
    data[100:400] = bytes(300)
    path.write_bytes(bytes(data))


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda shop: replace(shop / name, old, new)


SPOILT: dict[str, tuple[Callable[[Path], None], tuple[str, ...], str]] = {
    "a missing CSV": (remove("articles.csv"), ("data_optim.py",), "articles.csv is not there"),
    "a renamed column": (
        edit("articles.csv", "prod_name", "name"),
        ("data_optim.py",),
        "no column 'prod_name'",
    ),
    "a bad date": (
        edit("transactions_train.csv", "\n2020-", "\n2020/"),
        ("data_optim.py",),
        "is not a date as",
    ),
    "a bad price": (
        edit("transactions_train.csv", ",0.0", ",O.0"),
        ("data_optim.py",),
        "line 2, price: 'O.0",
    ),
    "an article id without its zero": (
        edit("articles.csv", "\n0", "\n"),
        ("data_optim.py",),
        "line 2, article_id",
    ),
    "a cutoff outside the data": (
        lambda _: None,
        ("split_data.py", "--cutoff", "2030-01-01"),
        "The data run from",
    ),
    "a cutoff that is no date": (lambda _: None, ("split_data.py", "--cutoff", "16.9.2020"), "--cutoff"),
    "an unknown option": (lambda _: None, ("split_data.py", "--cutof", "2020-09-16"), "No such option"),
    "a number that is none": (lambda _: None, ("visual_reccs.py", "--k", "twelve"), "--k"),
    "truncated transactions": (
        truncate("transactions.parquet"),
        ("split_data.py",),
        "transactions.parquet is incomplete",
    ),
    "a truncated split": (
        truncate("train_split.parquet"),
        ("final.py",),
        "train_split.parquet is incomplete",
    ),
    "a missing split": (remove("valid_split.parquet"), ("final.py",), "python split_data.py"),
    "vectors of other articles": (swap_vectors, ("visual_reccs.py",), "does not match its JSON"),
    "truncated vectors": (truncate("visual_features.npy"), ("visual_reccs.py",), "visual_features.npy"),
    "a lonely matrix": (remove("visual_features.json"), ("visual_reccs.py",), "whose vectors"),
    "an empty images folder": (
        lambda shop: (shop / "nothing").mkdir(),
        ("visual_features.py", "--weights", "random", "--images", "nothing"),
        "contains no photo named like",
    ),
    "weeks before the data": (lambda _: None, ("final.py", "--weeks", "500"), "Nothing is known before"),
    "no weeks": (
        lambda _: None,
        ("individual_baseline.py", "--weeks", "0"),
        "0 weeks is not possible: choose 1 to",
    ),
    "weights that are not there": (
        lambda _: None,
        ("visual_features.py", "--weights", "nowhere.h5", "--images", "images"),
        "nowhere.h5: there is no such file",
    ),
    "a submission that is a folder": (
        lambda _: None,
        ("final.py", "--submission", "reports"),
        "a folder stands where a file should be",
    ),
    "a submission in place of a table": (
        lambda _: None,
        ("final.py", "--tune", "--submission", "customers.parquet"),
        "does not end in any of .csv, .csv.gz, .zip",
    ),
    "a submission in place of a CSV": (
        lambda _: None,
        ("final.py", "--tune", "--submission", "articles.csv"),
        "articles.csv is the name of a file that data_optim.py reads",
    ),
    "a cutoff at the end of time": (
        lambda _: None,
        ("split_data.py", "--cutoff", "9999-12-30"),
        "The data run",
    ),
    "days without end": (lambda _: None, ("split_data.py", "--days", "3000000"), "--days 3000000"),
    "weeks without end": (
        lambda _: None,
        ("final.py", "--weeks", "1000000"),
        "1,000,000 weeks is not possible: choose 1 to",
    ),
    "customers of another shop": (other_customers, ("final.py",), "customers.parquet"),
    "a catalogue of another shop": (other_articles, ("final.py",), "another articles.parquet"),
    "sides of two cuts": (other_cut, ("individual_baseline.py",), "were not made by the same split"),
    "vectors in another order": (other_order, ("final.py",), "another visual_features.npy"),
    "an archive of arrays": (archive, ("visual_reccs.py",), "not a matrix of real numbers"),
    "a table damaged in its middle": (damage, ("individual_baseline.py",), "damaged"),
    "a submission in no folder": (
        lambda shop: (shop / "file").write_text(""),
        ("final.py", "--submission", "file/x.csv"),
        "a file stands where a folder should be",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_it_is_refused_politely(case: str, shop: Path) -> None:
    spoil, command, words = SPOILT[case]
    spoil(shop)
    inside = ("nothing", "images", "file/x.csv", "reports", "customers.parquet", "articles.csv")
    placed = [shop / part if part in inside else part for part in command]
    refused(shop, *placed, words=words)


def test_stale_artefacts_are_not_mixed(shop: Path) -> None:
    replace(shop / "transactions_train.csv", "\n2020-09-22,", "\n2020-09-21,")
    assert run_here("data_optim.py", "--data", shop).returncode == 0
    message = refused(shop, "final.py", words="it was made from another transactions.parquet")
    assert "python split_data.py --data" in message


def test_an_artefact_of_another_maker_is_foreign(shop: Path) -> None:
    rows = pl.read_parquet(shop / "train_split.parquet")
    shutil.rmtree(shop / "train_split.parquet")
    rows.write_parquet(shop / "train_split.parquet")
    refused(shop, "final.py", words="it was not made by split_data.py")


def test_corrupt_photos_are_skipped_counted_and_listed(shop: Path) -> None:
    first, second, *_ = sorted((shop / "images").rglob("*.jpg"))
    first.write_bytes(first.read_bytes()[:500])
    second.write_text("a text")
    command = (
        "visual_features.py",
        "--data",
        shop,
        "--images",
        shop / "images",
        "--model",
        "efficientnet-lite0",
        "--weights",
        "random",
        "--limit",
        "4",
    )
    done = run_here(*command)
    assert done.returncode == 0, done.stderr
    report = json.loads((shop / "reports" / "visual_features.json").read_text())
    assert sorted(report["corrupt"]) == [first.stem, second.stem]
    assert (report["photos_encoded"], report["photos_reused"]) == (0, 2)
    assert "2" in [line.split()[-1] for line in done.stdout.splitlines() if "cannot be read" in line]


def test_a_folder_that_cannot_be_written_is_named(shop: Path) -> None:
    done = run_here("data_optim.py", "--raw", shop, "--data", shop / "articles.csv")
    assert done.returncode == 2
    assert "a file stands where a folder should be" in done.stderr


def run_with_little_room(size: int, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a script that may write no file of more than `size` bytes, as on a full disk."""

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a file's size, as a full disk would")
def test_a_disk_that_fills_up_leaves_the_old_tables_whole(shop: Path) -> None:
    before = tables(shop)
    done = run_with_little_room(4096, "data_optim.py", "--data", str(shop))
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(shop) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a file's size, as a full disk would")
@pytest.mark.parametrize("way", [[], ["--quarantine"], ["--append"]], ids=str)
def test_a_disk_that_fills_up_in_the_middle_of_the_transactions_leaves_the_old_tables_whole(
    tmp_path: Path, way: list[str]
) -> None:
    shop = write_shop(tmp_path / "shop", random_rows(1, 1000))
    convert(shop, DataFolder(shop))
    before = tables(shop)
    days = write_transactions(tmp_path / "days.csv", random_rows(2, 60_000, "2020-06-01", 20))
    if way == ["--append"]:
        way = ["--append", str(days)]
    else:
        shutil.copy(days, shop / "transactions_train.csv")

    done = run_with_little_room(50_000, "data_optim.py", "--data", str(shop), *way)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: files may not grow that large here" in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(shop) == before


@pytest.mark.parametrize("command", [["data_optim.py"], ["data_optim.py", "--append", "days.csv"]], ids=str)
def test_a_second_run_on_one_folder_is_told_to_wait(tmp_path: Path, command: list[str]) -> None:
    shop = write_shop(tmp_path / "shop", random_rows(1, 100))
    convert(shop, DataFolder(shop))
    days = write_transactions(tmp_path / "days.csv", random_rows(2, 10, "2020-06-01"))
    command = [str(days) if word == "days.csv" else word for word in command]
    before = tables(shop)
    with writing(shop / "transactions.json") as (temporary,):
        shutil.copy(shop / "transactions.json", temporary)
        done = run_script(*command, "--data", shop)
        assert done.returncode == 2
        assert f"Another run is writing {shop / 'transactions.json'} (process {os.getpid()})" in done.stderr
        assert "Wait until it has finished" in done.stderr
        assert not done.stdout
        assert {name: data for name, data in tables(shop).items() if not name.startswith(".")} == before
    assert run_here(*command, "--data", shop).returncode == 0
    assert not list(shop.glob(".*"))


def test_of_two_runs_at_once_one_makes_the_tables_whole_and_one_is_refused(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", random_rows(1, 200_000))
    command = [sys.executable, "data_optim.py", "--data", str(shop)]
    first = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(lambda: bool(list(shop.glob(".transactions.parquet.*.tmp"))), first)
    first.send_signal(signal.SIGSTOP)
    try:
        done = run_script("data_optim.py", "--data", shop)
    finally:
        first.send_signal(signal.SIGCONT)
    assert first.wait(120) == 0
    assert done.returncode == 2
    assert f"(process {first.pid})" in done.stderr
    assert DataFolder(shop).scan("transactions.parquet").collect().height == 220_000
    assert not list(shop.glob(".*"))


@pytest.mark.parametrize("way", ["convert", "append"])
def test_a_kill_in_the_middle_of_a_write_leaves_the_old_tables_whole_and_the_next_run_clears_up(
    tmp_path: Path, way: str
) -> None:
    old, new = random_rows(1, 1000), random_rows(2, 200_000, "2020-06-01", 60)
    shop = write_shop(tmp_path / "shop", old)
    convert(shop, DataFolder(shop))
    before = tables(shop)
    command = [sys.executable, "data_optim.py", "--data", str(shop)]
    if way == "convert":
        write_transactions(shop / "transactions_train.csv", new)
        place = ".transactions.parquet.*.tmp"
    else:
        command += ["--append", str(write_transactions(tmp_path / "days.csv", new))]
        place = ".transactions.parquet.*.append"
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(lambda: any(list(folder.iterdir()) for folder in shop.glob(place)), process)
    process.kill()
    process.wait()
    left = tables(shop)
    assert {name: data for name, data in left.items() if not name.startswith(".")} == before
    assert left != before
    assert given_back(shop) == kept(old)
    assert run_here(*command[1:]).returncode == 0
    assert given_back(shop) == kept(new if way == "convert" else [*old, *new])
    assert not list(shop.glob(".*"))


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SLOW
    while not happened():
        assert process.poll() is None, "it was over before it was seen"
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_new_days_by_the_script_are_shown_and_make_what_follows_out_of_date(tmp_path: Path) -> None:
    rows = random_rows(1, 300)
    shop = write_shop(tmp_path / "shop", rows)
    assert run_here("data_optim.py", "--data", shop).returncode == 0
    assert run_here("split_data.py", "--data", shop, "--folds", "2").returncode == 0
    days = write_transactions(tmp_path / "days.csv", [bought("2020-06-01", 1), bought("2020-06-02", 99)])
    before = tables(shop)
    refused(shop, "data_optim.py", "--append", days, words="line 3, customer_id:")
    assert tables(shop) == before
    done = run_here("data_optim.py", "--data", shop, "--append", days, "--quarantine")
    assert done.returncode == 0, done.stderr
    assert "Added: 1 rows, 2020-06-01 to 2020-06-01." in done.stdout
    assert "1 rows were set aside" in done.stdout
    report = json.loads((shop / "reports" / "data_optim.json").read_text())["tables"]["transactions"]
    assert (report["records"], report["rows"], report["rejected"]) == (2, 1, 1)
    again = run_here("data_optim.py", "--data", shop, "--append", days, "--quarantine")
    assert again.returncode == 0
    assert "Nothing to add" in again.stdout
    refused(shop, "individual_baseline.py", words="it was made from another transactions.parquet")
    write_transactions(days, [bought("2020-06-01", 1, 2)])
    refused(shop, "data_optim.py", "--append", days, words="only in the CSV: 2020-06-01")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_a_write_leaves_everything_whole(
    shop: Path, number: signal.Signals
) -> None:
    before = tables(shop)
    command = [
        "visual_features.py",
        "--data",
        str(shop),
        "--images",
        str(shop / "images"),
        "--model",
        "efficientnet-lite0",
        "--weights",
        "random",
    ]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, preexec_fn=obey_ctrl_c
    )
    deadline = time.monotonic() + SLOW
    while not list(shop.glob(".visual_features.npy.*.tmp")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, message = process.communicate()
    assert process.returncode == 2
    assert "Interrupted" in message
    assert "Traceback" not in message
    assert tables(shop) == before
