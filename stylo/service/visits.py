"""What the engine is asked for a customer: on which day the shop lives, and what the customer's events make of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from stylo.service.engine import Bought, Visit
from stylo.storage.events import StoredEvent

PURCHASE = "purchase"
# A model whose data end longer ago than this is shown on the day after its data, not today.
_OF_TODAY = timedelta(days=60)
_NOON = time(12, tzinfo=UTC)


def shop_day(setting: str | date | None, as_of: date | None, clock: datetime) -> date:
    """The day on which the shop lives.

    Parameters
    ----------
    setting : `today` of the service's settings.
    as_of : the model's; None while there is none.
    """
    if isinstance(setting, date):
        return setting
    real = clock.date()
    if as_of is None or setting == "clock":
        return real
    return as_of if setting == "data" or real - as_of > _OF_TODAY else real


def moment_of(day: date, clock: datetime) -> datetime:
    """The clock's moment on its own day, noon of another."""
    return clock if day == clock.date() else datetime.combine(day, _NOON)


def visit_of(
    number: int | None,
    events: Sequence[StoredEvent],
    model_day: date,
    now: datetime,
    view_time: timedelta,
    replayed: date | None = None,
) -> Visit:
    """A visit of a customer with all that is known: purchases since the model was made, and what was looked at of late.

    Parameters
    ----------
    number : in the model; None for one who is new since.
    events : of the model's day and later.
    now : of the shop.
    view_time : for so long a view or click counts.
    replayed : the day of a replay, in which views do not count; None for now.
    """
    since = tuple(
        Bought(each.article, date.fromordinal(each.day), each.price, each.channel)
        for each in events
        if each.kind == PURCHASE
    )
    after = (each.day + timedelta(days=1) for each in since)
    day = replayed or max(model_day, now.date(), *after)
    looked_at = _looked_at(events, now - view_time) if replayed is None and events else ()
    return Visit(number, day, since=since, looked_at=looked_at)


def _looked_at(events: Sequence[StoredEvent], earliest: datetime) -> tuple[int, ...]:
    """Articles viewed or clicked since then and not bought, the last first."""
    newest = sorted(events, key=lambda each: (each.at, each.id), reverse=True)
    looked = dict.fromkeys(each.article for each in newest if each.at >= earliest)
    bought = {each.article for each in events if each.kind == PURCHASE}
    return tuple(article for article in looked if article not in bought)
