"""New days: added without touching the old parts, twice is once, and nothing is lost however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from helpers import (
    REPOSITORY,
    Row,
    bought,
    contents,
    customer,
    given_back,
    kept,
    random_rows,
    tables,
    write_customers,
    write_shop,
    write_transactions,
)
from nasty_names import NOT_UTF_8

from stylo.artefacts import open_table
from stylo.errors import BadRows, MissingArtefact, OverlapDiffers, StaleArtefact, StyloError, WouldLose
from stylo.progress import Silent
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

#: The table: two months, customers 1 and 2.
OLD = [
    bought("2020-08-30", 1, 1),
    bought("2020-08-30", 1, 1),
    bought("2020-09-01", 2, 2),
    bought("2020-09-10", 1, 3),
]
NEW = [bought("2020-09-11", 2, 4), bought("2020-10-01", 1, 1), bought("2020-10-01", 1, 1)]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_shop(tmp_path / "shop", OLD, customers=2, articles=4)
    convert(tmp_path / "shop", DataFolder(tmp_path / "shop"))
    return tmp_path / "shop"


def csv_of(shop: Path, rows: list[Row], name: str = "new.csv") -> Path:
    return write_transactions(shop.parent / name, rows)


def add(shop: Path, rows: list[Row], name: str = "new.csv", *, quarantine: bool = False) -> list[str]:
    """Appends rows and gives the remarks."""
    _, lines = append(csv_of(shop, rows, name), shop, DataFolder(shop), quarantine=quarantine)
    return lines


def parts_of(shop: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in (shop / "transactions.parquet").iterdir()
    }


def test_new_days_become_new_parts_and_the_old_ones_are_not_touched(shop: Path) -> None:
    before = parts_of(shop)
    assert set(before) == {"2020-08-30.parquet", "2020-09-01.parquet"}
    (made,), lines = append(csv_of(shop, NEW), shop, DataFolder(shop))
    assert lines == ["Added: 3 rows, 2020-09-11 to 2020-10-01."]
    assert (made.records, made.rows, made.rejected) == (3, 3, 0)
    after = parts_of(shop)
    assert set(after) - set(before) == {"2020-09-11.parquet", "2020-10-01.parquet"}
    assert {name: after[name] for name in before} == before
    assert given_back(shop) == kept(OLD + NEW)
    assert DataFolder(shop).out_of_date("transactions.parquet") is None


@pytest.mark.parametrize("seed", range(2))
def test_days_added_one_after_another_are_those_of_one_conversion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("stylo.tables.csv_file._BLOCK_BYTES", 1000)
    rows = random_rows(seed, 500)
    days = sorted({row[0] for row in rows})
    cuts = [days[len(days) // 3], days[len(days) // 2], days[-5], "9999"]
    pieces, since = [], ""
    for until in cuts:
        pieces.append([row for row in rows if since <= row[0] < until])
        since = until
    folder = write_shop(tmp_path / "shop", pieces[0])
    convert(folder, DataFolder(folder))
    for piece in pieces[1:]:
        add(folder, piece)
    assert given_back(folder) == kept(rows)
    whole = write_shop(tmp_path / "whole", rows)
    convert(whole, DataFolder(whole))
    assert given_back(whole) == given_back(folder)


def test_a_file_whose_name_is_no_text_is_added_and_named_in_ascii(shop: Path) -> None:
    add(shop, [*NEW, bought("2020-10-02", 7)], f"{NOT_UTF_8} [1]*.csv", quarantine=True)
    assert given_back(shop) == kept(OLD + NEW)
    with open_table(shop / "rejects.parquet") as rejects:
        assert rejects.read(["file"]).to_pydict() == {"file": ["caf\\xe9 [1]*.csv"]}


def test_the_same_file_twice_adds_nothing_and_says_so(shop: Path) -> None:
    add(shop, NEW)
    before, parts = tables(shop), parts_of(shop)
    assert add(shop, NEW) == [
        "2 of its days were already in the table and are identical.",
        f"Nothing to add: all of {shop.parent / 'new.csv'} is in the table.",
    ]
    assert parts_of(shop) == parts
    assert tables(shop) == before


def test_days_that_are_the_same_are_passed_over_whatever_their_order(shop: Path) -> None:
    lines = add(shop, [*NEW, *OLD[::-1]])
    assert lines == [
        "3 of its days were already in the table and are identical.",
        "Added: 3 rows, 2020-09-11 to 2020-10-01.",
    ]
    assert given_back(shop) == kept(OLD + NEW)


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (  # another price, on a day of one row
            [bought("2020-09-10", 1, 3, price="0.0625")],
            [
                "2020-09-10: 1 rows in the table, 1 in the CSV",
                f"only in the table: 2020-09-10,{customer(1)},0000000003,0.05",
                f"only in the CSV: 2020-09-10,{customer(1)},0000000003,0.0625",
            ],
        ),
        (  # a row that the table has not
            [OLD[3], bought("2020-09-10", 2, 3)],
            [
                "2020-09-10: 1 rows in the table, 2 in the CSV",
                f"only in the CSV: 2020-09-10,{customer(2)},0000000003,",
            ],
        ),
        (  # a duplicate that is there once
            OLD[:1],
            [
                "2020-08-30: 2 rows in the table, 1 in the CSV",
                f"only in the table: 2020-08-30,{customer(1)},0000000001,",
            ],
        ),
        (  # a day inside the range without a row
            [bought("2020-09-05", 1, 1)],
            [
                "2020-09-05: 0 rows in the table, 1 in the CSV",
                f"only in the CSV: 2020-09-05,{customer(1)},0000000001,",
            ],
        ),
        (  # an older day
            [bought("2020-01-01", 1, 1)],
            ["2020-01-01: 0 rows in the table, 1 in the CSV", "only in the CSV: 2020-01-01,"],
        ),
        (  # an older day of a month that the table has
            [bought("2020-08-01", 1, 1)],
            ["2020-08-01: 0 rows in the table, 1 in the CSV", "only in the CSV: 2020-08-01,"],
        ),
    ],
)
def test_an_overlap_that_differs_is_an_error_that_shows_the_difference(
    shop: Path, rows: list[Row], shown: list[str]
) -> None:
    before, parts = tables(shop), parts_of(shop)
    with pytest.raises(OverlapDiffers, match="2020-09-10, the last in") as caught:
        add(shop, [*rows, *NEW])
    for words in shown:
        assert words in str(caught.value)
    assert (tables(shop), parts_of(shop)) == (before, parts)


def test_new_customers_come_with_the_changed_list_and_the_old_keep_their_numbers(shop: Path) -> None:
    before = parts_of(shop)
    write_customers(shop, [9, 2, 1])
    rows = [*NEW, bought("2020-10-02", 9, 1)]
    assert add(shop, rows)[-1] == "Added: 4 rows, 2020-09-11 to 2020-10-02."
    customers = DataFolder(shop).scan("customers.parquet").collect()
    assert customers["customer_id"].to_list() == [customer(1), customer(2), customer(9)]
    assert given_back(shop) == kept(OLD + rows)
    assert {name: part for name, part in parts_of(shop).items() if name in before} == before
    assert DataFolder(shop).out_of_date("transactions.parquet") is None


def test_a_changed_list_that_lacks_a_customer_would_lose_rows(shop: Path) -> None:
    before = tables(shop)
    write_customers(shop, [2, 9])
    with pytest.raises(WouldLose, match=f"lacks 1 customers(.|\n)*{customer(1)}"):
        add(shop, NEW)
    assert tables(shop) == before


def test_a_changed_catalogue_that_lacks_an_article_would_lose_rows(shop: Path) -> None:
    before = tables(shop)
    path = shop / "articles.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(WouldLose, match=r"lacks 1 articles(.|\n)*0000000004"):
        add(shop, NEW)
    assert tables(shop) == before


def test_without_the_lists_of_customers_and_articles_those_of_the_tables_hold(shop: Path) -> None:
    (shop / "customers.csv").unlink()
    (shop / "articles.csv").unlink()
    add(shop, NEW)
    assert given_back(shop) == kept(OLD + NEW)


def test_a_conversion_would_lose_what_was_added_and_refuses(shop: Path) -> None:
    add(shop, NEW)
    before = tables(shop)
    with pytest.raises(WouldLose, match=r"2020-09-11 to 2020-10-01 from new\.csv"):
        convert(shop, DataFolder(shop))
    assert tables(shop) == before


def test_the_cure_of_what_cannot_be_converted_or_added_loses_no_day_that_was_added(shop: Path) -> None:
    """As the message says: delete the table, convert, add the same files again."""
    add(shop, NEW)
    add(shop, [bought("2020-10-05", 2, 2)], "more.csv")
    with pytest.raises(WouldLose, match=r"with --append: new\.csv, more\.csv"):
        convert(shop, DataFolder(shop))
    right = [bought("2020-10-05", 2, 3)]
    with pytest.raises(OverlapDiffers, match=r"with --append: new\.csv, more\.csv"):
        add(shop, right, "more.csv")
    shutil.rmtree(shop / "transactions.parquet")
    convert(shop, DataFolder(shop))
    add(shop, NEW)
    add(shop, right, "more.csv")
    assert given_back(shop) == kept([*OLD, *NEW, *right])


def test_a_damaged_table_does_not_let_a_conversion_lose_what_was_added(shop: Path) -> None:
    add(shop, NEW)
    (shop / "transactions.parquet" / "2020-12-01.parquet").write_bytes(b"left by a killed run")
    with pytest.raises(WouldLose, match=r"from new\.csv"):
        convert(shop, DataFolder(shop))


def test_a_bad_row_stops_it_and_everything_stays(shop: Path) -> None:
    before = tables(shop)
    with pytest.raises(BadRows, match=r"line 5, customer_id: .* is not in customers\.csv"):
        add(shop, [*NEW, bought("2020-10-02", 7, 1)])
    assert tables(shop) == before


def test_quarantine_keeps_the_rejects_of_other_files_and_those_of_the_same_once(shop: Path) -> None:
    def rejects() -> list[tuple[object, ...]]:
        return DataFolder(shop).scan("rejects.parquet").select("file", "line", "raw").collect().rows()

    bad = [",".join(bought(f"2020-10-0{day}", 7)) for day in (2, 3)]
    write_shop(shop, [*OLD, bought("2020-09-10", 8, 1)], customers=2, articles=4)
    convert(shop, DataFolder(shop), quarantine=True)
    first = ("transactions_train.csv", 6, ",".join(bought("2020-09-10", 8, 1)))
    assert rejects() == [first]
    (made,), _ = append(
        csv_of(shop, [*NEW, bought("2020-10-02", 7)]), shop, DataFolder(shop), quarantine=True
    )
    assert (made.records, made.rows, made.rejected) == (4, 3, 1)
    assert rejects() == [first, ("new.csv", 5, bad[0])]
    add(shop, [*NEW, bought("2020-10-02", 7)], quarantine=True)
    assert rejects() == [first, ("new.csv", 5, bad[0])]
    later = [bought("2020-10-03", 7), bought("2020-10-03", 1)]
    add(shop, later, "later.csv", quarantine=True)
    assert rejects() == [first, ("new.csv", 5, bad[0]), ("later.csv", 2, bad[1])]
    another_of_that_name = [bought("2020-10-05", 7), bought("2020-10-05", 1)]
    add(shop, another_of_that_name, quarantine=True)
    assert rejects()[-1] == ("new.csv", 2, ",".join(another_of_that_name[0]))
    assert len(rejects()) == 4
    assert given_back(shop) == kept([*OLD, *NEW, later[1], another_of_that_name[1]])


def test_rejects_of_a_list_that_is_read_again_are_there_once(shop: Path) -> None:
    (shop / "customers.csv").open("a").write("short,,,,,,\n")
    convert(shop, DataFolder(shop), quarantine=True)
    (shop / "customers.csv").open("a").write(f"{customer(3)},,,,,,\n")
    add(shop, [*NEW, bought("2020-10-02", 3)], quarantine=True)
    rejects = DataFolder(shop).scan("rejects.parquet").collect()
    assert rejects.select("file", "line").rows() == [("customers.csv", 4)]
    assert given_back(shop) == kept([*OLD, *NEW, bought("2020-10-02", 3)])


class Interrupted(Silent):
    """Ctrl-C while the CSV is read."""

    @contextmanager
    def task(self, what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
        def advance(steps: int) -> None:
            raise KeyboardInterrupt

        yield advance


def test_an_interrupt_leaves_the_table_as_it_was_and_it_can_be_done_again(shop: Path) -> None:
    before, parts = tables(shop), parts_of(shop)
    with pytest.raises(KeyboardInterrupt):
        append(csv_of(shop, NEW), shop, DataFolder(shop), progress=Interrupted())
    assert (tables(shop), parts_of(shop)) == (before, parts)
    add(shop, NEW)
    assert given_back(shop) == kept(OLD + NEW)


def test_trouble_after_the_parts_have_moved_in_takes_them_out_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_list(*_: object) -> None:
        assert len(parts_of(shop)) == 4
        raise KeyboardInterrupt

    before = tables(shop)
    monkeypatch.setattr("stylo.tables.append.write_list", write_list)
    with pytest.raises(KeyboardInterrupt):
        add(shop, NEW)
    assert tables(shop) == before


def test_an_interrupt_while_the_list_takes_its_place_comes_too_late(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return original(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                add(shop, NEW)
        finally:
            signal.signal(signal.SIGINT, previous)
    assert given_back(shop) == kept(OLD + NEW)
    assert DataFolder(shop).scan("transactions.parquet").collect().height == 7


def test_a_kill_leaves_the_table_as_it_was_and_the_next_run_clears_up(shop: Path) -> None:
    before, csv = tables(shop), csv_of(shop, NEW)
    program = (
        "import sys, time; from pathlib import Path; from stylo.tables import append as module\n"
        "from stylo.tables.folder import DataFolder\n"
        "def wait(*_):\n    print('in the middle', flush=True); time.sleep(60)\n"
        "module._check_overlap = wait\n"
        "module.append(Path(sys.argv[1]), Path(sys.argv[2]), DataFolder(Path(sys.argv[2])))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(csv), str(shop)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
    left = {name: data for name, data in tables(shop).items() if not name.startswith(".")}
    assert left == before != tables(shop)
    add(shop, NEW)
    assert given_back(shop) == kept(OLD + NEW)
    assert not list(shop.glob(".*"))


def test_a_part_that_a_killed_run_moved_in_and_did_not_list_goes_with_the_next(shop: Path) -> None:
    table = shop / "transactions.parquet"
    shutil.copy(table / "2020-08-30.parquet", table / "2020-12-01.parquet")
    add(shop, NEW)
    assert "2020-12-01.parquet" not in parts_of(shop)
    assert given_back(shop) == kept(OLD + NEW)


def test_later_artefacts_know_that_they_are_out_of_date(shop: Path) -> None:
    folder = DataFolder(shop)
    split(folder)
    train = contents(shop / "train_split.parquet")
    add(shop, NEW)
    with pytest.raises(StaleArtefact, match=r"another transactions\.parquet"):
        folder.scan("train_split.parquet")
    assert contents(shop / "train_split.parquet") == train
    split(folder)
    assert sorted(given_back(shop, "train_split.parquet") + given_back(shop, "valid_split.parquet")) == kept(
        OLD + NEW
    )


def test_nothing_new_leaves_later_artefacts_true(shop: Path) -> None:
    folder = DataFolder(shop)
    split(folder)
    add(shop, OLD)
    assert folder.out_of_date("train_split.parquet") is None


def test_the_manifest_names_each_file_that_was_added(shop: Path) -> None:
    add(shop, NEW)
    add(shop, [bought("2020-10-05", 1)], "later.csv")
    added = json.loads((shop / "transactions.json").read_text())["manifest"]["parameters"]["appended"]
    assert [(one["file"], one["rows"], one["first"], one["last"]) for one in added] == [
        ("new.csv", 3, "2020-09-11", "2020-10-01"),
        ("later.csv", 1, "2020-10-05", "2020-10-05"),
    ]


@pytest.mark.parametrize("state", ["nothing", "older"])
def test_without_a_table_of_parts_the_script_to_run_is_named(tmp_path: Path, state: str) -> None:
    write_shop(tmp_path, OLD)
    error: type[StyloError] = MissingArtefact
    if state == "older":
        error = StaleArtefact
        pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "transactions.parquet")
    with pytest.raises(error, match=r"python data_optim\.py"):
        append(tmp_path / "transactions_train.csv", tmp_path, DataFolder(tmp_path))
