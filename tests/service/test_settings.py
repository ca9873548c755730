"""Settings: from the environment, checked, and all of them in the documentation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from helpers import REPOSITORY
from pydantic import ValidationError

from stylo.errors import BadOption
from stylo.service.commands import settings_of
from stylo.service.settings import PREFIX, Settings


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_documentation_and_says_what_it_is(name: str) -> None:
    assert f"`{name.upper()}`" in (REPOSITORY / "docs" / "service.md").read_text()
    assert Settings.model_fields[name].description


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "RATE": "50",
        "OPEN_METRICS": "false",
        "CORS_ORIGINS": '["https://shop.example"]',
        "TODAY": "2020-09-30",
        "DATA": "/srv/shop",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = Settings()
    assert settings.rate == 50.0
    assert settings.open_metrics is False
    assert settings.cors_origins == ["https://shop.example"]
    assert settings.today == date(2020, 9, 30)
    assert settings.state_folder == Path("/srv/shop/service")
    assert settings.database_url == "sqlite:////srv/shop/service/service.sqlite"


@pytest.mark.parametrize("today", ["clock", "data"])
def test_the_day_can_be_a_word(today: str) -> None:
    assert Settings(today=today).today == today


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
        Settings(**wrong)  # type: ignore[arg-type]


def test_by_default_the_service_is_closed_to_the_network_and_to_other_origins() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert settings.cors_origins == []


def test_a_misspelt_variable_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(PREFIX + "RATES", "50")
    with pytest.raises(BadOption, match="STYLO_SERVICE_RATES"):
        settings_of(tmp_path, None, None)
