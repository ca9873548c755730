"""ServiceSettings: from the environment, checked, and all of them in the documentation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import nasty_names
import pytest
from helpers import REPOSITORY
from pydantic import ValidationError
from sqlalchemy.engine import URL

from stylo.errors import BadOption
from stylo.service.options import settings_of
from stylo.service.server import share
from stylo.service.settings import PREFIX, ServiceSettings


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_is_in_the_documentation_and_says_what_it_is(name: str) -> None:
    assert f"`{name.upper()}`" in (REPOSITORY / "docs" / "service.md").read_text()
    assert ServiceSettings.model_fields[name].description


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "RATE": "50",
        "OPEN_METRICS": "false",
        "CORS_ORIGINS": '["https://shop.example"]',
        "TODAY": "2020-09-30",
        "DATA": "/srv/shop",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = ServiceSettings()
    assert settings.rate == 50.0
    assert settings.open_metrics is False
    assert settings.cors_origins == ["https://shop.example"]
    assert settings.today == date(2020, 9, 30)
    assert settings.state_folder.path == Path("/srv/shop/service")
    assert settings.state_folder.database_url == URL.create(
        "sqlite", database="/srv/shop/service/service.sqlite"
    )


def test_a_tilde_of_the_environment_is_the_home_and_that_of_a_path_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(PREFIX + "STATE", "~/state")
    monkeypatch.setenv(PREFIX + "IMAGES", "./~/images")
    settings = ServiceSettings(data=Path("~"))
    assert settings.state_folder.path == tmp_path / "state"
    assert (settings.data, settings.images) == (Path("~"), Path("~/images"))


def test_every_process_gets_the_settings_that_are_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    state = tmp_path / nasty_names.NOT_UTF_8
    given = ServiceSettings(
        data=tmp_path / "~", images=tmp_path, state=state, today="2020-09-30", cors_origins=["x"]
    )
    with monkeypatch.context() as environment:
        for name in (*ServiceSettings.model_fields, "x"):
            environment.setenv(PREFIX + name.upper(), "")
            environment.delenv(PREFIX + name.upper())
        share(given)
        assert ServiceSettings() == given
        assert ServiceSettings().state_folder.database_url == URL.create(
            "sqlite", database=str(state / "service.sqlite")
        )


@pytest.mark.parametrize("today", ["clock", "data"])
def test_the_day_can_be_a_word(today: str) -> None:
    assert ServiceSettings(today=today).today == today


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0},
        {"rate": "fast"},
        {"port": 65_536},
        {"workers": 0},
        {"today": "tomorrow"},
        {"largest_body": -1},
        {"patience": 0},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(**wrong)  # type: ignore[arg-type]


def test_by_default_the_service_is_closed_to_the_network_and_to_other_origins() -> None:
    settings = ServiceSettings()
    assert settings.host == "127.0.0.1"
    assert settings.cors_origins == []


def test_a_misspelt_variable_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(PREFIX + "RATES", "50")
    with pytest.raises(BadOption, match="STYLO_SERVICE_RATES"):
        settings_of(tmp_path, None, None)


def test_a_time_zone_that_does_not_exist_is_refused_with_the_one_that_may_be_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(BadOption) as refused:
        settings_of(tmp_path, None, None, time_zone="Europe/Stokholm")
    assert "Is Europe/Stockholm meant?" in refused.value.cure
    monkeypatch.setenv(PREFIX + "TIME_ZONE", "Mars/Olympus")
    with pytest.raises(BadOption, match="Mars/Olympus"):
        settings_of(tmp_path, None, None)


def test_the_time_zone_is_the_option_else_the_variable_else_the_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PREFIX + "TIME_ZONE", "Asia/Tokyo")
    monkeypatch.setenv("TZ", "America/Lima")
    assert settings_of(tmp_path, None, None, time_zone="Europe/Paris").zone.name == "Europe/Paris"
    assert settings_of(tmp_path, None, None).zone.name == "Asia/Tokyo"
    monkeypatch.setenv(PREFIX + "TIME_ZONE", "")
    assert settings_of(tmp_path, None, None).zone.name == "America/Lima"
    monkeypatch.delenv(PREFIX + "TIME_ZONE")
    assert settings_of(tmp_path, None, None).zone.name == "America/Lima"
