"""Compare: two to four articles of the address side by side; anything else in the address is said."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table
from pages import html, page, words
from streamlit.testing.v1 import AppTest


@pytest.fixture(scope="module")
def numbers(demo_shop: Path) -> list[str]:
    """Articles from the most bought to the least."""
    bought = pl.read_parquet(demo_shop / "transactions.parquet/*.parquet")["article"].value_counts()
    ordered = bought.sort("count", "article", descending=[True, False])["article"]
    return [f"{article:010d}" for article in ordered]


def table(app: AppTest) -> dict[str, list[str]]:
    """The facts side by side: label → cells; those that differ begin with ≠."""
    (found,) = html(app, "class='compare'")
    rows = found.split("<tbody>")[1].split("</tr>")[:-1]
    facts = {}
    for row in rows:
        label = row.split("<th scope='row'>")[1].split("<")[0]
        mark = "≠" if "class='differs'" in row else ""
        facts[mark + label] = [cell.split("</td>")[0] for cell in row.split("<td>")[1:]]
    return facts


def compared(app: AppTest) -> list[str]:
    """The numbers of the articles that are compared, in order."""
    return table(app)["Article"]


def test_articles_stand_side_by_side_and_what_differs_is_marked(
    demo_shop: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    rows = [articles.filter(pl.col("article_id") == number).row(0, named=True) for number in numbers[:3]]
    app = page(monkeypatch, demo_shop, alone="compare.page", id=numbers[:3])
    assert not app.exception
    assert compared(app) == numbers[:3]
    facts = table(app)
    for label, column in (
        ("Type", "product_type_name"),
        ("Colour", "colour_group_name"),
        ("Range", "index_group_name"),
    ):
        values = [row[column] for row in rows]
        assert facts[label if len(set(values)) == 1 else f"≠{label}"] == values
    assert not app.info
    assert not app.warning


def test_sales_and_prices_share_one_axis_and_weeks_without_a_sale_are_nought(
    demo_shop: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="compare.page", id=numbers[:2])
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert len(figure["data"]) == 4
    assert {curve.get("xaxis", "x") for curve in figure["data"]} == {"x"}
    assert {curve["yaxis"] for curve in figure["data"]} == {"y", "y2"}
    weekly = pl.read_parquet(demo_shop / "weekly_sales.parquet")
    sold = weekly.filter(pl.col("article") == int(numbers[0]))
    assert f"{sold['sales'].sum():,} sold" in chart.proto.alt


def test_shoppers_in_common_are_counted_with_their_share(
    demo_shop: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = pl.read_parquet(demo_shop / "transactions.parquet/*.parquet")
    one, other = (set(bought.filter(pl.col("article") == int(number))["customer"]) for number in numbers[:2])
    both = len(one & other)
    assert both
    (matrix,) = html(page(monkeypatch, demo_shop, alone="compare.page", id=numbers[:2]), "also bought")
    assert f"<td>{len(one)} shoppers</td><td>{both} ({100 * both / len(one):.0f}%)</td>" in matrix
    assert f"<td>{both} ({100 * both / len(other):.0f}%)</td><td>{len(other)} shoppers</td>" in matrix


def test_looks_are_compared_two_by_two(
    demo_shop: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="compare.page", id=numbers[:4])
    (matrix,) = html(app, "<th scope='col'>Look</th>")
    assert matrix.count("<tr><th scope='row'>") == 6
    assert "Untrained network" in words(app)


@pytest.mark.parametrize(
    ("asked", "shown", "said"),
    [
        ([], None, "Add two to four articles"),
        (["{0}"], ["{0}"], "Add at least one more article"),
        (["{0}", "{0}"], ["{0}"], "{0} was given more than once"),
        (["{0}", "{1}", "{0}"], ["{0}", "{1}"], "{0} was given more than once"),
        (["{0}", "{1}", "{2}", "{3}", "{4}"], ["{0}", "{1}", "{2}", "{3}"], "Not shown: {4}."),
        (["0999999999", "{0}", "{1}"], ["{0}", "{1}"], "There is no article 0999999999"),
        (["706016001", "{0}", "{1}"], ["{0}", "{1}"], "Did you mean 0706016001?"),
        (["<b>x</b>", "{0}", "{1}"], ["{0}", "{1}"], "“<b>x</b>” is not an article number"),
    ],
)
def test_what_cannot_be_compared_is_said_and_the_rest_is_shown(
    demo_shop: Path,
    numbers: list[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
    shown: list[str] | None,
    said: str,
) -> None:
    app = page(monkeypatch, demo_shop, alone="compare.page", id=[each.format(*numbers) for each in asked])
    assert not app.exception
    assert said.format(*numbers) in words(app)
    if shown is None:
        assert html(app, "class='compare'") == []
    else:
        assert compared(app) == [each.format(*numbers) for each in shown]


def test_articles_are_added_from_what_is_like_the_first_up_to_four(
    demo_shop: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="compare.page", id=numbers[:2])
    expected = numbers[:2]
    for _ in range(2):
        (box,) = app.selectbox
        suggested = box.options[0].rpartition(" · ")[2]
        assert suggested not in expected
        box.select_index(0).run()
        expected = [*expected, suggested]
        assert app.query_params["id"] == expected
        assert compared(app) == expected
    assert not app.selectbox


def test_with_tables_alone_articles_can_be_compared(
    demo_shop: Path, numbers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, alone="compare.page", id=numbers[:2])
    assert not app.exception
    assert compared(app) == numbers[:2]
    assert "python visual_reccs.py" in words(app)


def test_without_transactions_the_script_is_named(
    demo_shop: Path, numbers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_table(demo_shop / "articles.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, alone="compare.page", id=numbers[:2])
    assert not app.exception
    assert "python data_optim.py" in words(app)
    assert "None of these articles has been sold yet." in words(app)
