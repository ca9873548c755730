"""Articles for tests of the search: only what a test is about is named, the rest is null."""

from __future__ import annotations

import polars as pl

from stylo.search.postings import FIELDS
from stylo.search.text_index import TextIndex


def garments(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Rows of articles.parquet, numbered from 0000000001 unless they name an `article_id`."""
    columns = ("article_id", *FIELDS)
    numbered = [{"article_id": f"{number:010d}", **row} for number, row in enumerate(rows, 1)]
    frame = pl.DataFrame(
        [[row.get(column) for column in columns] for row in numbered],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    )
    return frame.with_columns(article=pl.col("article_id").cast(pl.Int32))


def named(*names: str) -> pl.DataFrame:
    """Articles of which only the name is known."""
    return garments(*({"prod_name": name} for name in names))


def found(articles: pl.DataFrame, query: str) -> list[str]:
    """The names of what is found, best first, as they stand in the catalogue where they are as good."""
    score = TextIndex.of(articles).search(query).score
    best = sorted(range(len(score)), key=lambda row: -score[row])
    return [articles["prod_name"][row] for row in best if score[row] > 0]
