"""Shopper: what a customer bought, what is recommended and why, and whether the model was right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import SHELF, Card, cards
from stylo.dashboard.charts import purchases as chart_of_purchases
from stylo.dashboard.customers import ACTIVE, ANYONE, DORMANT, NEW, CustomerRecords, Listed
from stylo.dashboard.links import CUSTOMER, pick, put, text_box
from stylo.dashboard.notices import name_tab, problem, tell, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.take_along import take_along
from stylo.dashboard.text import plain
from stylo.ranking.explanation import Reason
from stylo.recommender import HYBRID
from stylo.tables.folder import MODEL_FILE

_NOW = "now"
_ON_THE_LINE = 60


def page(shop: Shop) -> None:
    customers = shop.customers
    st.title(text.SHOPPER, anchor=False)
    typed = _choose(customers)
    if problem(customers, "customers.parquet"):
        return
    if not typed:
        st.info(text.SHOPPER_HELP, icon=":material/person_search:")
        problem(customers, MODEL_FILE)
        return
    who = customers.find(typed)
    if who is None:
        st.error(plain(text.UNKNOWN_CUSTOMER.format(customer=typed[:80])))
        return
    name_tab(text.SHOPPER_TAB.format(customer=who["customer_id"][:8]))
    bought = customers.purchases(who["customer"])
    _facts(who, bought)
    lists = customers.lists(who["customer_id"])
    cutoffs = sorted({each.cutoff for each in lists}, reverse=True)
    as_of = _as_of(cutoffs, customers)
    if isinstance(as_of, date):
        mine = [each for each in lists if each.cutoff == as_of]
        _then(shop, mine, bought, as_of)
    else:
        _now(shop, who["customer"], bought)
    _time_line(shop, bought, as_of if isinstance(as_of, date) else None)


def _choose(customers: CustomerRecords) -> str:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        typed = text_box(text.CUSTOMER, CUSTOMER, text.CUSTOMER_HINT, most=64)
    with right, st.container(horizontal=True, gap="small"):
        for kind in (ANYONE, ACTIVE, DORMANT, NEW):
            st.button(
                text.KINDS[kind],
                key=f"any-{kind}",
                on_click=_draw,
                args=(customers, kind),
                help=text.KIND_HELP[kind],
            )
    if st.session_state.pop("nobody", False):
        tell(text.NOBODY, st.warning)
    return typed


def _draw(customers: CustomerRecords, kind: str) -> None:
    found = customers.at_random(kind, customers.cutoff)
    if found is None:
        st.session_state["nobody"] = True
    else:
        put({CUSTOMER: [found]})


def _facts(who: dict[str, Any], bought: pl.DataFrame) -> None:
    visits = bought["t_dat"].n_unique()
    last = bought["t_dat"].max()
    shown = {
        text.PURCHASES: f"{bought.height:,}",
        text.VISITS: f"{visits:,}",
        text.LAST_VISIT: str(last or text.NEVER),
        text.SPENT: text.PRICE_VALUE.format(price=bought["price"].sum()),
        text.AGE: str(who["age"] if who["age"] is not None else text.UNKNOWN),
        text.CLUB: str(who["club_member_status"] or text.UNKNOWN).capitalize(),
    }
    with st.container(horizontal=True, gap="large"):
        for label, value in shown.items():
            st.metric(label, value, width="content")


def _as_of(cutoffs: Sequence[date], customers: CustomerRecords) -> date | str:
    options = [*(str(cutoff) for cutoff in cutoffs), _NOW]
    chosen = pick(text.AS_OF_DAY, options, "as_of", {_NOW: text.NOW})
    return date.fromisoformat(chosen) if chosen != _NOW else _NOW


def _then(shop: Shop, lists: Sequence[Listed], bought: pl.DataFrame, cutoff: date) -> None:
    """The lists of a week that has passed, beside what was bought in it."""
    window = shop.customers.window
    truth = bought.filter(pl.col("t_dat").is_between(cutoff, cutoff + window, closed="left"))
    wanted = truth["article"].unique(maintain_order=True).to_list()
    hybrid = next((each for each in lists if each.model == HYBRID), None)
    if hybrid is not None:
        st.header(text.RECOMMENDED_THEN.format(day=cutoff), anchor=False)
        _hits(hybrid, wanted)
        untrained(shop)
        reasons = [
            Reason(article, *why) for article, why in zip(hybrid.articles, hybrid.reasons, strict=False)
        ]
        if not take_along(shop, "then", hybrid.articles, f"{text.RECOMMENDED} {cutoff}"):
            cards(shop, "then", text.RECOMMENDED, _recommended(shop, hybrid, reasons, wanted))
    st.header(text.BOUGHT_THEN, anchor=False)
    ranks = {article: place + 1 for place, article in enumerate(hybrid.articles)} if hybrid else {}
    rows = shop.rows(wanted)
    shown = (
        Card(row, badge=text.RANK.format(rank=ranks[row["article"]]), hit=True)
        if row["article"] in ranks
        else Card(row)
        for row in rows
    )
    if not take_along(shop, "truth", wanted, f"{text.BOUGHT_THEN} {cutoff}"):
        cards(shop, "truth", text.BOUGHT_THEN, shown, SHELF)
    others = {each.model: each for each in lists if each.model != HYBRID}
    if others:
        st.header(text.COMPARED, anchor=False)
        for name, each in others.items():
            st.caption(text.MODELS.get(name, name))
            _hits(each, wanted)
            cards(
                shop, f"than-{name}", text.MODELS.get(name, name), _recommended(shop, each, [], wanted), SHELF
            )


def _hits(listed: Listed, wanted: Sequence[int]) -> None:
    hits = len(set(listed.articles) & set(wanted))
    st.caption(text.hits(hits, len(wanted)))


def _now(shop: Shop, customer: int, bought: pl.DataFrame) -> None:
    model = shop.customers.model
    if model is None:
        problem(shop.customers, MODEL_FILE)
        return
    st.header(text.RECOMMENDED_NOW.format(day=model.as_of), anchor=False)
    if bought.is_empty():
        st.caption(text.NO_PURCHASES)
    untrained(shop)
    found = shop.customers.explain(customer)
    listed = Listed(
        model.as_of,
        HYBRID,
        [why.article for why in found],
        [[name for name, _ in why.proposed_by] for why in found],
        [],
    )
    if not take_along(shop, "now", listed.articles, f"{text.RECOMMENDED} {model.as_of}"):
        cards(shop, "now", text.RECOMMENDED, _recommended(shop, listed, found, []))
    with st.expander(text.BEHIND_IT):
        _behind(shop, found)


def _behind(shop: Shop, found: Sequence[Any]) -> None:
    names = {row["article"]: row["prod_name"] for row in shop.rows([why.article for why in found])}
    rows = [
        {
            text.ARTICLE: names.get(why.article, ""),
            text.PROPOSED: ", ".join(f"{name} {rank}" for name, rank in why.proposed_by),
            text.STRONGEST: ", ".join(
                f"{name} {text.signed(value, '.2f')}" for name, _, value in why.features
            ),
        }
        for why in found
    ]
    st.dataframe(rows, hide_index=True)


def _recommended(shop: Shop, listed: Listed, reasons: Sequence[Reason], wanted: Sequence[int]) -> list[Card]:
    because = [why.because for why in reasons if why.because is not None]
    known = {row["article"]: row for row in shop.rows([*listed.articles, *because])}
    names = {article: (row["prod_name"], row["colour_group_name"]) for article, row in known.items()}
    shown = []
    for place, article in enumerate(listed.articles):
        if article not in known:
            continue
        hit = article in wanted
        sentence = reasons[place].sentence(names) if place < len(reasons) else ""
        proposed = " · ".join(text.STRATEGIES.get(name, name) for name in listed.proposed_by[place][:3])
        badge = text.HIT if hit else str(place + 1)
        shown.append(
            Card(
                known[article], sentence or proposed, match=proposed if sentence else "", badge=badge, hit=hit
            )
        )
    return shown


def _time_line(shop: Shop, bought: pl.DataFrame, as_of: date | None) -> None:
    st.header(text.TIME_LINE, anchor=False)
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
        Card(rows[article] | {"price": price}, badge=_day(day))
        for day, article, price in some.select("t_dat", "article", "price").iter_rows()
        if article in rows
    ]
    if not take_along(shop, "time-line", bought["article"].unique(maintain_order=True), text.TIME_LINE):
        cards(shop, "time-line", text.TIME_LINE, shown, SHELF)
    if bought.height > _ON_THE_LINE:
        st.caption(text.ONLY_THE_LAST.format(shown=_ON_THE_LINE, count=bought.height))


def _day(day: date) -> str:
    return datetime(day.year, day.month, day.day).strftime("%-d %b %Y")
