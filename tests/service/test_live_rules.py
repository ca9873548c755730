"""The rules that a worker applies: followed in the database, noted for a start without it, and never half of others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from in_process import asking
from serving import token
from starlette.testclient import TestClient

from stylo.assortment import Assortment
from stylo.deployment.releases import Releases
from stylo.deployment.rule_book import shop_articles
from stylo.errors import StorageUnavailable
from stylo.service import live_rules
from stylo.service.app import application
from stylo.service.live_rules import LiveRules
from stylo.service.settings import ServiceSettings
from stylo.storage import rule_versions
from stylo.storage.database import Database
from stylo.storage.keys import Scope
from stylo.storage.rule_versions import RulesAction, RulesStep, version_of
from stylo.tables.folder import DataFolder


class OneRelease:
    """As much of a release as rules need."""

    as_of, version = date(2020, 9, 23), "m1"

    def __init__(self, assortment: Assortment) -> None:
        self.assortment = assortment


@pytest.fixture
def release(demo_shop: Path) -> Any:
    return OneRelease(shop_articles(DataFolder(demo_shop)))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = Database.open(f"sqlite:///{tmp_path}/rules.db")
    opened.migrate()
    return opened


def started(database: Database, folder: Path, changes: list[int] | None = None) -> LiveRules:
    found = LiveRules(
        database, folder, folder, lambda: None if changes is None else changes.append(len(changes))
    )
    found.load_noted()
    return found


def record(database: Database, text: str) -> RulesStep:
    return rule_versions.record(
        database, text, RulesAction.SET, who="a test", reason="", now=datetime.now(UTC)
    )


def cap(most: int) -> str:
    return f'[[cap]]\nname = "c"\nof = "product"\nmost = {most}\n'


def test_rules_that_were_live_last_hold_until_the_database_tells(
    database: Database, tmp_path: Path, release: Any
) -> None:
    record(database, cap(1))
    first = started(database, tmp_path)
    first.take_up(first.look(), [release])
    record(database, cap(2))
    again = started(database, tmp_path)
    assert again.of(release).version == version_of(cap(1))
    again.take_up(again.look(), [release])
    assert again.of(release).version == version_of(cap(2))
    assert again.look() is False


def test_noted_rules_end_where_the_database_has_never_had_any(
    database: Database, tmp_path: Path, release: Any
) -> None:
    (tmp_path / "rules.toml").write_text(cap(1))
    rules = started(database, tmp_path)
    assert not rules.of(release).idle
    rules.take_up(rules.look(), [release])
    assert rules.of(release).idle
    assert rules.look() is False
    assert started(database, tmp_path).of(release).idle


def test_a_start_with_rules_that_cannot_be_read_keeps_those_noted(
    database: Database, tmp_path: Path, release: Any
) -> None:
    (tmp_path / "rules.toml").write_text(cap(1))
    record(database, "of_tomorrow = true")
    rules = started(database, tmp_path)
    rules.take_up(rules.look(), [release])
    assert rules.of(release).version == version_of(cap(1))
    assert rules.look() is False


def test_the_same_rules_are_not_compiled_again(database: Database, tmp_path: Path, release: Any) -> None:
    record(database, cap(1))
    first = started(database, tmp_path)
    first.take_up(first.look(), [release])
    again = started(database, tmp_path)
    noted = again.of(release)
    again.take_up(again.look(), [release])
    assert again.of(release) is noted


def test_rules_that_were_compiled_while_others_went_live_do_not_stay(
    database: Database, tmp_path: Path, release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, compiled_for = started(database, tmp_path), live_rules.compiled_for
    step = record(database, cap(1))
    calls = []

    def overtaken(*asked: Any) -> Any:
        found = compiled_for(*asked)
        if not calls:
            calls.append(1)
            rules.take_up(step, [release])
        return found

    monkeypatch.setattr(live_rules, "compiled_for", overtaken)
    rules.of(release)
    assert rules.of(release).version == step.version


def test_rules_whose_compiling_fails_are_taken_up_at_the_next_look(
    database: Database, tmp_path: Path, release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise MemoryError

    record(database, cap(1))
    rules = started(database, tmp_path)
    rules.take_up(rules.look(), [release])
    step = record(database, cap(2))
    with monkeypatch.context() as broken:
        broken.setattr(live_rules, "compiled_for", failing)
        with pytest.raises(MemoryError):
            rules.take_up(rules.look(), [release])
    assert rules.of(release).version == version_of(cap(1))
    assert (tmp_path / "rules.toml").read_text() == cap(1)
    assert rules.look() == step
    rules.take_up(rules.look(), [release])
    assert rules.of(release).version == step.version
    assert (tmp_path / "rules.toml").read_text() == cap(2)
    assert rules.look() is False


def test_a_first_look_that_fails_without_any_rules_is_repeated(
    database: Database, tmp_path: Path, release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = started(database, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(live_rules.CompiledRules, "warm_up", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rules.take_up(rules.look(), [release])
    assert rules.look() is True
    rules.take_up(rules.look(), [release])
    assert rules.look() is False


def test_a_stock_file_that_is_no_good_is_said_and_taken_up_when_it_is_mended(
    database: Database, tmp_path: Path, release: Any
) -> None:
    sold_out = '[[exclude]]\nname = "sold out"\nwhere = {stock = 0}\n'
    record(database, sold_out)
    stock, article = tmp_path / "stock.csv", release.assortment.articles["article_id"][0]
    stock.write_text(f"article_id,article\n{article},1\n")
    rules = started(database, tmp_path)
    rules.take_up(rules.look(), [release])
    assert any("stock.csv is left out" in note for note in rules.of(release).notes(release.as_of))
    stock.write_text(f"article_id,stock\n{article},0\n")
    assert rules.look() is True
    rules.take_up(True, [release])
    assert rules.of(release).rules[0].mask.sum() == 1


def test_a_service_that_starts_without_its_database_applies_the_rules_that_were_live(
    shop: Path, demo_shop: Path, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServiceSettings(data=shop, images=demo_shop / "images")
    path = f"/v1/customers/{customers[0]}/recommendations"
    with asking(settings) as client:
        before = client.get(path).json()["recommendations"]
        gone = before[0]["article_id"]
        text = f'[[exclude]]\nname = "gone"\narticles = ["{gone}"]\n'
        set_now = client.post("/v1/admin/rules/set", json={"text": text})
        assert set_now.status_code == 201, set_now.text
    database = Database.open(settings.state_folder.database_url)
    bearer = {"authorization": f"Bearer {token(settings.state_folder.database_url, Scope.READ)}"}

    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("The database is away.", cure="Wait.")

    monkeypatch.setattr("stylo.storage.rule_versions.last_step", away)
    monkeypatch.setattr("stylo.storage.rule_versions.live", away)
    monkeypatch.setattr("stylo.storage.deployments.live", away)
    app = application(settings, database, Releases.of(settings.state_folder, settings.images))
    with TestClient(app, headers=bearer) as client:
        answer = client.get(path).json()
    assert answer["rules_version"] == set_now.json()["version"]
    assert gone not in {each["article_id"] for each in answer["recommendations"]}
