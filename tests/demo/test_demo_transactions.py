"""The transactions table is written a week at a time, in Kaggle's form."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from stylo.artefacts import fingerprint
from stylo_demo import tables as receipts_module
from stylo_demo.purchases import Purchases
from stylo_demo.shop import MARKER, TABLES, write_shop
from stylo_demo.tables import Receipts

ROW = re.compile(r"\d{4}-\d\d-\d\d,[0-9a-f]{64},0\d{9},0\.\d+(e-\d+)?,[12]")


def sales(*rows: tuple[int, int, int, int, int]) -> Purchases:
    return Purchases(*np.array(rows, dtype=np.int64).reshape(-1, 5).T)


def test_rows_are_sorted_by_day_customer_and_article_and_written_as_kaggle_does() -> None:
    file = BytesIO()
    receipts = Receipts(file, pl.Series(["a" * 64, "b" * 64]), pl.Series(["0100000001", "0100000002"]))
    receipts.add(
        [sales((1, 0, 0, 2999, 1), (0, 1, 3, 999, 2)), sales((0, 1, 0, 2999, 2), (0, 0, 0, 999, 2))],
        date(2020, 9, 16),
    )
    assert file.getvalue().decode().splitlines() == [
        "t_dat,customer_id,article_id,price,sales_channel_id",
        f"2020-09-16,{'a' * 64},0100000001,{999 / 59000!r},2",
        f"2020-09-16,{'a' * 64},0100000002,{2999 / 59000!r},2",
        f"2020-09-16,{'b' * 64},0100000001,{2999 / 59000!r},1",
        f"2020-09-19,{'a' * 64},0100000002,{999 / 59000!r},2",
    ]
    assert (receipts.rows, receipts.bought.tolist(), receipts.sold.tolist()) == (4, [True, True], [2, 2])
    assert (receipts.first_day, receipts.last_day) == (date(2020, 9, 16), date(2020, 9, 19))


def test_a_week_without_sales_adds_nothing() -> None:
    file = BytesIO()
    receipts = Receipts(file, pl.Series(["a" * 64]), pl.Series(["0100000001"]))
    receipts.add([], date(2020, 9, 16))
    receipts.add([sales()], date(2020, 9, 16))
    assert (receipts.rows, receipts.last_day) == (0, None)
    assert file.getvalue().count(b"\n") == 1


def test_every_row_has_kaggles_form(town: Any) -> None:
    with (town.folder / "transactions_train.csv").open() as file:
        next(file)
        assert all(ROW.fullmatch(line.rstrip("\n")) for line in file)


def test_the_marker_knows_the_tables_without_having_read_the_large_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = fingerprint
    monkeypatch.setattr("stylo_demo.shop.fingerprint", lambda path: read.append(path.name) or original(path))
    write_shop(tmp_path, articles=20, customers=40, days=60)
    assert "transactions_train.csv" not in read
    marker = (tmp_path / MARKER).read_text()
    assert all(original(tmp_path / name) in marker for name in TABLES)


def test_no_more_than_a_few_weeks_are_ever_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    write = Receipts._write
    monkeypatch.setattr(
        receipts_module.Receipts, "_write", lambda self, text: (pieces.append(len(text)), write(self, text))
    )
    write_shop(tmp_path, articles=200, customers=2000, images=0)
    total = (tmp_path / "transactions_train.csv").stat().st_size
    assert sum(pieces) == total
    assert len(pieces) == 1 + 105
    assert max(pieces) < total / 20
