"""A full disk is told as a full disk, whatever a library makes of it."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from helpers import contents, run_script, tables, write_tiny_shop

from stylo.storage.database import Database
from stylo.system.room import file_of, no_room

FULL = "the disk is full"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a"), FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota is used up"),
        (pl.exceptions.ComputeError("parquet: underlying IO error: No space (os error 28)"), FULL),
        (RuntimeError("[Errno 28] Error writing bytes to file"), FULL),
        (OSError(errno.EACCES, "Permission denied"), None),
        (pl.exceptions.ComputeError("parquet: The file must end with PAR1"), None),
        (ValueError("28"), None),
    ],
)
def test_only_what_the_system_said_of_room_counts(error: Exception, reason: str | None) -> None:
    assert no_room(error) == reason


def test_the_cause_behind_other_errors_is_found_with_its_file() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/some/file")
        except OSError as error:
            raise ValueError("it did not work") from error
    except ValueError as wrapped:
        assert no_room(wrapped) == FULL
        assert file_of(wrapped) == Path("/some/file")


def test_sqlite_that_is_full_is_known_by_its_number() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as full:
            database.execute("CREATE TABLE a AS SELECT randomblob(100000)")
    assert no_room(full.value) == FULL


WRITERS = """
import io, json, resource, sys
from contextlib import redirect_stderr
from pathlib import Path
import numpy as np, polars as pl, pyarrow as pa, pyarrow.parquet as pq
from stylo.artefacts import Manifest, write_arrays, write_parquet, writing
from stylo.script import edge
numbers = np.random.default_rng(1).integers(0, 2**62, 20_000)
frame = pl.DataFrame({"a": numbers})
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
ends = {}
for case in sys.argv[2:]:
    how, limit = case.split()
    target = Path(sys.argv[1], case, "target")
    said = io.StringIO()
    try:
        with redirect_stderr(said), edge():
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
            try:
                with writing(target) as (path,):
                    {
                        "parquet": lambda: write_parquet(frame, path, Manifest("x")),
                        "eager": lambda: frame.write_parquet(path),
                        "csv": lambda: frame.lazy().sink_csv(path),
                        "arrow": lambda: pq.write_table(frame.to_arrow(), path),
                        "arrays": lambda: write_arrays(
                            path, target.with_suffix(".json"), {"a": numbers}, {}, Manifest("x")
                        ),
                    }[how]()
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        status = 0
    except SystemExit as end:
        status = end.code
    ends[case] = [status, said.getvalue()]
print(json.dumps(ends))
"""
CASES = [f"parquet {limit}" for limit in (1, 4, 5, 100, 4096, 65_536)]
CASES += [f"{how} {limit}" for how in ("eager", "csv", "arrow", "arrays") for limit in (4, 4096)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[int, str]]]:
    """A process that writes each file, in a folder of its own where an old one is: status and messages."""
    folder = tmp_path_factory.mktemp("writers")
    for case in CASES:
        (folder / case).mkdir()
        (folder / case / "target").write_text("old")
    done = run_script("-c", WRITERS, folder, *CASES)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.parametrize("case", CASES)
def test_whoever_writes_a_file_that_may_not_grow_it_is_said_and_the_old_one_stays(
    written: tuple[Path, dict[str, tuple[int, str]]], case: str
) -> None:
    folder, ends = written
    status, said = ends[case]
    assert status == 2, said
    target = folder / case / "target"
    assert said.startswith(f"{target} cannot be written: files may not grow that large here.\n")
    assert contents(folder / case) == {f"{case}/target": b"old"}


def test_a_table_that_is_damaged_while_another_is_written_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"PAR1 is no table PAR1")
    program = (
        "import sys; import polars as pl; from pathlib import Path\n"
        "from stylo.artefacts import writing; from stylo.script import edge\n"
        "with edge(), writing(Path(sys.argv[1], 'out')) as (path,):\n"
        "    pl.scan_parquet(Path(sys.argv[1], 'in.parquet'), schema={'a': pl.Int64}).sink_parquet(path)\n"
    )
    done = run_script("-c", program, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("A table is damaged: parquet:")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user cannot mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_scripts_on_a_full_disk_say_so_and_leave_what_was_there(small_disk: Path) -> None:
    write_tiny_shop(small_disk)
    assert run_script("data_optim.py", "--data", small_disk).returncode == 0
    before = tables(small_disk)
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)) == 4096:
            if os.statvfs(small_disk).f_bavail == 0:
                break
    for script in ("data_optim.py", "split_data.py"):
        done = run_script(script, "--data", small_disk)
        assert (done.returncode, done.stdout) == (2, "")
        assert "the disk is full" in done.stderr
        assert "damaged" not in done.stderr
        assert tables(small_disk) == before


@pytest.mark.parametrize(("made", "limit"), [(True, 0), (True, 4096), (False, 8192), (False, 65_536)])
def test_a_database_that_may_not_grow_says_so(tmp_path: Path, made: bool, limit: int) -> None:
    if made:
        database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
        database.migrate()
        database.close()
    program = (
        "import resource, sys; from stylo.script import edge; from stylo.storage.database import Database\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "with edge():\n    Database.open(f'sqlite:///{sys.argv[1]}/a.sqlite').migrate()\n"
    )
    done = run_script("-c", program, tmp_path)
    assert done.returncode == 2, done.stderr
    assert "files may not grow that large here" in done.stderr
    assert "Free some space where the database is stored" in done.stderr
    assert not [path for path in tmp_path.iterdir() if path.name.endswith((".room", ".lock"))]
