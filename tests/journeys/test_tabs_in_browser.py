"""What a browser's tab is called, and what a notice lets one do."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from browsing import open_card, served, settled, shown
from helpers import copy_table
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_tab_names_what_is_shown(page: Page, address: str, articles: pl.DataFrame, buyer: str) -> None:
    page.goto(address)
    expect(page).to_have_title("Discover · StyloAI")
    article = shown(page, "listing")[0]
    open_card(page, "listing", article)
    name = articles.filter(pl.col("article_id") == article)["prod_name"].item()
    expect(page).to_have_title(f"{name} · StyloAI")
    page.go_back()
    expect(page).to_have_title("Discover · StyloAI")
    page.get_by_label("Find an article").fill("dress")
    expect(page).to_have_title("“dress” · StyloAI")
    page.goto(f"{address}/shopper?customer={buyer}")
    expect(page).to_have_title(f"Shopper {buyer[:8]} … · StyloAI")
    page.goto(f"{address}/map?q=denim")
    expect(page).to_have_title("“denim” on the map · StyloAI")
    page.goto(f"{address}/evaluation")
    expect(page).to_have_title("Evaluation · StyloAI")


@pytest.mark.slow
def test_a_number_without_its_zero_offers_the_article(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    row = articles.row(0, named=True)
    page.goto(f"{address}/?article={row['article_id'][1:]}")
    expect(page.get_by_text("lacks its leading zero")).to_be_visible()
    page.get_by_role("link", name=f"Open {row['article_id']}").click()
    page.wait_for_url(f"{address}/?article={row['article_id']}")
    expect(page.get_by_role("heading", name=row["prod_name"], exact=True)).to_be_visible()
    page.goto(f"{address}/?article=999999998")
    expect(page.get_by_text("lacks its leading zero")).to_be_visible()
    settled(page)
    expect(page.get_by_role("link", name="Open 0999999998")).to_have_count(0)


@pytest.mark.slow
def test_the_command_of_a_notice_can_be_copied(page: Page, demo_shop: Path, tmp_path: Path) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    with served(tmp_path, tmp_path / "no images") as where:
        page.goto(f"{where}/evaluation")
        command = page.get_by_test_id("stCode").first
        expect(command).to_have_text(f"python final.py --data {tmp_path}")
        command.hover()
        expect(command.get_by_role("button", name="Copy to clipboard")).to_be_visible()
