"""What Prometheus and Alertmanager are given: their own programs read it, and try every rule on made-up series."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
RULES = yaml.safe_load((DEPLOY / "alarms.yml").read_text("utf-8"))["groups"][0]["rules"]
TESTS = yaml.safe_load((DEPLOY / "alarms_test.yml").read_text("utf-8"))["tests"]


def asked(name: str, *words: str | Path) -> str:
    """What a program of Prometheus' says; it must be content. Skips where it is not installed."""
    unpacked = Path(sys.prefix) / "prometheus" / "usr" / "bin" / name
    found = str(unpacked) if unpacked.is_file() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not here (make prometheus)")
    done = subprocess.run([found, *words], cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_rule_fires_where_it_should_and_nowhere_else() -> None:
    assert "SUCCESS" in asked("promtool", "test", "rules", "alarms_test.yml")


def test_every_rule_is_tried_firing_and_quiet() -> None:
    tried = [one for test in TESTS for one in test["alert_rule_test"]]
    names = {rule["alert"] for rule in RULES}
    assert {each["alertname"] for each in tried if each["exp_alerts"]} == names
    assert {each["alertname"] for each in tried if not each["exp_alerts"]} == names


def test_prometheus_understands_its_configuration() -> None:
    asked("promtool", "check", "rules", "alarms.yml")
    asked("promtool", "check", "config", "--syntax-only", "prometheus.yml")


@pytest.mark.parametrize(("severity", "receiver"), [("page", "page"), ("ticket", "ticket")])
def test_alarms_go_the_way_of_their_severity(tmp_path: Path, severity: str, receiver: str) -> None:
    text = (DEPLOY / "alertmanager.yml").read_text("utf-8")
    # Debian's amtool is older than addresses in files.
    told = tmp_path / "alertmanager.yml"
    told.write_text(re.sub(r"url_file: \S+", "url: https://example.org", text))
    asked("amtool", "check-config", told)
    found = asked("amtool", "config", "routes", "test", f"--config.file={told}", f"severity={severity}")
    assert receiver in found
