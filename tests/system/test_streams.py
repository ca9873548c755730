"""Standard output and error: nothing they lead to stops the work, and no library talks into them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from stylo.system import streams

PROGRAM = """
import os
import sys
from pathlib import Path
from stylo.script import DataOption, Report, Terminal, run

def main(data: DataOption = Path("data")) -> Report:
    terminal = Terminal()
    terminal.note("a remark – said")
    with terminal.task("Steps", 3) as advance:
        for _ in range(3):
            advance(1)
    Path(data, "done").touch()
    rows = [[f"row {n}", "1 × 2 …", "\\udcff"] for n in range(int(os.environ.get("ROWS", 30)))]
    return Report("example", data, ["what", "how", "name"], rows, {}, ["10 – 20"])

run(main)
"""


def run_example(folder: Path, redirected: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """The program by a shell, with its streams redirected."""
    command = f'set -o pipefail; exec 3>&2; "$@" {redirected}'
    return subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-c", PROGRAM, "--data", str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, **env},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_written_otherwise(tmp_path: Path, encoding: str) -> None:
    done = run_example(tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    dash, times, dots = ("–", "×", "…")
    if encoding in ("ascii", "latin-1"):
        dash, dots = "-", "..."
    if encoding == "ascii":
        times = "x"
    told = done.stdout.decode(encoding)
    assert f"10 {dash} 20" in told
    assert f"row 29  1 {times} 2 {dots}" in told
    assert "\\xff" in told
    assert f"a remark {dash} said" in done.stderr.decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "cp932"])
def test_every_text_can_be_written_in_every_encoding(encoding: str) -> None:
    @given(st.text(alphabet=st.characters(codec=None), max_size=20))
    def holds(text: str) -> None:
        written = text.encode(encoding, "stylo.plain").decode(encoding)
        assert written == text or encoding != "utf-8" or any("\ud800" <= each <= "\udfff" for each in text)

    holds()


def test_a_reader_that_has_read_enough_ends_the_script_well(tmp_path: Path) -> None:
    done = run_example(tmp_path, "| head -n 1", ROWS="3000")  # more than a pipe holds
    assert (done.returncode, done.stdout.split()) == (0, [b"what", b"how", b"name"]), done.stderr
    assert b"Broken" not in done.stderr
    assert (tmp_path / "reports" / "example.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_standard_output_that_is_full_is_said_when_the_work_is_done(tmp_path: Path) -> None:
    done = run_example(tmp_path, "> /dev/full")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-3] == "Standard output cannot be written: the disk is full."
    assert (tmp_path / "reports" / "example.json").is_file()


@pytest.mark.parametrize("redirected", [">&-", "2>&-", "<&- >&- 2>&-", "2> /dev/full", "2>&1 >&-"])
def test_a_stream_that_is_closed_or_full_does_not_stop_the_work(tmp_path: Path, redirected: str) -> None:
    done = run_example(tmp_path, redirected)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "done").read_bytes() == b""
    assert (tmp_path / "reports" / "example.json").is_file()


def noisy(code: str) -> subprocess.CompletedProcess[str]:
    """Python code with a library in C, imitated, that writes to the descriptor."""
    return subprocess.run(
        [sys.executable, "-c", f"import os, sys\nfrom stylo.system import streams\n{code}"],
        cwd=REPOSITORY,
        env={key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_a_library_writes_to_the_descriptor_is_kept_back_and_our_own_words_are_not() -> None:
    done = noisy(
        "streams.prepare()\n"
        "with streams.quiet(), streams.quiet():\n"
        "    os.write(2, b'I0000 oneDNN is on'); print('ours', file=sys.stderr)\n"
        "os.write(2, b'afterwards')"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ours\nafterwards")


def test_what_was_kept_back_is_shown_when_the_library_fails() -> None:
    done = noisy(
        "with streams.quiet():\n    os.write(2, b'E0000 no such device\\n'); raise ImportError('why')"
    )
    assert done.stderr.startswith("E0000 no such device\n")
    assert done.stderr.endswith("ImportError: why\n")


def test_who_asks_for_every_message_hears_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with streams.quiet():
        os.write(2, b"I0000 oneDNN is on")
    assert capfd.readouterr().err == "I0000 oneDNN is on"
