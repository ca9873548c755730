"""The six scripts, run as a person runs them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import REPOSITORY, SLOW, copy_table, customer, run_here, run_script, write_tiny_shop
from serving import linked
from streamlit.testing.v1 import AppTest

SCRIPTS = ("data_optim", "split_data", "visual_features", "visual_reccs", "individual_baseline", "final")


def test_every_script_leaves_its_report(demo_shop: Path) -> None:
    for script in SCRIPTS:
        report = json.loads((demo_shop / "reports" / f"{script}.json").read_text())
        assert report["seconds"] >= 0
        assert report["peak_memory_bytes"] > 10**7


@pytest.mark.parametrize("script", ["individual_baseline", "final"])
def test_the_scoring_scripts_report_what_the_design_promises(demo_shop: Path, script: str) -> None:
    report = json.loads((demo_shop / "reports" / f"{script}.json").read_text())
    assert report["cutoff"] == "2020-09-16"
    assert report["days"] == 7
    assert report["customers"] > 0
    assert {"popularity", "repurchase", "repurchase_filled"} <= set(report["models"])
    assert ("hybrid" in report["models"]) == (script == "final")
    for model in report["models"].values():
        low, high = model["ci95"]
        assert 0 <= low <= model["map@12"] <= high <= 1
        assert {"recall@12", "ndcg@12"} <= set(model)


def test_predictions_are_lists_of_at_most_twelve_for_each_buyer_and_model(demo_shop: Path) -> None:
    predictions = pl.read_parquet(demo_shop / "predictions.parquet")
    assert predictions.schema["article_id"] == pl.List(pl.String)
    assert predictions.select("cutoff", "model", "customer_id").is_unique().all()
    assert predictions["article_id"].list.len().max() == 12
    assert (predictions["article_id"].list.n_unique() == predictions["article_id"].list.len()).all()
    assert (predictions["article_id"].list.len() == predictions["proposed_by"].list.len()).all()
    weeks = predictions.group_by("cutoff").agg(pl.col("customer_id").n_unique())
    report = json.loads((demo_shop / "reports" / "final.json").read_text())
    assert weeks.height == 2
    assert weeks["customer_id"].sum() == report["customers"]


def test_the_submission_has_twelve_articles_for_every_customer(demo_shop: Path) -> None:
    with (demo_shop / "submission.csv").open() as file:
        rows = list(csv.DictReader(file))
    with (demo_shop / "customers.csv").open() as file:
        everyone = [row["customer_id"] for row in csv.DictReader(file)]
    catalogue = set(pl.read_parquet(demo_shop / "articles.parquet")["article_id"])
    assert [row["customer_id"] for row in rows] == everyone
    for row in rows:
        articles = row["prediction"].split(" ")
        assert len(set(articles)) == 12
        assert set(articles) <= catalogue


def test_an_article_id_that_begins_with_zero_survives_the_whole_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_shop(tmp_path)
    ids = ["0108775015", "0108775044", "0200000001", "0999999999"]
    np.save(
        tmp_path / "visual_features.npy", np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    )
    (tmp_path / "visual_features.json").write_text(json.dumps(ids))
    for command in (
        ("data_optim.py",), ("split_data.py",), ("visual_reccs.py",),
        ("final.py", "--submission", tmp_path / "submission.csv"),
    ):  # fmt: skip
        done = run_here(command[0], "--data", tmp_path, *command[1:])
        assert done.returncode == 0, done.stderr
    articles = pl.read_parquet(tmp_path / "articles.parquet")
    assert articles["article_id"].to_list() == ids
    assert articles["article"].to_list() == [int(article) for article in ids]
    first = pl.read_parquet(tmp_path / "visual_reccs.parquet").filter(rank=1)
    assert dict(first.select("article", "neighbour").iter_rows())[108775015] == 108775044
    hybrid = pl.read_parquet(tmp_path / "predictions.parquet").filter(model="hybrid")
    assert hybrid["customer_id"].to_list() == [customer(1)]
    # Customer 1 bought 0108775044 last, 0108775015 before; 0200000001 is popular; 0999999999 only looks like it.
    assert hybrid["article_id"].to_list()[0][:2] == ["0108775044", "0108775015"]
    assert set(hybrid["article_id"].to_list()[0]) <= set(ids)
    monkeypatch.setenv("STYLO_DATA", str(tmp_path))
    monkeypatch.setenv("STYLO_IMAGES", str(tmp_path))
    page = AppTest.from_file(str(REPOSITORY / "stylo/dashboard/main.py"), default_timeout=SLOW)
    page.query_params["article"] = "0108775044"
    page.run()
    assert not page.exception
    assert [title.value for title in page.title] == ["Tee"]
    assert any("0108775044" in text.value for text in page.markdown)
    with (tmp_path / "submission.csv").open() as file:
        submitted = {row["customer_id"]: row["prediction"].split(" ") for row in csv.DictReader(file)}
    assert list(submitted) == [customer(n) for n in (3, 1, 2)]
    assert submitted[customer(1)][:2] == ["0108775044", "0108775015"]
    # The last day of all, 2020-09-20, counts: of what 3, who never bought, is shown, 0108775044 leads (sold twice).
    assert submitted[customer(3)][0] == "0108775044"
    assert all(article in ids for predicted in submitted.values() for article in predicted)


def test_corrupting_every_row_from_the_cutoff_on_changes_no_prediction(
    demo_shop: Path, tmp_path: Path
) -> None:
    for name in ("articles", "customers"):
        (tmp_path / f"{name}.csv").write_bytes((demo_shop / f"{name}.csv").read_bytes())
    with (demo_shop / "transactions_train.csv").open() as file:
        header, *rows = csv.reader(file)
    other = rows[0][2]
    corrupted = [
        row if row[0] < "2020-09-16" else [row[0], row[1], other, "9.99", "1"] for row in rows for _ in range(2)
        if row[0] >= "2020-09-16" or _ == 0
    ]  # fmt: skip
    assert len(corrupted) > len(rows)
    with (tmp_path / "transactions_train.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *corrupted])
    for name in ("visual_features.npy", "visual_features.json"):
        (tmp_path / name).write_bytes((demo_shop / name).read_bytes())
    for script in ("data_optim.py", "split_data.py", "visual_reccs.py", "final.py"):
        done = run_here(script, "--data", tmp_path)
        assert done.returncode == 0, done.stderr
    last = pl.date(2020, 9, 16)
    before, after = (
        pl.read_parquet(folder / "predictions.parquet")
        .filter(pl.col("cutoff") == last)
        .sort("model", "customer_id")
        for folder in (demo_shop, tmp_path)
    )
    assert before.equals(after)
    neighbours = [pl.read_parquet(folder / "article_reccs.parquet") for folder in (demo_shop, tmp_path)]
    assert neighbours[0].equals(neighbours[1])


def test_the_same_inputs_give_the_same_predictions(demo_shop: Path, tmp_path: Path) -> None:
    names = ("articles", "customers", "train_split", "valid_split", "visual_reccs")
    for name in names:
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    for name in ("visual_features", "visual_index"):
        for suffix in (".npy", ".json"):
            shutil.copy(demo_shop / f"{name}{suffix}", tmp_path)
    done = run_script("final.py", "--data", tmp_path, "--weeks", "2")
    assert done.returncode == 0
    for name in ("predictions.parquet", "article_reccs.parquet"):
        assert pl.read_parquet(tmp_path / name).equals(pl.read_parquet(demo_shop / name))
    # Results go to standard output, the rest to standard error.
    assert "MAP@12" in done.stdout
    assert "hybrid" in done.stdout
    assert "Lists: " in done.stderr
    assert "Lists: " not in done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_names_the_options_and_costs_no_tensorflow(script: str) -> None:
    done = run_here(f"{script}.py", "--help")
    assert done.returncode == 0
    assert "--data" in done.stdout
    assert "default: data" in done.stdout


def test_the_data_folder_can_come_from_the_environment(demo_shop: Path, tmp_path: Path) -> None:
    done = run_here("individual_baseline.py", env={"STYLO_DATA": str(linked(demo_shop, tmp_path / "shop"))})
    assert done.returncode == 0
    assert "repurchase_filled" in done.stdout
