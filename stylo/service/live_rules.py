"""The merchandising rules that are live, compiled for every release that answers.

They are followed in the database as the live model is, and `stock.csv` beside them. What was live last is noted in the
state folder, for a worker that starts while the database is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

from stylo.artefacts import writing
from stylo.deployment.release import Release
from stylo.deployment.release_files import Stamp, stamp
from stylo.deployment.rule_book import compiled_for
from stylo.errors import NotMigrated, StyloError
from stylo.records.merchandising import RULES_FILE, RulesFile, read_rules, read_text
from stylo.rules.columns import STOCK_FILE
from stylo.rules.compiled import CompiledRules
from stylo.service.logs import log_line, without_folders
from stylo.storage import rule_versions
from stylo.storage.database import Database
from stylo.storage.rule_versions import RulesStep


@dataclass(frozen=True, eq=False)
class _Live:
    """Rules that hold together with what they are for each release; others take the place of all of it at once."""

    file: RulesFile
    version: str | None
    stock: Stamp
    compiled: WeakKeyDictionary[Release, CompiledRules] = field(default_factory=WeakKeyDictionary)


class LiveRules:
    """Any thread may load; the event loop reads.

    Parameters
    ----------
    data, state : the data folder, with `stock.csv`; the state folder, in which the live rules are noted.
    changed : is called when other rules hold from now on.
    """

    def __init__(self, database: Database, data: Path, state: Path, changed: Callable[[], None]) -> None:
        self._database, self._data, self._changed = database, data, changed
        self._noted = state / RULES_FILE
        #: The last step that was taken up; −1 before the database was asked, 0 where no rules were ever set.
        self._lock, self._step = Lock(), -1
        self._live = _Live(RulesFile(), None, ())

    def of(self, release: Release) -> CompiledRules:
        """For a release; compiled now if it answers for the first time."""
        live = self._live
        found = live.compiled.get(release)
        if found is None:
            found = live.compiled[release] = self._compile(release, live)
        return found

    def prepare(self, release: Release) -> None:
        """Makes what the first customer of a release would wait for."""
        self.of(release).warm_up()

    def look(self) -> RulesStep | bool:
        """What the database has that is not taken up yet; False where nothing has changed, True where only the stock
        has, or no rules were ever set. Raises StorageUnavailable."""
        try:
            if rule_versions.last_step(self._database) > self._step:
                return rule_versions.live(self._database) or True
        except NotMigrated:
            pass
        return self._step < 0 or stamp(self._data / STOCK_FILE) != self._live.stock

    def take_up(self, news: RulesStep | bool, releases: Iterable[Release]) -> None:
        """Compiles what `look` has found for the releases that answer. What goes wrong is raised, the rules before
        stay, and `look` goes on finding the news."""
        with self._lock:
            before, stock = self._live, stamp(self._data / STOCK_FILE)
            file, version = before.file, before.version
            if isinstance(news, RulesStep):
                if news.id <= self._step:
                    return
                file, version = self._read(news) or (file, version)
            elif self._step < 0:
                file, version = RulesFile(), None
            live = _Live(file, version, stock)
            if (version, stock) == (before.version, before.stock):  # as noted
                live.compiled.update(before.compiled)
            for release in releases:
                if release not in live.compiled:
                    live.compiled[release] = self._compile(release, live)
                live.compiled[release].warm_up()
            self._live = live
            # Not before: where compiling fails, the next look finds the same step again.
            if isinstance(news, RulesStep):
                self._step = news.id
                if version == news.version:
                    self._note(news.text)
            elif self._step < 0:
                self._step = 0
                with suppress(OSError):
                    self._noted.unlink(missing_ok=True)
        self._changed()

    def load_noted(self) -> None:
        """The rules that were live last, until the database tells, and while it is away."""
        with suppress(OSError, ValueError, StyloError):
            text = read_text(self._noted)
            stock = stamp(self._data / STOCK_FILE)
            self._live = _Live(read_rules(text), rule_versions.version_of(text), stock)

    def _read(self, live: RulesStep) -> tuple[RulesFile, str] | None:
        """The rules of a step; None for those of a newer StyloAI: those before stay."""
        try:
            file = read_rules(live.text, f"version {live.version}")
        except StyloError as error:
            log_line("rules refused", logging.ERROR, version=live.version, problem=error.problem)
            return None
        return file, live.version

    def _note(self, text: str) -> None:
        with suppress(StyloError, OSError), writing(self._noted) as (temporary,):
            temporary.write_text(text, "utf-8", newline="")

    def _compile(self, release: Release, live: _Live) -> CompiledRules:
        found = compiled_for(release.assortment, self._data, live.file, live.version)
        if not found.idle or found.columns.notes:
            notes = [without_folders(note) for note in found.notes(release.as_of)]
            level = logging.WARNING if notes else logging.INFO
            log_line("rules", level, version=live.version, model=release.version, notes=notes)
        return found
