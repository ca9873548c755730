"""Where hits come from and where purchases are lost: by segment of customers, strategy, step, and for new articles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from stylo.candidates.catalogue import PRODUCT
from stylo.candidates.history import History, age_in_days
from stylo.evaluation.intervals import DIFFERENCE, bootstrap_by_model
from stylo.evaluation.metrics import METRICS
from stylo.tables.schemas import LIST_LENGTH

#: Days since the last purchase.
RECENCIES = ("≤ 7 days", "8–30", "31–90", "> 90", "never")
#: Distinct articles bought in the last 365 days.
ACTIVITIES = ("0", "1–4", "5–14", "15–39", "40+")
_ACTIVE_DAYS = 365
_PAIR = ("customer", "article")
_LONG = 100
_NAN = float("nan")
#: What became of a bought article: among the twelve; among the candidates only; among neither.
OUTCOMES = ("hit", "ranked low", "not proposed")
#: What a bought article was to its customer. The first that fits counts: a variant that is new to the shop is
#: "never sold".
KINDS = ("never sold", "repurchase", "variant", "sold to others")
ALL = "all"


def by_recency(days: pl.Expr) -> pl.Expr:
    """Whole days since the last purchase, null where there is none → one of RECENCIES, as an Enum."""
    return _label(days, (7, 30, 90, math.inf), RECENCIES)


def by_activity(articles: pl.Expr) -> pl.Expr:
    """How many distinct articles were bought, null where none → one of ACTIVITIES, as an Enum."""
    return _label(articles.fill_null(0), (0, 4, 14, 39), ACTIVITIES)


def _label(value: pl.Expr, up_to: Sequence[float], labels: Sequence[str]) -> pl.Expr:
    """The label of the first bound that the value does not exceed; the last label if there is none, or for null."""
    fits = [pl.when(value <= bound).then(pl.lit(label)) for bound, label in zip(up_to, labels, strict=False)]
    return pl.coalesce(*fits, pl.lit(labels[-1])).cast(pl.Enum(labels))


def segments(history: History, customers: pl.Series, as_of: date) -> pl.DataFrame:
    """`customer`, `recency`, `activity`: one row for each of the customers, sorted.

    Reads only rows with `t_dat < as_of`. O(the customers' rows).
    """
    age = age_in_days(as_of)
    lately = pl.col("article").filter(age <= _ACTIVE_DAYS)
    habits = (
        history.of(customers, as_of)
        .group_by("customer")
        .agg(age.min().alias("days"), lately.n_unique().alias("articles"))
    )
    everyone = customers.unique().to_frame("customer").lazy().join(habits, on="customer", how="left")
    labels = {"recency": by_recency(pl.col("days")), "activity": by_activity(pl.col("articles"))}
    return everyone.select("customer", **labels).sort("customer").collect()


def with_segments(scores: pl.DataFrame, history: History) -> pl.DataFrame:
    """The scores of a backtest, each row with its customer's `recency` and `activity` at its `cutoff`."""
    labels = [
        segments(history, lists["customer"], cutoff).with_columns(cutoff=pl.lit(cutoff, pl.Date))
        for (cutoff,), lists in scores.partition_by("cutoff", as_dict=True).items()
    ]
    dtypes = {"recency": pl.Enum(RECENCIES), "activity": pl.Enum(ACTIVITIES)}
    none = pl.DataFrame(schema={"customer": scores.schema["customer"], **dtypes, "cutoff": pl.Date})
    return scores.join(
        pl.concat([none, *labels]), on=["cutoff", "customer"], how="left", maintain_order="left"
    )


def by_segment(scores: pl.DataFrame, segment: str, rival: str) -> pl.DataFrame:
    """How every model scores in every segment, and its lead over a rival on the same lists.

    Parameters
    ----------
    scores : `cutoff`, `model`, `customer`, `map@12` and the column `segment`; every model has every list.
    segment : a column of labels, as `with_segments` adds them.
    rival : one of the models.

    Returns `segment`, `model`, `lists` (how many), `map@12` (the mean over them) and its interval `low`, `high`;
    `difference` (the mean of model − rival) and its interval `difference_low`, `difference_high`. Segments and
    models come in the order of their Enums, or as names sort. A segment without lists has no row.

    Intervals are resampled by customer within a segment, with the same draws for all of its models. A customer
    who moved from one segment to another between two cutoffs counts in each with the lists it has there.
    """
    models = scores["model"].unique().sort().to_list()
    rows: list[tuple[object, ...]] = []
    for label in scores[segment].drop_nulls().unique().sort():
        inside = scores.filter(pl.col(segment) == label)
        found = bootstrap_by_model(inside, models, METRICS[:1], rival)
        for model in models:
            mean, difference = found[model, METRICS[0]], found[model, DIFFERENCE]
            rows.append((label, model, inside.height // len(models), *mean, *difference))
    numbers = ("map@12", "low", "high", "difference", "difference_low", "difference_high")
    schema = {name: scores.schema[name] for name in (segment, "model")} | {"lists": pl.Int64}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(numbers, pl.Float64), orient="row")


def by_strategy(
    truth: pl.DataFrame, ranked: pl.DataFrame, candidates: pl.DataFrame, strategies: Sequence[str]
) -> pl.DataFrame:
    """A row for each strategy: `strategy`, and counts of

    `recommended` : articles among the first twelve that it proposed;
    `hits` : of these, those that were bought;
    `alone` : of the hits, those that no other strategy proposed;
    `first` : of the hits, those that it ranked highest of all strategies that proposed them;
    `found_12`, `found` : bought articles that were among its own first twelve, among all it proposed.

    Parameters
    ----------
    truth : `customer`, `article` bought in the target week; duplicates count once.
    ranked : `customer`, `article`, `rank` (1 is best), `strategies` that proposed it, `first`: the number of the
        one that ranked it highest; ranks past 12 are left out.
    candidates : `customer`, `article`, `strategies`, and `first_12`: those of them that had it among their first
        twelve; each pair once.
    strategies : their names in the order of what is `packed`.
    """
    bought, count = truth.select(_PAIR).unique(), len(strategies)
    lists = ranked.filter(pl.col("rank") <= LIST_LENGTH)
    hits = lists.join(bought, on=_PAIR, how="semi")
    found = candidates.join(bought, on=_PAIR, how="semi")
    by = unpacked(hits["strategies"].to_numpy(), count)
    columns = {
        "recommended": unpacked(lists["strategies"].to_numpy(), count).sum(axis=0),
        "hits": by.sum(axis=0),
        "alone": by[by.sum(axis=1) == 1].sum(axis=0),
        "first": np.bincount(hits["first"].to_numpy(), minlength=count),
        "found_12": unpacked(found["first_12"].to_numpy(), count).sum(axis=0),
        "found": unpacked(found["strategies"].to_numpy(), count).sum(axis=0),
    }
    return pl.DataFrame({"strategy": list(strategies), **columns})


def packed(chosen: np.ndarray) -> np.ndarray:
    """bool (m, n) → (m,): each row as an integer of n bits, of the smallest type that holds it; n ≤ 64."""
    numbers = np.zeros(len(chosen), dtype=np.min_scalar_type(2 ** chosen.shape[1] - 1))
    for place, column in enumerate(chosen.T):
        numbers |= column.astype(numbers.dtype) << place
    return numbers


def unpacked(numbers: np.ndarray, count: int) -> np.ndarray:
    """Reverses `packed`: (m,) → bool (m, count)."""
    return (numbers[:, None] >> np.arange(count, dtype=numbers.dtype)) & 1 == 1


class ColdArticles(NamedTuple):
    """How articles never sold before the cutoff fared.

    Recall is the share of the cold rows of the truth that are among the first 12 or 100 of their customer's list;
    the hit rate is the share of the customers with cold rows for whom at least one of them is. NaN if nothing cold
    was bought.
    """

    bought: int  #: rows (customer, article) of the truth that are cold
    customers: int  #: customers who bought at least one cold article
    recall_12: float
    recall_100: float
    hit_rate_12: float
    hit_rate_100: float
    recommended: float  #: share of cold articles in the first 12 of all lists; NaN where there are no lists


def cold_articles(ranked: pl.DataFrame, truth: pl.DataFrame, history: History, as_of: date) -> ColdArticles:
    """How often the lists contain cold articles, and how often those that were bought.

    Parameters
    ----------
    ranked : `customer`, `article`, `rank` (1 is best). Where lists end before rank 100, the figures at 100 are
        those of the whole lists.
    truth : `customer`, `article` bought in the window from `as_of`; duplicates count once.
    history : an article is cold if no row of it has `t_dat < as_of`.

    O(ranked + truth), beside `sold_articles`.
    """
    sold = sold_articles(history, as_of)
    cold = truth.select(_PAIR).unique().join(sold, on="article", how="anti")
    short, long = (cold.join(first(ranked, k), on=_PAIR, how="semi") for k in (LIST_LENGTH, _LONG))
    listed = first(ranked, LIST_LENGTH)
    customers = cold["customer"].n_unique()
    return ColdArticles(
        bought=cold.height,
        customers=customers,
        recall_12=_ratio(short.height, cold.height),
        recall_100=_ratio(long.height, cold.height),
        hit_rate_12=_ratio(short["customer"].n_unique(), customers),
        hit_rate_100=_ratio(long["customer"].n_unique(), customers),
        recommended=_ratio(listed.join(sold, on="article", how="anti").height, listed.height),
    )


def sold_articles(history: History, as_of: date) -> pl.DataFrame:
    """`article`: every article that was sold before `as_of`, sorted.

    Reads one column of all transactions; the history remembers the result for the next model.
    """
    rows = history.before(as_of).select("article").unique().sort("article")
    return history.once(("sold articles", as_of), lambda: rows.collect(engine="streaming"))


def first(ranked: pl.DataFrame, k: int) -> pl.DataFrame:
    """Distinct (`customer`, `article`) of the first k ranks of each list, in no particular order."""
    return ranked.filter(pl.col("rank") <= k).select(_PAIR).unique()


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else _NAN


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
    hits = first(ranked, LIST_LENGTH).with_columns(hit=True)
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
    catalogue = history.catalogue
    product = pl.LazyFrame({"article": catalogue.articles, "product": catalogue.groups[PRODUCT]})
    bought = truth.lazy().select(_PAIR).unique().join(product, on="article", how="left")
    own = history.of(truth["customer"].unique(), as_of).select(_PAIR).unique()
    products = own.join(product, on="article").select("customer", "product").unique()
    sold = sold_articles(history, as_of).lazy()
    known = (
        bought.join(sold.with_columns(sold=True), on="article", how="left")
        .join(own.with_columns(owned=True), on=_PAIR, how="left")
        .join(products.with_columns(variant=True), on=["customer", "product"], how="left")
    )
    kind = pl.coalesce(
        pl.when(pl.col("sold").is_null()).then(pl.lit(KINDS[0])),
        pl.when("owned").then(pl.lit(KINDS[1])),
        pl.when("variant").then(pl.lit(KINDS[2])),
        pl.lit(KINDS[3]),
    )
    return known.select(*_PAIR, kind=kind.cast(pl.Enum(KINDS))).sort(_PAIR).collect()
