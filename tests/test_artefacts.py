"""Artefacts: complete or not at all, and they know what they were made from."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from helpers import REPOSITORY, obey_ctrl_c

from stylo.artefacts import Manifest, fingerprint, read_manifest, sample_digest, write_parquet, writing
from stylo.errors import CannotWrite, DamagedArtefact


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


def test_what_a_killed_process_left_is_cleaned_up_and_its_target_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    program = (
        "import sys, time; from pathlib import Path; from stylo.artefacts import writing\n"
        "with writing(Path(sys.argv[1])) as (t,):\n"
        "    t.write_text('half'); print('writing', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(target)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert target.read_text() == "old"
    assert len(files(tmp_path)) == 2
    with writing(target) as (temporary,):
        assert files(tmp_path) == sorted([temporary.name, "a"])
        temporary.write_text("new")
    assert target.read_text() == "new"
    assert files(tmp_path) == ["a"]


def test_the_temporary_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / f".a.{os.getppid()}.tmp"
    other.write_text("someone else's")
    with writing(tmp_path / "a") as (temporary,):
        temporary.write_text("mine")
    assert files(tmp_path) == [other.name, "a"]


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
