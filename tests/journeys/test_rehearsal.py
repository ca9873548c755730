"""The rehearsal: a demo shop that is alive, by simulated shoppers alone, and no other shop."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from browsing import SLOW, served
from dashboard.pages import page as page_alone
from dashboard.pages import words
from operations.operating import CODE, last_run, operate, shop_of_its_own
from playwright.sync_api import Page, expect
from serving import Server, linked
from test_accessibility import serious_by_scheme

from stylo.dashboard import text
from stylo.deployment.state_folder import DATABASE, STATE
from stylo.errors import BadOption
from stylo.operations import rehearsal
from stylo.operations.rehearsal import WHO, rehearse
from stylo.operations.simulated_shoppers import SimulatedShoppers
from stylo.operations.workspace import Workspace
from stylo.records.drift import DriftReport
from stylo.records.experiments import ExperimentReport
from stylo.records.operations import MonitoringReport
from stylo.records.rehearsal import RehearsalNotes
from stylo.service.options import settings_of
from stylo.storage import alarms, deployments, events, experiments, predictions
from stylo.tables.folder import DataFolder

pytestmark = pytest.mark.slow

BEGAN = date(2020, 9, 23)


class CutOffError(BaseException):
    """As when somebody presses Ctrl-C."""


def workspace_of(
    data: Path, state: Path | None = None, database: str | None = None, **more: Any
) -> Workspace:
    return Workspace(settings_of(data, state, database, images=data / "images"), **more)


def rehearsed_by(workspace: Workspace) -> RehearsalNotes:
    """A whole rehearsal, in a thread of its own: in this one Playwright may have an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(rehearse, workspace).result()


def cut_off(shop: Path, owner: object, name: str, *, after: int) -> None:
    """Rehearses up to a call."""
    real, calls = getattr(owner, name), []

    def call(*args: Any, **options: Any) -> Any:
        calls.append(name)
        if len(calls) > after:
            raise CutOffError
        return real(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, call)
        with pytest.raises(CutOffError):
            rehearsed_by(workspace_of(shop))


@pytest.fixture(scope="module")
def rehearsed(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that was rehearsed, in three runs: two were cut off in the middle of a step."""
    shop = shop_of_its_own(demo_shop, tmp_path_factory.mktemp("rehearsal"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLO_CODE", CODE)
        cut_off(shop, SimulatedShoppers, "day", after=3)
        cut_off(shop, rehearsal, "retrain", after=0)
        rehearsed_by(workspace_of(shop))
    return shop


def test_a_rehearsed_shop_has_every_part_of_operations(rehearsed: Path) -> None:
    workspace, reports = workspace_of(rehearsed), rehearsed / "reports"
    run = last_run(rehearsed)
    gates = run["steps"]["compare"]["gates"]
    assert run["state"] == "done" and len(gates) == 7
    # On so few lists the gates may well be closed: then the first version stays.
    *second, first = deployments.history(workspace.database, 10)
    assert [each.who for each in second] == [deployments.RETRAINING] * all(gate["open"] for gate in gates)
    assert first.who == deployments.START
    assert first.version != run["steps"]["publish"]["version"]
    assert [(each.version, each.previous) for each in second] == [
        (run["steps"]["publish"]["version"], first.version) for _ in second
    ]
    over, running = experiments.listed(workspace.database)
    assert (over.state, running.state, over.who, running.who) == ("stopped", "running", WHO, WHO)
    result = ExperimentReport.load(reports / f"experiment-{over.name}.json", "")
    assert result.days and result.verdict.text and sum(each.customers for each in result.variants) > 50
    assert ExperimentReport.load(reports / f"experiment-{running.name}.json", "").verdict.text
    assert "inbox" in [each.rule for each in alarms.newest(workspace.database, 9) if each.over_at is not None]
    assert "inbox" not in [each.rule for each in alarms.going_on(workspace.database)]
    assert DriftReport.load(reports / "drift.json", "").week_ending == BEGAN + timedelta(days=6)
    judged = MonitoringReport.load(reports / "monitoring.json", "").qualities
    assert {each.version for each in judged} == {each.version for each in (*second, first)}
    assert all(each.expected is not None for each in judged if each.version != first.version)


def test_a_day_on_which_it_was_cut_off_is_lived_once(rehearsed: Path) -> None:
    workspace = workspace_of(rehearsed)
    notes = RehearsalNotes.load(workspace.state / "rehearsal.json", "")
    assert (notes.began, notes.days, notes.finished) == (BEGAN, 14, True)
    zone = workspace.zone
    sold = events.sold(workspace.database, zone.start(BEGAN), zone.start(BEGAN + timedelta(days=14)))
    assert len(sold) == notes.purchases > 0
    assert len(predictions.shown(workspace.database, zone.start(BEGAN))) >= notes.visits > 0
    (taken,) = (rehearsed / "new" / "taken").iterdir()
    until = str(BEGAN + timedelta(days=7))
    lines = [line for line in taken.read_text().splitlines()[1:] if line < until]
    assert len(lines) == len([row for row in sold if str(zone.day(row[2])) < until]) > 0


def test_a_second_rehearsal_does_nothing(rehearsed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (rehearsed / "reports").iterdir()}
    said = operate(rehearsed, "rehearse").stdout
    assert "14 days from 2020-09-23" in said and "None of it is real" in said
    assert {path: path.stat().st_mtime_ns for path in (rehearsed / "reports").iterdir()} == before


def test_the_page_says_that_its_shoppers_are_simulated(
    rehearsed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (STATE, DATABASE):
        monkeypatch.delenv(name, raising=False)
    app = page_alone(monkeypatch, rehearsed, alone="operations.page")
    assert not app.exception
    said = words(app)
    assert "Shoppers are simulated." in said and "14 days from 2020-09-23" in said
    assert text.NO_ALARMS_OVER not in said and text.NO_RETRAINING not in said


@pytest.mark.browser
def test_the_filled_page_can_be_read_by_everyone_and_explains_its_numbers_by_keyboard(
    rehearsed: Path, empty_page: Page
) -> None:
    with served(rehearsed, rehearsed / "images") as address:
        empty_page.goto(f"{address}/operations")
        expect(empty_page.get_by_text("Shoppers are simulated.")).to_be_visible(timeout=SLOW)
        explain = empty_page.locator(".st-key-explain-quality button")
        expect(explain).to_be_visible(timeout=SLOW)
        assert serious_by_scheme(empty_page) == {"light": [], "dark": []}
        explain.focus()
        empty_page.keyboard.press("Enter")
        expect(empty_page.get_by_text(text.QUALITY_HELP["buyers"])).to_be_visible(timeout=SLOW)
        empty_page.keyboard.press("Escape")
        # This browser runs on the machine that serves the page.
        empty_page.get_by_text(text.OPERATE, exact=True).click()
        expect(empty_page.get_by_role("button", name=text.DEFINE, exact=True)).to_be_visible(timeout=SLOW)


def test_the_service_starts_on_it_with_the_version_that_is_live(rehearsed: Path) -> None:
    live = deployments.live(workspace_of(rehearsed).database)
    assert live is not None
    with Server(rehearsed, rehearsed / "images") as server:
        assert httpx2.get(f"{server.address}/version").json()["model_version"] == live.version
    said = operate(rehearsed, "status").stdout
    assert live.version in said and "Inbox     empty" in said
    assert deployments.live(workspace_of(rehearsed).database) == live


@pytest.fixture
def demo(demo_shop: Path, tmp_path: Path) -> Path:
    return linked(demo_shop, tmp_path / "shop")


def test_no_simulated_shopper_comes_into_a_real_shop(demo: Path) -> None:
    (demo / "demo_shop.json").unlink()
    with pytest.raises(BadOption, match="is not a demo shop"):
        rehearsed_by(workspace_of(demo))
    assert not (demo / "service").exists()


def test_a_demo_shop_into_which_somebody_put_other_tables_is_none(demo: Path) -> None:
    sales = demo / "transactions_train.csv"
    content = sales.read_text().replace(",2\n", ",1\n", 1)
    sales.unlink()  # a link to that of other tests
    sales.write_text(content)
    with pytest.raises(BadOption, match="no demo shop any more"):
        rehearsed_by(workspace_of(demo))


@pytest.mark.parametrize(
    "where",
    [{"state": "elsewhere"}, {"database": "sqlite:///shop.sqlite"}, {"registry_url": "http://mlflow"}],
)
def test_a_state_that_others_may_share_is_left_alone(
    demo: Path, tmp_path: Path, where: dict[str, str]
) -> None:
    options: dict[str, Any] = {**where}
    if "state" in options:
        options["state"] = tmp_path / "elsewhere"
    with pytest.raises(BadOption, match="its state lies elsewhere"):
        rehearsed_by(workspace_of(demo, **options))
    assert not (tmp_path / "elsewhere").exists() and not (demo / "service").exists()


def test_a_demo_shop_that_somebody_used_stays_as_it_is(demo: Path) -> None:
    workspace = workspace_of(demo)
    asked = {
        "name": "mine", "layer": "model", "slot": [0, 1], "salt": "1", "metric": "conversion",
        "variants": [{"name": "control", "share": 0.5}, {"name": "new", "share": 0.5}],
        "minimum_effect": 0.05, "planned_customers": 100,
    }  # fmt: skip
    now = workspace.zone.noon(BEGAN)
    experiments.define(workspace.database, "mine", json.dumps(asked), who="me", reason="mine", now=now)
    with pytest.raises(BadOption, match="have been used in this demo shop"):
        rehearsed_by(workspace)
    assert [each.name for each in experiments.listed(workspace.database)] == ["mine"]
    assert not (workspace.state / "rehearsal.json").exists()


def test_the_same_day_brings_the_same_shoppers_who_buy_more_of_lists_that_fit_them(demo_shop: Path) -> None:
    shoppers = SimulatedShoppers.of(DataFolder(demo_shop), BEGAN)
    days = [BEGAN + timedelta(days=n) for n in range(80)]
    assert shoppers.day(days[0]).visitors() == shoppers.day(days[0]).visitors()
    assert shoppers.day(days[0]).visitors() != shoppers.day(days[1]).visitors()
    hits = {True: 0, False: 0}
    for fits in hits:
        for day in map(shoppers.day, days):
            for number, _ in day.visitors():
                liking = shoppers.share[number][shoppers.corner]
                order = liking.argsort(kind="stable")
                shown = shoppers.articles[order[::-1] if fits else order][:12].tolist()
                hits[fits] += sum(each.article in shown for each in day.buy(number, shown))
    assert hits[True] > 2 * hits[False]
