"""The rule book: the one place where merchandising rules are checked, set, rolled back and read.

    file ─▶ read, compiled for the articles, no contradiction ─▶ recorded ─▶ live within two seconds

The command line, HTTP and the dashboard all change rules here, so that each change has who, when, what and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stylo.assortment import Assortment, with_facts
from stylo.errors import NoPreviousVersion, NotMigrated
from stylo.records.merchandising import RULES_FILE, RulesFile, read_rules
from stylo.rules.checking import check_rules
from stylo.rules.compiled import CompiledRules
from stylo.rules.of_shop import columns_of, columns_without_bad_stock, compile_with_looks
from stylo.storage import rule_versions
from stylo.storage.database import Database
from stylo.storage.idempotency import NamedRequest
from stylo.storage.rule_versions import RulesAction, RulesStep
from stylo.tables.folder import DataFolder
from stylo.tables.weekly_sales import weekly_sales
from stylo.visual.thumbnails import Thumbnails

_HISTORY = 1000


def compiled_for(
    assortment: Assortment, data: Path, file: RulesFile, version: str | None = None
) -> CompiledRules:
    """Rules for the articles of a shop.

    data : the data folder, where `stock.csv` lies.
    """
    columns = columns_without_bad_stock(assortment.articles, data, assortment.ids)
    return compile_with_looks(file, columns, _photos(assortment), version)


def shop_articles(folder: DataFolder) -> Assortment:
    """The articles of a data folder as of its newest sales. Raises MissingArtefact, DamagedArtefact, StaleArtefact."""
    sales = weekly_sales(folder)
    catalogue = folder.scan("articles.parquet").collect()
    return Assortment(folder, with_facts(catalogue, sales, None, Thumbnails.of(folder).articles()), sales)


def checked(text: str, assortment: Assortment, data: Path, source: str = RULES_FILE) -> CompiledRules:
    """Raises BadOption for a file that may not be set, and for a `stock.csv` that is no good."""
    file = read_rules(text, source)
    columns = columns_of(assortment.articles, data, assortment.ids)
    found = compile_with_looks(file, columns, _photos(assortment), rule_versions.version_of(text))
    check_rules(found, source)
    return found


def _photos(assortment: Assortment) -> DataFolder | None:
    return assortment.folder if assortment.with_looks else None


def live_rules(database: Database, assortment: Assortment, data: Path) -> CompiledRules:
    """`rules_of_step` of `live_step`. Raises what these do."""
    return rules_of_step(live_step(database), assortment, data)


def live_step(database: Database) -> RulesStep | None:
    """The step that is live; None where no rules were ever set. Raises StorageUnavailable."""
    try:
        return rule_versions.live(database)
    except NotMigrated:
        return None


def rules_of_step(step: RulesStep | None, assortment: Assortment, data: Path) -> CompiledRules:
    """Its rules, compiled; none for None. Raises BadOption for a text that a newer version of StyloAI has set."""
    if step is None:
        return compiled_for(assortment, data, RulesFile())
    return compiled_for(assortment, data, read_rules(step.text, f"version {step.version}"), step.version)


@dataclass(frozen=True)
class RuleBook:
    """Sets rules and goes back.

    assortment : the articles that they are checked with.
    data : the data folder.
    """

    database: Database
    assortment: Assortment
    data: Path

    def set(
        self,
        text: str,
        *,
        who: str,
        reason: str = "",
        seen: int | None = None,
        source: str = RULES_FILE,
        request: NamedRequest | None = None,
    ) -> RulesStep:
        """Makes a file of rules the live one. An empty file is no rules.

        Raises BadOption for a file that may not be set, Overtaken, StorageUnavailable; then the live rules stay.
        """
        checked(text, self.assortment, self.data, source)
        return self._record(text, RulesAction.SET, who, reason, seen, request)

    def rollback(
        self, *, who: str, reason: str = "", to: str | None = None, request: NamedRequest | None = None
    ) -> RulesStep:
        """Makes the rules live again that were before; or those of a version.

        What a rule names and has gone since keeps nobody from going back: it is said where rules are shown.
        Raises NoPreviousVersion, and as `set`.
        """
        seen = self.history()
        if to is None:
            step = rule_versions.before_live(seen)
        else:
            step = next((each for each in seen if each.version == to), None)
        if step is None:
            raise NoPreviousVersion(
                "There are no earlier rules to roll back to."
                if to is None
                else f"There are no rules of version {to[:80]!r}.",
                cure="See what was live: stylo rules history",
            )
        return self._record(step.text, RulesAction.ROLLBACK, who, reason, seen[0].id, request)

    def history(self) -> Sequence[RulesStep]:
        """The newest first. Raises StorageUnavailable."""
        return rule_versions.history(self.database, _HISTORY)

    def _record(
        self,
        text: str,
        action: RulesAction,
        who: str,
        reason: str,
        seen: int | None,
        request: NamedRequest | None,
    ) -> RulesStep:
        return rule_versions.record(
            self.database,
            text,
            action,
            who=who,
            reason=reason or "no reason given",
            now=datetime.now(UTC),
            seen=seen,
            request=request,
        )
