"""Shopper: what a customer bought, what is recommended and why, and whether the model was right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import SHELF, Card, cards
from stylo.dashboard.charts import purchases as chart_of_purchases
from stylo.dashboard.links import CUSTOMER, option, pick, text_box, value
from stylo.dashboard.lists.take_along import cards_along
from stylo.dashboard.notices import name_tab, problem, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.shopper import customer_list
from stylo.dashboard.shopper.list_cards import in_truth, recommended
from stylo.dashboard.shopper.records import CustomerRecords, Listed
from stylo.dashboard.shopper.ruled import recommended_now
from stylo.dashboard.text import plain
from stylo.errors import StyloError
from stylo.ranking.explanation import Explanation
from stylo.recommender import HYBRID
from stylo.tables.folder import MODEL_FILE

_NOW = "now"
_ON_THE_LINE = 60


def page(shop: Shop) -> None:
    customers = shop.customers
    typed = value(CUSTOMER)
    who = customers.find(typed) if typed else None
    if who is None:
        _choose(shop, typed)
        return
    shown = who[customers.id_column]
    short = text.short_id(shown)
    name_tab((text.SHOPPER_TITLE if short == shown else text.SHOPPER_TAB).format(customer=short))
    st.button(
        text.ALL_SHOPPERS, icon=":material/arrow_back:", type="tertiary", on_click=customer_list.close_shopper
    )
    st.title(plain(text.SHOPPER_TITLE.format(customer=short)), anchor=False)
    st.code(shown, language=None, wrap_lines=True)
    bought = customers.purchases(who["customer"])
    _facts(shop, customers, who, bought)
    lists = customers.lists(who["customer_id"])
    cutoffs = sorted({each.cutoff for each in lists}, reverse=True)
    left, right, _ = st.columns([2, 2, 3], vertical_alignment="bottom")
    with left:
        as_of = _as_of(cutoffs)
    with right:
        hide = option(text.HIDE_BOUGHT, "hide", text.HIDE_HELP)
    if isinstance(as_of, date):
        mine = [each for each in lists if each.cutoff == as_of]
        _then(shop, mine, bought, as_of, hide)
    else:
        _now(shop, who["customer"], bought, hide)
    _time_line(shop, bought, as_of if isinstance(as_of, date) else None)


def _choose(shop: Shop, typed: str) -> None:
    """The page before a shopper is chosen, or where there is none such."""
    customers = shop.customers
    st.title(text.SHOPPERS, anchor=False)
    left, right, _ = st.columns([3, 1, 1], vertical_alignment="bottom")
    with left:
        hint = text.OWN_CUSTOMER_HINT if customers.own_ids else text.CUSTOMER_HINT
        text_box(text.CUSTOMER, CUSTOMER, hint, most=64)
    right.button(
        text.RANDOM_SHOPPER,
        on_click=_draw,
        args=(customers,),
        help=text.RANDOM_HELP,
        icon=":material/casino:",
        width="stretch",
    )
    if problem(customers, "customers.parquet"):
        return
    if typed:
        st.error(plain(text.UNKNOWN_CUSTOMER.format(customer=typed[:80])))
    if not problem(customers, "transactions.parquet"):
        problem(customers, MODEL_FILE)
        customer_list.show(shop)


def _draw(customers: CustomerRecords) -> None:
    with suppress(StyloError):  # which the page tells
        found = customers.base.result().at_random()
        if found is not None:
            customer_list.open_shopper(customers.ids([found])[found])


def _facts(shop: Shop, customers: CustomerRecords, who: dict[str, Any], bought: pl.DataFrame) -> None:
    days, of_shop = bought["t_dat"], shop.folder.shop_facts
    shown = {
        text.PURCHASES: f"{bought.height:,}",
        text.VISITS: f"{days.n_unique():,}",
        text.LAST_PURCHASE: text.day(days[0]) if len(days) else text.NEVER,
        text.SPENT: text.money(float(bought["price"].sum()), of_shop),
    }
    if customers.knows("age"):
        shown[text.AGE] = str(who["age"] if who["age"] is not None else text.UNKNOWN)
    if customers.knows("club_member_status"):
        shown[text.CLUB] = str(who["club_member_status"] or text.UNKNOWN).capitalize()
    with st.container(horizontal=True, gap="large"):
        for label, said in shown.items():
            st.metric(label, said, width="content", help=text.fact_help(label, of_shop))


def _as_of(cutoffs: Sequence[date]) -> date | str:
    shown = {str(cutoff): text.day(cutoff) for cutoff in cutoffs} | {_NOW: text.NOW}
    chosen = pick(text.AS_OF_DAY, list(shown), "as_of", shown, text.AS_OF_HELP)
    return date.fromisoformat(chosen) if chosen != _NOW else _NOW


def _then(shop: Shop, lists: Sequence[Listed], bought: pl.DataFrame, cutoff: date, hide: bool) -> None:
    """The lists of a week that has passed, beside what was bought in it."""
    window = shop.customers.window
    truth = bought.filter(pl.col("t_dat").is_between(cutoff, cutoff + window, closed="left"))
    wanted = truth["article"].unique(maintain_order=True).to_list()
    owned = set(bought.filter(pl.col("t_dat") < cutoff)["article"])
    hybrid = next((each for each in lists if each.model == HYBRID), None)
    if hybrid is not None:
        st.header(text.RECOMMENDED_THEN.format(day=cutoff), anchor=False, help=text.RECOMMENDED_HELP)
        st.caption(text.hits(hybrid.hits(wanted), len(wanted)))
        untrained(shop)
        shown = recommended(shop, hybrid, wanted, owned if hide else ())
        if hide:
            st.caption(text.hidden_bought(hybrid.hits(owned), refilled=False))
        cards_along(shop, "then", text.RECOMMENDED, shown, name=f"{text.RECOMMENDED} {cutoff}")
    st.header(text.BOUGHT_THEN, anchor=False, help=text.BOUGHT_HELP)
    shown = in_truth(shop, hybrid, wanted)
    cards_along(shop, "truth", text.BOUGHT_THEN, shown, SHELF, name=f"{text.BOUGHT_THEN} {cutoff}")
    others = {each.model: each for each in lists if each.model != HYBRID}
    if others:
        st.header(text.COMPARED, anchor=False, help=text.COMPARED_HELP)
        for name, each in others.items():
            label = text.MODELS.get(name, name)
            st.subheader(label, anchor=False)
            st.caption(text.hits(each.hits(wanted), len(wanted)))
            shown = recommended(shop, each, wanted, owned if hide else ())
            cards(shop, f"than-{name}", label, shown, SHELF)


def _now(shop: Shop, customer: int, bought: pl.DataFrame, hide: bool) -> None:
    model = shop.customers.model
    if model is None:
        problem(shop.customers, MODEL_FILE)
        return
    st.header(text.RECOMMENDED_NOW.format(day=model.as_of), anchor=False, help=text.RECOMMENDED_HELP)
    if bought.is_empty():
        st.caption(text.NO_PURCHASES)
    untrained(shop)
    found, ruled = recommended_now(shop, customer)
    owned = set(bought["article"])
    if hide:
        passed_over = sum(why.article in owned for why in found)
        found, ruled = recommended_now(shop, customer, owned) if passed_over else (found, ruled)
        st.caption(text.hidden_bought(passed_over, refilled=True))
    shown = recommended(shop, Listed.of(model.as_of, HYBRID, found), [], ruled=ruled)
    cards_along(shop, "now", text.RECOMMENDED, shown, name=f"{text.RECOMMENDED} {model.as_of}")
    if any(why.features or why.proposed_by for why in found):
        with st.expander(text.BEHIND_IT):
            st.caption(text.BEHIND_HELP)
            _behind(shop, found)


def _behind(shop: Shop, found: Sequence[Explanation]) -> None:
    names = {row["article"]: row["prod_name"] for row in shop.rows([why.article for why in found])}
    rows = [
        {
            text.ARTICLE: names.get(why.article, ""),
            text.PROPOSED: ", ".join(
                f"{text.STRATEGIES.get(name, name)} {rank}" for name, rank in why.proposed_by
            ),
            text.STRONGEST: ", ".join(
                f"{name} {text.signed(added, '.2f')}" for name, _, added in why.features
            ),
        }
        for why in found
    ]
    st.dataframe(rows, hide_index=True)


def _time_line(shop: Shop, bought: pl.DataFrame, as_of: date | None) -> None:
    st.header(text.TIME_LINE, anchor=False, help=text.TIME_LINE_HELP)
    if bought.is_empty():
        st.caption(text.NO_PURCHASES)
        return
    if bought["t_dat"].n_unique() > 1:
        st.plotly_chart(
            chart_of_purchases(bought, as_of),
            key="time-line",
            config={"displayModeBar": False},
            alt=text.TIME_LINE_ALT.format(
                count=bought.height, first=bought["t_dat"].min(), last=bought["t_dat"].max()
            ),
        )
    some = bought.head(_ON_THE_LINE)
    rows = {row["article"]: row for row in shop.rows(some["article"].unique().to_list())}
    shown = [
        Card(rows[article] | {"price": price}, badge=text.day(day))
        for day, article, price in some.select("t_dat", "article", "price").iter_rows()
        if article in rows
    ]
    everything = bought["article"].unique(maintain_order=True)
    cards_along(shop, "time-line", text.TIME_LINE, shown, SHELF, name=text.TIME_LINE, articles=everything)
    if bought.height > _ON_THE_LINE:
        st.caption(text.ONLY_THE_LAST.format(shown=_ON_THE_LINE, count=bought.height))
