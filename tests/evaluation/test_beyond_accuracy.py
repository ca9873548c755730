"""Coverage, novelty, diversity and popularity bias, by arithmetic."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions
from hypothesis import given
from hypothesis import strategies as st

from stylo.candidates.history import History
from stylo.evaluation.beyond_accuracy import (
    bestsellers,
    beyond_accuracy,
    coverage,
    diversity,
    gini,
    novelty,
    recent_sales,
    share_among,
)


def ago(days: int) -> str:
    return str(AS_OF - timedelta(days=days))


def lists(of: dict[int, list[int]]) -> pl.DataFrame:
    """`customer`, `article`, `rank` from customer → articles in order."""
    rows = [(who, what, rank) for who, articles in of.items() for rank, what in enumerate(articles, start=1)]
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}, orient="row")


def truth(*rows: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32}, orient="row")


def sales(of: dict[int, int]) -> pl.DataFrame:
    schema = {"article": pl.Int32, "sales": pl.UInt32}
    return pl.DataFrame({"article": list(of), "sales": list(of.values())}, schema)


#: Article, department, product type, colour.
ARTICLES = catalogue((1, 1, 10, 0), (2, 1, 10, 0), (3, 2, 10, 0), (4, 2, 20, 0))


def test_sales_are_those_of_the_28_days_before() -> None:
    rows = transactions((ago(1), 1, 2), (ago(28), 1, 2), (ago(28), 2, 1), (ago(29), 1, 3), (ago(0), 1, 4))
    assert recent_sales(History(rows, ARTICLES), AS_OF).rows() == [(1, 1), (2, 2)]


def test_coverage_counts_an_article_once_and_only_those_asked_for() -> None:
    shown = lists({1: [1, 2], 2: [2, 99]})
    assert coverage(shown, ARTICLES) == 2 / 4
    assert math.isnan(coverage(shown, ARTICLES.clear()))


def test_novelty_is_the_mean_information_of_a_sale() -> None:
    # (3 + 1) / (4 + 4), (1 + 1) / 8 and (0 + 1) / 8 are 1, 2 and 3 bits.
    sold = sales({1: 3, 2: 1})
    assert novelty(lists({1: [1], 2: [2, 3]}), sold, 4) == pytest.approx((1 + 2 + 3) / 3)
    assert novelty(lists({1: [1], 2: [1]}), sold, 4) == pytest.approx(1)


def test_diversity_is_the_share_of_pairs_that_differ_in_a_list() -> None:
    # 1, 2 and 3 are of one type, 4 is of another: three of six pairs differ. 1 and 2 are alike.
    shown = lists({1: [1, 2, 3, 4], 2: [1, 2], 3: [4]})
    assert diversity(shown, ARTICLES, "product_type_no") == pytest.approx((3 / 6 + 0) / 2)
    # Departments 1, 1, 2, 2: four of six pairs differ.
    assert diversity(shown, ARTICLES, "department_no") == pytest.approx((4 / 6 + 0) / 2)


def test_a_list_of_one_article_has_no_diversity() -> None:
    assert math.isnan(diversity(lists({1: [1], 2: [4]}), ARTICLES, "product_type_no"))


def test_bestsellers_are_a_share_of_the_articles_sold_rounded_up() -> None:
    sold = sales({article: 5 if article in (7, 3) else 1 for article in range(1, 102)})
    assert bestsellers(sold)["article"].to_list() == [3, 7]
    assert bestsellers(sold.head(100), share=0.01)["article"].to_list() == [3]
    assert bestsellers(sold.clear()).is_empty()


def test_the_share_among_articles_counts_rows() -> None:
    assert (
        share_among(lists({1: [1, 2], 2: [1]}), pl.DataFrame({"article": [1]}, {"article": pl.Int32}))
        == 2 / 3
    )


def test_gini_is_0_for_equal_counts_and_all_but_a_share_for_one_that_has_everything() -> None:
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0, 8, 0, 0])) == 1 - 1 / 4
    # (−3·0 − 1·1 + 1·2 + 3·5) ÷ (4 · 8)
    assert gini(np.array([5, 1, 0, 2])) == 16 / 32
    assert math.isnan(gini(np.array([0, 0])))
    assert math.isnan(gini(np.array([])))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any))
def test_gini_is_half_the_mean_difference_over_the_mean(counts: list[int]) -> None:
    differences = [abs(one - other) for one in counts for other in counts]
    mean = sum(counts) / len(counts)
    assert gini(np.array(counts)) == pytest.approx(sum(differences) / len(counts) ** 2 / (2 * mean))


HISTORY = History(
    transactions(*[(ago(2), 1, 1)] * 3, (ago(2), 2, 2), (ago(100), 2, 3)),
    ARTICLES,
)


def test_all_of_it_for_one_model() -> None:
    shown = lists({1: [1, 4], 2: [1, 3]})
    found = beyond_accuracy(shown, truth((1, 1), (1, 1), (2, 2)), HISTORY, AS_OF)
    assert found._asdict() == pytest.approx(
        {
            "articles": 3,
            "coverage_of_sold": 1 / 2,  # 1 of 1 and 2
            "coverage_of_catalogue": 3 / 4,
            "novelty": (1 + 3 + 1 + 3) / 4,  # 1 was sold (3 + 1) in 8, 3 and 4 (0 + 1) in 8
            "product_type_diversity": 1 / 2,  # 1 and 4 differ, 1 and 3 do not
            "department_diversity": 1,
            "bestseller_share": 2 / 4,  # one article of two is the bestselling 1 %
            "bestseller_share_of_purchases": 1 / 2,
            "gini": (-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / (4 * 4),  # 2 was sold and is in no list
        }
    )


def test_only_the_first_twelve_ranks_count() -> None:
    twelve = [1] + [2] * 11
    longer = beyond_accuracy(lists({1: [*twelve, 3]}), truth((1, 1)), HISTORY, AS_OF)
    assert longer == beyond_accuracy(lists({1: twelve}), truth((1, 1)), HISTORY, AS_OF)
    assert longer.articles == 2


def test_sales_from_the_cutoff_on_change_nothing() -> None:
    past = transactions((ago(2), 1, 1), (ago(2), 2, 2))
    later = transactions(*[(ago(0), 1, 2)] * 9, (ago(-3), 1, 4))
    shown, bought = lists({1: [1, 4], 2: [1, 3]}), truth((1, 1))
    expected = beyond_accuracy(shown, bought, History(past, ARTICLES), AS_OF)
    assert beyond_accuracy(shown, bought, History(pl.concat([past, later]), ARTICLES), AS_OF) == expected


def test_no_lists_cover_nothing_and_have_no_means() -> None:
    found = beyond_accuracy(lists({}), truth(), HISTORY, AS_OF)
    assert found[:3] == (0, 0, 0)
    assert all(map(math.isnan, found[3:]))


def test_without_sales_there_is_no_bestseller() -> None:
    found = beyond_accuracy(lists({1: [1, 4]}), truth((1, 1)), History(transactions(), ARTICLES), AS_OF)
    assert math.isnan(found.coverage_of_sold)
    assert found.novelty == pytest.approx(2)  # four articles, none of which was sold
    assert (found.bestseller_share, found.bestseller_share_of_purchases, found.gini) == (0, 0, 0)
