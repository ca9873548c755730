"""What a person does wrong: exit status 2, a message that says what, where and what to do, nothing lost."""

from __future__ import annotations

import json
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
from helpers import REPOSITORY, obey_ctrl_c, run_script, write_tiny_shop

from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split


@pytest.fixture
def shop(demo_shop: Path, tmp_path: Path) -> Path:
    """A copy of the demo shop after all scripts, to be spoilt."""
    return Path(shutil.copytree(demo_shop, tmp_path / "shop", ignore=shutil.ignore_patterns("copy")))


def artefacts(shop: Path) -> dict[str, bytes]:
    kinds = (".parquet", ".npy", ".json")
    return {path.name: path.read_bytes() for path in shop.iterdir() if path.suffix in kinds}


def refused(shop: Path, *command: str | Path, words: str, env: dict[str, str] | None = None) -> str:
    """Runs a script that must fail politely and leave all artefacts as they were."""
    before = artefacts(shop)
    done = run_script(command[0], "--data", shop, *command[1:], env=env)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert artefacts(shop) == before
    assert not list(shop.glob(".*.tmp"))
    return done.stderr


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def truncate(name: str) -> Callable[[Path], None]:
    def spoil(shop: Path) -> None:
        path = shop / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return spoil


def remove(name: str) -> Callable[[Path], None]:
    return lambda shop: (shop / name).unlink()


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
    valid = (shop / "valid_split.parquet").read_bytes()
    split(DataFolder(shop), date(2020, 9, 1))
    (shop / "valid_split.parquet").write_bytes(valid)


def other_order(shop: Path) -> None:
    path = shop / "visual_features.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"article_ids": facts["article_ids"][::-1]}))


def archive(shop: Path) -> None:
    path = shop / "visual_features.npy"
    with path.open("wb") as file:
        np.savez(file, a=np.ones((2, 2)))


def damage(shop: Path) -> None:
    path = shop / "train_split.parquet"
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
        "transactions.parquet is damaged",
    ),
    "a truncated split": (truncate("train_split.parquet"), ("final.py",), "train_split.parquet is damaged"),
    "a missing split": (remove("valid_split.parquet"), ("final.py",), "python split_data.py"),
    "vectors of other articles": (swap_vectors, ("visual_reccs.py",), "does not match its JSON"),
    "truncated vectors": (truncate("visual_features.npy"), ("visual_reccs.py",), "visual_features.npy"),
    "a lonely matrix": (remove("visual_features.json"), ("visual_reccs.py",), "whose vectors"),
    "an empty images folder": (
        lambda shop: (shop / "nothing").mkdir(),
        ("visual_features.py", "--weights", "random", "--images", "nothing"),
        "holds no photo named like",
    ),
    "weeks before the data": (lambda _: None, ("final.py", "--weeks", "500"), "Nothing is known before"),
    "no weeks": (lambda _: None, ("individual_baseline.py", "--weeks", "0"), "--weeks 0"),
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
    "a cutoff at the end of time": (
        lambda _: None,
        ("split_data.py", "--cutoff", "9999-12-30"),
        "The data run",
    ),
    "days without end": (lambda _: None, ("split_data.py", "--days", "3000000"), "--days 3000000"),
    "weeks without end": (lambda _: None, ("final.py", "--weeks", "1000000"), "--weeks 1000000"),
    "customers of another shop": (other_customers, ("final.py",), "customers.parquet"),
    "a catalogue of another shop": (other_articles, ("final.py",), "another articles.parquet"),
    "sides of two cuts": (other_cut, ("individual_baseline.py",), "were not cut together"),
    "vectors in another order": (other_order, ("final.py",), "another visual_features.npy"),
    "an archive of arrays": (archive, ("visual_reccs.py",), "no matrix of real numbers"),
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
    placed = [
        shop / part if part in ("nothing", "images", "file/x.csv", "reports") else part for part in command
    ]
    refused(shop, *placed, words=words)


def test_stale_artefacts_are_not_mixed(shop: Path) -> None:
    replace(shop / "transactions_train.csv", "\n2020-09-22,", "\n2020-09-21,")
    assert run_script("data_optim.py", "--data", shop).returncode == 0
    message = refused(shop, "final.py", words="it was made from another transactions.parquet")
    assert "python split_data.py --data" in message


def test_an_artefact_of_another_maker_is_foreign(shop: Path) -> None:
    pl.read_parquet(shop / "train_split.parquet").write_parquet(shop / "train_split.parquet")
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
        "--weights",
        "random",
        "--limit",
        "4",
    )
    done = run_script(*command)
    assert done.returncode == 0, done.stderr
    report = json.loads((shop / "reports" / "visual_features.json").read_text())
    assert sorted(report["corrupt"]) == [first.stem, second.stem]
    assert report["photos_encoded"] == 2
    assert "2" in [line.split()[-1] for line in done.stdout.splitlines() if "cannot be read" in line]


def test_a_folder_that_cannot_be_written_is_named(shop: Path) -> None:
    done = run_script("data_optim.py", "--raw", shop, "--data", shop / "articles.csv")
    assert done.returncode == 2
    assert "a file stands where a folder should be" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a file's size, as a full disk would")
def test_a_disk_that_fills_up_leaves_the_old_tables_whole(shop: Path) -> None:
    before = artefacts(shop)

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "data_optim.py", "--data", str(shop)],
        cwd=REPOSITORY,
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert artefacts(shop) == before
    assert not list(shop.glob(".*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_a_write_leaves_everything_whole(
    shop: Path, number: signal.Signals
) -> None:
    before = artefacts(shop)
    command = [
        "visual_features.py",
        "--data",
        str(shop),
        "--images",
        str(shop / "images"),
        "--weights",
        "random",
    ]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, preexec_fn=obey_ctrl_c
    )
    deadline = time.monotonic() + 120
    while not list(shop.glob(".visual_features.npy.*.tmp")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, message = process.communicate()
    assert process.returncode == 2
    assert "Interrupted" in message
    assert "Traceback" not in message
    assert artefacts(shop) == before
    assert not list(shop.glob(".*.tmp"))
