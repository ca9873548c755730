"""What goes with an article: bought together, and of another kind."""

from __future__ import annotations

from datetime import date

import polars as pl
from helpers import AS_OF, transactions

from stylo.candidates.goes_with import GoesWith, kinds
from stylo.candidates.history import History
from stylo.candidates.strategy import neighbours

NAMES = {
    1: ("Garment Lower body", "Trousers"),
    2: ("Garment Lower body", "Skirt"),
    3: ("Garment Upper body", "Sweater"),
    4: ("Swimwear", "Bikini top"),
    5: ("Swimwear", "Swimwear bottom"),
    6: ("Unknown", "Unknown"),
    7: (None, "Hat"),
    8: (None, None),
}
ARTICLES = pl.DataFrame(
    {
        "article": pl.Series(list(NAMES), dtype=pl.Int32),
        "product_group_name": [group for group, _ in NAMES.values()],
        "product_type_name": [kind for _, kind in NAMES.values()],
    }
)


def goes_with(*baskets: tuple[str, int, int]) -> dict[int, list[int]]:
    found = neighbours(GoesWith(), History(transactions(*baskets), ARTICLES), ARTICLES["article"], AS_OF, 12)
    return {
        int(article): of["neighbour"].to_list()
        for (article,), of in found.group_by("article", maintain_order=True)
    }


def test_garments_of_one_group_are_of_one_kind_and_parts_of_a_bikini_are_not() -> None:
    trousers, skirt, sweater, top, bottom, unknown, hat, nothing = kinds(ARTICLES).tolist()
    assert trousers == skirt
    assert len({trousers, sweater, top, bottom, hat}) == 5
    assert unknown == nothing == -1


def test_without_groups_the_type_is_the_kind_and_without_both_nothing_is_known() -> None:
    assert len(set(kinds(ARTICLES.drop("product_group_name")).tolist())) == 7
    assert set(kinds(ARTICLES.select("article")).tolist()) == {-1}


def test_what_stands_in_for_an_article_or_is_of_no_kind_does_not_go_with_it() -> None:
    basket = [("2020-09-01", 1, article) for article in NAMES]
    found = goes_with(*basket)
    assert {article: set(others) for article, others in found.items()} == {
        1: {3, 4, 5, 7},
        2: {3, 4, 5, 7},
        3: {1, 2, 4, 5, 7},
        4: {1, 2, 3, 5, 7},
        5: {1, 2, 3, 4, 7},
        7: {1, 2, 3, 4, 5},
    }


def test_what_is_often_in_the_same_basket_comes_first_and_another_day_is_another_basket() -> None:
    rows = [("2020-09-01", 1, 1), ("2020-09-01", 1, 3), ("2020-09-01", 2, 1), ("2020-09-01", 2, 3)]
    rows += [("2020-09-01", 2, 5), ("2020-09-02", 1, 4)]
    found = goes_with(*rows)
    assert found[1] == [3, 5]
    assert 4 not in found
    future = [(str(date(2020, 9, 8)), 3, article) for article in (1, 4)]
    assert goes_with(*rows, *future) == found
