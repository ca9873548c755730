"""What the dashboard knows of customers: found by id, drawn by kind, with the lists that were made for them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table

from stylo.dashboard.shopper.records import CustomerRecords
from stylo.errors import MissingArtefact
from stylo.evaluation.backtest import BASELINES
from stylo.recommender import HYBRID
from stylo.tables.folder import MODEL_FILE, DataFolder
from stylo.tables.schemas import PRICE_UNIT


@pytest.fixture(scope="module")
def customers(demo_shop: Path) -> CustomerRecords:
    return CustomerRecords(DataFolder(demo_shop))


@pytest.fixture(scope="module")
def sold(demo_shop: Path) -> pl.DataFrame:
    return DataFolder(demo_shop).scan("transactions.parquet").collect()


@pytest.fixture(scope="module")
def ids(demo_shop: Path) -> list[str]:
    return pl.read_parquet(demo_shop / "customers.parquet").sort("customer")["customer_id"].to_list()


def test_a_customer_is_found_by_id_or_by_its_beginning_in_any_case(
    customers: CustomerRecords, ids: list[str]
) -> None:
    for number in (0, 7):
        for typed in (ids[number], ids[number][:12], f"  {ids[number].upper()} "):
            found = customers.find(typed)
            assert found is not None
            assert found["customer"] == number


@pytest.mark.parametrize("typed", ["", "abc", "0" * 64, "x" * 64, "<script>", "0" * 65, ".*.*.*.*.*"])
def test_nobody_is_found_by_nonsense(customers: CustomerRecords, typed: str) -> None:
    assert customers.find(typed) is None


def test_a_beginning_that_two_share_finds_neither(tmp_path: Path, demo_shop: Path) -> None:
    from stylo.artefacts import read_manifest, write_parquet

    table = pl.read_parquet(demo_shop / "customers.parquet")
    manifest = read_manifest(demo_shop / "customers.parquet")
    assert manifest is not None
    twin = "a" * 60
    changed = table.with_columns(
        customer_id=pl.when(pl.col("customer") < 2)
        .then(pl.lit(twin) + pl.col("customer").cast(pl.String).str.zfill(4))
        .otherwise("customer_id")
    )
    write_parquet(changed, tmp_path / "customers.parquet", manifest)
    some = CustomerRecords(DataFolder(tmp_path))
    assert some.find("a" * 20) is None
    found = some.find(twin + "0001")
    assert found is not None
    assert found["customer"] == 1


def test_purchases_are_those_of_the_table_the_newest_first(
    customers: CustomerRecords, sold: pl.DataFrame
) -> None:
    number = sold["customer"].mode().sort()[0]
    mine = sold.filter(pl.col("customer") == number)
    found = customers.purchases(number)
    assert found.height == mine.height
    assert found["t_dat"].is_sorted(descending=True)
    assert found["price"].sum() == pytest.approx(float(mine["price"].sum()) * PRICE_UNIT, rel=1e-4)
    assert customers.purchases(10**6).is_empty()


def test_lists_are_those_of_the_predictions_with_reasons_for_the_hybrid_alone(
    customers: CustomerRecords, demo_shop: Path
) -> None:
    table = pl.read_parquet(demo_shop / "predictions.parquet")
    who = table["customer_id"].sort()[0]
    mine = table.filter(pl.col("customer_id") == who)
    found = customers.lists(who)
    assert len(found) == mine.height
    assert {each.model for each in found} == {HYBRID, *(model.name for model in BASELINES)}
    assert [each.cutoff for each in found] == sorted((each.cutoff for each in found), reverse=True)
    for each in found:
        row = mine.filter((pl.col("cutoff") == each.cutoff) & (pl.col("model") == each.model))
        assert [f"{article:010d}" for article in each.articles] == row["article_id"].to_list()[0]
        assert len(each.reasons) == (len(each.articles) if each.model == HYBRID else 0)


def test_the_model_explains_what_it_recommends_now(customers: CustomerRecords) -> None:
    found = customers.explain(3)
    assert len(found) == 12
    assert all(why.sentence({}) for why in found)


def test_without_artefacts_there_is_nobody_and_each_problem_names_its_script(tmp_path: Path) -> None:
    nobody = CustomerRecords(DataFolder(tmp_path))
    assert nobody.find("a" * 64) is None
    assert nobody.purchases(1).is_empty()
    assert nobody.lists("a" * 64) == []
    assert nobody.explain(1) == []
    assert isinstance(nobody.base.exception(), MissingArtefact)
    assert nobody.cutoff is None
    assert "final.py" in nobody.problems["predictions.parquet"].cure
    assert "final.py" in nobody.problems[MODEL_FILE].cure


def test_without_a_model_purchases_are_still_shown(tmp_path: Path, demo_shop: Path) -> None:
    for name in ("customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    some = CustomerRecords(DataFolder(tmp_path))
    assert some.model is None
    sold = DataFolder(demo_shop).scan("transactions.parquet")
    buyer = sold.select(pl.col("customer").min()).collect().item()
    assert some.purchases(buyer).height
