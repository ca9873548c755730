"""The journey on real data, where the sample is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import run_here

pytestmark = pytest.mark.sample

TWINS = ("visual_reccs.py", "--vectors", "plain")


@pytest.fixture(scope="module")
def real(hm_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables and split of the real sample, with vectors of a trained network dropped in."""
    data = tmp_path_factory.mktemp("hm")
    shutil.copyfile(hm_sample / "mobilenet_features.npy", data / "visual_features.npy")
    shutil.copyfile(hm_sample / "mobilenet_features_ids.json", data / "visual_features.json")
    for command in (("data_optim.py", "--raw", hm_sample), ("split_data.py",), TWINS):
        done = run_here(command[0], "--data", data, *command[1:])
        assert done.returncode == 0, done.stderr
    return data


def test_no_row_of_the_real_tables_is_lost(real: Path) -> None:
    report = json.loads((real / "reports" / "data_optim.json").read_text())
    rows = {name: table["rows"] for name, table in report["tables"].items()}
    assert rows == {"customers": 1_364, "articles": 105_542, "transactions": 31_662}


def test_prices_are_whole_cents_once_they_are_scaled_back(real: Path) -> None:
    cents = pl.read_parquet(real / "transactions.parquet")["price"].cast(pl.Float64) * 590 * 100
    assert ((cents - cents.round()).abs() < 0.01).all()


def test_twins_of_trained_vectors_agree_in_kind_and_colour_as_published(real: Path) -> None:
    facts = pl.read_parquet(real / "articles.parquet").select(
        "article", "product_type_name", "colour_group_name"
    )
    pairs = pl.read_parquet(real / "visual_reccs.parquet").join(facts, on="article")
    both = pairs.join(facts, left_on="neighbour", right_on="article", suffix="_other")
    same = both.select(
        kind=(pl.col("product_type_name") == pl.col("product_type_name_other")).mean(),
        colour=(pl.col("colour_group_name") == pl.col("colour_group_name_other")).mean(),
    )
    assert same.row(0) == (pytest.approx(0.60, abs=0.005), pytest.approx(0.44, abs=0.005))


def test_the_hybrid_learns_from_the_last_months(hm_sample: Path, tmp_path: Path) -> None:
    """Of the two years and of what was sold in them: all of it is what `benchmarks.ranker` measures."""
    recent = pl.read_csv(hm_sample / "transactions_train.csv", infer_schema=False)
    recent = recent.filter(pl.col("t_dat") >= "2020-06-01")
    recent.write_csv(tmp_path / "transactions_train.csv")
    sold = set(recent["article_id"])
    catalogue = pl.read_csv(hm_sample / "articles.csv", infer_schema=False)
    catalogue.filter(pl.col("article_id").is_in(sold)).write_csv(tmp_path / "articles.csv")
    (tmp_path / "customers.csv").symlink_to(hm_sample / "customers.csv")
    ids = json.loads((hm_sample / "mobilenet_features_ids.json").read_text())
    kept = [row for row, article_id in enumerate(ids) if article_id in sold]
    np.save(tmp_path / "visual_features.npy", np.load(hm_sample / "mobilenet_features.npy")[kept])
    (tmp_path / "visual_features.json").write_text(json.dumps([ids[row] for row in kept]))
    for command in (("data_optim.py",), ("split_data.py",), TWINS, ("final.py",)):
        done = run_here(command[0], "--data", tmp_path, *command[1:])
        assert done.returncode == 0, done.stderr
        assert "too little data to train on" not in done.stderr
    report = json.loads((tmp_path / "reports" / "final.json").read_text())
    assert report["cutoff"] == "2020-09-16"
    scores = {name: model["map@12"] for name, model in report["models"].items()}
    assert scores["hybrid"] > scores["popularity"]
    assert (tmp_path / "model.bin").exists()


def test_real_photos_are_encoded(real: Path, hm_sample: Path, tmp_path: Path) -> None:
    shutil.copy(real / "articles.parquet", tmp_path)
    images = hm_sample / "images"
    done = run_here(
        "visual_features.py",
        *("--data", tmp_path, "--images", images, "--limit", "40"),
        *("--model", "efficientnet-lite0", "--weights", "random"),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "reports" / "visual_features.json").read_text())
    assert report["photos_encoded"] == 40
    assert report["photos_that_cannot_be_read"] == 0
    assert report["articles_without_a_photo"] == 105_542 - 3_000
