"""The report: found what was changed, in words with figures; JSON and back; short, empty and damaged data."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import weekly_shop
from weekly_shop import LAST_DAY, folder_of, last_week, purchases

from stylo.drift import DriftReport, drift_report
from stylo.errors import BadOption, DamagedArtefact, MissingArtefact
from stylo.records.drift import SignalReport
from stylo.tables.folder import DataFolder

WEEKS = 34
SOLD = purchases(WEEKS)


def report(root: Path, sold: pl.DataFrame, **options: object) -> DriftReport:
    return drift_report(folder_of(root, sold), **options)  # type: ignore[arg-type]


def named(found: DriftReport, name: str) -> SignalReport:
    return next(signal for signal in found.signals if signal.name == name)


def test_an_ordinary_week_is_quiet(tmp_path: Path) -> None:
    found = report(tmp_path, SOLD)
    assert found.alarms == ()
    assert found.week_ending == found.weeks[-1] == LAST_DAY
    assert len(found.weeks) == WEEKS
    for signal in found.signals:
        assert signal.sentence.startswith(f"{signal.title}: ")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("price", {"price": pl.col("price") * 1.3}),
        ("channel", {"sales_channel_id": pl.lit(2)}),
        ("age", {"customer": pl.col("customer") // 60 * 60 + pl.col("customer") % 60 // 2}),
        ("section", {"article": pl.col("article") // 2 * 2}),
        ("colour", {"article": pl.when(pl.col("article") % 3 == 1).then(3).otherwise(pl.col("article"))}),
    ],
)
def test_what_is_changed_in_the_last_week_is_found(
    tmp_path: Path, name: str, changes: dict[str, pl.Expr]
) -> None:
    found = report(tmp_path, SOLD.with_columns(last_week(**changes)))
    assert name in [signal.name for signal in found.alarms]


def test_the_sentence_says_what_moved_most_in_figures(tmp_path: Path) -> None:
    found = named(report(tmp_path, SOLD.with_columns(last_week(sales_channel_id=pl.lit(2)))), "channel")
    before = SOLD.filter(
        pl.col("t_dat").is_between(LAST_DAY - timedelta(days=62), LAST_DAY - timedelta(days=7))
    )
    share = before.filter(pl.col("sales_channel_id") == 2).height / before.height
    psi = next(each for each in found.distances if each.name == "psi")
    assert psi.now is not None and psi.threshold is not None and psi.now > psi.threshold
    assert f"online: {100 * share:.0f} % → 100 %" in found.sentence
    assert f"PSI {psi.now:.2f} against" in found.sentence


def test_a_report_survives_json(tmp_path: Path) -> None:
    found = report(tmp_path, SOLD)
    found.save(tmp_path / "drift.json")
    assert DriftReport.load(tmp_path / "drift.json", "monitor") == found
    assert [each["alarm"] for each in json.loads(found.to_json())["signals"]] == [
        s.alarm for s in found.signals
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"week_ending": "2020-09-22"}', '{"week_ending": 5}'])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "drift.json").write_text(text)
    with pytest.raises(DamagedArtefact):
        DriftReport.load(tmp_path / "drift.json", "monitor")


def test_what_came_after_the_asked_week_changes_nothing(tmp_path: Path) -> None:
    earlier = LAST_DAY - timedelta(weeks=2)
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    cut = SOLD.filter(pl.col("t_dat") <= earlier)
    assert report(tmp_path / "whole", SOLD, week_ending=earlier) == report(tmp_path / "cut", cut)


def test_a_week_without_purchases_is_an_alarm_of_volume_and_said(tmp_path: Path) -> None:
    found = report(tmp_path, SOLD, week_ending=LAST_DAY + timedelta(weeks=1))
    assert [signal.name for signal in found.alarms] == ["sales"]
    assert "none this week" in found.alarms[0].sentence
    assert "nothing to compare" in named(found, "price").sentence


def test_a_gap_in_the_past_is_no_error(tmp_path: Path) -> None:
    first, last = LAST_DAY - timedelta(days=62), LAST_DAY - timedelta(days=7)
    found = report(tmp_path, SOLD.filter(~pl.col("t_dat").is_between(first, last)))
    assert "nothing in the weeks before" in named(found, "price").sentence
    assert not named(found, "price").alarm


def test_too_few_weeks_are_said(tmp_path: Path) -> None:
    found = report(tmp_path, purchases(12))
    assert found.alarms == ()
    assert "too few weeks to say what is ordinary: 12 of about 29" in named(found, "price").sentence


def test_half_of_the_purchases_missing_is_said_as_a_volume(tmp_path: Path) -> None:
    last = pl.col("t_dat") > LAST_DAY - timedelta(weeks=1)
    found = report(tmp_path, SOLD.filter(~last | (pl.int_range(pl.len()) % 2 == 0)))
    assert "sales" in [signal.name for signal in found.alarms]
    signal = named(found, "sales")
    assert signal.before[0] is not None and signal.now[0] is not None
    change = 100 * (signal.now[0] / signal.before[0] - 1)
    assert change == pytest.approx(-50, abs=5)
    assert f", {change:.0f} % (alarm)" in signal.sentence


def test_predictions_and_outcomes_are_watched_where_they_are_given(tmp_path: Path) -> None:
    shown = SOLD.select("t_dat", article=pl.col("article").reverse(), score=pl.col("price"))
    outcomes = SOLD.group_by("t_dat").len("lists").with_columns(hits=pl.col("lists") // 4)
    fewer = outcomes.with_columns(
        hits=pl.when(pl.col("t_dat") > LAST_DAY - timedelta(weeks=1))
        .then(pl.lit(0))
        .otherwise(pl.col("hits"))
    )
    found = report(tmp_path, SOLD, predictions=shown, outcomes=fewer)
    assert {signal.group for signal in found.signals} >= {"predictions", "outcome"}
    assert [signal.name for signal in found.alarms] == ["hit_rate"]
    assert "with a hit:" in found.alarms[0].sentence


def test_a_week_before_the_first_purchase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="begin after"):
        report(tmp_path, SOLD, week_ending=date(2010, 1, 1))


def test_an_empty_folder_says_which_script_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match=r"data_optim\.py"):
        drift_report(DataFolder(tmp_path))


def test_a_table_without_purchases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no purchases"):
        report(tmp_path, weekly_shop.purchases(1).head(0))


def test_a_shop_that_sold_nothing_since_its_first_day_is_no_error(tmp_path: Path) -> None:
    first = SOLD["t_dat"].min()
    assert isinstance(first, date)
    found = report(tmp_path, SOLD.filter(pl.col("t_dat") == first), week_ending=first + timedelta(days=15))
    assert found.alarms == ()
    assert named(found, "sales").sentence == "Purchases in all: none this week nor before."


def test_purchases_before_a_gap_of_years_change_nothing(tmp_path: Path) -> None:
    old = SOLD.head(1)
    far = [old.with_columns(t_dat=pl.lit(day)) for day in (date(1900, 1, 1), date(1970, 1, 1))]
    plain, other = (report(tmp_path, sold).to_json() for sold in (SOLD, pl.concat([*far, SOLD])))
    assert other == plain


def test_a_day_that_lies_alone_has_no_weeks_before_it(tmp_path: Path) -> None:
    far = SOLD.head(1).with_columns(t_dat=pl.lit(date(2199, 12, 31)))
    with pytest.raises(BadOption, match=r"More than a year lies between(.|\n)*earlier day"):
        report(tmp_path, pl.concat([SOLD, far]))


def test_prices_of_other_currencies_are_counted(tmp_path: Path) -> None:
    dear = SOLD.with_columns(price=pl.lit(25_000_000, pl.Float32))
    assert named(report(tmp_path, dear), "price").alarm is False
