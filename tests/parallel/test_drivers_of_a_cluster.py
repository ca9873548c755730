"""Who gives out work to a cluster is killed, interrupted, and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from clusters import ray_cluster
from helpers import REPOSITORY, run_script
from mean_colours import encoded, visual_files
from polars.testing import assert_frame_equal
from serving import linked, until

from stylo.parallel.connecting import workers_at

# What is quicker: a run that is killed without a cluster in visual/test_refresh.py.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with ray_cluster(2) as cluster:
        yield cluster


@contextmanager
def started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed at the end of the block."""
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_who_gives_out_the_work_is_killed_and_goes_on(
    shop: Path, demo_shop: Path, tmp_path: Path, cluster: Any
) -> None:
    program = (
        "import sys, time; from pathlib import Path; import stylo.visual.extract as e; import mean_colours as t\n"
        "from stylo.parallel.connecting import workers_at\n"
        "e._BATCH = 4; keep = e.Journal.append\n"
        "def slowly(self, records): keep(self, records); time.sleep(0.3)\n"
        "e.Journal.append = slowly\n"
        f"with workers_at({cluster.address!r}) as workers: t.encoded(Path(sys.argv[1]), Path(sys.argv[2]), workers)"
    )
    command = [sys.executable, "-c", program, str(shop), str(demo_shop / "images")]
    journal = shop / ".visual_features.journal"
    with started(command) as driver:
        until(lambda: driver.poll() is not None or (journal.exists() and journal.stat().st_size > 10 * 8268))
        assert driver.poll() is None, driver.stderr and driver.stderr.read()
    assert (shop / "visual_features.npy").read_bytes() == (demo_shop / "visual_features.npy").read_bytes()
    with workers_at(cluster.address) as workers:
        done = encoded(shop, demo_shop / "images", workers)
    assert 0 < done.reused < 60
    assert done.encoded + done.reused == 60
    here = linked(demo_shop, tmp_path / "here")
    encoded(here, demo_shop / "images")
    assert visual_files(shop) == visual_files(here)
    assert not journal.exists()


def test_a_script_starts_a_cluster_of_its_own(shop: Path, demo_shop: Path, tmp_path: Path) -> None:
    done = run_script("visual_reccs.py", "--data", shop, "--ray", "local", env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0].startswith("Ray cluster: 1 machine, ")
    ours = ("Ray cluster: ", "Articles: ", "Map: ", "NOTICE: the cluster has no free core")
    assert all(line.startswith(ours) for line in done.stderr.splitlines()), done.stderr
    assert_frame_equal(
        pl.read_parquet(shop / "visual_reccs.parquet"), pl.read_parquet(demo_shop / "visual_reccs.parquet")
    )
    assert not (tmp_path / ".ray").exists()


def test_ctrl_c_ends_the_work_and_keeps_what_is_finished(shop: Path, demo_shop: Path, cluster: Any) -> None:
    for path in shop.glob("visual_*"):
        path.unlink()
    journal = shop / ".visual_features.journal"
    words = ["visual_features.py", "--data", shop, "--images", demo_shop / "images", "--weights", "random"]
    command = [sys.executable, *map(str, words), "--ray", cluster.address]
    with started(command) as driver:
        assert driver.stderr is not None
        assert "Ray cluster" in driver.stderr.readline()
        until(lambda: driver.poll() is not None or journal.exists())
        driver.send_signal(signal.SIGINT)
        assert driver.wait(120) == 2
        assert "Interrupted." in driver.stderr.read()
    assert journal.exists()
    assert not (shop / "visual_features.npy").exists()
