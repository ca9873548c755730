"""Facets narrow what was found, and tell what each choice would leave."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.search.facets import COLUMNS, Facets

Row = tuple[str | None, str | None, bool | None, float | None]


def shop(*rows: Row) -> pl.DataFrame:
    """Articles from (product type, colour, has a photo, price)."""
    return pl.DataFrame(
        rows,
        schema={
            "product_type_name": pl.String,
            "colour_group_name": pl.String,
            "has_photo": pl.Boolean,
            "price": pl.Float32,
        },
        orient="row",
    )


FOUR = shop(
    ("Dress", "Black", True, 10),
    ("Dress", "Red", False, 20),
    ("Skirt", "Black", True, None),
    ("Skirt", None, None, 40),
)


def test_nothing_chosen_leaves_everything_and_counts_it() -> None:
    narrowed = Facets.of(FOUR).narrow(None, {})
    assert narrowed.mask.all()
    assert narrowed.counts == {
        "product_type": [("Dress", 2), ("Skirt", 2)],
        "colour": [("Black", 2), ("Red", 1)],
        "photo": [("yes", 2), ("no", 1)],
    }


def test_within_a_facet_any_label_will_do_and_every_facet_must_agree() -> None:
    facets = Facets.of(FOUR)
    either = facets.narrow(None, {"colour": ["Black", "Red"]})
    assert either.mask.tolist() == [True, True, True, False]
    both = facets.narrow(None, {"colour": ["Black", "Red"], "product_type": ["Dress"]})
    assert both.mask.tolist() == [True, True, False, False]


def test_a_facet_counts_what_another_of_its_labels_would_give() -> None:
    counts = Facets.of(FOUR).narrow(None, {"colour": ["Red"]}).counts
    assert counts["colour"] == [("Black", 2), ("Red", 1)]
    assert counts["product_type"] == [("Dress", 1)]


def test_what_is_chosen_stays_in_sight_without_articles() -> None:
    narrowed = Facets.of(FOUR).narrow(None, {"colour": ["Red"], "product_type": ["Skirt"]})
    assert not narrowed.mask.any()
    assert narrowed.counts["colour"] == [("Black", 1), ("Red", 0)]
    assert narrowed.counts["product_type"] == [("Dress", 1), ("Skirt", 0)]


def test_only_what_was_found_is_counted() -> None:
    narrowed = Facets.of(FOUR).narrow(np.array([False, True, True, False]), {})
    assert narrowed.mask.tolist() == [False, True, True, False]
    assert narrowed.counts["colour"] == [("Black", 1), ("Red", 1)]


def test_what_was_found_is_left_as_it_was() -> None:
    found = np.ones(4, dtype=np.bool_)
    Facets.of(FOUR).narrow(found, {"colour": ["Red"]}, price=(15, None))
    assert found.all()


@pytest.mark.parametrize(
    ("price", "passes"),
    [
        ((None, None), [True, True, True, True]),
        ((10, 20), [True, True, False, False]),
        ((None, 20), [True, True, False, False]),
        ((10.5, None), [False, True, False, True]),
        ((20, 10), [False, False, False, False]),
        ((float("nan"), None), [False, False, False, False]),
    ],
)
def test_both_ends_of_a_price_are_in_and_what_was_never_sold_has_none(
    price: tuple[float | None, float | None], passes: list[bool]
) -> None:
    narrowed = Facets.of(FOUR).narrow(None, {}, price)
    assert narrowed.mask.tolist() == passes
    assert sum(count for _, count in narrowed.counts["product_type"]) == sum(passes)


@pytest.mark.parametrize("strange", [["Plaid"], ["'; DROP TABLE", ""], ["black"]])
def test_a_label_that_is_not_there_is_passed_over_and_told(strange: list[str]) -> None:
    facets = Facets.of(FOUR)
    narrowed = facets.narrow(None, {"colour": strange})
    assert narrowed.mask.all()
    assert narrowed.unknown == {"colour": strange}
    assert facets.narrow(None, {"colour": [*strange, "Red"]}).mask.tolist() == [False, True, False, False]


def test_a_facet_that_is_not_there_is_passed_over_and_told() -> None:
    narrowed = Facets.of(FOUR).narrow(None, {"season": ["summer"], "size": ["XL"], "new": []})
    assert narrowed.mask.all()
    assert narrowed.unknown == {"season": ["summer"], "size": ["XL"]}
    assert set(narrowed.counts) == {"product_type", "colour", "photo"}


def test_one_label_under_two_codes_is_one_label() -> None:
    articles = FOUR.with_columns(product_type_no=pl.Series([1, 2, 3, 4]))
    assert Facets.of(articles).narrow(None, {}).counts["product_type"] == [("Dress", 2), ("Skirt", 2)]


def test_a_shop_without_prices_has_nothing_within_a_price() -> None:
    facets = Facets.of(FOUR.drop("price"))
    assert facets.narrow(None, {}).mask.all()
    assert not facets.narrow(None, {}, (0, None)).mask.any()


def test_a_column_of_nothing_is_a_facet_without_labels() -> None:
    narrowed = Facets.of(pl.DataFrame({"season": [None, None]})).narrow(None, {})
    assert narrowed.counts == {"season": []}
    assert narrowed.mask.tolist() == [True, True]


def test_an_empty_shop_has_nothing_to_choose() -> None:
    narrowed = Facets.of(FOUR.clear()).narrow(None, {"colour": ["Black"]})
    assert narrowed.mask.shape == (0,)
    assert all(counts == [] for counts in narrowed.counts.values())


_TYPE = st.sampled_from(["Dress", "Skirt", "Top", None])
_COLOUR = st.sampled_from(["Black", "Red", None])
_ROWS = st.tuples(
    _TYPE, _COLOUR, st.sampled_from([True, False, None]), st.sampled_from([None, 1.0, 2.0, 3.0])
)
_CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "product_type": st.lists(st.sampled_from(["Dress", "Skirt", "Top", "Hat"])),
        "colour": st.lists(st.sampled_from(["Black", "Red", "Plaid"])),
        "photo": st.lists(st.sampled_from(["yes", "no"])),
    },
)
_BOUND = st.sampled_from([None, 1.0, 2.0, 3.0])


@given(st.lists(st.tuples(_ROWS, st.booleans()), min_size=1, max_size=30), _CHOSEN, st.tuples(_BOUND, _BOUND))
def test_counts_and_articles_are_those_of_a_loop(
    rows: list[tuple[Row, bool]], chosen: dict[str, list[str]], price: tuple[float | None, float | None]
) -> None:
    articles = shop(*(row for row, _ in rows))
    narrowed = Facets.of(articles).narrow(np.array([found for _, found in rows]), chosen, price)
    names = ("product_type", "colour", "photo")
    words = [
        (kind, colour, {True: "yes", False: "no", None: None}[photo]) for (kind, colour, photo, _), _ in rows
    ]
    there = {name: {row[at] for row in words} - {None} for at, name in enumerate(names)}
    wanted = {name: set(chosen.get(name, ())) & there[name] for name in names}
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    mask = []
    for row, ((*_, paid), found) in zip(words, rows, strict=True):
        within = (price[0] is None or (paid is not None and paid >= price[0])) and (
            price[1] is None or (paid is not None and paid <= price[1])
        )
        agrees = [not wanted[name] or row[at] in wanted[name] for at, name in enumerate(names)]
        mask.append(found and within and all(agrees))
        for at, name in enumerate(names):
            if found and within and all(agrees[:at] + agrees[at + 1 :]) and row[at] is not None:
                counts[name][row[at]] += 1
    assert narrowed.mask.tolist() == mask
    for name in names:
        assert {label: count for label, count in narrowed.counts[name] if count} == dict(counts[name])
        assert {label for label, count in narrowed.counts[name] if not count} <= wanted[name]
        numbers = [count for _, count in narrowed.counts[name]]
        assert numbers == sorted(numbers, reverse=True)


def test_every_facet_has_a_column_of_its_own() -> None:
    assert len(set(COLUMNS.values())) == len(COLUMNS)


@pytest.mark.parametrize(("below", "left"), [(None, 4), (1, 2), (2, 2), (3, 3), (100, 4)])
def test_what_hardly_sold_is_left_and_counted(below: int | None, left: int) -> None:
    facets = Facets.of(FOUR.with_columns(sold=pl.Series([0, 2, None, 5])))
    narrowed = facets.narrow(None, {}, sold_below=below)
    assert narrowed.mask.tolist() == [below is None or sold < below for sold in (0, 2, 0, 5)]
    assert sum(count for _, count in narrowed.counts["product_type"]) == left
    dresses = facets.narrow(np.array([True, True, False, False]), {"colour": ["Black"]}, sold_below=below)
    assert dresses.mask.tolist() == [True, False, False, False]


def test_without_sales_nothing_sold() -> None:
    assert Facets.of(FOUR).narrow(None, {}, sold_below=1).mask.all()
