"""Which words stand in which articles, and what each counts for there."""

from __future__ import annotations

import polars as pl

from stylo.search.vocabulary import ELISION, HYPHEN, IS_RUN, STOP_WORDS, in_pieces, parts, parts_of, singular

#: What a word counts for by where it stands; where it stands twice, the higher one holds.
FIELDS: dict[str, float] = {
    "product_type_name": 1.0,
    "prod_name": 0.9,
    "colour_group_name": 0.9,
    "perceived_colour_value_name": 0.9,
    "perceived_colour_master_name": 0.85,
    "section_name": 0.6,
    "department_name": 0.6,
    "garment_group_name": 0.6,
    "index_group_name": 0.6,
    "graphical_appearance_name": 0.6,
    "detail_desc": 0.3,
}
#: What the beginning of a description counts for: it names the thing, as in `Calf-length dress in soft jersey.`
_BEGINNING_OF_TEXT = 0.7
_NAMED_THING = r"(?i)^((?:[^\s.,]+\s+){0,6}?[^\s.,]+)(?:\s+(?:in|with|made|that|for)\b|[.,]|$)"
#: Whose words say what an article is. Who asks for one wants no article that only its description relates to it.
KINDS = ("product_type_name", "colour_group_name", "perceived_colour_master_name")
_SEVERAL = 0.05
#: Whose words are none that are misspelt.
TERMS = (*KINDS, "section_name", "garment_group_name", "index_group_name", "graphical_appearance_name")


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
    rows = rows.with_columns(thing=pl.col("detail_desc").cast(pl.String).str.extract(_NAMED_THING))
    fields = [
        rows.select("row", text=pl.col(column).cast(pl.String))
        .drop_nulls()
        .group_by("text")
        .agg("row")
        .select("row", part=parts(pl.col("text")), weight=_weight(column, weight))
        for column, weight in {**FIELDS, "thing": _BEGINNING_OF_TEXT}.items()
    ]
    return pl.concat(fields).with_row_index("at").collect()


def _weight(column: str, weight: float) -> pl.Expr:
    """What the words of a text count for: of a kind named by several words, a little less. Red is not Dark Red."""
    several = parts(pl.col("text")).list.len() > 1 if column in KINDS else pl.lit(value=False)
    return (pl.lit(weight) - several.cast(pl.Float64) * _SEVERAL).cast(pl.Float32)


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """Columns at, word: the words of each text, none twice.

    Two words that some text ties by a hyphen are one word more wherever they follow each other, and nothing but
    that if the first is a letter: a T-shirt is no shirt. (In a script without spaces a letter may be a word: T-恤 is
    found by 恤.) What an apostrophe ties is found by either word and by both.
    """
    cut = texts.lazy().select("at", "part").explode("part", empty_as_null=False)
    word = pl.col("part").str.strip_chars_end(HYPHEN + ELISION)
    pair = pl.when(pl.col("at") == pl.col("at").shift(-1)).then(word + word.shift(-1))
    ties = {"tied": pl.col("part").str.ends_with(HYPHEN), "elided": pl.col("part").str.ends_with(ELISION)}
    words = cut.select("at", word=word, pair=pair, **ties).collect()
    tied = words.filter("tied")["pair"].drop_nulls().unique()
    elided = words.filter("elided").select("at", word="pair").drop_nulls()
    words = words.with_columns(pl.when(pl.col("pair").is_in(tied.implode())).then("pair").alias("pair"))
    letter = pl.col("pair").is_not_null() & pl.col("word").str.contains(r"^\p{L}$")
    alone = ~letter & ~letter.shift(1, fill_value=False) | IS_RUN
    single = words.filter(alone).select("at", "word")
    pairs = words.select("at", word="pair").drop_nulls()
    told = ~pl.col("word").is_in(list(STOP_WORDS))
    return in_pieces(pl.concat([single, pairs, elided]).filter(told)).unique()


def words_of(articles: pl.DataFrame, columns: tuple[str, ...]) -> frozenset[str]:
    """All words of some columns, in the singular."""
    texts = pl.concat(
        [articles[column].cast(pl.String).drop_nulls().unique().alias("text") for column in columns]
    )
    return frozenset(singular(word) for word in parts_of(" ".join(texts.to_list())))
