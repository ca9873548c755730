"""The merchandising rules that are live, and the model that they arrange, for the pages that follow them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from stylo.dashboard.boards.state import read
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.deployment.online_model import OnlineModel
from stylo.deployment.release_files import stamp
from stylo.deployment.rule_book import live_step, rules_of_step
from stylo.deployment.shop_day import shop_day
from stylo.errors import StyloError
from stylo.rules.columns import STOCK_FILE
from stylo.rules.compiled import CompiledRules
from stylo.time_zone import TimeZone


def rules_of(shop: Shop) -> CompiledRules | None:
    """Those that are live; None where there are none or nobody knows, which the page of rules tells.

    They are compiled again only when others are live, or `stock.csv` is another.
    """
    try:
        step = read(shop, live_step)
        if step is None:
            return None
        kept, key = _kept(shop), (step.version, stamp(shop.folder.root / STOCK_FILE))
        if key not in kept:
            made = rules_of_step(step, shop, shop.folder.root)
            kept.clear()
            kept[key] = made
            return made
        return kept[key]
    except (StyloError, OSError):
        return None


def today(shop: Shop) -> date:
    """The day on which rules hold or not, as for the service: today, or the day after data that ended long ago."""
    model = shop.customers.model
    return shop_day(None, model.as_of if model else None, TimeZone.of_machine().day(datetime.now(UTC)))


@once_a_shop
def _kept(shop: Shop) -> dict[object, CompiledRules]:
    return {}


@once_a_shop
def online_model(shop: Shop) -> OnlineModel:
    """The model of the data folder, as the service has it; who asks has looked whether there is one."""
    saved = shop.customers.model
    assert saved is not None
    return OnlineModel(saved, shop, None)
