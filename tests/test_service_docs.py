"""What the service takes is in its documentation: every setting, address and alarm, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from helpers import REPOSITORY

from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.operations import heartbeat
from stylo.operations.alarms import AlarmBoard
from stylo.operations.workspace import Workspace
from stylo.records.rules import DEFAULT_RULES, FAULTS, FIGURES
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


def of_the_service() -> set[str]:
    return set(re.findall(r"^# TYPE (\w+) ", metrics.exposition().decode(), re.MULTILINE))


def of_watch(data: Path) -> set[str]:
    """Metrics that `watch` writes for Prometheus."""
    workspace = Workspace(ServiceSettings(data=data))
    board = AlarmBoard(workspace)
    notes = heartbeat.looked(heartbeat.notes_before(workspace.state, 15))
    board.write_for_prometheus(heartbeat.gauges(notes))
    return set(re.findall(r"^# TYPE (\w+) ", (workspace.state / "alarms.prom").read_text(), re.MULTILINE))


def test_every_alarm_is_told_of_and_asks_for_metrics_that_there_are(tmp_path: Path) -> None:
    rules = yaml.safe_load((REPOSITORY / "deploy" / "alarms.yml").read_text())["groups"][0]["rules"]
    assert {rule["alert"] for rule in rules} == set(re.findall(r"^\| `(Stylo\w+)`", OPERATIONS, re.MULTILINE))
    there = of_the_service() | of_watch(tmp_path)
    asked = {name for rule in rules for name in re.findall(r"stylo_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in asked} <= there


def test_metrics_that_operations_tells_of_are_there(tmp_path: Path) -> None:
    there = of_the_service() | of_watch(tmp_path)
    assert of_watch(tmp_path) <= set(re.findall(r"`(stylo_\w+)`", OPERATIONS))
    assert set(re.findall(r"`(stylo_\w+)`", OPERATIONS)) <= there


def test_every_figure_and_every_alarm_of_watch_is_told_of() -> None:
    told = set(re.findall(r"`([^`\n]+)`", OPERATIONS))
    assert set(FIGURES) <= told
    assert {f"watch: {name}" for name in FAULTS} <= set(
        re.findall(r"^\| `(watch: [^`]+)`", OPERATIONS, re.MULTILINE)
    )
    assert {rule.name for rule in DEFAULT_RULES} <= set(
        re.findall(r"^\| `([^`]+)`", OPERATIONS, re.MULTILINE)
    )


def test_counters_that_rules_ask_for_begin_at_nought(tmp_path: Path) -> None:
    """Else the first failure would show no increase. Labels that the alarms name, as they name them."""
    database = Database.open(f"sqlite:///{tmp_path}/x.sqlite")
    application(ServiceSettings(), database, Releases(StateFolder.of(tmp_path), Thumbnails(tmp_path)))
    text = metrics.exposition().decode()
    for line in (
        'stylo_model_swaps_total{result="failed"}',
        'stylo_refused_total{why="overloaded"}',
        'stylo_degraded_total{lacks="events"}',
        'stylo_degraded_total{lacks="model"}',
        'stylo_background_failures_total{work="follow the live version"}',
        "stylo_predictions_not_logged_total",
        'stylo_requests_total{method="GET",route="/v1/customers/{customer_id}/recommendations",status="500"}',
        'stylo_requests_total{method="POST",route="/v1/events",status="503"}',
    ):
        assert line in text, line


def test_what_the_dockerfile_copies_is_sent_to_the_engine() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    sent = {
        line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert {name for names in copied for name in names.split()} <= sent
    assert all(list(REPOSITORY.glob(name)) for name in sent)
