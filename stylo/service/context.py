"""The context of a request: who asks, the day on which the shop lives, and what is known of the customer on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from stylo.deployment.online_model import RequestContext
from stylo.deployment.recent_purchases import RecentPurchase, ReturnedPurchase
from stylo.deployment.release import Release
from stylo.deployment.shop_day import shop_day
from stylo.service.event_meaning import EventMeaning
from stylo.storage.events import StoredEvent
from stylo.storage.keys import Key
from stylo.storage.returns import PURCHASE, RETURN, Sale, taken_back
from stylo.time_zone import TimeZone


def counted_from(as_of: date, made_at: datetime, zone: TimeZone) -> datetime:
    """From when on events count: older ones are in the tables that the model was made from.

    as_of : the model's, the day after the last in the tables.
    made_at : of the tables. If they were made within their last day, later purchases of that day are not in them.
    """
    return min(zone.start(as_of), made_at)


@dataclass(slots=True)
class RequestInfo:
    """What the middleware knows of a request; routes find it in `request.state.info`.

    id : X-Request-Id.   started : of `time.perf_counter`.   log : fields that routes add to the log line.
    """

    id: str
    started: float
    key: Key | None = None
    body: bytes = b""
    log: dict[str, Any] = field(default_factory=dict)

    @property
    def key_id(self) -> str:
        return self.key.id if self.key else ""


@dataclass
class ShopClock:
    """The clock of a shop, whose day may be another than today.

    setting : `today` of the service's settings.
    real : the moment now.
    """

    setting: str | date | None
    zone: TimeZone
    real: Callable[[], datetime]

    def today(self, as_of: date | None) -> date:
        """The day on which the shop lives with a model of this day; None while there is no model."""
        return shop_day(self.setting, as_of, self.zone.day(self.real()))

    def now(self, as_of: date | None) -> datetime:
        """The real moment if the shop lives today, else noon of its day."""
        real = self.real()
        day = shop_day(self.setting, as_of, self.zone.day(real))
        return real if day == self.zone.day(real) else self.zone.noon(day)


@dataclass(frozen=True)
class ContextBuilder:
    """Makes request contexts of customers' events, for HTTP and the batch alike."""

    meaning: EventMeaning
    zone: TimeZone

    def since(self, release: Release) -> datetime:
        """From when on purchases and views count for a release."""
        return counted_from(release.as_of, release.made_at, self.zone)

    def context(
        self,
        release: Release,
        number: int | None,
        events: Sequence[StoredEvent],
        now: datetime,
        replayed: date | None = None,
        basket: Sequence[int] = (),
        **options: Any,
    ) -> RequestContext:
        """A customer with purchases since the model was made, articles viewed lately, and what must not be shown.

        Parameters
        ----------
        number : in the model; None for a customer who is new since.
        events : those that may count, see `events.of`.
        now : of the shop.
        replayed : the day of a replay, in which neither views nor dismissals count; None for now.
        basket : articles that are in the basket now.
        options : other fields of the context.
        """
        since, returned = self._bought(release, events, replayed) if events else ((), ())
        days = [release.as_of, self.zone.day(now)]
        if since:
            days.append(max(each.day for each in since) + timedelta(days=1))
        dismissed: tuple[int, ...] = ()
        votes = self.meaning.votes_of_basket(basket, newcomer=number is None and not since)
        if events and replayed is None:
            dismissed = self.meaning.dismissed_of(events, now)
            without = {each.article for each in since} | {*dismissed, *basket}
            votes += self.meaning.votes_of(events, now, without)
        return RequestContext(
            number,
            replayed or max(days),
            since=since,
            returned=returned,
            viewed=votes,
            hidden=(*dismissed, *basket),
            **options,
        )

    def _bought(
        self, release: Release, events: Sequence[StoredEvent], replayed: date | None
    ) -> tuple[tuple[RecentPurchase, ...], tuple[ReturnedPurchase, ...]]:
        """Purchases that the model does not know, and those that it knows and that were returned."""
        day, sales = self.zone.day, [each for each in events if each.kind in (PURCHASE, RETURN)]
        if replayed is not None:  # of which nobody knew yet
            sales = [each for each in sales if each.kind == PURCHASE or day(each.at) < replayed]
        back: dict[int, int] = {}
        if any(each.kind == RETURN for each in sales):
            back = taken_back(Sale(each.article, each.kind, each.at, each.id) for each in sales)
        first, bought = self.since(release), {each.id: each for each in sales if each.kind == PURCHASE}
        gone = set(back.values())
        since = tuple(
            RecentPurchase(each.article, day(each.at), each.price, each.channel)
            for each in bought.values()
            if each.at >= first and each.id not in gone
        )
        returned = []
        for each in sales:
            if each.kind == PURCHASE:
                continue
            purchase = bought[back[each.id]] if each.id in back else None
            if purchase is None:
                returned.append(ReturnedPurchase(each.article, date.min, day(each.at)))
            elif purchase.at < first:
                returned.append(ReturnedPurchase(each.article, day(purchase.at), day(purchase.at)))
        return since, tuple(returned)
