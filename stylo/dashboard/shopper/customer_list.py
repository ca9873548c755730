"""The Shopper page before a shopper is chosen: examples of each kind, and the list of all customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from datetime import date
from functools import lru_cache, partial
from typing import Any
from weakref import ref

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import picture_of
from stylo.dashboard.components import component, heard
from stylo.dashboard.links import CUSTOMER, number, page_of, pick, put, turn_pages, value, values
from stylo.dashboard.notices import tell
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.pictures import address
from stylo.dashboard.shop import Shop
from stylo.dashboard.shopper import customer_base
from stylo.dashboard.shopper.customer_base import (
    AGES,
    KINDS,
    RECENCY,
    SORTS,
    SPENDERS,
    UP,
    CustomerBase,
    Filters,
)
from stylo.dashboard.text import plain
from stylo.dashboard.visits import link
from stylo.errors import StyloError

# Which examples are shown, and by what the list is sorted, stands in the address.
_DRAW, _SORT = "draw", "sort"
_DRAWS = 1000
_A_PAGE = 50
_PHOTOS = 3
# How long a page waits, in seconds, before it says that customers are being counted.
_AT_ONCE = 0.5


def open_shopper(customer_id: str) -> None:
    """Shows a shopper; the list stays in the address, for the way back. For callbacks."""
    put({CUSTOMER: [customer_id], "page": values("page")})


def close_shopper() -> None:
    """Goes from a shopper to the list, as it was left. For callbacks."""
    put({CUSTOMER: [], "as_of": [], "hide": [], "page": values("page")})


def show(shop: Shop) -> None:
    """Examples and the list, as soon as all customers are counted."""
    base = counted(shop.customers.base)
    if base is None:
        return
    try:
        _examples(shop, base)
        _everyone(shop, base)
    except StyloError as error:  # the tables were replaced since
        tell(f"{error.problem} {error.cure}")


def counted(counting: Future[CustomerBase]) -> CustomerBase | None:
    """All customers; None while they are counted, or where that failed, which is said."""
    wait([counting], _AT_ONCE)
    if not counting.done():
        _still_counting(counting)
        return None
    try:
        return counting.result()
    except StyloError as error:
        tell(f"{error.problem} {error.cure}")
        return None


@st.fragment(run_every=1.0)
def _still_counting(counting: Future[CustomerBase]) -> None:
    if counting.done():
        st.rerun()
    st.info(text.COUNTING, icon=":material/hourglass_top:")


def _examples(shop: Shop, base: CustomerBase) -> None:
    draw = number(_DRAW, 0, _DRAWS - 1, 0)
    st.header(text.EXAMPLE_SHOPPERS, anchor=False, help=_kinds_in_words())
    shoppers = _drawn(shop)(base, draw)
    if not shoppers:
        st.caption(text.NO_EXAMPLES)
        return
    says = text.EXAMPLES_WITHOUT_WEEK if base.buyers.is_empty() else text.EXAMPLES_SAY
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.caption(plain(says.format(day=base.examples_as_of)))
    right.button(
        text.OTHER_EXAMPLES, on_click=_draw_others, args=(draw,), icon=":material/shuffle:", width="stretch"
    )
    data = {"label": text.EXAMPLE_SHOPPERS, "shoppers": shoppers}
    key = "example-shoppers"
    component("examples")(key=key, data=data, on_open_change=heard(key, "open", open_shopper))


@once_a_shop
def _drawn(shop: Shop) -> Callable[[CustomerBase, int], list[dict[str, Any]]]:
    return lru_cache(maxsize=32)(partial(_draw, ref(shop)))


def _draw(of: ref[Shop], base: CustomerBase, draw: int) -> list[dict[str, Any]]:
    shop = of()
    assert shop is not None  # who asks has it
    found, day = base.examples(draw), base.examples_as_of
    numbers = found["customer"].to_list()
    ids = shop.customers.ids(numbers)
    bought = shop.customers.last_bought(numbers, day, _PHOTOS)
    return [
        _example(shop, row, ids[row["customer"]], bought.get(row["customer"], []), day)
        for row in found.rows(named=True)
    ]


def _draw_others(draw: int) -> None:
    put({_DRAW: [str((draw + 1) % _DRAWS)]})


def _example(
    shop: Shop, row: Mapping[str, Any], customer: str, bought: Sequence[int], day: date
) -> dict[str, Any]:
    lines = [text.FIRST_TIME]
    if row["purchases"]:
        spent = text.SPENT_IN_ALL.format(price=row["spent"])
        days = (day - row["last"]).days
        lines = [f"{text.purchases_made(row['purchases'])}, {spent}", text.last_purchase(days)]
    return {
        "customer": customer,
        "href": _link(customer),
        "kind": row["kind"],
        "badge": text.CUSTOMER_KINDS[row["kind"]],
        "age": _age(row["age"]) if shop.customers.knows("age") else "",
        "photos": [
            {"src": address(mine["article"], shop.version), "alt": picture_of(shop, mine)}
            for mine in shop.rows(list(bought))
        ],
        "none": "" if row["purchases"] else text.NOTHING_BOUGHT,
        "lines": lines,
    }


def _age(age: int | None) -> str:
    return text.AGE_UNKNOWN if age is None else text.YEARS_OLD.format(age=age)


def _everyone(shop: Shop, base: CustomerBase) -> None:
    st.header(text.ALL_CUSTOMERS, anchor=False, help=text.CUSTOMERS_HELP)
    filters, sort = _filters(base, ages=shop.customers.knows("age")), _sort()
    found = base.select(filters, sort)
    st.caption(
        plain(text.CUSTOMERS_LISTED.format(count=len(found), all=base.everyone.height, day=base.as_of))
    )
    if not len(found):
        st.info(text.NO_CUSTOMERS_LEFT, icon=":material/person_search:")
        return
    pages = -(-len(found) // _A_PAGE)
    at = page_of(pages)
    rows = base.rows(found[(at - 1) * _A_PAGE : at * _A_PAGE])
    _table(shop, base, rows, sort)
    turn_pages(pages)


def _filters(base: CustomerBase, *, ages: bool) -> Filters:
    """What the address asks for, with a box for each question; of ages only where any is known."""
    kinds = {
        kind: text.KIND_COUNT.format(kind=text.CUSTOMER_KINDS[kind], count=base.counts.get(kind, 0))
        for kind in KINDS
    }
    asked = (
        (text.KIND, "kind", KINDS, {"": text.ANY_KIND, **kinds}, _kinds_in_words()),
        (text.AGE, "age", tuple(AGES), {"": text.ANY_AGE, **text.AGE_GROUPS}, text.AGES_HELP),
        (
            text.LAST_PURCHASE,
            "recency",
            tuple(RECENCY),
            {"": text.ANY_TIME, **text.RECENCIES},
            text.RECENCY_HELP,
        ),
        (text.SPENT, "spent", tuple(SPENDERS), {"": text.ANY_AMOUNT, **text.SPENDERS}, text.SPENDERS_HELP),
    )
    boxes = [each for each in asked if ages or each[0] != text.AGE]
    chosen = {}
    for column, (label, name, options, shown, help) in zip(st.columns(len(boxes)), boxes, strict=True):
        with column:
            chosen[name] = pick(label, ("", *options), name, shown, help)
    return Filters(**chosen)


def _kinds_in_words() -> str:
    return text.KINDS_HELP.format(
        regular=customer_base.REGULAR,
        active=customer_base.ACTIVE_DAYS,
        new=customer_base.NEW_DAYS,
        dormant=customer_base.DORMANT_DAYS,
    )


def _sort() -> str:
    said = value(_SORT)
    return said if said.removesuffix(UP) in SORTS else SORTS[0]


def _sort_by(column: str) -> None:
    """By another column from the highest; by the same one the other way round."""
    if column in SORTS:
        put({_SORT: [column + UP if _sort() == column else column]})


def _table(shop: Shop, base: CustomerBase, rows: pl.DataFrame, sort: str) -> None:
    ids = shop.customers.ids(rows["customer"].to_list())
    column, upwards, ages = sort.removesuffix(UP), sort.endswith(UP), shop.customers.knows("age")
    data = {
        "label": text.ALL_CUSTOMERS,
        "columns": [
            {
                "name": name,
                "label": label,
                "sorts": name in SORTS,
                "sorted": ("up" if upwards else "down") if name == column else "",
                "number": name in ("age", "purchases", "spent"),
            }
            for name, label in text.CUSTOMER_COLUMNS.items()
            if ages or name != "age"
        ],
        "rows": [_row(base, row, ids[row["customer"]], ages=ages) for row in rows.rows(named=True)],
    }
    key = "customers"
    component("customers")(
        key=key,
        data=data,
        on_open_change=heard(key, "open", open_shopper),
        on_sort_change=heard(key, "sort", _sort_by),
    )


def _row(base: CustomerBase, row: Mapping[str, Any], customer_id: str, *, ages: bool) -> dict[str, Any]:
    last = row["last"]
    cells = [
        text.short_id(customer_id),
        text.CUSTOMER_KINDS[row["kind"]],
        *([text.UNKNOWN if row["age"] is None else str(row["age"])] if ages else []),
        f"{row['purchases']:,}",
        text.PRICE_VALUE.format(price=row["spent"]),
        text.NEVER if last is None else text.last_purchase_on(last, (base.as_of - last).days),
    ]
    return {"customer": customer_id, "href": _link(customer_id), "cells": cells}


def _link(customer_id: str) -> str:
    return link("shopper", {CUSTOMER: [customer_id]})
