"""An experiment from its definition to its verdict, as docs/experiments.md tells it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import REPOSITORY
from trials import experiment

from stylo.experiments.analysis import analyse
from stylo.experiments.assignment import assign
from stylo.experiments.experiment import Experiment
from stylo.experiments.outcomes import outcomes
from stylo.experiments.verdict import OPEN, SAME, UNTRUSTED, WINNER, Verdict, verdict

MONDAY = datetime(2020, 9, 7)
EVERYONE = experiment(slot=(0.0, 1.0), minimum_effect=0.2, planned_customers=12_000)


def shoppers(
    trial: Experiment, rates: dict[str, float], count: int = 12_000
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Exposures over ten days and purchases a day later, by those of whom `rates` of their variant buy."""
    draw = np.random.default_rng(9)
    exposures, purchases = [], []
    for number in range(count):
        customer = hashlib.sha256(f"shopper {number}".encode()).hexdigest()
        variant = assign(trial, customer)
        if variant is None:
            continue
        when = MONDAY + timedelta(days=float(draw.uniform(0, 10)))
        exposures.append((customer, variant.name, when, [1, 2, 3]))
        if draw.random() < rates[variant.name]:
            purchases.append((customer, int(draw.integers(1, 6)), when + timedelta(days=1), 0.02))
    return (
        pl.DataFrame(exposures, ["customer_id", "variant", "at", "articles"], orient="row"),
        pl.DataFrame(purchases, ["customer_id", "article", "at", "price"], orient="row"),
    )


def judged(exposures: pl.DataFrame, purchases: pl.DataFrame, days: float) -> Verdict:
    found = outcomes(exposures, purchases, EVERYONE, MONDAY + timedelta(days=days))
    return verdict(analyse(found.customers, EVERYONE))


def test_a_better_variant_is_open_at_first_and_wins_in_the_end() -> None:
    tables = shoppers(EVERYONE, {"control": 0.1, "blend": 0.14})
    assert judged(*tables, days=3).state == OPEN
    assert judged(*tables, days=8).state == OPEN
    assert (judged(*tables, days=17).state, judged(*tables, days=17).winner) == (WINNER, "blend")


def test_equal_variants_have_no_winner_on_any_day() -> None:
    tables = shoppers(EVERYONE, {"control": 0.1, "blend": 0.1})
    assert {judged(*tables, days=day).state for day in range(18)} <= {OPEN, SAME, "undecided"}


def test_a_variant_whose_exposures_get_lost_is_not_trusted() -> None:
    exposures, purchases = shoppers(EVERYONE, {"control": 0.1, "blend": 0.14})
    lost = (pl.col("variant") == "blend") & (pl.int_range(pl.len()) % 10 == 0)
    assert judged(exposures.filter(~lost), purchases, days=17).state == UNTRUSTED


@pytest.fixture
def documented() -> dict[str, Any]:
    """What the document's code leaves, run from its beginning to its end."""
    text = (REPOSITORY / "docs/experiments.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    names: dict[str, Any] = {"now": MONDAY + timedelta(days=30)}
    exec(blocks[0], names)
    shown, bought = shoppers(names["experiment"], {"control": 0.1, "blend": 0.1}, 2000)
    names |= {"exposures": shown, "purchases": bought}
    exec("\n".join(blocks[1:]), names)
    return names


def test_the_code_of_the_document_runs(documented: dict[str, Any]) -> None:
    assert documented["analysis"].experiment.name == "more looks"
    assert len(documented["segments"].segments) == 1  # nobody bought before
    # 7.849 × (0.06 × 0.94 + 0.063 × 0.937) ÷ 0.003²
    assert documented["size"].fixed[0] == pytest.approx(7.849 * (0.0564 + 0.059031) / 0.003**2, rel=1e-3)
