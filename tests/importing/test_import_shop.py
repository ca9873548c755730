"""`stylo import` as a whole: what lies in the folder afterwards, and that nothing changes when it fails."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
from exports import SHOPIFY_ORDERS, SHOPIFY_PRODUCTS, write_csv
from helpers import run_here

from stylo.artefacts import read_table
from stylo.errors import BadOption, BadRows, Busy, DamagedArtefact, MissingFile, WouldLose
from stylo.importing.articles import articles_of
from stylo.importing.shop import Imported, import_shop
from stylo.records.importing import ImportSettings, ShopFacts
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

ORDERS = [
    ("1", "2025-03-01", "TEE-RED", "12,50", "ann"),
    ("1", "2025-03-01", "HAT", "30,00", "ann"),
    ("2", "2025-03-02", "TEE-RED", "12,50", "bo"),
]
PRODUCTS = [
    ("TEE-RED", "tee", "Tee", "red.jpg"),
    ("TEE-BLUE", "tee", "Tee", "blue.jpg"),
    ("HAT", "hat", "Hat", ""),
]


def write_exports(
    folder: Path, orders: Sequence[tuple[str, ...]], products: Sequence[tuple[str, ...]]
) -> None:
    folder.mkdir(exist_ok=True)
    rows = [";".join(row) for row in [("order", "date", "sku", "price", "customer"), *orders]]
    (folder / "orders.csv").write_text("\n".join(rows) + "\n")
    rows = [",".join(row) for row in [("sku", "product code", "name", "photo"), *products]]
    (folder / "products.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    write_exports(tmp_path / "exports", ORDERS, PRODUCTS)
    photos = tmp_path / "exports" / "photos" / "2025"
    photos.mkdir(parents=True)
    (photos / "Red.JPG").write_bytes(b"red")
    return tmp_path / "exports"


def run(
    exports: Path, data: Path, *, afresh: bool = False, today: date | None = None, **settings: object
) -> Imported:
    chosen = ImportSettings.model_validate({"orders": "orders.csv", "products": "products.csv"} | settings)
    return import_shop(chosen, exports, data, data / "images", afresh=afresh, today=today)


def content(folder: Path) -> dict[str, bytes]:
    """Of every file but locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_exports_become_csvs_that_can_be_converted(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = run(exports, data)
    assert (done.articles, done.customers, done.purchases, done.lines) == (3, 2, 3, 3)
    convert(data, DataFolder(data))
    articles = DataFolder(data).scan("articles.parquet").collect()
    assert articles["sku"].to_list() == ["TEE-RED", "TEE-BLUE", "HAT"]
    customers = DataFolder(data).scan("customers.parquet").collect()
    assert customers["shop_customer_id"].to_list() == ["ann", "bo"]
    assert customers["customer_id"].to_list() == [hashlib.sha256(who).hexdigest() for who in (b"ann", b"bo")]
    sold = DataFolder(data).scan("transactions.parquet").collect().sort("t_dat", "article")
    assert sold.select("t_dat", "customer", "article", "price", "sales_channel_id").rows() == [
        (date(2025, 3, 1), 0, 1, 12.5, 2),
        (date(2025, 3, 1), 0, 3, 30.0, 2),
        (date(2025, 3, 2), 1, 1, 12.5, 2),
    ]


def test_the_same_exports_give_the_same_files(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    before = content(tmp_path / "data")
    run(exports, tmp_path / "data")
    assert content(tmp_path / "data") == before


def test_prices_of_an_imported_shop_are_as_they_are(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data", currency="chf")
    assert DataFolder(tmp_path / "data").price_unit == 1.0
    facts = DataFolder(tmp_path / "data").shop_facts
    assert facts is not None
    assert (facts.currency, facts.last_day) == ("CHF", date(2025, 3, 2))


def test_what_is_known_of_the_shop_goes_where_the_tables_go(
    exports: Path, tmp_path: Path, tiny_shop: Path
) -> None:
    run(exports, tmp_path / "raw")
    folder = DataFolder(tmp_path / "data")
    convert(tmp_path / "raw", folder)
    assert folder.price_unit == 1.0
    convert(tiny_shop, folder)
    assert folder.price_unit == 590


def test_damaged_facts_of_a_shop_are_named(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    (tmp_path / "data" / "shop.json").write_text('{"price_unit": 0}')
    with pytest.raises(DamagedArtefact, match=r"shop\.json"):
        _ = DataFolder(tmp_path / "data").price_unit


def test_photos_are_found_by_name_and_linked_under_ours(exports: Path, tmp_path: Path) -> None:
    done = run(exports, tmp_path / "data", photos="photos")
    assert done.photos is not None
    assert (done.photos.placed, done.photos.missing, done.photos.unnamed) == (1, 2, 1)
    assert done.photos.example == "blue.jpg"
    photo = tmp_path / "data" / "images" / "000" / "0000000001.jpg"
    assert photo.read_bytes() == b"red"
    # Another photo takes its place, also under another ending.
    (exports / "photos" / "2025" / "Red.JPG").unlink()
    (exports / "photos" / "TEE-RED.png").write_bytes(b"new")
    run(exports, tmp_path / "data", photos="photos")
    assert {path.name: path.read_bytes() for path in photo.parent.iterdir()} == {"0000000001.png": b"new"}


def test_a_folder_of_photos_that_is_not_there_changes_nothing(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    before = content(tmp_path / "data")
    write_exports(exports, [*ORDERS, ("9", "2025-03-09", "HAT", "1,00", "new")], PRODUCTS)
    with pytest.raises(MissingFile, match="no folder"):
        run(exports, tmp_path / "data", photos="fotos")
    assert content(tmp_path / "data") == before


def test_photos_that_came_later_are_placed_although_no_day_is_new(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    convert(tmp_path / "data", DataFolder(tmp_path / "data"))
    write_exports(exports, ORDERS, [("NEW", "new", "New", "red.jpg"), *PRODUCTS])
    done = run(exports, tmp_path / "data", photos="photos")
    assert "Nothing is new" in done.remarks[-1]
    # The new article has no number yet: its photo waits for it.
    photos = (tmp_path / "data" / "images").rglob("*.*")
    assert [path.name for path in photos] == ["0000000001.jpg"]


def test_another_shop_that_was_imported_is_never_written_over(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    before = content(tmp_path / "data")
    write_exports(exports, [("1", "2025-04-01", "SOFA", "900,00", "zoe")], [("SOFA", "sofa", "Sofa", "")])
    with pytest.raises(WouldLose, match="none of the SKUs of these exports is known"):
        run(exports, tmp_path / "data", afresh=True)
    assert content(tmp_path / "data") == before


def test_a_later_export_may_name_new_articles_alone_beside_old_ones_that_were_sold(
    exports: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run(exports, data, products=[], unknown_products="add")
    write_exports(exports, [*ORDERS, ("9", "2025-03-09", "NEW", "1,00", "ann")], PRODUCTS)
    assert run(exports, data, products=[], unknown_products="add").articles == 1
    assert pl.read_csv(data / "articles.csv")["sku"].to_list() == ["HAT", "TEE-RED", "NEW"]


def test_days_that_were_never_converted_do_not_make_way_for_later_ones(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(exports, data)
    before = content(data)
    write_exports(exports, [("9", "2025-03-09", "HAT", "1,00", "new")], PRODUCTS)
    with pytest.raises(WouldLose, match="has purchases from 2025-03-01, these exports only from 2025-03-09"):
        run(exports, data)
    assert content(data) == before
    assert run(exports, data, afresh=True).purchases == 1


def test_days_that_were_never_converted_are_not_lost_to_an_export_that_ends_before_them(
    exports: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run(exports, data)
    before = content(data)
    write_exports(exports, ORDERS[:2], PRODUCTS)
    with pytest.raises(
        WouldLose, match="has purchases up to 2025-03-02, these exports only up to 2025-03-01"
    ):
        run(exports, data)
    assert content(data) == before
    assert run(exports, data, afresh=True).purchases == 2


def test_an_import_that_another_one_overtakes_writes_nothing(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_exports(tmp_path / "other", [*ORDERS, ("3", "2025-03-03", "SOCK", "5,00", "cy")],
                  [*PRODUCTS, ("SOCK", "sock", "Sock", "")])  # fmt: skip
    write_exports(
        exports, [*ORDERS, ("3", "2025-03-03", "BELT", "5,00", "cy")], [*PRODUCTS, ("BELT", "b", "Belt", "")]
    )
    overtaken = []

    def overtake(*given: object) -> pl.DataFrame:
        if not overtaken:
            overtaken.append(True)
            run(tmp_path / "other", data)
        return articles_of(*given)  # type: ignore[arg-type]

    with (
        patch("stylo.importing.shop.articles_of", side_effect=overtake),
        pytest.raises(Busy, match="Another import has written"),
    ):
        run(exports, data)
    assert pl.read_csv(data / "articles.csv")["sku"].to_list()[-1] == "SOCK"
    # Then it gives the next number.
    run(exports, data)
    rows = pl.read_csv(data / "articles.csv", infer_schema=False).select("sku", "article_id").rows()
    assert rows[-2:] == [("SOCK", "0000000004"), ("BELT", "0000000005")]


def test_what_a_later_export_does_not_say_of_a_customer_stays(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (exports / "customers.csv").write_text("customer;age;plz;newsletter\nann;34;10115;ja\nbo;40;;\n")
    run(exports, data, customers="customers.csv")
    run(exports, data)
    rows = pl.read_csv(data / "customers.csv").select("shop_customer_id", "age", "postal_code", "FN").rows()
    assert rows == [("ann", 34, 10115, 1), ("bo", 40, None, None)]


def test_a_damaged_file_of_the_last_import_is_named(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    (tmp_path / "data" / "articles.csv").write_text("article_id\n0000000001\n")
    with pytest.raises(DamagedArtefact, match=r"articles\.csv cannot be read"):
        run(exports, tmp_path / "data")


def test_articles_that_an_earlier_version_imported_get_their_other_skus(
    exports: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    sizes = [(f"TEE-{size}", "tee", "Tee", size) for size in "SML"]
    write_exports(exports, [("1", "2025-03-01", "TEE-M", "9,00", "ann")], sizes)
    (exports / "products.csv").write_text((exports / "products.csv").read_text().replace("photo", "size", 1))
    run(exports, data)
    rows = pl.read_csv(data / "articles.csv", infer_schema=False)
    assert rows.select("sku", "other_skus").rows() == [("TEE-S", "TEE-M\tTEE-L")]
    rows.drop("other_skus").write_csv(data / "articles.csv")
    run(exports, data)
    assert pl.read_csv(data / "articles.csv")["other_skus"].to_list() == ["TEE-M\tTEE-L"]
    convert(data, DataFolder(data))
    ids = DataFolder(data).article_ids()
    assert {ids.id(ids.number(sku)) for sku in ("TEE-S", "TEE-M", "TEE-L")} == {"TEE-S"}


def test_a_later_export_gives_the_days_that_are_new(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(exports, data)
    folder = DataFolder(data)
    convert(data, folder)
    later = [("2", "2025-03-02", "TEE-RED", "12,50", "bo"), ("3", "2025-03-05", "SOCK", "5,00", "cy")]
    write_exports(exports, later, [("SOCK", "sock", "Sock", ""), *PRODUCTS[1:]])
    done = run(exports, data)
    assert done.new_days == data / "new" / "orders-2025-03-05-to-2025-03-05.csv"
    assert done.purchases == 1
    assert any("1 purchases up to 2025-03-02" in remark for remark in done.remarks)
    append(done.new_days, data, folder)
    articles = folder.scan("articles.parquet").select("article", "sku").collect()
    assert articles.rows() == [(1, "TEE-RED"), (2, "TEE-BLUE"), (3, "HAT"), (4, "SOCK")]
    assert folder.scan("customers.parquet").collect()["shop_customer_id"].to_list() == ["ann", "bo", "cy"]
    assert folder.scan("transactions.parquet").collect().height == 4


def test_a_later_export_without_new_days_changes_nothing(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    convert(tmp_path / "data", DataFolder(tmp_path / "data"))
    before = content(tmp_path / "data")
    done = run(exports, tmp_path / "data")
    assert "Nothing is new" in done.remarks[-1]
    assert content(tmp_path / "data") == before


def test_afresh_writes_all_days_again_with_the_same_numbers(exports: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(exports, data)
    convert(data, DataFolder(data))
    write_exports(exports, [("1", "2025-03-01", "HAT", "29,00", "ann")], PRODUCTS[::-1])
    done = run(exports, data, afresh=True)
    assert done.new_days is None
    rows = pl.read_csv(data / "transactions_train.csv", schema_overrides={"article_id": pl.String})
    assert rows.select("t_dat", "article_id", "price").rows() == [("2025-03-01", "0000000003", 29.0)]


def test_another_shop_is_never_written_over(exports: Path, tiny_shop: Path) -> None:
    before = content(tiny_shop)
    with pytest.raises(WouldLose, match="holds another shop"):
        run(exports, tiny_shop)
    assert content(tiny_shop) == before


def test_another_currency_than_before_is_refused(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data", currency="EUR")
    with pytest.raises(BadOption, match="Earlier imports are in EUR"):
        run(exports, tmp_path / "data", currency="USD")


@pytest.mark.parametrize("name", ["orders.csv", "products.csv"])
@pytest.mark.parametrize("wrong", ["", "no;columns;of;ours\n1;2;3;4\n", "{}"])
def test_an_export_that_is_no_good_leaves_all_as_it_was(
    exports: Path, tmp_path: Path, name: str, wrong: str
) -> None:
    run(exports, tmp_path / "data")
    before = content(tmp_path / "data")
    (exports / name).write_text(wrong)
    with pytest.raises(Exception, match=name):
        run(exports, tmp_path / "data")
    assert content(tmp_path / "data") == before


def test_an_interrupt_while_writing_leaves_all_as_it_was(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "data")
    before = content(tmp_path / "data")
    write_exports(exports, [*ORDERS, ("9", "2025-03-09", "HAT", "1,00", "new")], PRODUCTS)
    with (
        patch("stylo.importing.numbers.OwnNumbers.save", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        run(exports, tmp_path / "data")
    assert content(tmp_path / "data") == before


def test_a_bundle_of_unknown_parts_is_refused(exports: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"\[bundles\] 'HAT' names what no product export has"):
        run(exports, tmp_path / "data", bundles={"HAT": ["TEE-RED", "GONE"]})


def test_a_parent_of_woocommerce_is_an_article_only_if_it_was_sold(exports: Path, tmp_path: Path) -> None:
    header = "ID,Type,SKU,Name,Parent,Regular price"
    rows = [
        "1,variable,TEE,Tee,,",
        "2,variation,TEE-R,Tee - Red,TEE,9",
        "3,variable,CAP,Cap,,",
        "4,variation,CAP-R,Cap - Red,CAP,5",
    ]
    (exports / "products.csv").write_text("\n".join([header, *rows]) + "\n")
    (exports / "orders.csv").write_text(
        "order_id,order_date,status,billing_email,item_sku,item_quantity,item_total\n"
        "1,2025-03-01 10:00:00,completed,a@x.de,TEE,1,9.00\n1,2025-03-01 10:00:00,completed,a@x.de,CAP-R,1,5.00\n"
    )
    done = run(exports, tmp_path / "data", **{"from": "woocommerce"})
    skus = pl.read_csv(tmp_path / "data" / "articles.csv")["sku"].to_list()
    assert (skus, done.purchases) == (["TEE-R", "CAP-R", "TEE"], 2)


def test_customers_of_a_file_have_ages_and_those_who_never_bought_are_there(
    exports: Path, tmp_path: Path
) -> None:
    (exports / "customers.csv").write_text(
        "Customer;Geburtsdatum;PLZ;Newsletter\nann;1990-03-03;10115;ja\nbo;;;nein\nzoe;1800-01-01;20095;\n"
    )
    run(exports, tmp_path / "data", customers="customers.csv")
    convert(tmp_path / "data", DataFolder(tmp_path / "data"))
    rows = read_table(tmp_path / "data" / "customers.parquet")
    # On the last day of the orders, 2 March 2025, ann is 34 until tomorrow.
    assert rows.select("shop_customer_id", "age", "postal_code", "FN", "fashion_news_frequency").rows() == [
        ("ann", 34, "10115", 1, "Regularly"),
        ("bo", None, None, 0, "NONE"),
        ("zoe", None, "20095", None, None),
    ]


def test_an_import_without_products_needs_a_word_from_the_shop(exports: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="No product export is named"):
        run(exports, tmp_path / "data", products=[])
    run(exports, tmp_path / "data", products=[], unknown_products="add")
    assert pl.read_csv(tmp_path / "data" / "articles.csv")["sku"].to_list() == ["HAT", "TEE-RED"]


def command(*words: str | Path) -> tuple[int, str]:
    done = run_here("-c", "from stylo.cli import main; main()", "import", *words)
    return done.returncode, done.stdout + done.stderr


def test_the_command_tells_what_was_matched_what_not_and_what_was_left_out(tmp_path: Path) -> None:
    orders = [
        {"Name": "#1", "Email": "a@x.de", "Created at": "2025-03-01 10:00:00 +0100", "Lineitem sku": "A",
         "Lineitem price": 5, "Lineitem quantity": 1, "Currency": "EUR"},
        {"Name": "#2", "Email": "b@x.de", "Created at": "2025-03-02 10:00:00 +0100", "Lineitem sku": "A",
         "Lineitem price": 5, "Lineitem quantity": 1, "Currency": "EUR", "Cancelled at": "2025-03-03"},
    ]  # fmt: skip
    write_csv(tmp_path / "o.csv", SHOPIFY_ORDERS, orders)
    write_csv(tmp_path / "p.csv", SHOPIFY_PRODUCTS, [{"Handle": "a", "Title": "A tee", "Variant SKU": "A"}])
    files = ("--orders", tmp_path / "o.csv", "--products", tmp_path / "p.csv")
    status, told = command("--from", "shopify", *files, "--data", tmp_path / "data")
    assert status == 0, told
    flat = " ".join(told.split())
    assert "sku (SKU of the article) Lineitem sku" in flat
    assert "orders: nothing was taken from Paid at, Fulfillment Status" in flat
    assert "2 order lines: 1 purchases in EUR of 1 articles by 1 customers, 2025-03-01 to 2025-03-01." in flat
    assert "Left out: 1 lines of cancelled orders. For example '#2 A'." in flat
    assert ShopFacts.load(tmp_path / "data" / "shop.json", "").currency == "EUR"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('from = "magento"\n', "from"),
        ('order = "x.csv"\n', "order"),
        ("orders = 7\n", "orders"),
        ("orders = \n", "cannot be read"),
        ('orders = "none.csv"\nproducts = "products.csv"\n', "none.csv is not there"),
        ('products = "products.csv"\n', "No order export is named"),
        (
            'orders = "orders.csv"\nproducts = "products.csv"\n[columns.orders]\nsku = "SKUs"\n',
            "no column 'SKUs'",
        ),
    ],
)
def test_settings_that_are_no_good_end_with_status_2(
    exports: Path, tmp_path: Path, toml: str, told: str
) -> None:
    (exports / "shop.toml").write_text(toml)
    status, output = command(exports / "shop.toml", "--data", tmp_path / "data")
    assert (status, told in " ".join(output.split())) == (2, True), output


def test_an_unknown_template_ends_with_status_2(tmp_path: Path) -> None:
    status, told = command("--from", "magento", "--orders", "x.csv", "--data", tmp_path)
    assert (status, "There are: csv, shopify, woocommerce" in told) == (2, True)


def test_orders_and_products_of_two_shops_write_nothing(exports: Path, tmp_path: Path) -> None:
    write_exports(exports, ORDERS, [("OTHER", "x", "X", "")])
    with pytest.raises(BadRows, match="No order line names an article"):
        run(exports, tmp_path / "data")
    assert not (tmp_path / "data").exists()
