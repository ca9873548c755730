"""What lies in a data folder, and what is wrong with it."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from stylo.dashboard.data.inventory import (
    ASKED_FOR,
    DAMAGED,
    MISSING,
    NOT_ASKED,
    OUT_OF_DATE,
    UP_TO_DATE,
    Entry,
    as_table,
    commands,
    take_stock,
)
from stylo.tables.convert import convert
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.split import split


def stock(root: Path) -> dict[str, Entry]:
    return {entry.name: entry for entry in take_stock(DataFolder(root))}


@pytest.fixture
def copied(demo_shop: Path, tmp_path: Path) -> Path:
    """What the scripts made of the demo shop, to be spoilt."""
    shutil.copytree(
        demo_shop, tmp_path / "shop", ignore=shutil.ignore_patterns("images", "thumbnails", "*.csv")
    )
    return tmp_path / "shop"


def test_a_complete_folder_is_up_to_date_but_for_what_nobody_asked_for(demo_shop: Path) -> None:
    found = stock(demo_shop)
    assert list(found) == list(MADE_BY)
    not_asked = {
        "rejects.parquet",
        "ranker_settings.json",
        "tuning.log",
        "visual_reccs_plain.parquet",
        "visual_learned.npy",  # too few articles to learn from
        "visual_learned_index.npy",
        "visual_search.npy",
        "visual_search_index.npy",
        "visual_search_projection.bin",
        "visual_network.xml",  # set aside: see `kept_network`
        "visual_network.bin",
    }
    assert {name for name, entry in found.items() if entry.state == NOT_ASKED} == not_asked
    assert {entry.state for name, entry in found.items() if name not in not_asked} == {UP_TO_DATE}
    assert commands(list(found.values())) == []


def test_the_network_is_up_to_date_while_it_is_whole_and_that_of_the_vectors(
    copied: Path, kept_network: Path
) -> None:
    def states() -> set[str]:
        found = stock(copied)
        return {found[name].state for name in ("visual_network.xml", "visual_network.bin")}

    for path in kept_network.iterdir():
        shutil.copy(path, copied)
    assert states() == {UP_TO_DATE}
    assert stock(copied)["visual_network.bin"].made_by == "visual_features.py"
    beside = copied / "visual_network.json"
    text = beside.read_text()
    beside.write_text(text.replace('"weights_sha256": "', '"weights_sha256": "0'))
    assert states() == {OUT_OF_DATE}
    assert "is not the network that made the vectors" in stock(copied)["visual_network.bin"].reason
    beside.write_text(text)
    (copied / "visual_network.bin").write_bytes(b"nothing")
    assert states() == {DAMAGED}
    beside.unlink()
    assert states() == {DAMAGED}


def test_rows_and_days_are_those_of_the_tables(demo_shop: Path) -> None:
    found = stock(demo_shop)
    for name in ("articles", "customers", "predictions", "article_reccs", "visual_reccs", "weekly_sales"):
        assert found[f"{name}.parquet"].rows == pl.read_parquet(demo_shop / f"{name}.parquet").height
    sales = pl.read_parquet(demo_shop / "transactions.parquet" / "*.parquet")
    entry = found["transactions.parquet"]
    assert (entry.rows, entry.first, entry.last) == (sales.height, sales["t_dat"].min(), sales["t_dat"].max())
    train, valid = found["train_split.parquet"], found["valid_split.parquet"]
    assert (train.rows or 0) + (valid.rows or 0) == sales.height
    assert (train.last, valid.first) == (date(2020, 9, 15), date(2020, 9, 16))
    assert (found["predictions.parquet"].first, found["predictions.parquet"].last) == (
        date(2020, 9, 9),
        date(2020, 9, 16),
    )
    assert found["visual_features.npy"].rows == len(np.load(demo_shop / "visual_features.npy"))
    # What recommends knows everything: it stands on the day after the last sale.
    assert found["model.bin"].first == sales["t_dat"].max() + timedelta(days=1)  # type: ignore[operator]


def test_sizes_include_the_json_beside(demo_shop: Path) -> None:
    found = stock(demo_shop)
    for name, beside in (("model.bin", "model.json"), ("visual_features.npy", "visual_features.json")):
        both = (demo_shop / name).stat().st_size + (demo_shop / beside).stat().st_size
        assert found[name].bytes == both
    assert found["articles.parquet"].bytes == (demo_shop / "articles.parquet").stat().st_size
    parts = sum(path.stat().st_size for path in (demo_shop / "transactions.parquet").iterdir())
    assert found["transactions.parquet"].bytes == parts + (demo_shop / "transactions.json").stat().st_size


def test_it_says_by_what_and_from_what_with_which_parameters(demo_shop: Path) -> None:
    found = stock(demo_shop)
    split_by = found["train_split.parquet"]
    assert (split_by.made_by, dict(split_by.parameters)) == (
        "split_data.py",
        {"cutoff": "2020-09-16", "days": 7},
    )
    assert set(split_by.inputs) == {"transactions.parquet", "customers.parquet", "articles.parquet"}
    assert found["visual_features.npy"].parameters["trained"] is False
    assert found["visual_reccs.parquet"].parameters["k"] == 12
    assert found["predictions.parquet"].parameters["weeks"] == 2


def test_an_empty_folder_lacks_everything_and_names_the_scripts_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    found = take_stock(DataFolder(folder), tmp_path / "photos")
    assert {entry.state for entry in found} == {MISSING, NOT_ASKED}
    assert commands(found) == [
        f"python data_optim.py --data '{folder}'",
        f"python split_data.py --data '{folder}'",
        f"python visual_features.py --data '{folder}' --images {tmp_path / 'photos'}",
        f"python visual_reccs.py --data '{folder}'",
        f"python final.py --data '{folder}'",
    ]


def test_another_split_makes_what_was_learned_out_of_date(copied: Path) -> None:
    split(DataFolder(copied), date(2020, 9, 1))
    found = stock(copied)
    stale = {name for name, entry in found.items() if entry.state == OUT_OF_DATE}
    assert stale == {"predictions.parquet", "article_reccs.parquet", "model.bin", "outfits.bin"}
    assert "another train_split.parquet" in found["model.bin"].reason
    assert commands(list(found.values())) == [f"python final.py --data {copied}"]
    assert found["predictions.parquet"].rows  # what is known of it is still told


@pytest.mark.parametrize(
    "name",
    [name for name in MADE_BY if name.endswith((".parquet", ".npy", ".bin")) and name not in ASKED_FOR],
)
def test_a_file_that_was_cut_off_is_damaged(copied: Path, name: str) -> None:
    path = copied / name
    if path.is_dir():
        path = next(path.iterdir())
    data = path.read_bytes()
    path.unlink()  # parts may be hard links to others
    path.write_bytes(data[: len(data) // 2])
    entry = stock(copied)[name]
    assert entry.state == DAMAGED
    assert str(copied / name) in entry.reason
    assert MADE_BY[name] in entry.command


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"manifest": 5}', '{"manifest": {"made_by": "x", "inputs": 3}}']
)
@pytest.mark.parametrize(
    "name", ["transactions", "visual_features", "visual_index", "text_features", "model"]
)
def test_a_json_that_is_odd_is_no_reason_to_fail(copied: Path, name: str, text: str) -> None:
    (copied / f"{name}.json").write_text(text)
    found = stock(copied)
    assert next(entry for each, entry in found.items() if each.startswith(name)).state == DAMAGED
    assert found["articles.parquet"].state == UP_TO_DATE


def test_vectors_from_elsewhere_count_as_up_to_date(tiny_shop: Path) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    np.save(tiny_shop / "visual_features.npy", np.eye(2, dtype=np.float16))
    (tiny_shop / "visual_features.json").write_text(json.dumps(["0108775015", "0108775044"]))
    entry = stock(tiny_shop)["visual_features.npy"]
    assert (entry.state, entry.rows, entry.made_by) == (UP_TO_DATE, 2, None)
    (tiny_shop / "visual_features.json").write_text(json.dumps(["0108775015"]))
    assert stock(tiny_shop)["visual_features.npy"].state == DAMAGED


def test_a_table_of_another_version_lacks_columns(copied: Path) -> None:
    path = copied / "predictions.parquet"
    metadata = pl.read_parquet_metadata(path)
    older = pl.read_parquet(path).drop("reason")
    older.write_parquet(path, metadata={"stylo": metadata["stylo"]})
    entry = stock(copied)["predictions.parquet"]
    assert entry.state == DAMAGED
    assert "does not have the columns" in entry.reason


def test_everything_goes_into_a_csv(demo_shop: Path, copied: Path) -> None:
    (copied / "model.bin").unlink()
    entries = list(stock(copied).values())
    table = as_table(entries)
    assert table["name"].to_list() == list(MADE_BY)
    missing = table.row(by_predicate=pl.col("name") == "model.bin", named=True)
    assert (missing["state"], missing["rows"], missing["made_at"]) == (MISSING, None, None)
    assert "model.bin,missing," in table.write_csv()


def test_a_name_that_is_no_text_is_shown_in_ascii(copied: Path) -> None:
    beside = copied / "visual_features.json"
    facts = json.loads(beside.read_text())
    facts["manifest"]["parameters"]["weights"] = "caf\udce9.weights.h5"
    beside.write_text(json.dumps(facts))
    table = as_table(take_stock(DataFolder(copied)))
    told = table.filter(pl.col("name") == "visual_features.npy")["parameters"].item()
    assert "weights: caf\\xe9.weights.h5" in told
