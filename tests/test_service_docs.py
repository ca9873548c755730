"""What the service takes is in its documentation: every setting, address and alarm, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from helpers import REPOSITORY

from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.service import metrics
from stylo.service.app import application
from stylo.service.settings import PREFIX, ServiceSettings
from stylo.storage.database import Database
from stylo.visual.thumbnails import Thumbnails

SERVICE = (REPOSITORY / "docs" / "service.md").read_text()
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()


def variables(text: str) -> set[str]:
    """Those in the first column of the table of settings."""
    table = text.partition("| variable |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_every_setting_is_in_the_documentation_and_no_other() -> None:
    assert variables(SERVICE) == {name.upper() for name in ServiceSettings.model_fields}


def test_every_address_is_in_the_documentation_and_no_other(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/x.sqlite")
    app = application(ServiceSettings(), database, Releases(StateFolder.of(tmp_path), Thumbnails(tmp_path)))
    known = {
        f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods
    }
    told = set(
        re.findall(
            r"`((?:GET|POST) /[^` ]+)`", SERVICE.partition("## Endpoints")[2].partition("**Filters**")[0]
        )
    )
    assert told == known


def test_variables_that_compose_sets_are_settings() -> None:
    compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    environment = compose["services"]["service"]["environment"]
    assert {name.removeprefix(PREFIX).lower() for name in environment} <= set(ServiceSettings.model_fields)


def test_every_alarm_is_told_of_and_asks_for_metrics_that_there_are() -> None:
    rules = yaml.safe_load((REPOSITORY / "deploy" / "alarms.yml").read_text())["groups"][0]["rules"]
    assert {rule["alert"] for rule in rules} == set(re.findall(r"^\| `(Stylo\w+)`", OPERATIONS, re.MULTILINE))
    there = set(re.findall(r"^# TYPE (\w+) ", metrics.exposition().decode(), re.MULTILINE))
    asked = {name for rule in rules for name in re.findall(r"stylo_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in asked} <= there


def test_metrics_that_operations_tells_of_are_there() -> None:
    there = set(re.findall(r"^# TYPE (\w+) ", metrics.exposition().decode(), re.MULTILINE))
    assert set(re.findall(r"`(stylo_\w+)`", OPERATIONS)) <= there


def test_what_the_dockerfile_copies_is_sent_to_the_engine() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    sent = {
        line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert {name for names in copied for name in names.split()} <= sent
    assert all(list(REPOSITORY.glob(name)) for name in sent)
