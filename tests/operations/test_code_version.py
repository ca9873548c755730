"""Which code a model was made by: as an image names it, as Git does, or by the files themselves."""

from __future__ import annotations

import pytest

from stylo import __version__
from stylo.operations.lineage import code_version


def test_an_image_names_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLO_CODE", "0123abcd-dirty")
    assert code_version() == f"{__version__} (0123abcd-dirty)"


def test_without_a_name_and_without_git_the_files_tell_codes_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLO_CODE", "")  # an image built without the argument
    monkeypatch.setenv("PATH", "/nowhere")
    found = code_version()
    assert found.startswith(f"{__version__} (files ")
    assert found == code_version()
