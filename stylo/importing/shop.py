"""From a shop's exports to its CSVs: everything is read and checked first, then written all together.

    exports ──▶ variants, purchases, customers ──▶ articles.csv, customers.csv, transactions_train.csv
                                                   import_numbers.csv, shop.json; then photos

A later import, once the CSVs were converted, gives later days only, as a file in `new/`; numbers never change, and
articles and customers that are gone from the exports stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from stylo import __version__
from stylo.artefacts import writing
from stylo.errors import BadOption
from stylo.importing.articles import articles_of, with_numbers
from stylo.importing.customers import customer_ids, customers_of
from stylo.importing.earlier import EarlierImports
from stylo.importing.export_file import Export, ExportFile, check_there, read_all, with_rows
from stylo.importing.json_export import JsonExport, is_json
from stylo.importing.left_out import LeftOut
from stylo.importing.matching import MatchedColumns, matched
from stylo.importing.numbers import FILE as NUMBERS_FILE
from stylo.importing.order_lines import KnownProducts
from stylo.importing.orders import ImportedPurchases, read_purchases
from stylo.importing.photos import PhotosPlaced, check_photos, place_photos
from stylo.importing.products import VARIANTS, ProductVariants, almost_alike, read_variants
from stylo.importing.templates import TEMPLATES
from stylo.progress import SILENT, Progress
from stylo.records.importing import SHOP_FILE, ImportSettings, ShopFacts
from stylo.tables.ids import article_ids
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV
from stylo.time_zone import TimeZone

INBOX = "new"
_CUT_BY_A_SPREADSHEET = r"^\d[.,]\d+E\+\d+$"


@dataclass(frozen=True)
class Imported:
    """What an import did.

    matches : table → what was matched in its first file.   new_days : the file of later days, None if all are in
    `transactions_train.csv` or there are none.   first, last : days of the purchases written; None if nothing was.
    discounted : lines of purchases that cost less than their list price, by `discounts` in all.
    """

    articles: int
    variants: int
    customers: int
    purchases: int
    lines: int
    cancelled: int
    first: date | None
    last: date | None
    currency: str
    matches: Mapping[str, MatchedColumns]
    left_out: list[LeftOut]
    remarks: list[str] = field(default_factory=list)
    new_days: Path | None = None
    photos: PhotosPlaced | None = None
    discounted: int = 0
    discounts: float = 0.0


def import_shop(
    settings: ImportSettings,
    place: Path,
    folder: Path,
    images: Path,
    *,
    afresh: bool = False,
    today: date | None = None,
    progress: Progress = SILENT,
) -> Imported:
    """Reads the exports that `settings` names and writes the CSVs into `folder`, and the photos into `images`.

    Parameters
    ----------
    place : the folder from which the paths in `settings` count.
    afresh : write all purchases again, even if the CSVs were converted since.
    today : the shop's day, which is not over; None takes every day.

    Raises what reading raises; BadOption where `settings` contradict the files; WouldLose where `folder` holds another
    shop; Busy where another import writes, or has written meanwhile. All files are as before then.
    """
    template = TEMPLATES[settings.template]
    zone = TimeZone.named(settings.time_zone)
    before = EarlierImports.open(folder)
    if not settings.orders:
        raise BadOption(
            "No order export is named.", cure='Name it: orders = "orders.csv" in shop.toml, or --orders.'
        )
    if settings.photos:
        check_photos(place / settings.photos)
    remarks: list[str] = []
    matches: dict[str, MatchedColumns] = {}
    read: dict[str, pl.DataFrame] = {}
    for name in ("orders", "products", "customers"):
        paths = [place / path for path in getattr(settings, name)]
        if not paths:
            continue
        files, empty = with_rows([_opened(path, name, settings) for path in paths], name)
        found = [matched(file, name, template, getattr(settings.columns, name)) for file in files]
        read[name], repeated = read_all(files, [each.columns for each in found])
        matches[name] = found[0]
        remarks += [*empty, *(remark for file in files for remark in file.remarks)]
        if repeated:
            remarks.append(f"{name}: {repeated:,} rows that repeat the header were passed over.")
        progress.note(f"{name}: {read[name].height:,} rows, {len(found[0].columns)} columns matched")
    variants = _variants(read, settings)
    remarks += _odd_skus(variants.table["sku"])
    numbers = before.numbers
    # What earlier exports had is bought by its SKU even if these do not have it any more.
    earlier = numbers.pairs("article").rename({"own_id": "sku", "number": "article"})
    everything = pl.concat(
        [variants.table, variants.if_sold, variants.gift_cards, earlier.select("sku")], how="diagonal"
    )
    everything = everything.unique("sku", keep="first", maintain_order=True)
    list_prices = everything.select("sku", "price")
    _check_bundles(settings, everything["sku"])
    purchases = read_purchases(
        read["orders"],
        KnownProducts.of(everything),
        settings,
        template,
        today,
        list_prices,
        variants.gift_cards["sku"],
    )
    remarks += purchases.remarks
    table = _sold_variants(variants, purchases.table, read["orders"], earlier["sku"])
    before.check_same_shop(pl.concat([table["sku"], purchases.table["sku"]]))
    table = with_numbers(table, numbers, merge_sizes=settings.sizes == "merge")
    if merged := table.height - table["article"].n_unique():
        remarks.append(
            f"{merged:,} variants differ from another one only in size and are one article with it; "
            'sizes = "keep" in shop.toml keeps them apart.'
        )
    articles = articles_of(table, numbers)
    known = pl.concat([table.select("sku", "article"), earlier]).unique("sku", keep="first")
    sold = purchases.table.join(known, on="sku", maintain_order="left")
    customers, unfit = customers_of(
        sold,
        read.get("customers"),
        settings.dates,
        zone,
        sold["t_dat"].max(),  # type: ignore[arg-type]
    )
    left_out = [*variants.left_out, *purchases.left_out, *unfit]
    first, last, new_days, rows, told = _write(
        folder, sold, articles, customers, settings, purchases, before, afresh=afresh
    )
    # If no table was written, new articles have no number yet that would stay.
    of_numbers = table if first else table.filter(pl.col("sku").is_in(earlier["sku"].implode()))
    photos = place_photos(of_numbers, place / settings.photos, images) if settings.photos else None
    return Imported(
        articles.height,
        table.height,
        customers.height,
        rows,
        purchases.lines,
        purchases.cancelled,
        first,
        last,
        purchases.currency,
        matches,
        left_out,
        [*remarks, *told],
        new_days,
        photos,
        purchases.discounted,
        purchases.discounts,
    )


def _opened(path: Path, table: str, settings: ImportSettings) -> Export:
    check_there(path)
    if is_json(path):
        return JsonExport(path, table)
    return ExportFile(path, settings.separator, settings.encoding)


def _variants(read: Mapping[str, pl.DataFrame], settings: ImportSettings) -> ProductVariants:
    if "products" in read:
        return read_variants(read["products"], settings.decimal, TEMPLATES[settings.template].hidden)
    nothing = pl.DataFrame(schema=VARIANTS)
    if settings.unknown_products != "add":
        raise BadOption(
            "No product export is named.",
            cure='Name it: products = "products.csv" in shop.toml, or --products. Without one, '
            'unknown_products = "add" makes articles of what the orders say.',
        )
    return ProductVariants(nothing, nothing)


def _sold_variants(
    variants: ProductVariants, sold: pl.DataFrame, orders: pl.DataFrame, earlier: pl.Series
) -> pl.DataFrame:
    """All variants, those `if_sold` that were, and what only orders know.

    earlier : SKUs of earlier imports, whose articles are there.
    """
    skus = sold["sku"].unique()
    table = pl.concat([variants.table, variants.if_sold.filter(pl.col("sku").is_in(skus.implode()))])
    there = pl.concat([table["sku"], earlier])
    missing = skus.filter(~skus.is_in(there.implode())).sort()
    if missing.is_empty():
        return table
    own = pl.coalesce([name for name in ("sku", "name") if name in orders.columns])
    name = pl.col("name") if "name" in orders.columns else pl.lit(None, pl.String)
    names = (
        orders.select(sku=own, name=name).drop_nulls("sku").unique("sku", keep="last", maintain_order=True)
    )
    rows = missing.to_frame("sku").join(names, on="sku", how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("name", "sku").alias("name"), pl.col("sku").alias("product"))
    return pl.concat([table, rows.cast({}).select("sku", "product", "name")], how="diagonal")


def _odd_skus(skus: pl.Series) -> list[str]:
    told = []
    if odd := almost_alike(skus):
        shown = ", ".join(map(repr, odd[:4]))
        told.append(
            f"{len(odd):,} SKUs differ from another one only in case or blanks; each is its own: {shown}."
        )
    if len(cut := skus.filter(skus.str.contains(_CUT_BY_A_SPREADSHEET))):
        told.append(
            f"{len(cut):,} SKUs look as if a spreadsheet had shortened them, as {cut[0]!r}: export them again and "
            "import the file as it is."
        )
    return told


def _check_bundles(settings: ImportSettings, skus: pl.Series) -> None:
    known = set(skus)
    for bundle, parts in settings.bundles.items():
        if unknown := [part for part in parts if part not in known] or not parts:
            raise BadOption(
                f"[bundles] {bundle!r} names what no product export has.",
                where=f"{unknown!r}",
                cure="Name the SKUs of its parts.",
            )


def _write(
    folder: Path,
    sold: pl.DataFrame,
    articles: pl.DataFrame,
    customers: pl.DataFrame,
    settings: ImportSettings,
    purchases: ImportedPurchases,
    before: EarlierImports,
    *,
    afresh: bool,
) -> tuple[date | None, date | None, Path | None, int, list[str]]:
    """First and last day that were written, the file of later days, how many rows, and remarks."""
    remarks: list[str] = []
    target = folder / TRANSACTIONS_CSV.file
    was = before.facts
    adds = was is not None and not afresh and before.converted
    if adds and was and was.last_day:
        known = sold.filter(pl.col("t_dat") <= was.last_day).height
        sold = sold.filter(pl.col("t_dat") > was.last_day)
        if known:
            remarks.append(
                f"{known:,} purchases up to {was.last_day} are of days that were imported before; they stay as they "
                "were (--afresh writes everything again)."
            )
        if sold.is_empty():
            return None, None, None, 0, [*remarks, "Nothing is new: no file was changed."]
    first, last = sold["t_dat"].min(), sold["t_dat"].max()
    assert isinstance(first, date) and isinstance(last, date)
    if not afresh:
        before.check_days(first, last)
    if was and was.currency and purchases.currency and was.currency != purchases.currency:
        raise BadOption(
            f"Earlier imports are in {was.currency}, this one is in {purchases.currency}.",
            cure=f'Keep to one: currency = "{was.currency}" in shop.toml, or import into another folder.',
        )
    if adds:
        target = folder / INBOX / f"orders-{first}-to-{last}.csv"
    facts = ShopFacts(
        made_by=f"stylo import {__version__}",
        price_unit=1.0,
        currency=purchases.currency,
        prices_include_tax=settings.prices_include_tax,
        time_zone=settings.time_zone,
        last_day=last,
    )
    transactions = sold.select(
        "t_dat",
        customer_ids(sold["shop_customer_id"]).alias("customer_id"),
        article_ids(pl.col("article")).alias("article_id"),
        pl.col("price").cast(pl.Float32),
        "sales_channel_id",
    )
    old_articles, old_customers = before.articles(articles), before.customers(customers)
    for kept, what in ((old_articles, "articles"), (old_customers, "customers")):
        if kept.height:
            remarks.append(f"{kept.height:,} {what} of earlier imports are not in these exports; they stay.")
    files = (
        target,
        folder / ARTICLES_CSV.file,
        folder / CUSTOMERS_CSV.file,
        folder / NUMBERS_FILE,
        folder / SHOP_FILE,
    )
    with writing(*files) as (of_days, of_articles, of_customers, of_numbers, of_facts):
        before.check_unchanged()
        of_days.write_text(transactions.write_csv(), "utf-8")
        of_articles.write_text(_texts(articles, old_articles).sort("article_id").write_csv(), "utf-8")
        of_customers.write_text(_texts(old_customers, before.completed(customers)).write_csv(), "utf-8")
        before.numbers.save(of_numbers)
        of_facts.write_text(facts.to_json() + "\n")
    return first, last, target if adds else None, sold.height, remarks


def _texts(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame.cast(pl.String) for frame in frames])
