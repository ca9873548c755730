"""The day on which a shop lives: the clock's, or that of its data where these ended long ago."""

from __future__ import annotations

from datetime import date, timedelta

# A model whose data end longer ago than this is served on the day after its data, not today.
_OF_TODAY = timedelta(days=60)


def shop_day(setting: str | date | None, as_of: date | None, real: date) -> date:
    """The day on which the shop lives.

    Parameters
    ----------
    setting : `today` of the service's settings; a date before the model's own stands for that.
    as_of : the model's; None while there is none.
    real : the day of the clock, in the shop's time zone.
    """
    if isinstance(setting, date):
        return setting if as_of is None else max(setting, as_of)
    if as_of is None or setting == "clock":
        return real
    return as_of if setting == "data" or real - as_of > _OF_TODAY else real
