"""Data: what is loaded, from where, how old it is, and what to run where something is missing or out of date."""

from __future__ import annotations

from datetime import date

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.data.inventory import NOT_ASKED, Entry, as_table, commands, inventory
from stylo.dashboard.downloads import folded, shown
from stylo.dashboard.evaluation.scores import BASELINE
from stylo.dashboard.notices import photos_missing, untrained
from stylo.dashboard.reports import DEMO, FIDELITY, fidelity, made_up, runs, unreadable_photos
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.tables.folder import MADE_BY
from stylo.user_paths import quoted

_SCRIPTS = [script.removesuffix(".py") for script in dict.fromkeys(MADE_BY.values())]
_SOME = 6


def page(shop: Shop) -> None:
    entries = {entry.name: entry for entry in inventory(shop)}
    st.title(text.DATA, anchor=False)
    st.caption(plain(text.DATA_FOLDER.format(folder=shop.folder.root.resolve())))
    if made_up(shop):
        st.warning(text.GENERATED, icon=":material/science:")
    _to_do(list(entries.values()))
    _in_short(shop, entries)
    _artefacts(list(entries.values()))
    left, right = st.columns(2, gap="large")
    with left:
        _runs(shop)
    with right:
        _photos(shop, entries["visual_features.npy"])
    _fidelity(shop)


def _to_do(entries: list[Entry]) -> None:
    wrong = [entry for entry in entries if entry.wrong]
    expected = [entry for entry in entries if entry.state != NOT_ASKED]
    if not wrong:
        st.success(text.ALL_WELL.format(count=len(expected)), icon=":material/check:")
        return
    st.warning(text.TO_DO.format(count=len(wrong), all=len(expected)), icon=":material/build:")
    st.code("\n".join(commands(entries)), language=None, wrap_lines=True)
    reasons = [entry.reason for entry in wrong if entry.reason]
    if reasons:
        st.markdown("\n".join(f"- {plain(reason)}" for reason in dict.fromkeys(reasons)))


def _in_short(shop: Shop, entries: dict[str, Entry]) -> None:
    sales = entries["transactions.parquet"]
    facts = {
        text.ARTICLES: _count(entries["articles.parquet"].rows),
        text.CUSTOMERS: _count(entries["customers.parquet"].rows),
        text.TRANSACTIONS: _count(sales.rows),
        text.FIRST_SALE: _day(sales.first),
        text.LAST_SALE: _day(sales.last),
        text.CUTOFF: _day(shop.as_of),
        text.PHOTOS: _count(_pictured(shop)),
    }
    with st.container(horizontal=True, gap="large"):
        for label, value in facts.items():
            st.metric(label, value, width="content", help=text.DATA_HELP[label])


def _count(rows: int | None) -> str:
    return text.UNKNOWN if rows is None else f"{rows:,}"


def _day(day: date | None) -> str:
    return text.UNKNOWN if day is None else text.day(day)


def _artefacts(entries: list[Entry]) -> None:
    st.subheader(text.ARTEFACTS, anchor=False, help=text.STATES_HELP)
    st.markdown(plain(text.ARTEFACTS_SAYS))
    table = as_table(entries)
    shown(table, "artefacts", text.ENTRY_COLUMNS, {}, bytes="kB")
    with st.expander(text.ORIGINS):
        shown(table, "origins", text.ORIGIN_COLUMNS, {})


def _runs(shop: Shop) -> None:
    st.subheader(text.RUNS, anchor=False)
    scripts = [*_SCRIPTS[:-1], BASELINE, _SCRIPTS[-1], DEMO, FIDELITY]
    found = runs(shop.folder, scripts)
    if found.is_empty():
        st.caption(text.NO_RUNS)
        return
    st.markdown(plain(text.RUNS_SAYS))
    shown(found, "runs", text.RUN_COLUMNS, {}, seconds="%.1f", peak_memory_bytes="MB")


def _photos(shop: Shop, vectors: Entry) -> None:
    st.subheader(text.PHOTOS, anchor=False)
    known = text.VECTORS.format(count=vectors.rows) if vectors.rows else text.NOT_ONE_VECTOR
    pictured = text.PHOTOS_SAYS.format(pictured=_pictured(shop), count=shop.articles.height, vectors=known)
    st.markdown(plain(pictured))
    photos_missing(shop)
    untrained(shop)
    unreadable = unreadable_photos(shop.folder)
    if unreadable:
        more = text.AND_MORE if len(unreadable) > _SOME else ""
        some = ", ".join(unreadable[:_SOME]) + more
        st.warning(plain(text.UNREADABLE.format(count=len(unreadable), some=some)))


def _pictured(shop: Shop) -> int:
    return int(shop.articles["has_photo"].sum())


def _fidelity(shop: Shop) -> None:
    found = fidelity(shop.folder)
    if found is None:
        if made_up(shop):
            st.subheader(text.FIDELITY, anchor=False)
            st.markdown(plain(text.NO_FIDELITY))
            folder = quoted(shop.folder.root)
            st.code(f"python -m stylo_demo.fidelity --shop {folder}", language=None, wrap_lines=True)
        return
    figures, far = found
    st.subheader(text.FIDELITY, anchor=False)
    says = text.FIDELITY_SAYS.format(near=figures["near"].sum(), count=figures.height)
    more = text.AND_MORE if len(far) > _SOME else ""
    outside = text.FIDELITY_FAR.format(far="; ".join(far[:_SOME]) + more) if far else ""
    st.markdown(plain(f"{says} {outside}"))
    folded(figures, "fidelity", text.FIDELITY_COLUMNS, ratio="%.2f")
