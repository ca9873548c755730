"""The page of the catalogue map without a browser: what the map is told, what is selected, what is missing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import copy_table
from pages import cards, choices, page, words
from streamlit.testing.v1 import AppTest

from stylo.artefacts import Manifest, write_parquet
from stylo.dashboard import text
from stylo.dashboard.map.lasso import SIDE, to_text
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.visual.map import FILE

WHOLE = to_text(np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], dtype=np.uint16))
RIGHT = to_text(np.array([(SIDE // 2, 0), (SIDE, 0), (SIDE, SIDE), (SIDE // 2, SIDE)], dtype=np.uint16))


def told(app: AppTest) -> dict[str, Any]:
    """What the map in the browser is told."""
    assert not app.exception
    (element,) = (each for each in app.get("bidi_component") if each.key == "map")
    said: dict[str, Any] = json.loads(element.proto.json)
    return said


def test_the_map_is_told_of_its_groups_and_of_nothing_else_at_first(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="map.page")
    said = told(app)
    groups = pl.read_parquet(demo_shop / "articles.parquet")["product_group_name"].value_counts()
    assert {name: int(count) for _, name, count, *_ in said["legend"]} == dict(groups.rows())
    assert (said["shown"], said["found"], said["lasso"]) == ([], "", "")
    assert "60 articles by look" in words(app)
    assert "Untrained network" in words(app)
    assert cards(app, "selection") is None


def test_a_lasso_of_the_address_opens_its_articles_the_best_seller_first(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="map.page", lasso=RIGHT)
    places = pl.read_parquet(demo_shop / "visual_map.parquet")
    wanted = {f"{article:010d}" for article in places.filter(pl.col("x") > 0)["article"]}
    shown = cards(app, "selection")
    assert shown is not None
    assert {card["article"] for card in shown} == wanted
    assert f"Selected on the map: {len(wanted)} articles" in words(app)
    everything = cards(page(monkeypatch, demo_shop, alone="map.page", lasso=WHOLE), "selection")
    assert everything is not None
    assert len(everything) == 48
    best = [card["article"] for card in everything if card["article"] in wanted]
    assert [card["article"] for card in shown][: len(best)] == best


def test_only_what_is_shown_and_found_is_selected(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    kind = articles["product_type_name"].mode().sort()[0]
    mine = articles.filter(pl.col("product_type_name") == kind)
    asked = {"by": "type", "group": kind, "lasso": WHOLE}
    shown = cards(page(monkeypatch, demo_shop, alone="map.page", **asked), "selection")
    assert shown is not None
    assert {card["article"] for card in shown} == set(mine["article_id"])
    one = mine["article_id"][0]
    app = page(monkeypatch, demo_shop, alone="map.page", q=one, **asked)
    assert [card["article"] for card in cards(app, "selection") or []] == [one]
    other = articles.filter(pl.col("product_type_name") != kind)["article_id"][0]
    app = page(monkeypatch, demo_shop, alone="map.page", q=other, **asked)
    assert cards(app, "selection") is None
    assert "None of the articles shown are inside the lasso" in words(app)


def test_what_is_found_is_told_as_a_bit_for_each_point(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = sorted(pl.read_parquet(demo_shop / "visual_map.parquet")["article"].to_list())
    said = told(page(monkeypatch, demo_shop, alone="map.page", q=f"{numbers[13]:010d}"))
    data = base64.b64decode(said["found"])
    assert [point for point in range(60) if data[point >> 3] >> (point & 7) & 1] == [13]


def of(said: str) -> list[bool]:
    """Which of the 60 points are meant."""
    data = base64.b64decode(said)
    return [bool(data[point >> 3] >> (point & 7) & 1) for point in range(60)]


def test_filters_dim_what_they_leave_out_and_count_what_is_on_the_map(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet").sort("article")
    sections = articles["section_name"]
    section = sections.mode().sort()[0]
    app = page(monkeypatch, demo_shop, alone="map.page", section=section)
    said = told(app)
    assert of(said["only"]) == (sections == section).to_list()
    assert (said["found"], said["listed"]) == ("", False)
    count = int((sections == section).sum())
    assert sum(int(group[2]) for group in said["legend"]) == count
    assert f"{count} match the filters." in words(app)
    assert choices(app)["section"] == dict(sections.value_counts().rows())
    colour = articles.filter(pl.col("section_name") == section)["colour_group_name"][0]
    app = page(monkeypatch, demo_shop, alone="map.page", section=section, colour=colour, q=colour)
    both = (sections == section) & (articles["colour_group_name"] == colour)
    assert of(told(app)["found"]) == both.to_list()
    assert f"{both.sum()} found." in words(app)
    app = page(monkeypatch, demo_shop, alone="map.page", section=section, q="zzzzzz")
    assert "None of them matches “zzzzzz” and the filters." in words(app)


def test_a_price_leaves_out_what_costs_more_or_was_never_sold(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="map.page", price=["0.01", "inf"], list="yes")
    shown = cards(app, "selection")
    assert shown
    assert all(card["price"] for card in shown)
    assert sum(of(told(app)["only"])) == len(shown)
    assert f"{60 - len(shown)} articles without a price are left out." in words(app)


def test_what_never_sold_is_a_filter_and_what_is_gone_is_said(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="map.page", sold="1", by="sales", list="yes")
    legend = {group[1]: int(group[2]) for group in told(app)["legend"]}
    assert {name for name, count in legend.items() if count} == {text.MAP_NEVER_SOLD}
    assert f"On the map: {legend[text.MAP_NEVER_SOLD]} articles" in words(app)
    app = page(monkeypatch, demo_shop, alone="map.page", section="Of last year")
    assert told(app)["only"] == ""
    assert "Section “Of last year”" in words(app)


def test_clear_all_asks_for_nothing_any_more(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "q": "a",
        "colour": "Black",
        "sold": "1",
        "price": ["0", "5"],
        "group": "nonsense",
        "list": "yes",
    }
    app = page(monkeypatch, demo_shop, alone="map.page", by="type", **asked)
    app.button(key="map-clear").click().run()
    assert list(app.query_params) == ["by"]
    assert told(app)["only"] == ""


def test_a_group_of_the_legend_is_listed_without_a_lasso(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    group, count = articles["product_group_name"].value_counts().sort("count").row(-1)
    mine = articles.filter(pl.col("product_group_name") == group)["article_id"]
    app = page(monkeypatch, demo_shop, alone="map.page", group=f"group:{group}", list="yes")
    assert {card["article"] for card in cards(app, "selection") or []} == set(mine)
    assert f"On the map: {count} articles" in words(app)
    assert told(app)["listed"]
    app = page(monkeypatch, demo_shop, alone="map.page", by="sales", group=f"group:{group}", list="yes")
    assert {card["article"] for card in cards(app, "selection") or []} == set(mine)
    (close,) = (button for button in app.button if button.label == "Close list")
    close.click().run()
    assert cards(app, "selection") is None
    assert "list" not in app.query_params
    for everything in (
        page(monkeypatch, demo_shop, alone="map.page", list="yes"),
        page(monkeypatch, demo_shop, alone="map.page", group=f"group:{group}"),
    ):
        assert cards(everything, "selection") is None


def test_an_article_of_the_address_is_shown_if_it_is_on_the_map(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = pl.read_parquet(demo_shop / "articles.parquet").row(7, named=True)
    app = page(monkeypatch, demo_shop, alone="map.page", show=row["article_id"])
    assert told(app)["article"] == row["article_id"]
    for said, answer in (
        ("0999999999", "There is no article 0999999999"),
        ("dress", "is not an article number"),
    ):
        app = page(monkeypatch, demo_shop, alone="map.page", show=said)
        assert told(app)["article"] == ""
        assert answer in words(app)


def test_an_article_that_was_not_put_on_the_map_is_told_so(
    tiny_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    place = pl.DataFrame(
        {"article": [108775015], "x": [0.0], "y": [0.0]}, schema_overrides={"article": pl.Int32}
    )
    manifest = Manifest("visual_reccs.py", folder.fingerprints("articles.parquet"))
    write_parquet(place, folder.path(FILE), manifest)
    app = page(monkeypatch, tiny_shop, alone="map.page", show="0108775044")
    assert told(app)["article"] == ""
    assert "0108775044 is not on the map" in words(app)


@pytest.mark.parametrize(
    ("count", "whole", "said"),
    [
        (5, 7, "5 of 7"),
        (19, 19, "19 of 19"),
        (1, 3000, "under 1%"),
        (2999, 3000, "over 99%"),
        (20, 20, "100%"),
        (1234, 3000, "41%"),
    ],
)
def test_a_share_is_as_precise_as_it_is(count: int, whole: int, said: str) -> None:
    assert text.map_share(count, whole) == said


@pytest.mark.parametrize(
    "asked",
    [
        {"lasso": "nonsense"},
        {"lasso": "A" * 10_000},
        {"by": "nonsense", "group": "nonsense"},
        {"list": "nonsense", "section": "nonsense", "price": "x"},
        {"selection": "-1", "lasso": WHOLE},
        {"selection": "99999999", "lasso": WHOLE},
    ],
    ids=str,
)
def test_whatever_the_address_says_the_map_is_shown(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    app = page(monkeypatch, demo_shop, alone="map.page", **asked)
    assert told(app)["shown"] == []


def test_without_the_artefact_the_page_names_the_script(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, alone="map.page")
    assert not app.exception
    assert f"python visual_reccs.py --data {tmp_path}" in words(app)
