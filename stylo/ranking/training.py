"""Training by the week: which weeks a ranker learns from, and when there is too little to learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from stylo.candidates.history import History
from stylo.candidates.strategy import Strategy
from stylo.progress import SILENT, Progress
from stylo.ranking.ranker import Examples, Ranker, RankerSettings, examples
from stylo.ranking.snapshot import Snapshot

#: Lists that are enough: with so many, weeks that lie further back are not looked at.
ENOUGH = 20_000
#: Fewer lists than this teach nothing that a fusion by fixed weights does not know.
TOO_FEW = 100
#: Days at the beginning of the data that are only looked back at.
_WARM_UP = 56
_NEGATIVES = 80
# Days in which a list comes to count half as much.
_HALF_LIFE = 180.0


@dataclass
class Training:
    """Examples of past weeks, gathered once and used by every ranker that may know them.

    A ranker for a day learns from the weeks with sales that end before it, the latest first, until it has ENOUGH lists
    or comes within eight weeks of the first day of the data, or of the first after a gap of more than a year. In a
    small shop that is all of its past, in a large one the last weeks: people's taste there changes faster than
    examples run out.
    """

    history: History
    strategies: Sequence[Strategy]
    candidates: int
    days: int = 7
    settings: RankerSettings | None = None
    _weeks: dict[date, Examples] = field(default_factory=dict)

    def ranker(self, as_of: date, progress: Progress = SILENT) -> Ranker | None:
        """Learned from what lies before the day; None where that is too little."""
        lists = self.lists(as_of, progress)
        if lists is None or len(lists.lists) < TOO_FEW:
            return None
        return Ranker.train(lists, self.settings)

    def lists(self, as_of: date, progress: Progress = SILENT) -> Examples | None:
        """The examples that a ranker for the day learns from, the latest week first."""
        found, parts, latest = 0, [], None
        last = as_of - timedelta(days=self.days)
        with progress.task("Lists to learn from", ENOUGH) as advance:
            for cutoff in self.history.cutoffs(last, self.days, self.days, _WARM_UP):
                week = self._week(cutoff)
                latest = latest or cutoff
                parts.append(week.weighing(0.5 ** ((latest - cutoff).days / _HALF_LIFE)))
                found += len(week.lists)
                advance(len(week.lists))
                if found >= ENOUGH:
                    break
        return Examples.join(parts) if parts else None

    def _week(self, cutoff: date) -> Examples:
        if cutoff not in self._weeks:
            snapshot = Snapshot.take(self.history, cutoff, self.strategies)
            self._weeks[cutoff] = examples(snapshot, self.history, self.days, self.candidates, _NEGATIVES)
        return self._weeks[cutoff]
