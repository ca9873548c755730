"""What runs at each visit and each click: the frame around the pages. `app.py` serves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from stylo.dashboard import photo_search, text
from stylo.dashboard.boards import page as boards
from stylo.dashboard.compare import page as compare
from stylo.dashboard.data import page as data_page
from stylo.dashboard.discover import page as discover
from stylo.dashboard.evaluation import page as evaluation
from stylo.dashboard.lists import selection
from stylo.dashboard.lists.tray import tray
from stylo.dashboard.log_in import admitted
from stylo.dashboard.map import page as catalogue_map
from stylo.dashboard.notices import loaded_shop, name_tab, tell
from stylo.dashboard.operations import page as operations_page
from stylo.dashboard.pictures import ICON
from stylo.dashboard.rules import page as rules_page
from stylo.dashboard.shop import Shop
from stylo.dashboard.shopper import page as shopper
from stylo.dashboard.visits import arrive, follow, remember
from stylo.errors import StyloError

SCRIPT = Path(__file__)
_STYLE_SHEET = SCRIPT.with_name("style.css").read_text("utf-8")


def main() -> None:
    st.set_page_config(page_title=text.TITLE, page_icon=str(ICON), layout="wide")
    st.html(f"<style>{_STYLE_SHEET}</style>")
    st.logo(str(ICON.with_name("logo.svg")), size="large")
    if not admitted():
        return
    shop = loaded_shop()
    if shop is None:
        return
    pages = [
        _page(shop, discover.page, "discover", text.DISCOVER),
        _page(shop, photo_search.page, "photo", text.PHOTO_SEARCH),
        _page(shop, shopper.page, "shopper", text.SHOPPER),
        _page(shop, catalogue_map.page, "map", text.MAP),
        _page(shop, boards.page, "boards", text.BOARDS),
        _page(shop, evaluation.page, "evaluation", text.EVALUATION),
        _page(shop, rules_page.page, "rules", text.RULES),
        _page(shop, operations_page.page, "operations", text.OPERATIONS),
        _page(shop, data_page.page, "data", text.DATA),
        _page(shop, compare.page, "compare", text.COMPARE, visibility="hidden"),
    ]
    page = st.navigation(pages, position="top")
    follow({each.url_path: each for each in pages})
    remember(page.url_path)
    name_tab(page.title)
    last = st.container(key="arrival")
    selection.changed()  # the whole page is about to show it
    page.run()
    tray(shop)
    with last:
        arrive(page.url_path)


def _page(shop: Shop, show: Callable[[Shop], None], path: str, title: str, **more: Any) -> Any:
    def run() -> None:
        try:
            show(shop)
        except StyloError as error:  # files are being made again behind the page
            tell(f"{error.problem} {error.cure}", st.error)

    return st.Page(run, title=title, url_path=path, default=path == "discover", **more)


if __name__ == "__main__":
    main()
