"""Rules of alarms: how they are written, which of them hold, when they are broken, and when an alarm is over."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stylo.errors import BadOption
from stylo.operations.alarms import AlarmBoard, read_rules
from stylo.operations.workspace import Workspace
from stylo.progress import Silent
from stylo.records.rules import DEFAULT_RULES, FAULTS, AlarmRule
from stylo.service.settings import ServiceSettings
from stylo.storage import alarms


class Told(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(ServiceSettings(data=tmp_path))


def rule(name: str, text: str) -> str:
    return f'[[rule]]\nname = "{name}"\n{text}\n'


def write(workspace: Workspace, text: str) -> None:
    (workspace.settings.data / "alarms.toml").write_text(text)


def judge(board: AlarmBoard, figures: dict[str, float], unknown: Collection[str] = ()) -> None:
    """As a look does."""
    board.begin()
    board.judge(figures, unknown)


def names(folder: Path) -> list[str]:
    return [rule.name for rule in read_rules(folder).rules]


@pytest.mark.parametrize(
    ("figures", "broken"),
    [
        ({"p99": 1.1, "lists": 10.0}, True),
        ({"p99": 1.0, "lists": 10.0}, False),
        ({"p99": 1.1, "lists": 9.0}, False),  # too few lists
        ({"lists": 10.0}, False),  # nothing is known
    ],
)
def test_a_rule_is_broken_above_its_limit_once_enough_was_shown(
    figures: dict[str, float], broken: bool
) -> None:
    assert (AlarmRule(name="r", figure="p99", above=1.0, least=10).broken(figures) is not None) == broken


def test_an_alarm_is_told_once_and_told_when_it_is_over(workspace: Workspace) -> None:
    write(workspace, rule("slow", 'figure = "p99"\nabove = 100'))
    told = Told()
    board = AlarmBoard(workspace, told)
    for p99, going_on in ((120.0, 1), (130.0, 1), (90.0, 0)):
        judge(board, {"p99": p99})
        assert len(board.going_on) == going_on
    assert told.lines == ["ALARM (ticket): slow: p99 is 120, above 100.", "OVER: slow"]


def test_a_figure_that_could_not_be_measured_neither_starts_nor_ends_an_alarm(workspace: Workspace) -> None:
    board = AlarmBoard(workspace)
    judge(board, {"drift": 3.0})
    judge(board, {}, unknown={"drift"})
    assert list(board.going_on) == ["drift"]
    judge(board, {"drift": 0.0})
    assert not board.going_on


def test_a_rule_of_ones_own_holds_beside_the_defaults_or_in_place_of_one(tmp_path: Path) -> None:
    every = [default.name for default in DEFAULT_RULES]
    (tmp_path / "alarms.toml").write_text(rule("few lists", 'figure = "lists"\nbelow = 100'))
    assert names(tmp_path) == [*every, "few lists"]
    (tmp_path / "alarms.toml").write_text(rule("drift", 'figure = "drift"\nabove = 2'))
    assert sorted(names(tmp_path)) == sorted(every)
    assert read_rules(tmp_path).rules[-1].above == 2
    (tmp_path / "alarms.toml").write_text('without = ["latency", "drift"]')
    assert names(tmp_path) == [name for name in every if name not in ("latency", "drift")]


def test_alarms_of_rules_that_are_gone_are_over(workspace: Workspace) -> None:
    write(workspace, rule("slow", 'figure = "p99"\nabove = 100'))
    told = Told()
    board = AlarmBoard(workspace, told)
    judge(board, {"p99": 120.0, "drift": 1.0})
    write(workspace, 'without = ["drift"]')
    judge(board, {"p99": 120.0, "drift": 1.0})
    assert told.lines[-2:] == ["OVER: drift", "OVER: slow"]
    assert not alarms.going_on(workspace.database)


def test_while_the_file_cannot_be_read_the_rules_before_hold_and_it_is_an_alarm(workspace: Workspace) -> None:
    whole = rule("slow", 'figure = "p99"\nabove = 100')
    write(workspace, whole)
    judge(AlarmBoard(workspace), {"p99": 120.0})
    write(workspace, whole[:-4])  # half written
    told = Told()
    board = AlarmBoard(workspace, told)  # also for a watch that has just begun
    judge(board, {"p99": 120.0})
    assert sorted(board.going_on) == ["alarm rules", "slow"]
    assert "alarms.toml cannot be read" in told.lines[0]
    write(workspace, whole)
    judge(board, {"p99": 120.0})
    board.end_faults()
    assert told.lines[1:] == ["OVER: alarm rules"]


def test_what_happens_while_the_database_is_away_is_told_and_taken_up_by_it(workspace: Workspace) -> None:
    told = Told()
    board = AlarmBoard(workspace, told)
    judge(board, {"drift": 1.0})
    file = workspace.state / "service.sqlite"
    workspace.database.close()
    file.rename(file.with_name("away"))
    judge(board, {"drift": 0.0, "p99": 120.0, "lists": 100.0})
    with board.fault("database"):
        workspace.database.check()
    assert [line.split(":")[0] for line in told.lines] == [
        "ALARM (ticket)", "ALARM (ticket)", "OVER", "ALARM (page)",
    ]  # fmt: skip
    judge(board, {"drift": 0.0, "p99": 120.0, "lists": 100.0})
    assert len(told.lines) == 4
    for extra in ("-wal", "-shm"):
        file.with_name(f"service.sqlite{extra}").unlink(missing_ok=True)
    file.with_name("away").rename(file)
    fresh = Workspace(workspace.settings)
    board._workspace = fresh
    board.begin()
    with board.fault("database"):
        fresh.database.check()
    board.judge({"drift": 0.0, "p99": 120.0, "lists": 100.0})
    board.end_faults()
    assert told.lines[4:] == ["OVER: database"]
    assert [each.rule for each in alarms.going_on(fresh.database)] == ["latency"]


def test_prometheus_gets_every_rule_and_fault_with_names_as_they_are(workspace: Workspace) -> None:
    write(workspace, rule('odd \\"name\\"', 'figure = "p99"\nabove = 100\nseverity = "page"'))
    board = AlarmBoard(workspace)
    judge(board, {"p99": 120.0})
    board.write_for_prometheus({"stylo_watch_interval_seconds": ("Interval.", 900.0)})
    text = (workspace.state / "alarms.prom").read_text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    found = {sample.labels["rule"]: sample for sample in families["stylo_alarm"].samples}
    assert set(found) == {*FAULTS, *(default.name for default in DEFAULT_RULES), 'odd "name"'}
    assert [name for name, sample in found.items() if sample.value] == ['odd "name"']
    assert found['odd "name"'].labels["severity"] == "page"
    assert families["stylo_watch_interval_seconds"].samples[0].value == 900
    assert families["stylo_webhook_waiting"].samples[0].value == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[rule]]\nname = "r"\nfigure = "p99"', "has no limit"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = "much"', "number"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = 1\nseverity = "dire"', "'page' or 'ticket'"),
        ('[[rule]]\nfigure = "p99"\nabove = 1', "name"),
        ('webhook = "ftp://x"', "begin it with https://"),
        ("rules = 1", "rules"),
        ('[[rules]]\nname = "r"\nfigure = "p99"\nabove = 1', "rules"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = true', "number"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = 1\nleast = "many"', "integer"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = 1\ncolour = "red"', "colour"),
        ('[[rule]]\nname = 5\nfigure = "p99"\nabove = 1', "string"),
        ('[[rule]]\nname = "r"\nfigure = "p95"\nabove = 1', "is 'p99' meant?"),
        ('[[rule]]\nname = "r"\nfigure = "MAP"\nabove = 1', "is 'map@12' meant?"),
        ('[[rule]]\nname = "r"\nfigure = "?"\nabove = 1', "There are: map@12"),
        ('[[rule]]\nname = "inbox"\nfigure = "p99"\nabove = 1', "choose another name"),
        ('[[rule]]\nname = "r"\nfigure = "p99"\nabove = 1\n' * 2, "several rules"),
        ('without = ["latncy"]', "is 'latency' meant?"),
        ("webhook = 5", "string"),
        ("not toml", "cannot be read"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_is_meant(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "alarms.toml").write_text(text)
    with pytest.raises(BadOption, match=r"alarms\.toml") as refused:
        read_rules(tmp_path)
    assert says in str(refused.value)


@pytest.mark.parametrize("text", [None, "", "rule = []", 'webhook = "https://example.org"'])
def test_without_a_rule_of_ones_own_the_defaults_hold(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "alarms.toml").write_text(text)
    assert read_rules(tmp_path).rules == DEFAULT_RULES
