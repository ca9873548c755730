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
from pages import cards, page, words
from streamlit.testing.v1 import AppTest

from stylo.dashboard.lasso import SIDE, to_text

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
    app = page(monkeypatch, demo_shop, alone="catalogue_map")
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
    app = page(monkeypatch, demo_shop, alone="catalogue_map", lasso=RIGHT)
    places = pl.read_parquet(demo_shop / "visual_map.parquet")
    wanted = {f"{article:010d}" for article in places.filter(pl.col("x") > 0)["article"]}
    shown = cards(app, "selection")
    assert shown is not None
    assert {card["article"] for card in shown} == wanted
    assert f"Selected on the map: {len(wanted)} articles" in words(app)
    everything = cards(page(monkeypatch, demo_shop, alone="catalogue_map", lasso=WHOLE), "selection")
    assert everything is not None
    assert len(everything) == 48
    best = [card["article"] for card in everything if card["article"] in wanted]
    assert [card["article"] for card in shown][: len(best)] == best


def test_only_what_is_shown_and_found_is_selected(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    kind = articles["product_type_name"].mode().sort()[0]
    mine = articles.filter(pl.col("product_type_name") == kind)
    asked = {"by": "type", "group": kind, "lasso": WHOLE}
    shown = cards(page(monkeypatch, demo_shop, alone="catalogue_map", **asked), "selection")
    assert shown is not None
    assert {card["article"] for card in shown} == set(mine["article_id"])
    one = mine["article_id"][0]
    app = page(monkeypatch, demo_shop, alone="catalogue_map", find=one, **asked)
    assert [card["article"] for card in cards(app, "selection") or []] == [one]
    other = articles.filter(pl.col("product_type_name") != kind)["article_id"][0]
    app = page(monkeypatch, demo_shop, alone="catalogue_map", find=other, **asked)
    assert cards(app, "selection") is None
    assert "None of the articles shown are inside the lasso" in words(app)


def test_what_is_found_is_told_as_a_bit_for_each_point(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = sorted(pl.read_parquet(demo_shop / "visual_map.parquet")["article"].to_list())
    said = told(page(monkeypatch, demo_shop, alone="catalogue_map", find=f"{numbers[13]:010d}"))
    data = base64.b64decode(said["found"])
    assert [point for point in range(60) if data[point >> 3] >> (point & 7) & 1] == [13]


@pytest.mark.parametrize(
    "asked",
    [
        {"lasso": "nonsense"},
        {"lasso": "A" * 10_000},
        {"by": "nonsense", "group": "nonsense"},
        {"selection": "-1", "lasso": WHOLE},
        {"selection": "99999999", "lasso": WHOLE},
    ],
    ids=str,
)
def test_whatever_the_address_says_the_map_is_shown(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    app = page(monkeypatch, demo_shop, alone="catalogue_map", **asked)
    assert told(app)["shown"] == []


def test_without_the_artefact_the_page_names_the_script(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, alone="catalogue_map")
    assert not app.exception
    assert f"python visual_reccs.py --data {tmp_path}" in words(app)
