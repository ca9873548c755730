"""The folder in which the processes of one server share their metrics: its own, and away from the shop's disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from stylo.service import shared_metrics
from stylo.service.shared_metrics import metrics_folder
from stylo.system.locks import known, locked

LONG_AGO = time.time() - 3600


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the file system in memory."""
    monkeypatch.setattr(shared_metrics, "_MEMORY", tmp_path)
    return tmp_path


def abandoned(memory: Path, name: str) -> Path:
    """What a server leaves that was killed an hour ago."""
    folder = memory / f"stylo-metrics-{name}"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"x")
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return folder


def test_two_servers_have_folders_of_their_own_that_are_gone_at_the_end(memory: Path) -> None:
    with metrics_folder() as first, metrics_folder() as second:
        assert first != second
        assert first.parent == second.parent == memory
        (first / "counter_1.db").write_bytes(b"x")
    assert list(memory.iterdir()) == []


@pytest.mark.skipif(not known(), reason="this system does not tell two processes apart")
def test_what_killed_servers_left_is_removed_and_what_others_use_is_not(memory: Path) -> None:
    left, used, new = (abandoned(memory, name) for name in ("left", "used", "new"))
    os.utime(new)
    with locked(used / "server.lock"):
        os.utime(used, (LONG_AGO, LONG_AGO))
        with metrics_folder():
            assert not left.exists()
            assert used.exists()
            assert new.exists()


def test_without_a_file_system_in_memory_it_is_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_metrics, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with metrics_folder() as folder:
        assert folder.parent == tmp_path
