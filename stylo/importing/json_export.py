"""Orders, products and customers as the APIs of Shopify and WooCommerce give them, as rows of their CSV exports.

{"orders": [{"name": "#1001", "line_items": [{…}, {…}]}]}     Shopify's Admin API (REST)       one row for each line
[{"number": "727", "line_items": [{…}]}]                       WooCommerce's REST API
[{"sku": "TEE-RED", "price": 9.95}]                            any other: a row for each object

The names of the columns are those of the CSV exports, so that everything behind is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from stylo.errors import BadHeader, BadRows
from stylo.importing.export_file import ExportRows
from stylo.tables.unpacked import unpacked

#: A document is read whole, and takes ten times as much memory.
LARGEST = 256 * 2**20
_MOST_OPTIONS = 10
_TABLES = ("orders", "products", "customers")

Thing = Mapping[str, Any]
Row = dict[str, str | None]


class JsonExport:
    """One file of an API's answer, plain or packed as .gz; as `ExportFile`. An empty page has no header.

    Raises BadHeader or BadRows.
    """

    of_json = True

    def __init__(self, path: Path, table: str) -> None:
        """table : orders, products or customers."""
        self.path, self.remarks = path, list[str]()
        with unpacked(path) as content:
            text = content.read(LARGEST + 1)  # what is packed may be much larger than its file
        if len(text) > LARGEST:
            raise BadRows(
                f"{path} has too many bytes of JSON; at most {LARGEST:,} are read.",
                cure="Export fewer days to a file, and name several files; or export CSV, which may be larger.",
            )
        try:
            # Numbers stay as they are written: a SKU may begin with a zero, a price is no binary fraction.
            document = json.loads(text, parse_float=str, parse_int=str)
        except (ValueError, RecursionError) as error:
            raise BadRows(
                f"{path} is not whole JSON.", where=str(error)[:200], cure="Export it again."
            ) from error
        things = _things(path, document, table)
        self._rows = list[Row]()
        for place, thing in enumerate(things, start=1):
            try:
                self._rows += _ROWS[table](thing)
            except (AttributeError, TypeError, ValueError, KeyError) as error:
                raise BadRows(
                    f"{path}: number {place:,} of its {table} is not as the API gives them.",
                    where=str(error)[:200],
                    cure="Export it again, or export CSV.",
                ) from error
        self.header = list(dict.fromkeys(name for row in self._rows for name in row))

    def read(self, columns: dict[str, str]) -> ExportRows:
        """As `ExportFile.read`."""
        rows = pl.DataFrame(
            {ours: [row.get(theirs) for row in self._rows] for ours, theirs in columns.items()},
            schema=dict.fromkeys(columns, pl.String),
        )
        bare = pl.all().str.strip_chars()
        return ExportRows(rows.select(pl.when(bare != "").then(bare)), 0)


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does. Raises BadArchive."""
    with unpacked(path) as content:
        start = b""
        while not start.strip() and (line := content.readline(1024)):
            start = line.removeprefix(b"\xef\xbb\xbf")
    return start.lstrip()[:1] in (b"{", b"[")


def _things(path: Path, document: Any, table: str) -> list[Thing]:
    found = document
    if isinstance(document, dict):
        found = document.get(table, [document] if "line_items" in document else None)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        keys = ", ".join(map(str, document))[:200] if isinstance(document, dict) else "no objects"
        raise BadHeader(
            f"{path} has no list of {table}.",
            where=f"It has {keys}.",
            cure=f'Export it as {{"{table}": […]}} (Shopify’s REST API) or as a list of objects, or as CSV.',
        )
    return found


def _orders(order: Thing) -> Iterator[Row]:
    lines = order.get("line_items")
    if not isinstance(lines, list):
        yield _flat(order)
    elif "date_created" in order or "date_created_gmt" in order:
        yield from map(_woocommerce_line(order), lines)
    else:
        yield from map(_shopify_line(order), lines)


def _shopify_line(order: Thing) -> Any:
    refunded: dict[str, int] = {}
    for refund in order.get("refunds") or []:
        for each in refund.get("refund_line_items") or []:
            line = str(each.get("line_item_id"))
            refunded[line] = refunded.get(line, 0) + int(each.get("quantity") or 0)
    facts = {
        "Name": _text(order.get("name") or order.get("id")),
        # Who buys at a counter may have no address, and is the same customer next time.
        "Email": _text(
            order.get("email")
            or order.get("contact_email")
            or _in(order, "customer", "email")
            or _in(order, "customer", "id")
        ),
        "Created at": _text(order.get("created_at")),
        "Financial Status": _text(order.get("financial_status")),
        "Cancelled at": _text(order.get("cancelled_at")),
        "Currency": _text(order.get("currency")),
        "Source": _text(order.get("source_name")),
        "Payment Method": "bogus" if order.get("test") is True else None,
        "Billing Zip": _text(_in(order, "billing_address", "zip") or _in(order, "shipping_address", "zip")),
        "Accepts Marketing": _text(order.get("buyer_accepts_marketing")),
    }

    def row(line: Thing) -> Row:
        title, variant = _text(line.get("title")), _text(line.get("variant_title"))
        shares = line.get("discount_allocations")
        # What an order's own discount takes off each line stands there already.
        discount = (
            str(sum(float(each.get("amount") or 0) for each in shares))
            if shares
            else line.get("total_discount")
        )
        return facts | {
            "Lineitem sku": _text(line.get("sku")),
            "Lineitem name": _text(line.get("name")) or " - ".join(filter(None, (title, variant))) or None,
            "Lineitem quantity": _text(line.get("quantity")),
            "Lineitem price": _text(line.get("price")),
            "Lineitem discount": _text(discount),
            "Lineitem refunded quantity": str(refunded.get(str(line.get("id")), 0)),
            "Lineitem gift card": _text(line.get("gift_card")),
        }

    return row


def _woocommerce_line(order: Thing) -> Any:
    at = _text(order.get("date_created_gmt"))
    facts = {
        "order_id": _text(order.get("number") or order.get("id")),
        "order_date": f"{at}Z" if at else _text(order.get("date_created")),
        "status": _text(order.get("status")),
        "currency": _text(order.get("currency")),
        "billing_email": _text(_in(order, "billing", "email")),
        "billing_postcode": _text(_in(order, "billing", "postcode")),
        "created_via": _text(order.get("created_via")),
    }

    def row(line: Thing) -> Row:
        variation = _text(line.get("variation_id"))
        return facts | {
            "item_sku": _text(line.get("sku")),
            "item_name": _text(line.get("name")),
            "item_product_id": variation if variation not in (None, "0") else _text(line.get("product_id")),
            "item_quantity": _text(line.get("quantity")),
            "item_total": _text(line.get("total")),
            "item_subtotal": _text(line.get("subtotal")),
            "item_total_tax": _text(line.get("total_tax")),
        }

    return row


def _products(product: Thing) -> Iterator[Row]:
    if isinstance(product.get("variants"), list):
        yield from _shopify_variants(product)
    elif "attributes" in product or "regular_price" in product:
        yield _woocommerce_product(product)
    else:
        yield _flat(product)


def _shopify_variants(product: Thing) -> Iterator[Row]:
    pictures = {str(each.get("id")): _text(each.get("src")) for each in product.get("images") or []}
    tags = product.get("tags")
    facts: Row = {
        "Handle": _text(product.get("handle") or product.get("id")),
        "Title": _text(product.get("title")),
        "Body (HTML)": _text(product.get("body_html")),
        "Vendor": _text(product.get("vendor")),
        "Type": _text(product.get("product_type")),
        "Tags": ", ".join(map(str, tags)) if isinstance(tags, list) else _text(tags),
        "Status": _text(product.get("status")),
        "Image Src": _text(_in(product, "image", "src")) or next(iter(pictures.values()), None),
    }
    options = (product.get("options") or [])[:_MOST_OPTIONS]
    for variant in product["variants"]:
        row = facts | {
            "Variant SKU": _text(variant.get("sku")),
            "Variant Price": _text(variant.get("price")),
            "Variant Image": pictures.get(str(variant.get("image_id"))),
        }
        for n, option in enumerate(options, start=1):
            row[f"Option{n} Name"] = _text(option.get("name"))
            row[f"Option{n} Value"] = _text(variant.get(f"option{n}"))
        yield row


def _woocommerce_product(product: Thing) -> Row:
    parent = _text(product.get("parent_id"))
    image = product.get("images") or [product.get("image") or {}]
    row: Row = {
        "ID": _text(product.get("id")),
        "Type": _text(product.get("type")) or ("variation" if parent not in (None, "0") else "simple"),
        "SKU": _text(product.get("sku")),
        "Name": _text(product.get("name")),
        "Parent": f"id:{parent}" if parent not in (None, "0") else None,
        "Description": _text(product.get("description") or product.get("short_description")),
        "Categories": _names(product.get("categories")),
        "Tags": _names(product.get("tags")),
        "Images": ", ".join(str(each["src"]) for each in image if each.get("src")) or None,
        "Regular price": _text(product.get("regular_price") or product.get("price")),
        "Published": {"publish": "1", "private": "0"}.get(str(product.get("status", "publish")), "-1"),
    }
    for n, each in enumerate((product.get("attributes") or [])[:_MOST_OPTIONS], start=1):
        row[f"Attribute {n} name"] = _text(each.get("name"))
        row[f"Attribute {n} value(s)"] = _text(each.get("option")) or ", ".join(
            map(str, each.get("options") or [])
        )
    return row


def _customers(customer: Thing) -> Iterator[Row]:
    consent = _in(customer, "email_marketing_consent", "state")
    known_by = {"email": _text(customer["email"] or customer.get("id"))} if "email" in customer else {}
    yield (
        _flat(customer)
        | known_by
        | {
            "Default Address Zip": _text(
                _in(customer, "default_address", "zip") or _in(customer, "billing", "postcode")
            ),
            "Accepts Email Marketing": _text(consent or customer.get("accepts_marketing")),
        }
    )


_ROWS = {"orders": _orders, "products": _products, "customers": _customers}


def _flat(thing: Thing) -> Row:
    """What is no list and no object in it, by its names."""
    return {str(name): _text(value) for name, value in thing.items() if not isinstance(value, (list, dict))}


def _in(thing: Thing, *names: str) -> Any:
    for name in names:
        found = thing.get(name)
        if not isinstance(found, dict):
            return found
        thing = found
    return None


def _names(things: Sequence[Thing] | None) -> str | None:
    return ", ".join(str(each.get("name")) for each in things or []) or None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (list, dict)):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
