"""`stylo rules` and `serve.py rules`: merchandising rules are checked, set, rolled back, and tried on a customer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from stylo.assortment import Assortment
from stylo.deployment.control_plane import COMMAND_LINE
from stylo.deployment.online_model import OnlineModel, RequestContext
from stylo.deployment.release import Release, unpublished
from stylo.deployment.releases import Releases
from stylo.deployment.rule_book import (
    RuleBook,
    checked,
    compiled_for,
    live_rules,
    shop_articles,
)
from stylo.deployment.rules_preview import RulesPreview, preview
from stylo.deployment.shop_day import shop_day
from stylo.errors import BadOption, NotMigrated, UnknownCustomer
from stylo.records.merchandising import RulesFile, read_rules, read_text
from stylo.rules.compiled import CompiledRules
from stylo.rules.touches import said_of
from stylo.script import Terminal, command_line, edge, path_argument, path_option, show
from stylo.service.options import DatabaseOption, DataOption, ReasonOption, StateOption, settings_before
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments, rule_versions
from stylo.storage.database import Database
from stylo.storage.rule_versions import RulesStep
from stylo.tables.ids import customer_key

RULES = command_line(no_args_is_help=True)
_FileArgument = Annotated[Path, path_argument(help="A file of rules, in TOML.")]
_MOMENT, _HISTORY = "%Y-%m-%d %H:%M", 50


@RULES.command("check")
def check(
    context: typer.Context,
    file: _FileArgument,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Check a file of rules against the shop's articles. Nothing is changed."""
    with edge():
        settings = settings_before(context, data, state, database)
        shop = shop_articles(settings.state_folder.data_folder)
        found = checked(read_text(file), shop, settings.data, str(file))
        _describe(found, shop.articles.height)
        _tell(found, _today(settings, _after_data(shop)))
        show((), (), f"{file} can be used: {len(found.rules)} rules, version {found.version}.")


@RULES.command("set")
def set_live(
    context: typer.Context,
    file: _FileArgument,
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a file of rules the live one; services take it up within two seconds. An empty file is no rules."""
    with edge():
        settings = settings_before(context, data, state, database)
        step = _book(settings).set(read_text(file), who=COMMAND_LINE, reason=reason, source=str(file))
        show((), (), f"Live: rules {step.version}.")


@RULES.command("rollback")
def rollback(
    context: typer.Context,
    to: Annotated[
        str | None, typer.Option("--to", help="A version of `rules history`.", show_default="the one before")
    ] = None,
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Go back to the rules that were live before."""
    with edge():
        settings = settings_before(context, data, state, database)
        step = _book(settings).rollback(who=COMMAND_LINE, reason=reason, to=to)
        show((), (), f"Live: rules {step.version}.")


@RULES.command("show")
def show_live(
    context: typer.Context,
    version: Annotated[
        str | None,
        typer.Option("--version", help="A version of `rules history`.", show_default="the live one"),
    ] = None,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print the live rules, as they were set; what is to be said of them stands on standard error."""
    with edge():
        settings = settings_before(context, data, state, database)
        history = _history(settings)
        step = history[0] if history and version is None else None
        if version is not None:
            step = next((each for each in history if each.version == version), None)
            if step is None:
                raise BadOption(
                    f"There are no rules of version {version[:80]!r}.",
                    cure="See them all: stylo rules history",
                )
        if step is None:
            show((), (), "No rules were ever set. Set some: stylo rules set rules.toml")
            return
        shop = shop_articles(settings.state_folder.data_folder)
        found = compiled_for(shop, settings.data, read_rules(step.text, step.version), step.version)
        _tell(found, _today(settings, _after_data(shop)))
        Terminal().note(f"Rules {step.version}, set by {step.who} on {step.at:{_MOMENT}} UTC: {step.reason}")
        show((), (), step.text.rstrip("\n"))


@RULES.command("history")
def history(
    context: typer.Context,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """List which rules were live, the newest first."""
    with edge():
        found = _history(settings_before(context, data, state, database))[:_HISTORY]
        rows = [
            (
                each.version,
                each.action.value,
                each.at.strftime(_MOMENT),
                _count(each.text),
                each.who,
                each.reason,
            )
            for each in found
        ]
        if not rows:
            show((), (), "No rules were ever set.")
        show(("version", "by", "since (UTC)", "rules", "who", "why"), rows)


@RULES.command("preview")
def preview_of(
    context: typer.Context,
    customer: Annotated[str, typer.Option("--customer", help="A customer id.")],
    rules: Annotated[
        Path | None,
        path_option("--rules", help="A file of rules to try.", show_default="the live rules"),
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="Number of articles.")] = 12,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show a customer's list before and after rules, and which rule did what. Events since the model are left out."""
    with edge():
        settings = settings_before(context, data, state, database)
        release = _release(settings)
        number = release.customers.find(customer_key(customer, own=release.own_customer_ids))
        if number is None:
            raise UnknownCustomer(
                f"There is no customer {customer[:80]!r} in the model.", cure="Name another."
            )
        assert isinstance(release.model, OnlineModel)
        found = _rules_to_try(settings, release, rules)
        day = max(release.as_of, _today(settings, release.as_of))
        _show_preview(preview(release.model, found, RequestContext(number, day, k)), release)
        _tell(found, day)


def _rules_to_try(settings: ServiceSettings, release: Release, rules: Path | None) -> CompiledRules:
    if rules is not None:
        return checked(read_text(rules), release.assortment, settings.data, str(rules))
    if settings.state_folder.missing_database() is not None:
        return compiled_for(release.assortment, settings.data, RulesFile())
    return live_rules(settings.state_folder.open_database(pool=1), release.assortment, settings.data)


def _show_preview(found: RulesPreview, release: Release) -> None:
    names = {
        row["article"]: row["prod_name"] or ""
        for row in release.assortment.rows([each.article for each in (*found.before, *found.after)])
    }
    article_id, rows = release.assortment.ids.id, []
    for place in range(1, max(len(found.before), len(found.after)) + 1):
        before = found.before[place - 1].article if place <= len(found.before) else None
        after = found.after[place - 1] if place <= len(found.after) else None
        was = found.was(after.article) if after else None
        rows.append(
            (
                str(place),
                "" if before is None else f"{article_id(before)} {names.get(before, '')}",
                "" if after is None else f"{article_id(after.article)} {names.get(after.article, '')}",
                "new" if after and was is None else "" if was in (None, place) else f"was {was}",
                " ".join(map(said_of, after.rules)) if after else "",
            )
        )
    gone = [
        f"Not in it any more: {article_id(article)} {names.get(article, '')}. "
        + (" ".join(map(said_of, why)) or "Others moved before it.")
        for article, why in found.absent.items()
    ]
    holding = ", ".join(f"{touch.kind} “{touch.name}”" for touch in found.in_force) or "none"
    show(("place", "before", "after", "moved", "rules"), rows, *gone, f"Rules for this customer: {holding}.")


def _describe(found: CompiledRules, articles: int) -> None:
    rows = []
    for each in found.rules:
        days = (
            f"{each.rule.first or ''} – {each.rule.until or ''}"
            if each.rule.first or each.rule.until
            else "always"
        )
        count = "" if each.rule.kind == "diversity" else f"{int(each.mask.sum()):,} of {articles:,}"
        rows.append((each.rule.name, each.rule.kind, each.rule.audience, days, count))
    show(("rule", "kind", "audience", "days", "articles"), rows)


def _tell(found: CompiledRules, day: date) -> None:
    """What is to be said of rules on a day of the shop, and keeps nobody from using them."""
    for note in found.notes(day):
        Terminal().note(f"NOTICE: {note}")


def _today(settings: ServiceSettings, as_of: date | None) -> date:
    """The day on which the service of these settings lives, with a model as of that day."""
    return shop_day(settings.today, as_of, settings.zone.day(datetime.now(UTC)))


def _after_data(shop: Assortment) -> date | None:
    """The day after the last in the tables, which is a model's of them; None without sales."""
    last = shop.folder.scan("transactions.parquet").select(pl.col("t_dat").max()).collect().item()
    return None if last is None else last + timedelta(days=1)


def _count(text: str) -> str:
    try:
        return f"{len(read_rules(text)):,}"
    except BadOption:  # of a newer StyloAI
        return "?"


def _book(settings: ServiceSettings) -> RuleBook:
    folder = settings.state_folder
    shop = shop_articles(folder.data_folder)
    return RuleBook(folder.open_database(migrate=True), shop, settings.data)


def _history(settings: ServiceSettings) -> list[RulesStep]:
    if settings.state_folder.missing_database() is not None:
        return []
    try:
        return rule_versions.history(settings.state_folder.open_database(pool=1), 1000)
    except NotMigrated:
        return []


def _release(settings: ServiceSettings) -> Release:
    """The live version, else what lies in the data folder."""
    folder = settings.state_folder
    if folder.missing_database() is None:
        releases, database = Releases.of(folder), folder.open_database(pool=1)
        live = _live(database)
        if live in releases.versions():
            return releases.open(live)
    return unpublished(folder.data_folder)


def _live(database: Database) -> str:
    try:
        live = deployments.live(database)
    except NotMigrated:
        return ""
    return live.version if live else ""
