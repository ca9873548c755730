"""The only place that converts ids, both ways; what does not round-trip is refused.

An article id is ten digits with its leading zero outside (`0108775015`) and an Int32 inside. A customer id is
64 hex characters outside and the row number in `customers.parquet`, a UInt32, inside.
"""

from __future__ import annotations

import re

import polars as pl

from stylo.errors import BadIdentifier

ARTICLE_ID_DIGITS = 10
_ARTICLE_ID = re.compile(r"0[0-9]{9}")
_CUSTOMER_ID = re.compile(r"[0-9a-f]{64}")
_LARGEST_ARTICLE = 10 ** (ARTICLE_ID_DIGITS - 1) - 1
_CURE = "An article id is ten digits with its leading zero, for example 0706016001."


def article_number(article_id: str) -> int:
    """`0108775015` → 108775015. Raises BadIdentifier for anything that would not come back the same."""
    if not _ARTICLE_ID.fullmatch(article_id):
        raise BadIdentifier(f"{article_id!r} is not an article id.", cure=_CURE)
    return int(article_id)


def article_id(article: int) -> str:
    """108775015 → `0108775015`."""
    if not 0 <= article <= _LARGEST_ARTICLE:
        raise BadIdentifier(f"{article} is not an article number.", cure=_CURE)
    return f"{article:0{ARTICLE_ID_DIGITS}d}"


def article_numbers(ids: pl.Expr) -> pl.Expr:
    """String → Int32 in a table; null where an id does not round-trip."""
    numbers = ids.cast(pl.Int32, strict=False)
    in_range = numbers.is_between(0, _LARGEST_ARTICLE)
    return pl.when(in_range & (article_ids(numbers) == ids)).then(numbers)


def article_ids(articles: pl.Expr) -> pl.Expr:
    """Int32 → String in a table."""
    return articles.cast(pl.String).str.zfill(ARTICLE_ID_DIGITS)


def check_customer_ids(ids: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where it is not 64 lower-case hex characters."""
    return pl.when(ids.str.contains(f"^{_CUSTOMER_ID.pattern}$")).then(ids)
