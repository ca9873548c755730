"""A made-up shop of its own as Shopify exports it: SKUs of twelve characters, nine months, one channel, no ages."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

FIRST_DAY, DAYS = date(2025, 1, 1), 270
SHOPIFY_ORDERS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Zip",
    "Notes", "Cancelled at", "Payment Method", "Refunded Amount", "Vendor", "Id", "Tags", "Risk Level", "Source",
    "Lineitem discount", "Phone",
)  # fmt: skip
SHOPIFY_PRODUCTS = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published", "Option1 Name",
    "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams",
    "Variant Inventory Qty", "Variant Price", "Variant Compare At Price", "Image Src", "Image Position",
    "Google Shopping / Gender", "Variant Image", "Status",
)  # fmt: skip
_TYPES = ("T-Shirt", "Dress", "Jeans", "Jacket", "Sneaker", "Bag")
_COLOURS = {"Red": (190, 30, 40), "Navy": (25, 35, 90), "Black": (20, 20, 20), "Olive": (90, 100, 40)}
_SIZES = ("S", "M", "L")

Row = Mapping[str, object]


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Row], **style: str) -> None:
    """Rows under a header; cells that a row lacks are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, header, restval="", **style)  # type: ignore[arg-type]
        table.writeheader()
        table.writerows(rows)


def shopify_products(products: int) -> list[Row]:
    """Each product in two colours and three sizes: the first row says what all of them share."""
    rows: list[Row] = []
    for n in range(products):
        kind, handle = _TYPES[n % len(_TYPES)], f"product-{n:03d}"
        colours = list(_COLOURS)[n % 3 : n % 3 + 2]
        first = True
        for colour in colours:
            for size in _SIZES:
                row: dict[str, object] = {
                    "Handle": handle,
                    "Option1 Value": colour,
                    "Option2 Value": size,
                    "Variant SKU": sku(n, colour, size),
                    "Variant Price": f"{price(n):.2f}",
                    "Variant Image": f"https://cdn.example.com/files/{handle}-{colour.lower()}.jpg?v=17",
                }
                if first:
                    row |= {
                        "Title": f"{kind} No. {n}",
                        "Body (HTML)": f"<p>A {kind.lower()} of <b>cotton</b> &amp; care.<br>Two\nlines.</p>",
                        "Vendor": f"Brand {n % 7}",
                        "Product Category": f"Apparel & Accessories > Clothing > {kind}s",
                        "Type": kind,
                        "Tags": "women, summer" if n % 2 else "men, basics",
                        "Published": "TRUE",
                        "Option1 Name": "Color",
                        "Option2 Name": "Size",
                        "Image Src": f"https://cdn.example.com/files/{handle}.jpg?v=17",
                        "Image Position": 1,
                        "Status": "active",
                    }
                rows.append(row)
                first = False
        rows.append(
            {
                "Handle": handle,
                "Image Src": f"https://cdn.example.com/files/{handle}-back.jpg",
                "Image Position": 2,
            }
        )
    return rows


def sku(product: int, colour: str, size: str) -> str:
    """Twelve characters."""
    return f"SKU-{product:03d}-{colour[:2].upper()}-{size}"


def price(product: int) -> float:
    return 9.95 + 5 * (product % 12)


def shopify_orders(products: int, customers: int, *, seed: int = 5) -> list[Row]:
    """Orders by time; of an order of several lines only the first says whose it is. Some are cancelled or refunded.

    A customer has a taste, one type of product, and now and then buys again what they have.
    """
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    number = 1000
    wardrobes: dict[int, list[int]] = {}
    for day in range(DAYS):
        for customer in np.flatnonzero(random.random(customers) < 0.05).tolist():
            number += 1
            at = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time()) + timedelta(
                hours=int(random.integers(7, 22)), minutes=int(random.integers(60))
            )
            mine = wardrobes.setdefault(customer, [])
            status = random.choice(
                ["paid", "paid", "paid", "paid", "refunded"], p=[0.3, 0.3, 0.2, 0.15, 0.05]
            )
            for line in range(int(random.integers(1, 4))):
                if mine and random.random() < 0.35:
                    product = int(random.choice(mine))
                else:
                    taste = customer % len(_TYPES)
                    product = int(random.integers(products // len(_TYPES)) * len(_TYPES) + taste) % products
                mine.append(product)
                colour = list(_COLOURS)[product % 3 + customer % 2]
                size = _SIZES[customer % 3]
                row: dict[str, object] = {
                    "Name": f"#{number}",
                    "Email": f"Person{customer}@Example.com",
                    "Created at": f"{at:%Y-%m-%d %H:%M:%S} +0100",
                    "Lineitem quantity": 1 + int(random.random() < 0.05),
                    "Lineitem name": f"{_TYPES[product % len(_TYPES)]} No. {product} - {colour} / {size}",
                    "Lineitem price": f"{price(product):.2f}",
                    "Lineitem sku": sku(product, colour, size),
                    "Lineitem fulfillment status": "fulfilled",
                }
                if line == 0:
                    row |= {
                        "Financial Status": status,
                        "Currency": "EUR",
                        "Accepts Marketing": "yes" if customer % 3 else "no",
                        "Billing Zip": f"'{10000 + customer}",
                        "Source": "web",
                        "Cancelled at": f"{at:%Y-%m-%d %H:%M:%S} +0100" if number % 40 == 0 else "",
                    }
                rows.append(row)
    return rows


def write_photos(folder: Path, products: int) -> None:
    """A small photo of each colour of so many products, under the names in the product export."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(3)
    for n in range(products):
        for colour in list(_COLOURS)[n % 3 : n % 3 + 2]:
            pixels = np.full((64, 48, 3), 255, dtype=np.uint8)
            top, left = 6 + n % 7, 4 + n % 5
            pixels[top : 60 - n % 9, left : 44 - n % 11] = _COLOURS[colour]
            pixels[::8, left : 44 - n % 11] ^= np.uint8(random.integers(64))
            Image.fromarray(pixels).save(folder / f"product-{n:03d}-{colour.lower()}.jpg", quality=85)


def write_shopify_exports(folder: Path, products: int = 300, customers: int = 250, photos: int = 20) -> None:
    """`orders_export.csv`, `products_export.csv`, `photos/` and a `shop.toml` that names them."""
    folder.mkdir(parents=True)
    write_csv(folder / "orders_export.csv", SHOPIFY_ORDERS, shopify_orders(products, customers))
    write_csv(folder / "products_export.csv", SHOPIFY_PRODUCTS, shopify_products(products))
    write_photos(folder / "photos", photos)
    (folder / "shop.toml").write_text(
        'from = "shopify"\norders = "orders_export.csv"\nproducts = "products_export.csv"\nphotos = "photos"\n'
        'time_zone = "Europe/Berlin"\n'
    )
