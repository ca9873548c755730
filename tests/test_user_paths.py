"""What people write for a file or folder, and what is meant."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import nasty_names
import pytest
from helpers import run_script, write_tiny_shop
from hypothesis import given
from hypothesis import strategies as st

from stylo.errors import BadOption
from stylo.user_paths import as_typed, printable, quoted, user_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_tilde_is_the_home_also_where_no_shell_has_seen_it(home: Path) -> None:
    assert user_path("~") == home
    assert user_path("~/shop") == home / "shop"
    assert user_path("~root/x") == Path("~root").expanduser() / "x"


@pytest.mark.parametrize("text", ["./~", "./~/shop", "./~root", "a/~", "shop~", "~nobody-is-called-so"])
def test_a_folder_that_is_called_so_is_meant_where_no_home_can_be(home: Path, text: str) -> None:
    assert user_path(text) == Path(text)


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_a_text_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a valid file or folder name"):
        user_path(text)


@given(st.builds(Path, nasty_names.names, nasty_names.names) | nasty_names.names.map(Path))
def test_a_path_is_found_again_by_its_text_and_in_a_command_to_copy(path: Path) -> None:
    assert user_path(path) == path
    assert user_path(as_typed(path)) == path
    assert not as_typed(path).startswith("-")
    assert printable(quoted(path)) == quoted(path)
    if printable(str(path)) == str(path):
        assert list(map(user_path, shlex.split(quoted(path)))) == [path]


def test_bytes_that_are_no_text_are_shown_and_quoted_as_a_shell_reads_them(tmp_path: Path) -> None:
    path = Path("it's a\\b\n" + nasty_names.NOT_UTF_8)
    said = subprocess.run(["bash", "-c", f"printf %s {quoted(path)}"], capture_output=True, check=True)
    assert said.stdout == os.fsencode(path)
    assert printable("caf\udce9 \ud800") == "caf\\xe9 \\ud800"
    assert str(BadOption(f"{path} is odd.")).endswith("caf\\xe9 is odd.")


def test_a_script_takes_the_tilde_of_its_environment_and_a_folder_called_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_shop(tmp_path / "home" / "raw")
    (tmp_path / "cwd" / "~").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for data, there in (("~/x", tmp_path / "home" / "x"), ("./~", tmp_path / "cwd" / "~")):
        done = run_script("data_optim.py", "--raw", "~/raw", env={"STYLO_DATA": data}, cwd=tmp_path / "cwd")
        assert done.returncode == 0, done.stderr
        assert (there / "customers.parquet").is_file()
    assert [path.name for path in (tmp_path / "cwd").iterdir()] == ["~"]
