"""Variants → rows of `articles.csv`: Kaggle's columns filled by what there is, else "Unknown" and -1.

variants   TEE-RED-S  TEE-RED-M  TEE-BLUE-S
articles   TEE-RED-S ─────┘      TEE-BLUE-S      where sizes are merged: the first SKU stands for all
product    ───────────── tee ─────────────
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stylo.importing.numbers import OwnNumbers
from stylo.importing.words import main_colour
from stylo.tables.ids import OTHER_SKUS, SKU, article_ids, in_one_cell
from stylo.tables.schemas import ARTICLES_CSV, UNKNOWN_NAME

_NOT_KNOWN = -1
#: Kaggle's columns (number, name): the kind of our numbers, and what is named.
_ATTRIBUTES: Mapping[tuple[str, str], tuple[str, pl.Expr]] = {
    ("product_type_no", "product_type_name"): ("type", pl.coalesce("type", "innermost")),
    ("graphical_appearance_no", "graphical_appearance_name"): ("pattern", pl.col("pattern")),
    ("colour_group_code", "colour_group_name"): ("colour", pl.col("colour")),
    ("perceived_colour_value_id", "perceived_colour_value_name"): ("shade", pl.lit(None, pl.String)),
    ("perceived_colour_master_id", "perceived_colour_master_name"): (
        "main colour",
        main_colour(pl.col("colour")),
    ),
    ("department_no", "department_name"): ("department", pl.coalesce("department", "brand")),
    ("index_group_no", "index_group_name"): ("people", pl.col("gender")),
    ("section_no", "section_name"): ("section", pl.coalesce("section", "gender")),
    ("garment_group_no", "garment_group_name"): ("garment group", pl.coalesce("around", "innermost", "type")),
}
COLUMNS = [*ARTICLES_CSV.names, SKU, OTHER_SKUS]


def with_numbers(variants: pl.DataFrame, numbers: OwnNumbers, *, merge_sizes: bool) -> pl.DataFrame:
    """Adds `article`, the number of the article that a variant is; variants share one if they differ in size alone.

    A SKU that has a number keeps it. New ones are noted in `numbers`.
    """
    known = numbers.known("article", variants["sku"])
    # Each in its place: a colour is no pattern, and no SKU has the sign between them.
    texts = pl.col("product", "colour", "pattern", "other_options").fill_null("")
    look = pl.concat_str(texts, separator="\0")
    table = variants.with_columns(article=known, look=look)
    table = table.with_columns(
        group=pl.when(pl.col("size").is_not_null() & merge_sizes).then("look").otherwise("sku")
    )
    # A new size of an article that was there before belongs to it.
    table = table.with_columns(article=pl.coalesce("article", pl.col("article").min().over("group")))
    new = table.filter(pl.col("article").is_null())["group"].unique(maintain_order=True)
    first = pl.Series(range(len(new)), dtype=pl.Int32) + numbers.next("article")
    fresh = table["group"].replace_strict(new, first, default=None, return_dtype=pl.Int32)
    table = table.with_columns(article=pl.coalesce("article", fresh))
    given = table.filter(known.is_null())
    numbers.give("article", given["sku"], given["article"])
    return table.drop("look", "group")


def articles_of(variants: pl.DataFrame, numbers: OwnNumbers) -> pl.DataFrame:
    """Rows of `articles.csv` with `sku` and `other_skus`, by number.

    The first variant of an article that was ever seen names it.

    variants : of `with_numbers`.
    """
    categories = (
        pl.col("category")
        .str.split(",")
        .list.first()
        .str.split(">")
        .list.eval(pl.element().str.strip_chars())
    )
    table = variants.unique("article", keep="first", maintain_order=True).with_columns(
        _skus(variants, numbers),
        innermost=categories.list.get(-1, null_on_oob=True),
        around=categories.list.get(-2, null_on_oob=True),
    )
    table = table.with_columns(product_code=numbers.of("product", table["product"]))
    for (number, name), (kind, named) in _ATTRIBUTES.items():
        table = table.with_columns(named.alias(name))
        table = table.with_columns(numbers.of(kind, table[name]).fill_null(_NOT_KNOWN).alias(number))
        table = table.with_columns(pl.col(name).fill_null(UNKNOWN_NAME))
    group = pl.col("garment_group_name")
    people = pl.col("index_group_name")
    return (
        table.with_columns(
            article_id=article_ids(pl.col("article")),
            prod_name=pl.col("name"),
            product_group_name=group,
            index_name=people,
            index_code=pl.when(people == UNKNOWN_NAME).then(pl.lit("-")).otherwise(people.str.slice(0, 1)),
            detail_desc=pl.col("description"),
        )
        .sort("article")
        .select(COLUMNS)
    )


def _skus(variants: pl.DataFrame, numbers: OwnNumbers) -> list[pl.Series]:
    """Of each article, in the order in which they first appear: the SKU that got its number first, and the others."""
    order = variants["article"].unique(maintain_order=True)
    given = numbers.pairs("article").group_by("number", maintain_order=True).agg("own_id")
    skus = order.alias("number").to_frame().join(given, on="number", how="left", maintain_order="left")
    first, others = pl.col("own_id").list.first(), pl.col("own_id").list.slice(1)
    return skus.select(first.alias(SKU), in_one_cell(others).alias(OTHER_SKUS)).get_columns()
