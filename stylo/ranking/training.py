"""Which past windows a ranker learns from, and when there is too little to learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.strategy import Strategy
from stylo.progress import SILENT, Progress
from stylo.ranking.ranker import FOR_SHORTLIST, SHORTLIST, Examples, Ranker, RankerSettings, examples
from stylo.ranking.snapshot import Snapshot

#: Lists that are enough: with so many, weeks that lie further back are not looked at.
ENOUGH = 20_000
#: Fewer lists than this teach nothing that a fusion by fixed weights does not know.
TOO_FEW = 100
#: Days at the beginning of the data that are only looked back at: a quarter of them, no more than these.
_WARM_UP = 56
# Where the last window cannot be moved back by so many windows, by so many days, they overlap and are shorter.
_FEW = 3
_NEGATIVES = 80
# Days in which a list comes to count half as much.
_HALF_LIFE = 180.0


@dataclass
class Training:
    """Examples of past windows, gathered once and used by every ranker that may know them.

    A ranker for a day learns from the windows of `days` with sales that end before it, the latest first, until it has
    ENOUGH lists or comes near the first day of the data, or the first after a gap of more than a year: a quarter of
    what is known, eight weeks at most, is only looked back at. In a small shop that is all of its past, in a large one
    the last weeks: people's taste there changes faster than examples run out.

    With room for fewer than four windows one after the other, they overlap; with less still, the last are shorter:

    four days known, windows of three     ├─ known ─┤── bought ──────────────────┤
                                          ├────── known ──────┤── bought ────────┤
                                          ├─────────── known ───────────┤─bought─┤
    """

    history: History
    strategies: Sequence[Strategy]
    candidates: int
    days: int = 7
    settings: RankerSettings | None = None
    _windows: dict[tuple[date, int], Examples] = field(default_factory=dict)

    def ranker(self, as_of: date, progress: Progress = SILENT) -> Ranker | None:
        """Learned from what lies before the day, with what makes its shortlists; None where that is too little."""
        lists = self.lists(as_of, progress)
        if lists is None or len(lists.lists) < TOO_FEW:
            return None
        first = Ranker.train(lists, FOR_SHORTLIST)
        return replace(Ranker.train(lists, self.settings), first=first, shortlist=SHORTLIST)

    def lists(self, as_of: date, progress: Progress = SILENT) -> Examples | None:
        """The examples that a ranker for the day learns from, the latest window first."""
        found, parts, latest = 0, [], None
        with progress.task("Lists to learn from", ENOUGH) as advance:
            for cutoff, days in self.windows(as_of):
                window = self._examples(cutoff, days)
                latest = latest or cutoff
                parts.append(window.weighing(0.5 ** ((latest - cutoff).days / _HALF_LIFE)))
                found += len(window.lists)
                advance(len(window.lists))
                if found >= ENOUGH:
                    break
        return Examples.join(parts) if parts else None

    def windows(self, as_of: date) -> Iterator[tuple[date, int]]:
        """The first day and the length of each window with sales that ends by a day, the latest first."""
        span = self.history.days_known(as_of)
        known = min(_WARM_UP, max(1, span // 4))
        # So many days the last whole window can be moved back.
        room = span - known - self.days
        longest = min(self.days - 1, span - known)
        for days in range(max(1, longest + 1 - max(0, _FEW - max(0, room + 1))), longest + 1):
            cutoff = as_of - timedelta(days=days)
            if next(self.history.cutoffs(cutoff, days, days, known), None) == cutoff:
                yield cutoff, days
        step = self.days if room >= _FEW * self.days else max(1, room // _FEW)
        for cutoff in self.history.cutoffs(as_of - timedelta(days=self.days), step, self.days, known):
            yield cutoff, self.days

    def _examples(self, cutoff: date, days: int) -> Examples:
        if (cutoff, days) not in self._windows:
            history = self._of_buyers(cutoff, days)
            snapshot = Snapshot.take(history, cutoff, self.strategies)
            self._windows[cutoff, days] = examples(snapshot, history, days, self.candidates, _NEGATIVES)
        return self._windows[cutoff, days]

    def _of_buyers(self, cutoff: date, days: int) -> History:
        """The history for those who buy in a window: of what they have not bought before, no neighbours are needed."""
        buyers = self.history.bought(cutoff, cutoff + timedelta(days=days))["customer"].unique()
        focused = self.history.focus(buyers)
        article = Customers.read(focused, buyers, cutoff).recent[1]
        return focused.asked_for(focused.catalogue.articles[article])
