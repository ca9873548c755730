"""The merchandising rules that are live, compiled for every release that answers.

They are followed in the database as the live model is, and `stock.csv` beside them. What was live last is noted in the
state folder, for a worker that starts while the database is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

from stylo.artefacts import writing
from stylo.deployment.release import Release
from stylo.deployment.release_files import Stamp, stamp
from stylo.deployment.rule_book import compiled_for
from stylo.errors import NotMigrated, StyloError
from stylo.records.merchandising import RULES_FILE, RulesFile, read_rules
from stylo.rules.columns import STOCK_FILE
from stylo.rules.compiled import CompiledRules
from stylo.service.logs import log_line, without_folders
from stylo.storage import rule_versions
from stylo.storage.database import Database
from stylo.storage.rule_versions import RulesStep


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
        self._lock, self._step = Lock(), -1
        self._stock: Stamp = ()
        self._file = RulesFile()
        self._version: str | None = None
        self._compiled: WeakKeyDictionary[Release, CompiledRules] = WeakKeyDictionary()

    def of(self, release: Release) -> CompiledRules:
        """For a release; compiled now if it answers for the first time."""
        found = self._compiled.get(release)
        if found is None:
            found = self._compiled[release] = self._compile(release)
        return found

    def look(self) -> RulesStep | bool:
        """What the database has that is not taken up yet; False where nothing has changed, True where only the stock
        has, or no rules were ever set. Raises StorageUnavailable."""
        try:
            last = rule_versions.last_step(self._database)
            if last != self._step:
                return rule_versions.live(self._database) or True
        except NotMigrated:
            pass
        return self._step < 0 or stamp(self._data / STOCK_FILE) != self._stock

    def take_up(self, news: RulesStep | bool, releases: Iterable[Release]) -> None:
        """Compiles what `look` has found for the releases that answer."""
        with self._lock:
            if isinstance(news, RulesStep):
                if news.id <= self._step:
                    return
                self._take(news)
            self._step = max(self._step, 0)
            self._stock = stamp(self._data / STOCK_FILE)
            compiled = {release: self._compile(release) for release in releases}
            for each in compiled.values():
                each.warm_up()
            self._compiled = WeakKeyDictionary(compiled)
        self._changed()

    def load_noted(self) -> None:
        """The rules that were live last, while the database is away."""
        with suppress(OSError, ValueError, StyloError):
            text = self._noted.read_text("utf-8")
            self._file, self._version = read_rules(text), rule_versions.version_of(text)
            self._compiled = WeakKeyDictionary()

    def _take(self, live: RulesStep) -> None:
        self._step = live.id
        try:
            file = read_rules(live.text, f"version {live.version}")
        except StyloError as error:  # of a newer StyloAI: those before stay
            log_line("rules refused", logging.ERROR, version=live.version, problem=error.problem)
            return
        self._file, self._version = file, live.version
        with suppress(StyloError, OSError), writing(self._noted) as (temporary,):
            temporary.write_text(live.text, "utf-8")

    def _compile(self, release: Release) -> CompiledRules:
        found = compiled_for(release.assortment, self._data, self._file, self._version)
        if not found.idle or found.columns.notes:
            notes = [without_folders(note) for note in found.notes(release.as_of)]
            level = logging.WARNING if notes else logging.INFO
            log_line("rules", level, version=self._version, model=release.version, notes=notes)
        return found
