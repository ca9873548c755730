"""How long `stylo import` takes for a Shopify order export of a million lines: wall time, processor time, memory.

    python -m benchmarks.importing                       # 1,000,000 lines, 20,000 products, 200,000 customers
    python -m benchmarks.importing --lines 100000 --runs 3

The exports are made first, with all 79 columns of Shopify's; each import is a process of its own.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from benchmarks.processes import median, run

_PER_ORDER, _DAYS = 2.5, 730
#: Columns of an order export that the import does not need; they are there to be passed over.
_OTHERS = [
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Shipping Method",
    "Lineitem compare at price",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Billing Name",
    "Billing Street",
    "Billing Address1",
    "Billing Address2",
    "Billing Company",
    "Billing City",
    "Billing Province",
    "Billing Country",
    "Billing Phone",
    "Shipping Name",
    "Shipping Street",
    "Shipping Address1",
    "Shipping Address2",
    "Shipping Company",
    "Shipping City",
    "Shipping Zip",
    "Shipping Province",
    "Shipping Country",
    "Shipping Phone",
    "Notes",
    "Note Attributes",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Employee",
    "Location",
    "Device ID",
    "Id",
    "Tags",
    "Risk Level",
    "Tax 1 Name",
    "Tax 1 Value",
    "Tax 2 Name",
    "Tax 2 Value",
    "Tax 3 Name",
    "Tax 3 Value",
    "Tax 4 Name",
    "Tax 4 Value",
    "Tax 5 Name",
    "Tax 5 Value",
    "Phone",
    "Receipt Number",
    "Duties",
    "Billing Province Name",
    "Shipping Province Name",
    "Payment ID",
    "Payment Terms Name",
    "Next Payment Due At",
    "Payment References",
]


def main(
    lines: Annotated[int, typer.Option(help="Order lines.")] = 1_000_000,
    products: Annotated[int, typer.Option(help="Products, each in four variants.")] = 20_000,
    customers: Annotated[int, typer.Option(help="Customers.")] = 200_000,
    runs: Annotated[int, typer.Option(help="How many imports; the table shows the median.")] = 1,
) -> None:
    """Prints one table."""
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        _orders(lines, products, customers).write_csv(work / "orders.csv")
        _products(products).write_csv(work / "products.csv")
        size = (work / "orders.csv").stat().st_size / 1e6
        command = [
            sys.executable, "-c", "from stylo.cli import main; main()", "import", "--from", "shopify",
            "--orders", str(work / "orders.csv"), "--products", str(work / "products.csv"), "--afresh",
        ]  # fmt: skip
        usages = [run([*command, "--data", str(work / f"data{n}")]) for n in range(runs)]
        usage = median(usages)
        print("| order lines | MB | seconds | processor seconds | MB of memory |\n|---|---|---|---|---|")
        memory = usage.peak_bytes / 1e6
        print(f"| {lines:,} | {size:,.0f} | {usage.wall:.1f} | {usage.cpu:.1f} | {memory:,.0f} |")


def _orders(lines: int, products: int, customers: int) -> pl.DataFrame:
    """Orders by time; only the first line of each has the facts of the order."""
    random = np.random.default_rng(1)
    order = np.sort(random.integers(0, int(lines / _PER_ORDER), lines))
    first = np.append(True, order[1:] != order[:-1])
    buyer = random.integers(0, customers, order.max() + 1)[order]
    variant = random.integers(0, products * 4, lines)
    moment = np.datetime64("2024-01-01T00:00:00", "ms") + (
        order * (_DAYS * 86_400 / (order.max() + 1))
    ).astype("m8[s]")
    at = pl.Series(moment).dt.to_string("%Y-%m-%d %H:%M:%S +0100")

    def of_order(values: pl.Series | pl.Expr) -> pl.Series:
        return pl.select(pl.when(pl.Series(first)).then(values)).to_series()

    price = np.round((variant % 90 + 10) + 0.95, 2)
    pieces = random.choice([1, 2], lines, p=[0.95, 0.05])
    off_line = random.choice([0.0, 2.0], lines, p=[0.9, 0.1])
    off_order = random.choice([0.0, 5.0], lines, p=[0.8, 0.2])
    costs = np.bincount(order, price * pieces - off_line)[order]
    subtotal = pl.Series(np.round(np.maximum(costs - off_order, 0), 2))
    facts = {
        "Name": pl.select(pl.format("#{}", pl.Series(order + 1001))).to_series(),
        "Email": pl.select(pl.format("customer{}@example.com", pl.Series(buyer))).to_series(),
        "Financial Status": of_order(pl.Series(random.choice(["paid", "refunded"], lines, p=[0.95, 0.05]))),
        "Accepts Marketing": of_order(pl.lit("yes")),
        "Currency": of_order(pl.lit("EUR")),
        "Created at": at,
        "Lineitem quantity": pl.Series(pieces),
        "Lineitem discount": pl.Series(off_line),
        "Subtotal": of_order(subtotal),
        "Discount Amount": of_order(pl.Series(off_order)),
        "Lineitem name": pl.select(pl.format("Product {} - Red / M", pl.Series(variant // 4))).to_series(),
        "Lineitem price": pl.Series(price),
        "Lineitem sku": pl.select(
            pl.format("SKU-{}", pl.Series(variant).cast(pl.String).str.zfill(8))
        ).to_series(),
        "Lineitem fulfillment status": pl.repeat("fulfilled", lines, eager=True),
        "Billing Zip": of_order(pl.Series(buyer % 90_000 + 10_000)),
        "Cancelled at": pl.repeat(None, lines, dtype=pl.String, eager=True),
        "Source": of_order(pl.lit("web")),
    }
    others = {name: of_order(pl.lit(name[:12])) for name in _OTHERS}
    return pl.DataFrame({name: column.alias(name) for name, column in (facts | others).items()})


def _products(products: int) -> pl.DataFrame:
    """Two colours and two sizes of each."""
    number = np.repeat(np.arange(products), 4)
    place = np.tile(np.arange(4), products)
    first = pl.Series(place == 0)
    text = "<p>Soft &amp; warm, for every day.</p>" * 5
    return pl.DataFrame(
        {
            "Handle": pl.select(pl.format("product-{}", pl.Series(number))).to_series(),
            "Title": pl.select(pl.when(first).then(pl.format("Product {}", pl.Series(number)))).to_series(),
            "Body (HTML)": pl.select(pl.when(first).then(pl.lit(text))).to_series(),
            "Type": pl.select(pl.when(first).then(pl.lit("Shirt"))).to_series(),
            "Option1 Name": pl.select(pl.when(first).then(pl.lit("Color"))).to_series(),
            "Option1 Value": pl.Series(np.array(["Red", "Blue"])[place // 2]),
            "Option2 Name": pl.select(pl.when(first).then(pl.lit("Size"))).to_series(),
            "Option2 Value": pl.Series(np.array(["M", "L"])[place % 2]),
            "Variant SKU": pl.select(
                pl.format("SKU-{}", pl.Series(number * 4 + place).cast(pl.String).str.zfill(8))
            ).to_series(),
            "Variant Price": pl.Series((number * 4 + place) % 90 + 10.95).round(2),
        }
    )


if __name__ == "__main__":
    typer.run(main)
