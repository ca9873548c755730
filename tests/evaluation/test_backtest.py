"""The weekly backtest and its baselines, against a computation that shares no code with them."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import catalogue, reference, transactions
from polars.testing import assert_frame_equal

from stylo.candidates.history import History
from stylo.errors import BadOption, EmptySplit
from stylo.evaluation.backtest import BASELINES, backtest
from stylo.evaluation.intervals import DIFFERENCE, bootstrap_mean, paired_difference
from stylo.evaluation.metrics import METRICS
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split, weekly_cutoffs

Row = tuple[date, str, str]


def read_csv(path: Path) -> list[Row]:
    with path.open() as file:
        return [
            (date.fromisoformat(r["t_dat"]), r["customer_id"], r["article_id"]) for r in csv.DictReader(file)
        ]


def by_hand(rows: list[Row], cutoff: date) -> dict[str, list[float]]:
    """Average precisions of the three baselines at a cutoff, with nothing but loops, counters and sorting."""
    week, quarter = cutoff - timedelta(days=7), cutoff - timedelta(days=90)
    sales: Counter[str] = Counter()
    last: dict[str, dict[str, tuple[date, int]]] = defaultdict(dict)
    truth: dict[str, set[str]] = defaultdict(set)
    for day, who, what in rows:
        if cutoff <= day < cutoff + timedelta(days=7):
            truth[who].add(what)
        if week <= day < cutoff:
            sales[what] += 1
        if quarter <= day < cutoff:
            newest, times = last[who].get(what, (day, 0))
            last[who][what] = (max(newest, day), times + 1)
    bestsellers = sorted(sales, key=lambda what: (-sales[what], what))[:12]
    scores: dict[str, list[float]] = defaultdict(list)
    for who, bought in truth.items():
        mine = last[who]
        own = sorted(mine, key=lambda what: (-mine[what][0].toordinal(), -mine[what][1], what))
        lists = {
            "popularity": bestsellers,
            "repurchase": own,
            "repurchase_filled": own + [what for what in bestsellers if what not in own],
        }
        for name, predicted in lists.items():
            scores[name].append(reference(predicted, sorted(bought))[0])  # type: ignore[arg-type]
    return scores


def agree(raw: Path, folder: DataFolder, weeks: int) -> dict[str, float]:
    """Asserts that all three baselines score as the loops say; gives the means."""
    cut = split(folder)
    cutoffs = weekly_cutoffs(cut.cutoff, weeks)
    found = backtest(BASELINES, History.open(folder, with_twins=False), cutoffs, 7)
    rows = read_csv(raw / "transactions_train.csv")
    expected: dict[str, list[float]] = defaultdict(list)
    for cutoff in cutoffs:
        for name, scores in by_hand(rows, cutoff).items():
            expected[name] += scores
    for name, scores in expected.items():
        mine = found.scores.filter(pl.col("model") == name)["map@12"]
        assert mine.sort().to_list() == pytest.approx(sorted(scores))
    estimates = found.estimates("popularity")
    return {name: estimates[name, "map@12"].mean for name in found.models}


def test_baselines_agree_with_loops_on_a_demo_shop(demo_shop: Path) -> None:
    means = agree(demo_shop, DataFolder(copy_tables(demo_shop)), weeks=4)
    assert means["repurchase_filled"] >= means["repurchase"] > 0


def copy_tables(shop: Path) -> Path:
    """A folder of its own, so that another split does not disturb the shop's."""
    folder = shop / "copy"
    if not folder.exists():
        convert(shop, DataFolder(folder))
    return folder


@pytest.mark.sample
def test_baselines_agree_with_loops_on_26_real_weeks(hm_sample: Path, tmp_path: Path) -> None:
    convert(hm_sample, DataFolder(tmp_path))
    means = agree(hm_sample, DataFolder(tmp_path), weeks=26)
    # The figures that came with the sample.
    assert means["popularity"] == pytest.approx(0.0022, abs=0.00005)
    assert means["repurchase_filled"] == pytest.approx(0.0168, abs=0.00005)


class Kept:
    """Collects the lists of a backtest."""

    def __init__(self) -> None:
        self.lists: dict[tuple[date, str], pl.DataFrame] = {}

    def __call__(self, cutoff: date, model: str, ranked: pl.DataFrame) -> None:
        self.lists[cutoff, model] = ranked


def shop(*rows: tuple[str, int, int]) -> History:
    return History(transactions(*rows), catalogue())


def test_every_buyer_of_every_week_is_scored_once() -> None:
    history = shop(
        ("2020-08-30", 1, 5),
        ("2020-09-02", 1, 5),
        ("2020-09-08", 1, 5),
        ("2020-09-09", 2, 5),
        ("2020-09-10", 2, 6),
    )
    found = backtest(BASELINES[:1], history, weekly_cutoffs(date(2020, 9, 8), 2), 7)
    first, second = date(2020, 9, 1), date(2020, 9, 8)
    # Article 5 led both weeks: found by 1 twice, and by 2, who also bought 6.
    assert found.scores.select("cutoff", "customer", "map@12").rows() == [
        (first, 1, 1),
        (second, 1, 1),
        (second, 2, 0.5),
    ]
    assert found.customers == 3


def test_a_week_before_the_first_sale_or_after_the_last_is_an_error() -> None:
    history = shop(("2020-09-01", 1, 5), ("2020-09-08", 1, 5))
    with pytest.raises(EmptySplit, match="Nothing is known before 2020-09-01"):
        backtest(BASELINES, history, weekly_cutoffs(date(2020, 9, 8), 2), 7)
    with pytest.raises(EmptySplit, match="Nothing is bought in the 7 days from 2020-10-08"):
        backtest(BASELINES, history, [date(2020, 10, 8)], 7)


def test_no_weeks_are_refused() -> None:
    with pytest.raises(BadOption, match="0 weeks"):
        weekly_cutoffs(date(2020, 9, 8), 0)


def test_a_model_is_asked_in_chunks_without_a_difference(
    monkeypatch: pytest.MonkeyPatch, small_history: History
) -> None:
    cutoffs = [date(2020, 9, 8)]
    whole, one_by_one = Kept(), Kept()
    backtest(BASELINES, small_history, cutoffs, 7, keep=whole)
    monkeypatch.setattr("stylo.evaluation.backtest._CUSTOMERS_AT_A_TIME", 1)
    backtest(BASELINES, small_history, cutoffs, 7, keep=one_by_one)
    assert list(whole.lists) == [(cutoffs[0], model.name) for model in BASELINES]
    for key, ranked in whole.lists.items():
        assert_frame_equal(ranked, one_by_one.lists[key])


def test_estimates_are_those_of_each_model_and_of_the_paired_difference(small_history: History) -> None:
    found = backtest(BASELINES, small_history, weekly_cutoffs(date(2020, 9, 8), 2), 7)
    estimates = found.estimates("repurchase")
    scores = {model: found.scores.filter(pl.col("model") == model) for model in found.models}
    for model in found.models:
        for metric in METRICS:
            assert estimates[model, metric] == bootstrap_mean(scores[model], metric)
        paired = paired_difference(scores[model], scores["repurchase"], "map@12")
        assert estimates[model, DIFFERENCE] == paired
    assert estimates["repurchase", DIFFERENCE] == (0, 0, 0)
