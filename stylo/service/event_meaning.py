"""What events mean to a list: how much each kind counts, and for how long. All of it is a setting.

    purchase        a row of the customer's history, as if it were in the tables
    return          takes back the customer's latest purchase of the article
    view, click     a vote for the article and what goes with it
    add_to_basket   a stronger vote that counts for longer
    dismiss         the article is not recommended to this customer any more

H&M's data have neither views nor baskets: the weights of votes are guesses, not measurements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from stylo.deployment.online_model import IN_BASKET, LOOKED_AT, ArticleVote
from stylo.service.settings import ServiceSettings
from stylo.storage.events import StoredEvent
from stylo.storage.returns import PURCHASE

DISMISS, BASKET = "dismiss", "add_to_basket"
# Of the articles that a customer looked at last, so many vote, each half as much as the one after it.
_MOST_VOTES, _FORGOTTEN = 5, 0.5
# All articles of a basket together count at most as much as so many alone.
_WHOLE_BASKET = 2.0
# A chart says little of a person who has bought nothing yet, a basket much: `python -m benchmarks.cold_start`.
_OF_NEWCOMERS = 4.0


class VoteMeaning(NamedTuple):
    """weight : beside 1, that of the list itself.   lasts : how long it counts.   why : that it is told by."""

    weight: float
    lasts: timedelta
    why: str


@dataclass(frozen=True)
class EventMeaning:
    """votes : by kind of event.   dismissed : for how long an article stays away; None is for good."""

    votes: Mapping[str, VoteMeaning]
    dismissed: timedelta | None

    @classmethod
    def of(cls, settings: ServiceSettings) -> Self:
        click_hours = settings.view_hours if settings.click_hours is None else settings.click_hours
        hours = settings.dismiss_hours
        return cls(
            {
                "view": VoteMeaning(settings.view_weight, timedelta(hours=settings.view_hours), LOOKED_AT),
                "click": VoteMeaning(settings.click_weight, timedelta(hours=click_hours), LOOKED_AT),
                BASKET: VoteMeaning(
                    settings.basket_weight, timedelta(hours=settings.basket_hours), IN_BASKET
                ),
            },
            None if hours is None else timedelta(hours=hours),
        )

    @property
    def plain(self) -> dict[str, object]:
        """For a manifest: what lists were made by."""
        lasts = None if self.dismissed is None else self.dismissed.total_seconds()
        votes = {kind: [vote.weight, vote.lasts.total_seconds()] for kind, vote in self.votes.items()}
        return {**votes, DISMISS: lasts}

    def votes_of(
        self, events: Sequence[StoredEvent], now: datetime, without: set[int]
    ) -> tuple[ArticleVote, ...]:
        """The last articles that were looked at or put into the basket, the last one first.

        An article counts by the strongest of its events. A purchase ends those before it, though it was returned.
        without : articles that have no vote.
        """
        bought: dict[int, datetime] = {}
        for each in events:
            if each.kind == PURCHASE:
                bought[each.article] = max(each.at, bought.get(each.article, each.at))
        lately = [
            each
            for each in events
            if (meaning := self.votes.get(each.kind)) is not None
            and meaning.weight > 0
            and each.at >= now - meaning.lasts
            and each.article not in without
            and not (each.article in bought and bought[each.article] >= each.at)
        ]
        lately.sort(key=lambda each: (each.at, each.id), reverse=True)
        strongest: dict[int, VoteMeaning] = {}
        for each in lately:
            before, meaning = strongest.get(each.article), self.votes[each.kind]
            if before is None or meaning.weight > before.weight:
                strongest[each.article] = meaning
        last = list(strongest.items())[:_MOST_VOTES]
        return tuple(
            ArticleVote(article, meaning.weight * _FORGOTTEN**age, meaning.why)
            for age, (article, meaning) in enumerate(last)
        )

    def votes_of_basket(self, articles: Sequence[int], *, newcomer: bool = False) -> tuple[ArticleVote, ...]:
        """Those of articles that are in the basket now, all alike. newcomer : who has bought nothing yet."""
        share = min(1.0, _WHOLE_BASKET / max(len(articles), 1)) * (_OF_NEWCOMERS if newcomer else 1.0)
        weight = self.votes[BASKET].weight * share
        return tuple(ArticleVote(article, weight, IN_BASKET) for article in articles) if weight else ()

    def dismissed_of(self, events: Sequence[StoredEvent], now: datetime) -> tuple[int, ...]:
        """Articles that were dismissed and not bought since then, in order."""
        last: dict[int, StoredEvent] = {}
        for each in sorted(events, key=lambda event: (event.at, event.id)):
            if each.kind == DISMISS:
                last[each.article] = each
            elif each.kind == PURCHASE:
                last.pop(each.article, None)
        lasts = self.dismissed
        return tuple(
            sorted(article for article, each in last.items() if lasts is None or each.at >= now - lasts)
        )
