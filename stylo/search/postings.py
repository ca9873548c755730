"""Which articles have which word, and what it counts for in each."""

from __future__ import annotations

import polars as pl

from stylo.search.words import STOP_WORDS, parts

#: What a word counts for by where it stands; where it stands twice, the higher one holds.
FIELDS: dict[str, float] = {
    "prod_name": 1.0,
    "product_type_name": 0.9,
    "colour_group_name": 0.9,
    "perceived_colour_value_name": 0.9,
    "perceived_colour_master_name": 0.9,
    "section_name": 0.6,
    "department_name": 0.6,
    "garment_group_name": 0.6,
    "index_group_name": 0.6,
    "graphical_appearance_name": 0.6,
    "detail_desc": 0.3,
}


def postings(articles: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    """The words of articles, sorted; and columns `word` (its place among them), `row` Int32, `weight` Float32.

    The weight is the most that the word counts for in the article. Sorted by word and row, none twice.
    """
    texts = _texts(articles)
    words = _words(texts)
    places = (
        words.lazy()
        .with_columns(word=pl.col("word").rank("dense") - 1)
        .join(texts.lazy().select("at", "row", "weight"), on="at")
        .select("word", "row", "weight")
        .explode("row")
        .group_by("word", "row")
        .agg(pl.col("weight").max())
        .sort("word", "row")
        .collect()
    )
    return words["word"].unique().sort().to_list(), places


def _texts(articles: pl.DataFrame) -> pl.DataFrame:
    """The distinct texts of each field: `at`, `part` List (the words), `row` List (where it stands), `weight`."""
    rows = articles.lazy().with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
    fields = [
        rows.select("row", text=pl.col(column).cast(pl.String))
        .drop_nulls()
        .group_by("text")
        .agg("row")
        .select("row", part=parts(pl.col("text")), weight=pl.lit(weight, pl.Float32))
        for column, weight in FIELDS.items()
    ]
    return pl.concat(fields).with_row_index("at").collect()


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """Columns at, word: the words of each text, none twice.

    Two words that some text ties by a hyphen are one word more wherever they follow each other, and nothing but
    that if the first is a letter: a T-shirt is no shirt.
    """
    cut = texts.lazy().select("at", "part").explode("part", empty_as_null=False)
    word = pl.col("part").str.strip_suffix("-")
    pair = pl.when(pl.col("at") == pl.col("at").shift(-1)).then(word + word.shift(-1))
    words = cut.select("at", word=word, pair=pair, tied=pl.col("part").str.ends_with("-")).collect()
    tied = words.filter("tied")["pair"].drop_nulls().unique()
    words = words.with_columns(pl.when(pl.col("pair").is_in(tied.implode())).then("pair").alias("pair"))
    letter = pl.col("pair").is_not_null() & pl.col("word").str.contains(r"^\p{L}$")
    single = words.filter(~letter & ~letter.shift(1, fill_value=False)).select("at", "word")
    pairs = words.select("at", word="pair").drop_nulls()
    told = ~pl.col("word").is_in(list(STOP_WORDS))
    return pl.concat([single, pairs]).filter(told).unique()
