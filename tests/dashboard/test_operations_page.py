"""The page Operations: empty, filled, damaged, and where one may write."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import page, words
from streamlit.testing.v1 import AppTest

from stylo.dashboard import log_in, roles, text
from stylo.dashboard.operations.charts import letters
from stylo.deployment.state_folder import DATABASE, STATE
from stylo.records.drift import DriftDistance, DriftReport, SignalReport
from stylo.storage import alarms, deployments, experiments
from stylo.storage.database import Database
from stylo.storage.deployments import Action
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

OLD, NEW = "2020-09-16-0a1b2c3d", "2020-09-23-4e5f6a7b"
AT = datetime(2020, 9, 23, 8, 30, tzinfo=UTC)
MISCHIEF = "# <b>Big</b> [x](http://y) *sure* `z` $a$"
DEFINITION: dict[str, Any] = {
    "name": "new-model",
    "layer": "model",
    "slot": [0, 1],
    "salt": "s1",
    "variants": [{"name": "control", "share": 0.5}, {"name": "new", "share": 0.5, "model": NEW}],
    "metric": "conversion",
    "minimum_effect": 0.05,
    "planned_customers": 2000,
}
GATES = [
    {"name": "not worse", "open": True, "said": "MAP@12 0.0301 against 0.0299."},
    {"name": "latency", "open": False, "said": "p99 167.3 ms; at most 100 ms."},
]
RESULT = {
    "experiment": DEFINITION,
    "verdict": {"state": "winner", "winner": "new", "text": "Take new: conversion rises by 10 %."},
    "variants": [
        {"name": name, "exposed": 1100, "customers": 900, "means": {"conversion": mean, "hit_rate": 0.1}}
        for name, mean in (("control", 0.2), ("new", 0.22))
    ],
    "comparisons": [
        {"metric": "conversion", "variant": "new", "control": 0.2, "mean": 0.22, "relative": 0.1,
         "always_relative": [0.02, 0.18], "fixed_relative": [0.04, 0.16], "progress": 0.9},
        {"metric": "revenue", "variant": "new", "control": 5.0, "mean": 5.0, "relative": 0.0,
         "always_relative": [-1.0, None], "fixed_relative": [-1.0, None], "progress": 0.9},
    ],
    "segments": [
        {"column": "history", "value": "new", "customers": [40, 41], "comparisons": [
            {"variant": "new", "relative": 0.3, "always_relative": [-0.4, None]}]},
    ],
    "segments_note": "1 segments were looked at.",
    "days": [
        {"day": "2020-09-23", "variant": "new", "customers": 60, "relative": 0.5,
         "always_low": -1.0, "always_high": None},
        {"day": "2020-09-24", "variant": "new", "customers": 1800, "relative": 0.1,
         "always_low": 0.02, "always_high": 0.18},
    ],
    "set_aside": {"several_variants": 7, "gone_variant": 3, "later_exposures": 2, "unexposed_purchases": 31},
}  # fmt: skip
QUALITY = {
    "version": NEW, "variant": "", "lists": 410, "buyers": 61, "hit_rate": [0.1, 0.05, 0.15],
    "map12": [0.031, 0.021, 0.041], "expected": [0.033, 0.03, 0.036], "coverage": 90, "cold": 0.01,
    "degraded": 0.002, "p50": 4.0, "p99": 38.2,
}  # fmt: skip


def drift() -> DriftReport:
    """Two signals over three weeks; the second is an alarm in the last."""
    weeks = tuple(date(2020, 9, 8) + timedelta(days=7 * week) for week in range(3))

    def signal(name: str, title: str, alarm: bool) -> SignalReport:
        distance = DriftDistance(
            name="psi", title="PSI", values=(None, 0.1, 0.4), thresholds=(None, 0.2, 0.3),
            year_before=(None,) * 3, ordinary=0.1, least=0.02,
        )  # fmt: skip
        return SignalReport(
            name=name, title=title, group="prices", bins=("a", "b"), before=(0.5, 0.5), now=(0.9, 0.1),
            distances=(distance,), alarms=(False, False, alarm), sentence=f"{title}: so.",
        )  # fmt: skip

    signals = (signal("age", "Ages", False), signal("price", "Prices", True))
    return DriftReport(week_ending=weeks[-1], weeks=weeks, level=0.05, signals=signals)


def write(path: Path, what: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(what if isinstance(what, str) else json.dumps(what))


def ledger(state: Path) -> Database:
    database = Database.open(f"sqlite:///{(state / 'service.sqlite').resolve()}")
    database.migrate()
    return database


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state folder, which the page takes for the shop's."""
    monkeypatch.setenv(STATE, str(tmp_path / "state"))
    monkeypatch.delenv(DATABASE, raising=False)
    return tmp_path / "state"


@pytest.fixture
def small_shop(tiny_shop: Path) -> Path:
    """Tables alone: no model, no service, no reports."""
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    split(folder, date(2020, 9, 13), days=14)
    return tiny_shop


@pytest.fixture
def reports(small_shop: Path) -> Path:
    return small_shop / "reports"


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(small_shop: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    def open_page(**address: Any) -> AppTest:
        app = page(monkeypatch, small_shop, alone="operations.page", **address)
        assert not app.exception, app.exception
        return app

    return open_page


@pytest.fixture
def filled(state: Path, reports: Path) -> Path:
    """A shop with two versions, alarms, a run, an experiment, drift and quality."""
    database = ledger(state)
    for hour, (version, action, reason) in enumerate(
        [(OLD, Action.PUBLISH, "the first"), (NEW, Action.ACTIVATE, MISCHIEF)]
    ):
        deployments.record(
            database, version, action, who="anna", reason=reason, now=AT + timedelta(hours=hour)
        )
    alarms.raise_alarm(database, "stale model", "ticket", "model days is 20.", AT)
    alarms.end_alarm(database, "stale model", AT + timedelta(days=1))
    alarms.raise_alarm(database, "degraded", "page", "degraded is 0.04, above 0.01.", AT)
    experiments.define(database, "new-model", json.dumps(DEFINITION), who="anna", reason=MISCHIEF, now=AT)
    experiments.start(database, "new-model", who="anna", reason="go", now=AT)
    database.close()
    for version in (OLD, NEW):
        write(state / "models" / version / "release.json", {"version": version})
    data = {
        "transactions.parquet": {"fingerprint": "9bb3eb9b", "made_by": "data_optim.py", "made_at": "then"}
    }
    scores = {"map@12": 0.0301, "ci95": [0.0281, 0.0321], "customers": 287}
    lineage = {"retraining": "run-1", "code": "0.1.0 (abc)", "scores": scores, "gates": GATES, "data": data}
    write(state / "lineage" / f"{NEW}.json", lineage)
    steps = {"split": {"seconds": 0.25}, "compare": {"gates": GATES, "seconds": 12.5}}
    run = {"started": AT.isoformat(), "state": "done", "why": "asked for", "steps": steps}
    write(state / "retraining" / "run-1" / "run.json", run | {"verdict": "It stays challenger."})
    write(reports / "drift.json", drift().to_json())
    monitored = {
        "since": "2020-09-01 00:00:00",
        "until": "2020-09-29 00:00:00",
        "window": 7,
        "purchases": 1834,
    }
    write(reports / "monitoring.json", {**monitored, "qualities": [QUALITY]})
    write(reports / "experiment-new-model.json", RESULT)
    return state


def table(app: AppTest, name: str) -> list[dict[str, Any]]:
    (found,) = (each.value for each in app.dataframe if each.proto.alt == name)
    rows: list[dict[str, Any]] = found.to_dict("records")
    return rows


def chart(app: AppTest, start: str) -> str:
    (alt,) = (each.proto.alt for each in app.get("plotly_chart") if each.proto.alt.startswith(start))
    return str(alt)


def test_an_empty_shop_names_the_command_of_each_part(visit: Visit, small_shop: Path, state: Path) -> None:
    said = words(visit())
    shop = shlex.quote(str(small_shop))
    assert f"python serve.py --data {shop}" in said
    for command in ("retrain", "experiments define", "monitor"):
        assert f"python -m stylo.operations --data {shop} {command}" in said
    assert not state.exists()  # looking makes nothing


def test_what_is_live_and_which_alarms_go_on(filled: Path, visit: Visit) -> None:
    app = visit()
    said = words(app)
    assert f"**{NEW}** since 23 Sep 2020, 09:30 UTC, by anna (activate)" in said
    (page_alarm,) = app.error
    assert "degraded is 0.04, above 0.01." in page_alarm.value.replace("\\", "")
    assert [row["rule"] for row in table(app, "alarms")] == ["stale model"]
    assert text.NO_ALARMS not in said


def test_a_version_that_is_held_is_live_since_it_went_live_and_says_who_holds_it(
    filled: Path, state: Path, visit: Visit
) -> None:
    database = ledger(state)
    deployments.record(database, NEW, Action.HOLD, who="bob", reason="christmas", now=AT + timedelta(days=2))
    database.close()
    said = words(visit())
    assert f"**{NEW}** since 23 Sep 2020, 09:30 UTC, by anna (activate)" in said
    assert "bob decided so (hold)" in said and "christmas" in said
    assert "models unhold" in said


def test_the_history_is_newest_first_and_a_version_tells_what_it_was_made_from(
    filled: Path, visit: Visit
) -> None:
    app = visit()
    assert [row["version"] for row in table(app, "deployments")] == [NEW, OLD]
    said = words(app)
    assert "Retraining run: run-1" in said
    assert "Backtest MAP@12: 0.0301 [0.0281, 0.0321]" in said
    assert "✕ closed: **latency**: p99 167.3 ms; at most 100 ms." in said
    assert [row["fingerprint"] for row in table(app, "lineage")] == ["9bb3eb9b"]
    assert text.NO_LINEAGE in words(visit(version=OLD))  # by hand, and by its address
    assert text.NO_LINEAGE not in words(visit(version="../../secret"))  # none: the newest is shown


def test_a_run_tells_its_verdict_its_gates_and_how_long_each_step_took(filled: Path, visit: Visit) -> None:
    (filled / "lineage" / f"{NEW}.json").unlink()
    app = visit()
    (run,) = table(app, "retraining")
    assert (run["run"], run["verdict"], run["seconds"]) == ("run-1", "It stays challenger.", 12.75)
    assert "✓ open: **not worse**: MAP@12 0.0301 against 0.0299." in words(app)
    assert table(app, "steps") == [{"step": "split", "seconds": 0.25}, {"step": "compare", "seconds": 12.5}]


def test_an_experiment_tells_its_verdict_and_draws_how_it_came_about(filled: Path, visit: Visit) -> None:
    app = visit()
    assert "Take new: conversion rises by 10 %." in words(app)
    assert chart(app, "Conversion").endswith("on the last day: new +10.0% [+2.0%, +18.0%].")
    changes = [row["relative"] for row in table(app, "comparisons")]
    assert changes == [0.1, 0.0]
    assert [row["segment"] for row in table(app, "experiment-segments")] == ["history: new"]
    assert "1 segments were looked at." in words(app)


def test_what_an_experiment_set_aside_is_called_what_was_counted(
    filled: Path, reports: Path, visit: Visit
) -> None:
    """`gone_variant` counts customers, `later_exposures` what came after the moment of the report."""
    said = words(visit())
    assert "7 customers who saw several variants" in said
    assert "3 customers who saw only a variant that no longer exists" in said
    assert "2 exposures after the time of the report" in said
    assert "31 purchases without an exposure" in said
    assert "0 purchases seconds before their exposure" in said


def test_without_a_result_the_command_that_reads_it_is_named(
    filled: Path, reports: Path, visit: Visit
) -> None:
    (reports / "experiment-new-model.json").unlink()
    assert "experiments show new-model" in words(visit())


def test_alarms_come_first_and_a_signal_is_in_the_address(filled: Path, visit: Visit) -> None:
    app = visit()
    assert [row["title"] for row in table(app, "signals")] == ["Prices", "Ages"]
    assert chart(app, "Prices, PSI").endswith("0.4 in the last, alarm from 0.3; weeks with an alarm: 1.")
    assert "1 of 2 signals in alarm" in words(app)
    app = visit(signal="age")
    assert chart(app, "Ages, PSI").endswith("weeks with an alarm: 0.")
    app.selectbox(key="signal").set_value("price").run()
    assert "signal" not in app.query_params  # the first needs none


def test_quality_stands_beside_what_was_expected(filled: Path, visit: Visit) -> None:
    app = visit()
    assert chart(app, "Live MAP@12").endswith(f"variant: {NEW} 0.0310, expected 0.0330.")
    assert "Purchases received: 1834" in words(app)
    (row,) = table(app, "quality")
    assert (row["lists"], row["hit_rate"], row["p99"], row["degraded"]) == (410, 0.1, 38.2, 0.002)


def test_errors_by_segment_are_those_of_the_last_backtest(
    demo_shop: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="operations.page")
    assert not app.exception
    titles = [each.value for each in app.subheader]
    assert titles[-2:] == [text.FOR_WHOM, text.LOST]


def test_what_a_person_wrote_is_shown_as_it_is(filled: Path, reports: Path, visit: Visit) -> None:
    write(reports / "experiment-new-model.json", RESULT | {"verdict": {"text": MISCHIEF}})
    app = visit()
    shown = [each.value for each in [*app.markdown, *app.info]]
    assert shown.count(text.plain(MISCHIEF)) == 2  # the reason of what is live, and the verdict
    assert not any("<b>" in each.replace("\\<b", "") for each in shown)
    assert letters("<b>%{x}</b>") == "&lt;b&gt;%\u200b{x}&lt;/b&gt;"  # in a chart


FILES = (
    "lineage/{new}.json",
    "retraining/run-1/run.json",
    "drift.json",
    "monitoring.json",
    "experiment-new-model.json",
)


@pytest.mark.parametrize("said", ['{"cut": [', "[]", "{}", '"text"', "null", "[" * 100_000])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_told_and_leaves_the_other_parts(
    filled: Path, reports: Path, visit: Visit, file: str, said: str
) -> None:
    path = (filled if "/" in file else reports) / file.format(new=NEW)
    path.write_text(said)
    app = visit()
    if not (said == "{}" and "lineage" in file):  # of which everything may be missing
        (warning,) = app.warning
        assert path.name in warning.value.replace("\\", "")
    assert {each.value for each in app.subheader} >= {text.LIVE, text.RETRAINING, text.DRIFT, text.QUALITY}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("drift.json", "0.4", '"much"'),
        ("drift.json", "[null, 0.1, 0.4]", "[0.1]"),
        ("drift.json", '"Prices"', "7"),
        ("monitoring.json", "0.031", '"good"'),
        ("monitoring.json", "410", "[]"),
        ("experiment-new-model.json", "0.18", '"wide"'),
        ("experiment-new-model.json", '"2020-09-24"', '"Thursday"'),
    ],
)
def test_a_value_of_another_type_is_told(
    filled: Path, reports: Path, visit: Visit, file: str, old: str, new: str
) -> None:
    path = reports / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    (warning,) = visit().warning
    assert file in warning.value.replace("\\", "")


@pytest.mark.parametrize("broken", ["no database at all", ""])
def test_a_database_that_fails_is_told(
    state: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    write(state / "service.sqlite", broken)
    assert "The database fails" in words(visit())
    monkeypatch.setenv(DATABASE, "mysql://nobody@nowhere/none")
    assert "not a supported database" in words(visit())


def sit_at_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "at_this_machine", lambda: True)


def test_a_browser_from_anywhere_else_only_looks(
    filled: Path, small_shop: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit()
    assert text.READ_ONLY_HERE in words(app)
    assert not app.text_area
    assert [each.label for each in app.button] == []
    command = f"python -m stylo.operations --data {small_shop} experiments stop new-model --reason WHY"
    assert command in words(app)
    sit_at_the_machine(monkeypatch)
    assert visit().text_area
    monkeypatch.setenv(roles.OPERATES, "0")
    assert not visit().text_area


def press(app: AppTest, label: str) -> AppTest:
    (button,) = (each for each in app.button if each.label.replace("\\", "") == label)
    app = button.click().run()
    assert not app.exception
    return app


def test_an_experiment_is_stopped_and_started_with_a_reason(
    filled: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_at_the_machine(monkeypatch)
    app = press(visit(), "Stop new-model")
    assert text.NO_REASON in words(app)
    app.text_input(key="why-stop").set_value("enough is known")
    assert "new-model is stopped." in words(press(app, "Stop new-model"))
    kept = experiments.one(ledger(filled), "new-model")
    assert (kept.state, kept.who, kept.reason) == ("stopped", text.BY_PAGE, "enough is known")
    app.text_input(key="why-start").set_value("once more")
    assert "new-model is running." in words(press(app, "Start new-model"))
    assert experiments.one(ledger(filled), "new-model").state == "running"


def test_the_example_is_an_experiment_that_can_be_defined(
    filled: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_at_the_machine(monkeypatch)
    experiments.stop(ledger(filled), "new-model", who="anna", reason="over", now=AT)
    app = visit()
    app.text_input(key="why-define").set_value("a first one")
    assert "new-model is defined and stopped." in words(press(app, text.DEFINE))
    assert json.loads(experiments.one(ledger(filled), "new-model").definition)["variants"][1]["model"] == NEW


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("{", "It is not JSON."),
        ("[]", "is not an object"),
        (json.dumps(DEFINITION | {"salt": "", "name": "other"}), "It has no salt."),
        (
            json.dumps(DEFINITION | {"name": "other", "layer": "other"}).replace(NEW, "gone"),
            "no version 'gone'",
        ),
        (json.dumps(DEFINITION | {"name": "other"}), "new-model"),  # has these customers
        ("[" * 100_000, "JSON"),
        (json.dumps(DEFINITION).replace("2000", "1" + "0" * 5000), ""),
    ],
)
def test_what_cannot_be_defined_is_told_with_the_reason(
    filled: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch, typed: str, told: str
) -> None:
    sit_at_the_machine(monkeypatch)
    app = visit()
    app.text_area(key="definition").set_value(typed)
    app.text_input(key="why-define").set_value("try")
    app = press(app, text.DEFINE)
    assert told in app.error[-1].value.replace("\\", "")
    assert len(app.error) == 2  # the alarm, and this
    assert [each.name for each in experiments.listed(ledger(filled))] == ["new-model"]


PROVIDER = {"client_id": "stylo", "client_secret": "s", "server_metadata_url": "http://localhost/x"}
AUTH = {"redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "c" * 32, **PROVIDER}
ANNA = {
    "is_logged_in": True, "iss": "i", "sub": "7", "name": "Anna Berg", "email": "Anna@Example.org",
    "groups": ["buyers", "stylo-operators"], "exp": 4e9,
}  # fmt: skip


def logged_in(visit: Visit, operate: list[str], **more: Any) -> AppTest:
    return visit(user=ANNA | more, secrets={"auth": AUTH, "roles": {"operate": operate}})


def test_where_there_is_a_log_in_one_logs_in_to_operate_also_at_the_machine(
    filled: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_at_the_machine(monkeypatch)
    app = visit(
        user={"is_logged_in": False}, secrets={"auth": AUTH, "roles": {"operate": ["anna@example.org"]}}
    )
    assert [each.label for each in app.button] == [text.LOG_IN]
    assert not app.text_area
    assert text.LOG_IN_TO_OPERATE in words(app)


@pytest.mark.parametrize(
    ("operate", "more", "may"),
    [
        (["anna@example.org"], {}, True),
        (["*@example.org"], {}, True),
        (["groups=stylo-operators"], {}, True),
        (["sub=7"], {}, True),
        (["bob@example.org", "groups=admins", "hd=None"], {}, False),
        ([], {}, False),
        (["anna@example.org"], {"email_verified": False}, False),  # anybody can say that it is hers
        (["anna@example.org"], {"is_logged_in": False}, False),
    ],
)
def test_roles_are_given_by_address_and_by_claim(
    filled: Path, visit: Visit, operate: list[str], more: dict[str, Any], may: bool
) -> None:
    app = logged_in(visit, operate, **more)
    assert bool(app.text_area) == may
    if not may and not more:
        assert text.READ_ONLY_LOG_IN in words(app)


def test_who_operated_is_recorded_by_name(filled: Path, visit: Visit) -> None:
    app = logged_in(visit, ["anna@example.org"])
    assert "Logged in as Anna Berg · Anna@Example.org" in words(app)
    app.text_input(key="why-stop").set_value("enough is known")
    press(app, "Stop new-model")
    kept = experiments.one(ledger(filled), "new-model")
    assert (kept.state, kept.who) == ("stopped", "Anna Berg · Anna@Example.org")


def test_a_log_in_that_expires_mid_work_loses_nothing(filled: Path, visit: Visit) -> None:
    role, before = ["anna@example.org"], experiments.one(ledger(filled), "new-model").definition
    app = logged_in(visit, role)
    app.user = ANNA | {"exp": 1.0}
    app.text_area(key="definition").set_value("{my long work")
    app.text_input(key="why-define").set_value("a long reason")
    app = press(app, text.DEFINE)
    assert text.KEPT in words(app) and text.EXPIRED in words(app)
    assert app.text_area(key="definition").value == "{my long work"
    assert experiments.one(ledger(filled), "new-model").definition == before
    bob = logged_in(visit, ["bob@example.org"], sub="8", email="bob@example.org")
    assert bob.text_area(key="definition").value != "{my long work"
    app = logged_in(visit, role)
    assert text.FORM_RESTORED in words(app)
    assert app.text_area(key="definition").value == "{my long work"
    assert app.text_input(key="why-define").value == "a long reason"
    assert text.FORM_RESTORED not in words(logged_in(visit, role))  # once


def test_what_waits_for_people_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_in, "_waiting", {})
    for number in range(300):
        monkeypatch.setattr(roles, "identity", lambda number=number: str(number))
        log_in.keep({"definition": "x" * 100_000})
    assert sum(len(typed["definition"]) for typed in log_in._waiting.values()) <= 5_000_000
    assert "299" in log_in._waiting and "0" not in log_in._waiting
