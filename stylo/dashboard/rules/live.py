"""The merchandising rules that are live, for the pages that follow them."""

from __future__ import annotations

from stylo.dashboard.boards.state import read
from stylo.dashboard.shop import Shop
from stylo.deployment.rule_book import live_rules
from stylo.errors import StyloError
from stylo.rules.compiled import CompiledRules


def rules_of(shop: Shop) -> CompiledRules | None:
    """Those that are live; None where nobody knows, which the page of rules tells."""
    try:
        return read(shop, lambda database: live_rules(database, shop, shop.folder.root))
    except StyloError:
        return None
