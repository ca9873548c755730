"""The shelf of an outfit on the page of an article: rows, locks, the price, and what cannot be shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import cards, page
from serving import linked
from streamlit.testing.v1 import AppTest

from stylo.dashboard import text
from stylo.dashboard.shop import Shop, open_shop
from stylo.tables.folder import DataFolder


@pytest.fixture(scope="module")
def shop(demo_shop: Path) -> Shop:
    return open_shop(DataFolder(demo_shop), demo_shop / "images")


def dressed(shop: Shop) -> tuple[str, str, list[str]]:
    """An article, a slot of its outfit that has an alternative, and what is shown there, the chosen one first."""
    maker = shop.outfits
    assert maker is not None
    for row in shop.articles.iter_rows(named=True):
        if maker.slot_of(row["article"]) is not None:
            for each in maker.make(row["article"], alternatives=5).slots:
                if each.alternatives:
                    shown = [shop.ids.id(other.article) for other in (each.chosen, *each.alternatives)]
                    return row["article_id"], each.slot, shown
    raise AssertionError("no outfit in the demo shop has an alternative")


def words(app: AppTest) -> str:
    return "\n".join(
        each.value for kind in ("markdown", "caption", "warning", "info") for each in app.get(kind)
    )


def test_a_row_for_each_slot_the_chosen_article_first(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop
) -> None:
    article, slot, shown = dressed(shop)
    app = page(monkeypatch, demo_shop, article=article)
    assert not app.exception
    found = cards(app, f"outfit-{slot}")
    assert found is not None
    assert [each["article"] for each in found] == shown
    assert [each["badge"] for each in found] == [text.CHOSEN, *[""] * (len(shown) - 1)]


def test_a_link_opens_an_outfit_with_what_is_locked(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop
) -> None:
    article, slot, shown = dressed(shop)
    app = page(monkeypatch, demo_shop, article=article, locked=[shown[-1], "sock", "0999999999"])
    assert not app.exception
    found = cards(app, f"outfit-{slot}")
    assert found is not None
    assert [(each["article"], each["badge"]) for each in found] == [(shown[-1], text.LOCKED)]


def test_a_lock_counts_for_nothing_in_a_slot_that_stays_empty(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop
) -> None:
    article, slot, shown = dressed(shop)
    app = page(monkeypatch, demo_shop, article=article, locked=shown[-1], without=slot)
    assert not app.exception
    assert not app.warning
    assert cards(app, f"outfit-{slot}") is None


def test_slots_can_be_left_out_and_the_price_limited(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop
) -> None:
    article, slot, _ = dressed(shop)
    app = page(monkeypatch, demo_shop, article=article, without=slot)
    assert cards(app, f"outfit-{slot}") is None
    row = shop.article(article)
    if row["price"] is not None and row["price"] > 1:
        told = words(page(monkeypatch, demo_shop, article=article, outfit_price="1"))
        assert "all of it may cost" in told


def test_an_article_without_a_slot_says_so(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop
) -> None:
    maker = shop.outfits
    assert maker is not None
    sock = next(
        row["article_id"]
        for row in shop.articles.iter_rows(named=True)
        if maker.slot_of(row["article"]) is None
    )
    app = page(monkeypatch, demo_shop, article=sock)
    assert not app.exception
    assert "No outfit has a place for this article" in words(app)


def test_a_folder_from_before_outfits_names_the_script(
    monkeypatch: pytest.MonkeyPatch, demo_shop: Path, shop: Shop, tmp_path: Path
) -> None:
    old = linked(demo_shop, tmp_path / "old")
    (old / "outfits.bin").unlink()
    app = page(monkeypatch, old, demo_shop / "images", article=dressed(shop)[0])
    assert not app.exception
    assert "before there were outfits" in words(app)
    assert any("final.py" in each.value for each in app.get("code"))
