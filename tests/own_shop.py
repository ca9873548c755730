"""A shop with ids of its own: SKUs of every kind that a shop may have, and customers known by e-mail addresses."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from stylo.artefacts import read_manifest, read_table, write_parquet
from stylo.tables.ids import ArticleIds

#: SKUs that are hard on addresses, patterns, markup and formulas; in the order of the articles' numbers.
HARD = (
    "AB-12/é 3",
    "ab-12/É 3",
    '<b>"it\'s"</b> & co',
    "a%2Fb?c=d#e+f",
    "=1+2;*x*_y_[z](w)",
    "x" * 64,
    "../..",
    "\U0001f9e5 大衣",
)
#: Other SKUs of the first article: its sizes.
SIZES = ("AB-12/é 3 +M", "=AB-12 L")


def skus(articles: list[str]) -> list[str]:
    """A SKU for each article id, of which one is the id of the next article."""
    made = [*HARD, articles[len(HARD) + 1]]
    return made + [f"SKU-{place:04d}/M" for place in range(len(made), len(articles))]


def shop_customer(number: int) -> str:
    return f"Kundin+{number}@läden.example"


def key_of(shop_customer_id: str) -> str:
    return hashlib.sha256(shop_customer_id.encode()).hexdigest()


def with_own_ids(shop: Path) -> Path:
    """Gives the articles and customers of a data folder that is one's own the ids of such a shop."""
    articles = read_table(shop / "articles.parquet")
    articles = articles.with_columns(sku=pl.Series(skus(articles["article_id"].to_list())))
    sizes = pl.when(pl.col("sku") == HARD[0]).then(pl.lit("\t".join(SIZES)))
    articles = articles.with_columns(other_skus=sizes)
    replaced(articles, shop / "articles.parquet")
    before = read_table(shop / "customers.parquet")
    own = [shop_customer(number) for number in before["customer"].to_list()]
    keys = pl.Series([key_of(each) for each in own])
    replaced(
        before.with_columns(customer_id=keys, shop_customer_id=pl.Series(own)), shop / "customers.parquet"
    )
    if (shop / "predictions.parquet").exists():
        ids, lists = ArticleIds.of(articles), read_table(shop / "predictions.parquet")
        key = dict(zip(before["customer_id"], keys, strict=True))
        named = pl.col("article_id", "because").list.eval(ids.ids(pl.element().cast(pl.Int32)))
        replaced(
            lists.with_columns(named, pl.col("customer_id").replace_strict(key)), shop / "predictions.parquet"
        )
    return shop


def replaced(table: pl.DataFrame, path: Path) -> None:
    """Writes other rows as what the same script has made of the same files, so that all else stays true."""
    manifest = read_manifest(path)
    assert manifest is not None
    path.unlink()  # other shops share its bytes
    write_parquet(table, path, manifest)
