"""The state folder: where everything is, and what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from stylo.deployment.state_folder import DATABASE, STATE, StateFolder
from stylo.errors import MissingArtefact


def test_by_default_it_lies_in_the_data_folder_with_a_database_of_its_own(tmp_path: Path) -> None:
    state = StateFolder.of(tmp_path)
    assert state.path == tmp_path / "service"
    assert state.database_url == URL.create("sqlite", database=str(tmp_path / "service" / "service.sqlite"))
    assert state.lineage == tmp_path / "service" / "lineage"
    assert state.release("v1") == tmp_path / "service" / "models" / "v1"


def test_the_environment_names_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE, str(tmp_path / "state"))
    assert StateFolder.from_environment(tmp_path) == StateFolder.of(tmp_path, tmp_path / "state")
    monkeypatch.setenv(DATABASE, "postgresql://shop@localhost/stylo")
    assert StateFolder.from_environment(tmp_path).database_url == "postgresql://shop@localhost/stylo"


def test_a_release_is_there_when_its_card_is(tmp_path: Path) -> None:
    state = StateFolder.of(tmp_path)
    assert state.versions() == []
    for version in ("2020-09-23-0123456b", "2020-09-16-0123456a", ".2020-09-30-0123456c.half"):
        state.release(version).mkdir(parents=True)
    for version in ("2020-09-23-0123456b", ".2020-09-30-0123456c.half"):
        state.release_card(version).write_text("{}")
    assert state.versions() == ["2020-09-23-0123456b"]


def test_a_database_that_is_not_there_yet_is_named_and_not_made(tmp_path: Path) -> None:
    state = StateFolder.of(tmp_path)
    assert state.missing_database() == tmp_path / "service" / "service.sqlite"
    assert not state.path.exists()
    state.open_database(migrate=True).close()
    assert state.missing_database() is None
    assert StateFolder.of(tmp_path, None, "postgresql://localhost/stylo").missing_database() is None


def test_a_mistyped_data_folder_is_refused_and_a_state_folder_of_its_own_is_not(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match="nowhere"):
        StateFolder.of(tmp_path / "nowhere").require_data()
    StateFolder.of(tmp_path / "nowhere", tmp_path / "state").require_data()
