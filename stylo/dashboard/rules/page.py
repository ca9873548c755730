"""Rules: the file that is live, a shopper's list before and after, and the history."""

from __future__ import annotations

from itertools import zip_longest

import polars as pl
import streamlit as st

from stylo.dashboard import roles, text
from stylo.dashboard.boards.state import attempt, read, tell_outcome
from stylo.dashboard.downloads import shown
from stylo.dashboard.links import CUSTOMER, text_box, value
from stylo.dashboard.notices import problem, tell
from stylo.dashboard.operations.state import clock
from stylo.dashboard.rules.live import online_model, today
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.deployment.online_model import RequestContext
from stylo.deployment.rule_book import RuleBook, checked, compiled_for
from stylo.deployment.rules_preview import RulesPreview, preview
from stylo.errors import StyloError
from stylo.records.merchandising import read_rules
from stylo.rules.touches import said_of
from stylo.storage import rule_versions
from stylo.storage.rule_versions import RulesStep
from stylo.tables.folder import MODEL_FILE

_TEXT, _WHY, _SEEN = "rules-text", "rules-why", "rules-seen"
_MOST = 50
_HISTORY = pl.Schema(
    {"at": pl.Datetime("us"), **{name: pl.String() for name in ("version", "action", "who", "reason")}}
)


def page(shop: Shop) -> None:
    st.title(text.RULES, anchor=False)
    st.caption(text.RULES_SAY)
    tell_outcome()
    try:
        history = read(shop, lambda database: rule_versions.history(database, _MOST)) or []
    except StyloError as error:
        tell(f"{error.problem} {error.cure}", st.error)
        return
    live = history[0] if history else None
    if live is None or not live.text.strip():
        st.info(text.NO_RULES, icon=":material/rule:")
    if live is not None:
        said = text.LIVE_RULES.format(version=live.version, who=live.who, at=live.at, reason=live.reason)
        st.caption(plain(said))
    written = _file(shop, live, history)
    _preview(shop, written)
    if history:
        st.header(text.RULES_HISTORY, anchor=False)
        rows = [(clock(each.at), each.version, each.action.value, each.who, each.reason) for each in history]
        shown(pl.DataFrame(rows, _HISTORY, orient="row"), "rules-history", text.RULES_HISTORY_COLUMNS, {})


def _file(shop: Shop, live: RulesStep | None, history: list[RulesStep]) -> str:
    """The file as it stands on the page; who may operate changes it."""
    st.header(text.THE_FILE, anchor=False)
    content = live.text if live else ""
    _notes(shop, content)
    if not roles.may_operate():
        st.code(content or "# …", language="toml")
        st.caption(text.RULES_COMMANDS)
        st.code("stylo rules check rules.toml\nstylo rules set rules.toml --reason WHY", language="bash")
        return content
    seen = live.id if live else 0
    if st.session_state.get(_SEEN) != seen:  # somebody set other rules: what was typed was of those before
        st.session_state.update({_SEEN: seen, _TEXT: content})
    written: str = st.text_area(text.THE_FILE, key=_TEXT, height=360, label_visibility="collapsed")
    reason = st.text_input(text.RULES_REASON, key=_WHY, placeholder=text.REASON_HINT, max_chars=500)
    with st.container(horizontal=True, gap="small"):
        check = st.button(text.CHECK_RULES, key="rules-check")
        st.button(text.SET_RULES, key="rules-set", type="primary", on_click=_set, args=(shop, seen))
        if rule_versions.before_live(history) is not None:
            st.button(text.ROLL_BACK_RULES, key="rules-back", on_click=_roll_back, args=(shop, reason))
    if check:
        try:
            found = checked(written, shop, shop.folder.root)
            st.success(text.RULES_CAN_BE_USED.format(rules=len(found.rules)), icon=":material/check:")
        except StyloError as error:
            st.error(plain(_whole(error)))
    return written


def _set(shop: Shop, seen: int) -> None:
    """For a callback: the typed file goes live, unless somebody else's did meanwhile."""
    if not roles.may_operate():
        return
    typed, reason, me = st.session_state[_TEXT], st.session_state.get(_WHY, ""), roles.who()
    attempt(
        shop,
        lambda database: RuleBook(database, shop, shop.folder.root).set(
            typed, who=me, reason=reason, seen=seen
        ),
        lambda step: text.RULES_ARE_LIVE.format(version=step.version),
    )


def _roll_back(shop: Shop, reason: str) -> None:
    if not roles.may_operate():
        return
    me = roles.who()
    attempt(
        shop,
        lambda database: RuleBook(database, shop, shop.folder.root).rollback(who=me, reason=reason),
        lambda step: text.RULES_ARE_LIVE.format(version=step.version),
    )


def _notes(shop: Shop, content: str) -> None:
    """What is to be said of live rules: those that have run out, and articles that have gone."""
    try:
        found = compiled_for(shop, shop.folder.root, read_rules(content))
    except StyloError as error:
        st.warning(plain(_whole(error)))
        return
    for note in found.notes(today(shop)):
        st.warning(plain(note), icon=":material/event_busy:")


def _preview(shop: Shop, written: str) -> None:
    st.header(text.TRY_RULES, anchor=False)
    st.caption(text.TRY_RULES_SAYS)
    if shop.customers.model is None:
        problem(shop.customers, MODEL_FILE)
        return
    hint = text.OWN_CUSTOMER_HINT if shop.customers.own_ids else text.TRY_SHOPPER_HINT
    text_box(text.TRY_SHOPPER, CUSTOMER, hint, most=64)
    typed = value(CUSTOMER)
    if not typed:
        return
    who = shop.customers.find(typed)
    if who is None:
        st.error(plain(text.UNKNOWN_CUSTOMER.format(customer=typed[:80])))
        return
    try:
        rules = checked(written, shop, shop.folder.root)
    except StyloError as error:
        st.error(plain(_whole(error)))
        return
    model = online_model(shop)
    day = max(model.as_of, today(shop))
    _table(shop, preview(model, rules, RequestContext(who["customer"], day)))


def _table(shop: Shop, found: RulesPreview) -> None:
    names = {
        row["article"]: f"{row['prod_name']}, {row['colour_group_name']}"
        for row in shop.rows([each.article for each in (*found.before, *found.after)])
    }
    rows = []
    for place, (before, after) in enumerate(zip_longest(found.before, found.after), 1):
        listed, moved, why = "", "", ""
        if after is not None:  # rules may leave fewer
            was, listed = found.was(after.article), names.get(after.article, "")
            moved = text.CAME if was is None else "" if was == place else text.WAS.format(place=was)
            why = " ".join(map(said_of, after.rules))
        rows.append((place, names.get(before.article, "") if before else "", listed, moved, why))
    columns = list(text.PREVIEW_COLUMNS)
    schema = {"place": pl.Int64, **dict.fromkeys(columns[1:], pl.String)}
    shown(pl.DataFrame(rows, schema, orient="row"), "rules-preview", text.PREVIEW_COLUMNS, {})
    holding = ", ".join(f"{touch.kind} “{touch.name}”" for touch in found.in_force)
    st.caption(plain(text.IN_FORCE.format(rules=holding) if holding else text.IN_FORCE_NONE))
    if found.absent:
        st.markdown(f"**{text.LEFT_OUT}**")
        for article, touches in found.absent.items():
            why = " ".join(map(said_of, touches)) or text.MOVED_DOWN
            st.markdown(f"- {plain(text.LEFT_OUT_LINE.format(name=names.get(article, ''), why=why))}")


def _whole(error: StyloError) -> str:
    return " ".join(part for part in (error.problem, error.where, error.cure) if part)
