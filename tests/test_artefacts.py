"""Artefacts: complete or not at all, and they know what they were made from."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from helpers import REPOSITORY, contents, obey_ctrl_c

from stylo.artefacts import (
    Manifest,
    Part,
    fingerprint,
    read_manifest,
    read_parts,
    sample_digest,
    write_list,
    write_parquet,
    writing,
)
from stylo.errors import Busy, CannotWrite, DamagedArtefact


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_files_take_their_names_together(tmp_path: Path) -> None:
    targets = tmp_path / "new" / "a", tmp_path / "new" / "b"
    with writing(*targets) as temporary:
        for path in temporary:
            path.write_text("new")
        assert not any(path.exists() for path in targets)
    assert files(tmp_path / "new") == ["a", "b"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError])
def test_trouble_leaves_the_old_file_and_nothing_else(tmp_path: Path, trouble: type[BaseException]) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    with pytest.raises(trouble), writing(target) as (temporary,):
        temporary.write_text("half")
        raise trouble
    assert target.read_text() == "old"
    assert files(tmp_path) == ["a"]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="the disk is full"), writing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert files(tmp_path) == []


def test_a_disk_that_is_full_at_a_place_of_another_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="the disk is full"), writing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "scratch"))


def test_a_file_of_another_name_that_cannot_be_read_is_another_error(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), writing(tmp_path / "a"):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "input.csv"))
    assert files(tmp_path) == []


@contextmanager
def a_run_that_writes(target: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a write; it completes it when it is told anything."""
    program = (
        "import sys; from pathlib import Path; from stylo.artefacts import writing\n"
        "with writing(Path(sys.argv[1])) as (t,):\n"
        "    t.write_text('theirs'); print('writing', flush=True); sys.stdin.readline()"
    )
    command = [sys.executable, "-c", program, str(target)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process


def test_what_a_killed_process_left_is_cleaned_up_and_its_target_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    with a_run_that_writes(target) as process:
        process.send_signal(signal.SIGKILL)
    assert target.read_text() == "old"
    assert files(tmp_path) == [f".a.{process.pid}.tmp", ".a.lock", "a"]
    with writing(target) as (temporary,):
        assert files(tmp_path) == sorted([temporary.name, ".a.lock", "a"])
        temporary.write_text("new")
    assert target.read_text() == "new"
    assert files(tmp_path) == ["a"]


def test_a_second_run_on_the_same_artefact_is_told_who_is_busy_and_disturbs_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with a_run_that_writes(target) as process:
        message = rf"Another run is writing {target} \(process {process.pid}\)"
        with pytest.raises(Busy, match=message), writing(tmp_path / "b", target):
            raise AssertionError("two runs at once")
        assert files(tmp_path) == [f".a.{process.pid}.tmp", ".a.lock"]
        with writing(tmp_path / "b") as (temporary,):  # another artefact is free
            temporary.write_text("mine")
        process.communicate("go on\n")
    assert target.read_text() == "theirs"
    assert files(tmp_path) == ["a", "b"]


def test_a_folder_takes_the_place_of_the_old_one_as_a_whole(tmp_path: Path) -> None:
    for content in ({"1": "old", "2": "old"}, {"2": "new", "3": "new"}):
        with writing(tmp_path / "a.json", folders=[tmp_path / "a"]) as (listed, folder):
            listed.write_text(" ".join(content))
            for name, text in content.items():
                (folder / name).write_text(text)
    assert {path.name: path.read_text() for path in (tmp_path / "a").iterdir()} == {"2": "new", "3": "new"}
    assert (tmp_path / "a.json").read_text() == "2 3"
    assert files(tmp_path) == ["a", "a.json"]


def test_trouble_leaves_the_old_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "part").write_text("old")
    with pytest.raises(KeyboardInterrupt), writing(folders=[tmp_path / "a"]) as (folder,):
        (folder / "part").write_text("half")
        raise KeyboardInterrupt
    assert contents(tmp_path / "a") == {"a/part": b"old"}
    assert files(tmp_path) == ["a"]


def test_a_folder_that_a_killed_run_had_moved_aside_comes_back(tmp_path: Path) -> None:
    aside = tmp_path / ".a.1.old"
    aside.mkdir()
    (aside / "part").write_text("old")
    with pytest.raises(ValueError, match="trouble"), writing(folders=[tmp_path / "a"]):
        raise ValueError("trouble")
    assert contents(tmp_path) == {f"{tmp_path.name}/a/part": b"old"}


def test_what_lies_under_a_longer_name_is_not_taken_for_a_leftover(tmp_path: Path) -> None:
    with writing(tmp_path / "a.csv") as (longer,):
        longer.write_text("longer")
        with writing(tmp_path / "a") as (shorter,):
            shorter.write_text("shorter")
    assert contents(tmp_path) == {f"{tmp_path.name}/a": b"shorter", f"{tmp_path.name}/a.csv": b"longer"}


@pytest.mark.parametrize("spoil", ["missing", "foreign", "cut off", "no list"])
def test_a_table_that_does_not_hold_its_parts_is_damaged(tmp_path: Path, spoil: str) -> None:
    table = tmp_path / "t.parquet"
    table.mkdir()
    day = date(2020, 9, 1)
    write_parquet(pl.DataFrame({"a": range(100)}), table / "1.parquet", Manifest("x"))
    write_list(tmp_path / "t.json", {"made_by": "x"}, [Part.of(table / "1.parquet", 100, day, day)])
    assert [(part.file, part.rows, part.first) for part in read_parts(table)] == [("1.parquet", 100, day)]
    if spoil == "missing":
        (table / "1.parquet").unlink()
    elif spoil == "foreign":
        (table / "2.parquet").write_bytes(b"")
    elif spoil == "cut off":
        (table / "1.parquet").write_bytes((table / "1.parquet").read_bytes()[:-1])
    else:
        (tmp_path / "t.json").write_text("[]")
    with pytest.raises(DamagedArtefact, match="list"):
        read_manifest(table)


def test_the_fingerprint_of_a_folder_is_that_of_its_parts(tmp_path: Path) -> None:
    seen = []
    for name, content, made_by in (("t", 1, "x"), ("same", 1, "y"), ("other", 2, "x")):
        table = tmp_path / f"{name}.parquet"
        table.mkdir()
        pl.DataFrame({"a": [content]}).write_parquet(table / "1.parquet")
        day = date(2020, 9, 1)
        write_list(
            table.with_suffix(".json"), {"made_by": made_by}, [Part.of(table / "1.parquet", 1, day, day)]
        )
        seen.append(fingerprint(table))
    assert seen[0] == seen[1] != seen[2]


def test_a_table_carries_its_manifest(tmp_path: Path) -> None:
    manifest = Manifest("split_data.py", {"transactions.parquet": "abc"}, {"days": 7})
    write_parquet(pl.DataFrame({"a": [1]}), tmp_path / "t.parquet", manifest)
    assert read_manifest(tmp_path / "t.parquet") == manifest
    assert fingerprint(tmp_path / "t.parquet") == manifest.fingerprint


def test_the_fingerprint_tells_inputs_and_parameters_but_not_the_hour() -> None:
    manifest = Manifest("final.py", {"x": "1"}, {"k": 12}, made_at="2020-01-01")
    assert (
        Manifest("final.py", {"x": "1"}, {"k": 12}, made_at="2021-01-01").fingerprint == manifest.fingerprint
    )
    assert Manifest("final.py", {"x": "2"}, {"k": 12}).fingerprint != manifest.fingerprint
    assert Manifest("final.py", {"x": "1"}, {"k": 13}).fingerprint != manifest.fingerprint


def test_a_truncated_table_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(pl.DataFrame({"a": range(1000)}), path, Manifest("x"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedArtefact, match=r"t\.parquet is damaged"):
        read_manifest(path)


def test_the_sampled_digest_sees_size_and_content(tmp_path: Path) -> None:
    path = tmp_path / "f"
    seen = set()
    for content in (b"", b"a", b"b", b"ab", bytes(10**6), bytes(10**6 - 1) + b"x", b"x" + bytes(10**6 - 1)):
        path.write_bytes(content)
        seen.add(sample_digest(path))
    assert len(seen) == 7


def test_ctrl_c_during_the_renames_waits_until_all_are_done(tmp_path: Path) -> None:
    targets = [tmp_path / str(n) for n in range(200)]
    program = (
        "import os, signal, sys; from pathlib import Path; from stylo import artefacts\n"
        "original = Path.replace\n"
        "def replace(self, target):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return original(self, target)\n"
        "Path.replace = replace\n"
        "with artefacts.writing(*map(Path, sys.argv[1:])) as names:\n"
        "    pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, targets)],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        preexec_fn=obey_ctrl_c,
    )
    assert b"KeyboardInterrupt" in done.stderr
    assert files(tmp_path) == sorted(path.name for path in targets)


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, dangling: bool) -> None:
    data, big = tmp_path / "data", tmp_path / "big"
    (big / "t.parquet").mkdir(parents=True)
    data.mkdir()
    (big / "t.parquet" / "part").write_text("old")
    (big / "a").write_text("old")
    (data / "a").symlink_to(big / "a")
    (data / "t.parquet").symlink_to(Path("..", "big", "t.parquet"))
    if dangling:
        shutil.rmtree(big / "t.parquet")
        (big / "a").unlink()
    with writing(data / "a", folders=[data / "t.parquet"]) as (file, folder):
        assert {file.parent, folder.parent} == {big}
        file.write_text("new")
        (folder / "part").write_text("new")
    assert contents(big) == {"big/a": b"new", "big/t.parquet/part": b"new"}
    assert files(data) == ["a", "t.parquet"]
    assert all(path.is_symlink() for path in data.iterdir())


@pytest.mark.parametrize(
    ("name", "leads"), [("a", "away/further"), ("a", "a"), ("reports/a", "away"), ("reports/a", "reports")]
)
def test_a_link_that_leads_nowhere_is_named_and_left(tmp_path: Path, name: str, leads: str) -> None:
    link = tmp_path / name.split("/")[0]
    link.symlink_to(tmp_path / leads)
    with pytest.raises(CannotWrite, match=f"{link} is a broken link"), writing(tmp_path / name):
        raise AssertionError("written")
    assert files(tmp_path) == [link.name]


def test_two_names_of_one_file_are_written_by_one_run_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a")
    with a_run_that_writes(tmp_path / "link") as process:
        with pytest.raises(Busy), writing(tmp_path / "a"):
            raise AssertionError("two runs at once")
        process.communicate("go on\n")
    assert (tmp_path / "a").read_text() == "theirs"
    assert files(tmp_path) == ["a", "link"]
