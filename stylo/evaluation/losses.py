"""Where a model loses what was bought: not proposed by any strategy, or proposed and ranked too low."""

from __future__ import annotations

from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.evaluation.cold_articles import first, sold_articles
from stylo.tables.ids import product_codes

#: What became of a bought article: among the twelve; among the candidates only; among neither.
OUTCOMES = ("hit", "ranked low", "not proposed")
#: What a bought article was to its customer. The first that fits counts: a variant that is new to the shop is
#: "never sold".
KINDS = ("never sold", "repurchase", "variant", "sold to others")
ALL = "all"
_K = 12
_PAIR = ("customer", "article")


def losses(
    truth: pl.DataFrame,
    ranked: pl.DataFrame,
    candidates: pl.DataFrame | pl.LazyFrame,
    history: History,
    as_of: date,
) -> pl.DataFrame:
    """`kind`, `bought`, and how many of these are `hit`, `ranked low`, `not proposed`.

    Always the five rows "all" and KINDS, with zeros where nothing of a kind was bought; the kinds add up to "all",
    the outcomes to `bought`. Parameters as of `outcomes` and `kinds`.
    """
    rows = outcomes(truth, ranked, candidates).join(kinds(truth, history, as_of), on=_PAIR)
    dtype = pl.Enum([ALL, *KINDS])
    labelled = [rows.with_columns(kind=pl.lit(ALL, dtype)), rows.with_columns(pl.col("kind").cast(dtype))]
    tally = {outcome: (pl.col("outcome") == outcome).sum().cast(pl.Int64) for outcome in OUTCOMES}
    counts = (
        pl.concat(labelled, how="diagonal")
        .group_by("kind")
        .agg(pl.len().alias("bought").cast(pl.Int64), **tally)
    )
    every = pl.DataFrame({"kind": [ALL, *KINDS]}, schema={"kind": dtype})
    return every.join(counts, on="kind", how="left", maintain_order="left").fill_null(0)


def outcomes(
    truth: pl.DataFrame, ranked: pl.DataFrame, candidates: pl.DataFrame | pl.LazyFrame
) -> pl.DataFrame:
    """`customer`, `article`, `outcome` (one of OUTCOMES): every bought article once, sorted.

    Parameters
    ----------
    truth : `customer`, `article` bought in the target week; duplicates count once.
    ranked : `customer`, `article`, `rank` (1 is best). Past rank 12 an article is no hit; it is "ranked low" if it
        is among the candidates.
    candidates : `customer`, `article` that any strategy proposed; duplicates do no harm.

    O(truth + ranked + candidates) time; of the candidates only those that were bought are held.
    """
    bought = truth.select(_PAIR).unique()
    hits = first(ranked, _K).with_columns(hit=True)
    proposed = candidates.lazy().select(_PAIR).join(bought.lazy(), on=_PAIR, how="semi").unique()
    found = (
        bought.lazy()
        .join(hits.lazy(), on=_PAIR, how="left")
        .join(proposed.with_columns(proposed=True), on=_PAIR, how="left")
    )
    outcome = pl.coalesce(
        pl.when("hit").then(pl.lit(OUTCOMES[0])),
        pl.when("proposed").then(pl.lit(OUTCOMES[1])),
        pl.lit(OUTCOMES[2]),
    )
    return found.select(*_PAIR, outcome=outcome.cast(pl.Enum(OUTCOMES))).sort(_PAIR).collect()


def kinds(truth: pl.DataFrame, history: History, as_of: date) -> pl.DataFrame:
    """`customer`, `article`, `kind` (one of KINDS): every bought article once, sorted.

    "never sold": no row of the article before `as_of`; "repurchase": the customer bought it before; "variant":
    the customer bought another article with its product code before; "sold to others": none of these. Reads only
    rows with `t_dat < as_of`. O(truth + the customers' rows), beside `sold_articles`.
    """
    bought = truth.select(_PAIR).unique().with_columns(product_code=product_codes(pl.col("article"))).lazy()
    own = history.of(truth["customer"].unique(), as_of).select(_PAIR).unique()
    products = own.select("customer", product_code=product_codes(pl.col("article"))).unique()
    sold = sold_articles(history, as_of).lazy()
    known = (
        bought.join(sold.with_columns(sold=True), on="article", how="left")
        .join(own.with_columns(owned=True), on=_PAIR, how="left")
        .join(products.with_columns(variant=True), on=["customer", "product_code"], how="left")
    )
    kind = pl.coalesce(
        pl.when(pl.col("sold").is_null()).then(pl.lit(KINDS[0])),
        pl.when("owned").then(pl.lit(KINDS[1])),
        pl.when("variant").then(pl.lit(KINDS[2])),
        pl.lit(KINDS[3]),
    )
    return known.select(*_PAIR, kind=kind.cast(pl.Enum(KINDS))).sort(_PAIR).collect()
