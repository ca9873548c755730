"""The page of rules: what is live, a shopper's list before and after, and who may change it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pages import cards, page, words

from stylo.dashboard import text
from stylo.storage import rule_versions
from stylo.storage.database import Database


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path}/rules.db"
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", url)
    opened = Database.open(url)
    opened.migrate()
    return opened


def rule(demo_shop: Path) -> str:
    article = pl.read_parquet(demo_shop / "articles.parquet")["article_id"][0]
    return f'[[pin]]\nname = "coat *first*"\narticles = ["{article}"]\n'


def test_before_any_rules_the_page_says_so(
    demo_shop: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="rules.page")
    assert not app.exception
    assert text.NO_RULES in words(app)


def test_whoever_operates_checks_and_sets_rules_and_goes_back(
    demo_shop: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.dashboard.roles.may_operate", lambda: True)
    app = page(monkeypatch, demo_shop, alone="rules.page")
    app.text_area(key="rules-text").set_value("[[pin]]\n").run()
    app.button(key="rules-check").click().run()
    assert "Field required" in app.error[0].value
    app.text_area(key="rules-text").set_value(rule(demo_shop)).run()
    app.text_input(key="rules-why").set_value("season").run()
    app.button(key="rules-set").click().run()
    assert not app.exception
    live = rule_versions.live(database)
    assert live is not None
    assert (live.text, live.reason) == (rule(demo_shop), "season")
    app.text_area(key="rules-text").set_value("").run()
    app.button(key="rules-set").click().run()
    app.button(key="rules-back").click().run()
    history = rule_versions.history(database, 9)
    assert [each.action.value for each in history] == ["rollback", "set", "set"]
    assert history[0].text == rule(demo_shop)


def test_a_shoppers_list_is_shown_before_and_after_with_the_rule_that_did_it(
    demo_shop: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_versions.record(
        database, rule(demo_shop), rule_versions.RulesAction.SET, who="Anna", reason="", now=datetime.now(UTC)
    )
    shopper = pl.read_parquet(demo_shop / "customers.parquet")["customer_id"][0]
    app = page(monkeypatch, demo_shop, alone="rules.page", customer=shopper)
    assert not app.exception
    said = words(app)
    assert "Anna" in said
    assert text.IN_FORCE.partition("{")[0] in said
    tables = [each.value for each in app.dataframe]
    assert any("coat *first*" in str(table.to_numpy()) for table in tables)


def test_the_shopper_page_shows_the_list_that_the_rules_make(
    demo_shop: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_versions.record(
        database, rule(demo_shop), rule_versions.RulesAction.SET, who="Anna", reason="", now=datetime.now(UTC)
    )
    shopper = pl.read_parquet(demo_shop / "customers.parquet")["customer_id"][0]
    app = page(monkeypatch, demo_shop, alone="shopper.page", customer=shopper, as_of="now")
    assert not app.exception
    first = (cards(app, "now") or [])[0]
    assert first["article"] == pl.read_parquet(demo_shop / "articles.parquet")["article_id"][0]
    assert "places it first" in first["match"]


def test_a_list_that_rules_make_shorter_is_shown_beside_the_whole_one_before(
    demo_shop: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = '[[cap]]\nname = "three"\nwhere = {sold = {min = 0}}\nmost = 3\n'
    rule_versions.record(
        database, few, rule_versions.RulesAction.SET, who="Anna", reason="", now=datetime.now(UTC)
    )
    shopper = pl.read_parquet(demo_shop / "customers.parquet")["customer_id"][0]
    app = page(monkeypatch, demo_shop, alone="rules.page", customer=shopper)
    assert not app.exception
    tables = [each.value for each in app.dataframe]
    assert len(tables[0]) == 12
