"""Rows of a product export → variants, each with what it shares with its product.

Shopify       a product's first row has title, description and option names; the others share its handle
WooCommerce   a row for the product (variable), one for each variation, which names its parent
others        a row for each variant; `product` says what variants share
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

import polars as pl

from stylo.importing.left_out import LeftOut
from stylo.importing.matching import plain
from stylo.importing.templates import PRODUCTS
from stylo.importing.values import YES, Decimal, folded, from_json, plain_text, prices
from stylo.importing.words import OPTIONS, for_whom
from stylo.tables.ids import LONGEST_OWN_ID, check_own_ids

_MOST_OPTIONS = 10
_OF_PRODUCT = (
    "name", "description", "type", "category", "brand", "gender", "department", "section", "tags", "photo",
    "gift_card", "state",
)  # fmt: skip
_NO_OPTION = "Default Title"
#: Columns of `variants`, all texts but the price.
VARIANTS = pl.Schema(
    dict.fromkeys(
        (
            "sku", "product", "product_id", "name", "variant_name", "description", "type", "category", "brand",
            "colour", "size", "other_options", "pattern", "gender", "department", "section", "photo",
        ),
        pl.String,
    )
    | {"price": pl.Float64}
)  # fmt: skip


@dataclass(frozen=True)
class ProductVariants:
    """table : rows of VARIANTS, `sku` distinct and never null.   left_out : rows that are no variants, counted.

    if_sold : rows of VARIANTS that are articles only if orders name them: products that have variants, drafts and what
    is in the archive.   gift_cards : rows of VARIANTS that are bought and no articles.
    """

    table: pl.DataFrame
    if_sold: pl.DataFrame
    gift_cards: pl.DataFrame = field(default_factory=VARIANTS.to_frame)
    left_out: list[LeftOut] = field(default_factory=list)


def read_variants(
    rows: pl.DataFrame, decimal: Decimal, hidden: frozenset[str] = frozenset()
) -> ProductVariants:
    """The variants of product rows, whose columns have our names.

    hidden : states of products that nobody can buy now.

    Raises BadOption where prices contradict each other.
    """
    read = rows.columns
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in PRODUCTS if name not in rows.columns
    ).with_row_index("row")
    rows = _with_products(rows, has_product="product" in read)
    rows = _with_options(rows)
    rows = rows.with_columns(price=prices(rows["price"], decimal, "The product export", from_json(rows)))
    is_parent = pl.col("kind").str.to_lowercase().str.contains("variable|grouped").fill_null(value=False)
    is_hidden = pl.col("state").str.to_lowercase().is_in(sorted(hidden)).fill_null(value=False)
    own = pl.col("sku")
    # Rows that only bring one more photo of a product; a file without prices and options has none.
    of_photo = own.is_null() & pl.col("price").is_null() & pl.col("all_options").is_null()
    of_photo &= pl.col("row") != pl.col("row").min().over("product")
    given = pl.concat_str([pl.col("product"), pl.col("all_options")], separator="/", ignore_nulls=True)
    rows = rows.filter(~of_photo).with_columns(
        sku=pl.coalesce(own, pl.when(~is_parent).then(_made_sku(given))),
        photo=pl.coalesce("variant_photo", "photo"),
        description=rows_text("description"),
        gender=_gender(),
        is_parent=is_parent,
        is_gift=pl.col("gift_card").str.to_lowercase().is_in(YES).fill_null(value=False),
        # A variation of a draft may be published, and nobody can buy it.
        if_sold=is_parent | is_hidden | (is_parent & is_hidden).any().over("product"),
    )
    left_out = []
    unfit = rows.filter(check_own_ids(own).is_null() & own.is_not_null())
    if unfit.height:
        why = f"products whose SKU has more than {LONGEST_OWN_ID} characters, or some that are not printable"
        left_out.append(LeftOut(why, unfit.height, unfit["sku"][0]))
    rows = rows.with_columns(sku=check_own_ids(own)).filter(own.is_not_null() | pl.col("is_parent"))
    # A parent may have the SKU of one of its variations.
    rows = rows.filter(own.is_not_null()).sort("is_parent", maintain_order=True)
    again = rows.filter(~pl.col("is_parent") & ~own.is_first_distinct())
    if again.height:
        left_out.append(LeftOut("product rows whose SKU an earlier row has", again.height, again["sku"][0]))
    rows = rows.filter(own.is_first_distinct())
    gifts, rows = rows.filter("is_gift"), rows.filter(~pl.col("is_gift"))
    if gifts.height:
        left_out.append(
            LeftOut("variants of gift cards, which are no articles", gifts.height, gifts["sku"][0])
        )
    table, if_sold = (
        rows.filter(pl.col("if_sold") == is_so).select(list(VARIANTS)) for is_so in (False, True)
    )
    return ProductVariants(table, if_sold, gifts.select(list(VARIANTS)), left_out)


def _made_sku(given: pl.Expr) -> pl.Expr:
    """A SKU for a variant without: what it is called. One that is too long ends in the beginning of its SHA-256."""

    def shortened(texts: pl.Series) -> pl.Series:
        return pl.Series(
            [
                text
                if text is None or len(text) <= LONGEST_OWN_ID
                else f"{text[: LONGEST_OWN_ID - 13]}-{sha256(text.encode()).hexdigest()[:12]}"
                for text in texts
            ],
            dtype=pl.String,
        )

    return given.map_batches(shortened, return_dtype=pl.String)


def rows_text(column: str) -> pl.Expr:
    """A column of HTML as plain text."""
    return pl.col(column).map_batches(
        lambda texts: pl.Series([plain_text(text) for text in texts], dtype=pl.String), return_dtype=pl.String
    )


def almost_alike(skus: pl.Series) -> list[str]:
    """SKUs that differ from another one only in case or blanks, sorted."""
    alike = pl.select(folded(pl.lit(skus))).to_series()
    return sorted(skus.filter(alike.is_duplicated()))


def _with_products(rows: pl.DataFrame, *, has_product: bool) -> pl.DataFrame:
    """Fills `product`, and what the rows of one product share from the first of them that has it."""
    of_id = "id:" + pl.col("product_id")
    own = pl.coalesce("sku", of_id, "name")
    if rows["kind"].null_count() < rows.height:  # WooCommerce: a variation names its parent by SKU or by id
        ids = rows.filter(pl.col("product_id").is_not_null()).select(of_id.alias("id"), own.alias("of_id"))
        rows = rows.join(
            ids.unique("id"), left_on="product", right_on="id", how="left", maintain_order="left"
        )
        variation = pl.col("kind").str.to_lowercase().str.contains("variation").fill_null(value=False)
        rows = rows.with_columns(
            product=pl.when(variation).then(pl.coalesce("of_id", "product", own)).otherwise(own),
            variant_name=pl.col("name"),
        )
        # A variation without a SKU of its own is sold under its parent's.
        rows = rows.sort(variation.cast(pl.Int8), "row", maintain_order=True)
        rows = rows.with_columns(name=pl.col("name").first().over("product"))
    else:
        rows = rows.with_columns(
            product=pl.coalesce("product", own) if has_product else own, variant_name=pl.lit(None, pl.String)
        )
    shared = [
        pl.coalesce(pl.col(name), pl.col(name).drop_nulls().first().over("product")).alias(name)
        for name in _OF_PRODUCT
    ]
    rows = rows.with_columns(shared)
    return rows.with_columns(name=pl.coalesce("name", "product"))


def _with_options(rows: pl.DataFrame) -> pl.DataFrame:
    """`colour`, `size` and `pattern` by the names of options, the other options, and all in one text."""
    values: list[pl.Expr] = []
    found: dict[str, list[pl.Expr]] = {kind: [pl.col(kind)] for kind in OPTIONS}
    others: list[pl.Expr] = []
    numbers = [n for n in range(1, _MOST_OPTIONS + 1) if f"option{n}_value" in rows.columns]
    for n in numbers:
        name = f"option{n}_name"
        rows = rows.with_columns(pl.col(name).drop_nulls().first().over("product"))
        value = pl.col(f"option{n}_value")
        value = pl.when(value != _NO_OPTION).then(value)
        names = rows[name].drop_nulls().unique()
        kinds = {
            each: next((k for k, words in OPTIONS.items() if plain(each) in words), "") for each in names
        }
        for kind in OPTIONS:
            mine = [each for each, is_kind in kinds.items() if is_kind == kind]
            found[kind].append(pl.when(pl.col(name).is_in(mine)).then(value))
        rest = [each for each, is_kind in kinds.items() if not is_kind]
        others.append(pl.when(pl.col(name).is_in(rest)).then(value))
        values.append(value)
    nothing = pl.lit(None, pl.String)
    joined = pl.concat_str(values, separator=" / ", ignore_nulls=True) if values else nothing
    rest_of = pl.concat_str(others, separator=" / ", ignore_nulls=True) if others else nothing
    rows = rows.with_columns(all_options=pl.when(joined != "").then(joined), other_options=rest_of)
    if not numbers:  # columns of their own
        both = pl.concat_str(["colour", "size"], separator=" / ", ignore_nulls=True)
        rows = rows.with_columns(all_options=pl.when(both != "").then(both))
    rows = rows.with_columns(pl.coalesce(each).alias(kind) for kind, each in found.items())
    return rows.with_columns(
        variant_name=pl.coalesce(
            "variant_name", pl.concat_str(["name", "all_options"], separator=" - ", ignore_nulls=True)
        )
    )


def _gender() -> pl.Expr:
    texts = (pl.col("gender"), pl.col("category"), pl.col("tags"), pl.col("type"), pl.col("name"))
    return pl.coalesce([for_whom(text) for text in texts])
