"""The pages Evaluation and Data, run as a visitor would run them: whole, missing, damaged and stale."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from helpers import SLOW
from pages import words
from streamlit.testing.v1 import AppTest

from stylo.dashboard import text
from stylo.dashboard.evaluation.hits_and_misses import EARLY, examples
from stylo.dashboard.shop import open_shop
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.tables.split import split

Visit = Callable[..., AppTest]


def dashboard(data: str, which: str) -> None:
    """A script for AppTest, which runs its source: a page beside that of a shopper."""
    from pathlib import Path

    import streamlit as st

    from stylo.dashboard.data import page as data_page
    from stylo.dashboard.evaluation import page as evaluation
    from stylo.dashboard.shop import open_shop
    from stylo.tables.folder import DataFolder

    shown = {"evaluation": evaluation.page, "data": data_page.page}[which]
    shop = open_shop(DataFolder(Path(data)), Path(data) / "images")
    first = st.Page(lambda: shown(shop), title=which, url_path=which, default=True)
    st.navigation([first, st.Page(lambda: None, title="Shopper", url_path="shopper")]).run()


@pytest.fixture
def visit() -> Visit:
    """Opens a page of the dashboard on a data folder."""

    def open_page(data: Path, page: str, **address: str) -> AppTest:
        app = AppTest.from_function(dashboard, default_timeout=SLOW, args=(str(data), page))
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


@pytest.fixture
def copied(demo_shop: Path, tmp_path: Path) -> Path:
    """The demo shop without its photos, to be spoilt."""
    shutil.copytree(demo_shop, tmp_path / "shop", ignore=shutil.ignore_patterns("images", "*.csv"))
    return tmp_path / "shop"


def final(data: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((data / "reports" / "final.json").read_text())
    return report


def rewrite(data: Path, **changes: object) -> None:
    (data / "reports" / "final.json").write_text(json.dumps(final(data) | changes))


SECTIONS = (
    text.LADDER,
    text.BY_WEEK,
    text.FOR_WHOM,
    text.EARNS,
    text.FOUND_AT,
    text.LOST,
    text.COLD,
    text.BEYOND,
    text.HITS_AND_MISSES,
)


def test_the_evaluation_shows_every_part_of_the_report(demo_shop: Path, visit: Visit) -> None:
    page = visit(demo_shop, "evaluation")
    assert [each.value for each in page.subheader] == list(SECTIONS)
    said, report = words(page), final(demo_shop)
    paired = report["models"]["hybrid"]["map@12_minus_repurchase_filled"]
    assert text.signed(paired["mean"], ".4f") in said
    assert f"{report['customers']:,} lists" in said
    everything = report["losses"][0]
    assert f"Of {everything['bought']:,} purchases" in said
    assert f"{text.percent(everything['hit'] / everything['bought'])} were recommended" in said
    assert text.NOT_IN_REPORT.split("{")[0] not in said


def test_every_figure_is_explained(demo_shop: Path, visit: Visit) -> None:
    evaluation, data = visit(demo_shop, "evaluation"), visit(demo_shop, "data")
    assert [each.value for each in evaluation.subheader if not each.proto.help] == []
    assert [each.label for page in (evaluation, data) for each in page.metric if not each.help] == []
    assert len(data.metric) == 7


def test_a_made_up_shop_says_so_on_both_pages(demo_shop: Path, copied: Path, visit: Visit) -> None:
    (copied / "demo_shop.json").unlink()
    for page in ("evaluation", "data"):
        assert text.GENERATED in [each.value for each in visit(demo_shop, page).warning]
        assert text.GENERATED not in [each.value for each in visit(copied, page).warning]


def test_the_table_of_models_is_that_of_the_report(demo_shop: Path, visit: Visit) -> None:
    page = visit(demo_shop, "evaluation")
    table = page.dataframe[0].value
    report = final(demo_shop)["models"]
    assert table["model"].to_list() == [text.MODELS.get(name, name) for name in report]
    assert table["map@12"].to_list() == pytest.approx([each["map@12"] for each in report.values()])


@pytest.mark.parametrize("metric", ["recall@12", "ndcg@12"])
def test_another_measure_is_in_the_address(demo_shop: Path, visit: Visit, metric: str) -> None:
    page = visit(demo_shop, "evaluation", metric=metric)
    charts = [each.proto.alt for each in page.get("plotly_chart")]
    assert charts[0].startswith(f"{text.METRICS[metric]} of each model with")
    report = final(demo_shop)["models"]
    score, other = (report[model][metric] for model in ("hybrid", "repurchase_filled"))
    assert f"{text.MODELS['hybrid']} {score:.4f}" in charts[0]
    said = words(page)
    assert f"{score:.4f}; “{text.MODELS['repurchase_filled']}”: {other:.4f}" in said
    assert f"{text.signed(score - other, '.4f')} in {text.METRICS[metric]}" in said
    assert "Significance was tested for MAP@12 only" in said
    assert "in MAP@12, " not in said
    assert f"In {text.METRICS[metric]}, {text.MODELS['hybrid']} is ahead" in said


def test_scores_of_few_lists_are_not_passed_off_as_certain(copied: Path, visit: Visit) -> None:
    for lists, warned in ((65, True), (5000, False)):
        rewrite(copied, customers=lists)
        said = [each.value for each in visit(copied, "evaluation").warning]
        assert (text.FEW_LISTS.format(lists=lists) in said) is warned


def test_the_scores_are_as_old_as_their_run_and_not_as_a_copy_of_the_file(copied: Path, visit: Visit) -> None:
    rewrite(copied, finished_at="2020-09-17T08:30:00+00:00")
    assert "final.py, 17 Sep 2020, 08:30 UTC" in words(visit(copied, "evaluation"))


def test_a_loss_has_a_minus_as_wide_as_the_plus_of_a_gain(copied: Path, visit: Visit) -> None:
    report = final(copied)
    report["models"]["hybrid"]["map@12_minus_repurchase_filled"] = {"mean": -0.02, "ci95": [-0.03, 0.01]}
    rewrite(copied, models=report["models"])
    assert "−0.0200 [−0.0300, +0.0100] in MAP@12" in words(visit(copied, "evaluation"))


@pytest.mark.parametrize(
    ("key", "section"),
    [
        ("by_week", text.BY_WEEK),
        ("segments", text.FOR_WHOM),
        ("strategies", text.EARNS),
        ("recall_at", text.FOUND_AT),
        ("losses", text.LOST),
        ("cold_articles", text.COLD),
        ("beyond_accuracy", text.BEYOND),
    ],
)
def test_what_an_older_report_lacks_is_said_with_the_command(
    copied: Path, visit: Visit, key: str, section: str
) -> None:
    rewrite(copied, **{key: None})
    page = visit(copied, "evaluation")
    assert section in [each.value for each in page.subheader]
    assert words(page).count(text.NOT_IN_REPORT.format(command=f"python final.py --data {copied}")) == 1


def test_without_a_report_the_script_to_run_is_named(copied: Path, visit: Visit) -> None:
    (copied / "reports" / "final.json").unlink()
    page = visit(copied, "evaluation")
    assert f"python final.py --data {copied}" in words(page)
    assert text.ONLY_BASELINES in words(page)  # those of individual_baseline.py
    assert text.LADDER in [each.value for each in page.subheader]
    shutil.rmtree(copied / "reports")
    page = visit(copied, "evaluation")
    assert f"python final.py --data {copied}" in words(page)
    assert not page.subheader


def test_a_report_that_was_cut_off_does_not_break_the_page(copied: Path, visit: Visit) -> None:
    for script in ("final", "individual_baseline"):
        path = copied / "reports" / f"{script}.json"
        path.write_text(path.read_text()[:300])
    assert "not readable JSON" in words(visit(copied, "evaluation"))
    assert "not readable JSON" not in words(visit(copied, "data"))


def test_scores_of_another_split_are_not_passed_off_as_new(copied: Path, visit: Visit) -> None:
    split(DataFolder(copied), date(2020, 9, 1))
    said = words(visit(copied, "evaluation"))
    assert "The data have changed since these scores were computed." in said
    assert "another train_split.parquet" in said


def test_a_week_without_cold_articles_is_said(copied: Path, visit: Visit) -> None:
    rewrite(copied, cold_articles=final(copied)["cold_articles"] | {"bought": 0, "recall@12": None})
    assert text.COLD_NONE in words(visit(copied, "evaluation"))


def test_hits_and_misses_are_what_the_predictions_and_the_week_say(demo_shop: Path) -> None:
    shop = open_shop(DataFolder(demo_shop), demo_shop / "images")
    lists = pl.read_parquet(demo_shop / "predictions.parquet").filter(
        pl.col("model") == "hybrid", pl.col("cutoff") == date(2020, 9, 16)
    )
    sales = pl.read_parquet(demo_shop / "valid_split.parquet" / "*.parquet")
    names = dict(pl.read_parquet(demo_shop / "customers.parquet").select("customer_id", "customer").rows())
    hits, misses = examples(shop, 0, 100)
    assert len(hits) + len(misses) == lists.height
    for one in hits + misses:
        mine = lists.filter(pl.col("customer_id") == one.customer_id)["article_id"].to_list()[0]
        bought = set(sales.filter(pl.col("customer") == names[one.customer_id])["article"].to_list())
        assert [article_id(article) for article in one.articles] == mine
        assert set(one.bought) == bought
        right = [rank for rank, article in enumerate(one.articles, 1) if article in bought]
        assert one.first_hit == (right[0] if right else None)
        assert one.hits == len(right)
    assert all(one.first_hit is None for one in misses)
    late = [one.first_hit for one in hits if one.first_hit and one.first_hit > EARLY]
    assert late == sorted(late)


def test_the_same_draw_gives_the_same_lists_and_another_gives_others(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, again = (open_shop(DataFolder(demo_shop), demo_shop / "images") for _ in range(2))
    drawn = [examples(shop, draw, 1) for draw in range(20)]
    assert drawn == [examples(again, draw, 1) for draw in range(20)]
    monkeypatch.setattr("stylo.dashboard.evaluation.hits_and_misses.EARLY", 12)  # any of them will do
    other = open_shop(DataFolder(demo_shop), demo_shop / "images")
    assert len({examples(other, draw, 1)[0][0].customer_id for draw in range(20)}) > 1


def test_show_others_goes_into_the_address_and_links_lead_to_the_shopper(
    demo_shop: Path, visit: Visit
) -> None:
    page = visit(demo_shop, "evaluation", draw="998")
    links = page.get("page_link")
    shop = open_shop(DataFolder(demo_shop), demo_shop / "images")
    expected = [one.customer_id for group in examples(shop, 998, 2) for one in group]
    assert [link.proto.query_string for link in links] == [
        f"customer={customer}&as_of=2020-09-16" for customer in expected
    ]
    assert {link.proto.page for link in links} == {"shopper"}
    for following in ("999", "0"):
        next(button for button in page.button if button.label == text.OTHERS).click().run()
        assert page.query_params["draw"] == following


def test_the_data_page_says_that_all_is_well(demo_shop: Path, visit: Visit) -> None:
    page = visit(demo_shop, "data")
    assert [each.value for each in page.success] == [text.ALL_WELL.format(count=18)]
    figures = {each.label: each.value for each in page.metric}
    sales = pl.read_parquet(demo_shop / "transactions.parquet" / "*.parquet")
    assert figures[text.ARTICLES] == "60"
    assert figures[text.CUSTOMERS] == "150"
    assert figures[text.TRANSACTIONS] == f"{sales.height:,}"
    assert figures[text.FIRST_SALE] == f"{sales['t_dat'].min():%-d %b %Y}"
    assert figures[text.CUTOFF] == "16 Sep 2020"
    assert figures[text.PHOTOS] == str(len(list((demo_shop / "images").rglob("*.jpg"))))
    assert text.UNTRAINED in words(page)
    assert "python -m stylo_demo.fidelity" in words(page)


def test_the_data_page_names_what_to_run_and_why(copied: Path, visit: Visit) -> None:
    split(DataFolder(copied), date(2020, 9, 1))
    (copied / "visual_map.parquet").unlink()
    page = visit(copied, "data")
    assert page.code[0].value == (f"python visual_reccs.py --data {copied}\npython final.py --data {copied}")
    assert "another train_split.parquet" in words(page)
    assert [each.value for each in page.warning if "of 18" in each.value]


def test_the_data_page_lists_the_last_runs(copied: Path, visit: Visit) -> None:
    report = final(copied)
    table = visit(copied, "data").dataframe[2].value
    row = table[table["script"] == "final"].iloc[0]
    assert row["seconds"] == report["seconds"]
    # In megabytes, rounded up.
    assert row["peak_memory_bytes"] == -(-report["peak_memory_bytes"] // 10**6)
    shutil.rmtree(copied / "reports")
    assert text.NO_RUNS in words(visit(copied, "data"))


def test_sizes_are_numbers_of_kilobytes_in_every_browser(copied: Path, visit: Visit) -> None:
    size = (copied / "articles.parquet").stat().st_size
    element = visit(copied, "data").dataframe[0]
    table = element.value.set_index("name")
    assert table.loc["articles.parquet", "bytes"] == -(-size // 1000)
    assert (table["bytes"].dropna() > 0).all()
    column = json.loads(element.proto.columns)["bytes"]
    assert column["label"] == "Size (kB)"
    assert column["type_config"]["format"] == "localized"


def test_photos_that_cannot_be_read_are_named(copied: Path, visit: Visit) -> None:
    report = {"corrupt": {"0108775015": "cut off", "0108775044": "no picture"}}
    (copied / "reports" / "visual_features.json").write_text(json.dumps(report))
    assert "2 photos cannot be read: 0108775015, 0108775044" in words(visit(copied, "data"))


def test_tables_alone_are_enough_for_both_pages(copied: Path, visit: Visit) -> None:
    for path in copied.iterdir():
        if path.name.split(".")[0] not in ("transactions", "articles", "customers"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "python final.py" in words(visit(copied, "evaluation"))
    said = words(visit(copied, "data"))
    assert f"python split_data.py --data {copied}\n" in said
    assert "data_optim.py --data" not in said
