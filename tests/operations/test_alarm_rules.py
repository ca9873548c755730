"""Rules of alarms: when they are broken, how they are written, where they are told."""

from __future__ import annotations

import http.server
import json
import threading
from pathlib import Path

import pytest

from stylo.errors import BadOption
from stylo.operations.alarms import check, read_rules
from stylo.operations.workspace import Workspace
from stylo.records.rules import DEFAULT_RULES, AlarmRule
from stylo.service.settings import ServiceSettings


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(ServiceSettings(data=tmp_path))


@pytest.mark.parametrize(
    ("figures", "broken"),
    [
        ({"x": 1.1, "lists": 10.0}, True),
        ({"x": 1.0, "lists": 10.0}, False),
        ({"x": 1.1, "lists": 9.0}, False),  # too few lists
        ({"lists": 10.0}, False),  # nothing is known
    ],
)
def test_a_rule_is_broken_above_its_limit_once_enough_was_shown(
    figures: dict[str, float], broken: bool
) -> None:
    assert (AlarmRule(name="r", figure="x", above=1.0, least=10).broken(figures) is not None) == broken


def test_an_alarm_is_told_once_and_told_when_it_is_over(workspace: Workspace) -> None:
    (workspace.settings.data / "alarms.toml").write_text(
        '[[rule]]\nname = "slow"\nfigure = "p99"\nabove = 100\n'
    )
    told: list[str] = []

    class Progress:
        def note(self, text: str) -> None:
            told.append(text)

    for p99, going_on in ((120.0, 1), (130.0, 1), (90.0, 0)):
        assert len(check(workspace, {"p99": p99}, Progress())) == going_on  # type: ignore[arg-type]
    assert told == ["ALARM (ticket): slow: p99 is 120, above 100.", "OVER: slow"]
    assert 'stylo_alarm{rule="slow",severity="ticket"} 0' in (workspace.state / "alarms.prom").read_text()


def test_a_webhook_gets_a_new_alarm(workspace: Workspace) -> None:
    got: list[dict[str, str]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        (workspace.settings.data / "alarms.toml").write_text(
            f'webhook = "http://127.0.0.1:{server.server_port}/"\n[[rule]]\nname = "r"\nfigure = "x"\nbelow = 1\n'
        )
        check(workspace, {"x": 0.5})
        server.shutdown()
        thread.join()
    assert got == [{"rule": "r", "severity": "ticket", "message": "x is 0.5, below 1."}]


def test_a_webhook_that_does_not_answer_stops_nothing(workspace: Workspace) -> None:
    (workspace.settings.data / "alarms.toml").write_text(
        'webhook = "http://127.0.0.1:9/"\n[[rule]]\nname = "r"\nfigure = "x"\nbelow = 1\n'
    )
    assert len(check(workspace, {"x": 0.5})) == 1


@pytest.mark.parametrize(
    "text",
    [
        '[[rule]]\nname = "r"\nfigure = "x"',
        '[[rule]]\nname = "r"\nfigure = "x"\nabove = "much"',
        '[[rule]]\nname = "r"\nfigure = "x"\nabove = 1\nseverity = "dire"',
        '[[rule]]\nfigure = "x"\nabove = 1',
        'webhook = "ftp://x"',
        "rules = 1",
        '[[rules]]\nname = "r"\nfigure = "x"\nabove = 1',
        '[[rule]]\nname = "r"\nfigure = "x"\nabove = true',
        '[[rule]]\nname = "r"\nfigure = "x"\nabove = 1\nleast = "many"',
        '[[rule]]\nname = "r"\nfigure = "x"\nabove = 1\ncolour = "red"',
        '[[rule]]\nname = 5\nfigure = "x"\nabove = 1',
        "webhook = 5",
        "not toml",
    ],
)
def test_what_is_no_rule_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "alarms.toml").write_text(text)
    with pytest.raises(BadOption, match=r"alarms\.toml"):
        read_rules(tmp_path)


@pytest.mark.parametrize("text", [None, "", "rule = []", 'webhook = "https://example.org"'])
def test_without_a_rule_of_ones_own_the_defaults_hold(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "alarms.toml").write_text(text)
    assert read_rules(tmp_path).rules == DEFAULT_RULES
