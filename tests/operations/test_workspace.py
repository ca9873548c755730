"""A shop's operations keep what they know in its own state folder, whatever that is called."""

from __future__ import annotations

from pathlib import Path

import nasty_names
import pytest

from stylo.errors import BadOption
from stylo.operations.registry import Registry, Trained
from stylo.operations.workspace import Workspace
from stylo.service.settings import ServiceSettings


def place(state: Path) -> Workspace:
    state.mkdir()
    return Workspace(ServiceSettings(data=state.parent, state=state))


def test_the_registry_and_its_reports_lie_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here:é"
    here.mkdir()
    monkeypatch.chdir(here)
    report = tmp_path / "report.json"
    report.write_text("{}")
    there = set(tmp_path.iterdir())
    places = [place(tmp_path / name) for name in ("q?x=1#y [1]* 50%20~:é", "q?x", "q?y")]
    for number, each in enumerate(places):
        registry = Registry(each.tracking_url, each.artefacts_url)
        trained = Trained(f"v{number}", each.state, {}, {}, {"map": 0.5}, reports=[report])
        assert registry.register(trained, "tried").release == f"v{number}"
        assert [known.release for known in registry.versions()] == [f"v{number}"]
        assert sorted(path.name for path in each.state.iterdir()) == ["mlflow", "mlflow.sqlite"]
        assert len(list(each.state.rglob("report.json"))) == 1
    assert set(tmp_path.iterdir()) == there | {each.state for each in places}
    assert not list(here.iterdir())


def test_a_folder_that_mlflow_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="not UTF-8"):
        assert place(tmp_path / nasty_names.NOT_UTF_8).tracking_url
