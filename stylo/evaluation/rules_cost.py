"""What merchandising rules cost: the hybrid's lists of past weeks with the rules applied, beside those without.

The rules are applied by the code that applies them to answers, for each customer as they were on that day. `stock.csv`
says what is in stock today, not on a day that has passed, and so it is used for every week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.assortment import with_facts
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.evaluation.backtest import Backtest
from stylo.evaluation.beyond_accuracy import coverage, recent_sales
from stylo.evaluation.intervals import Estimate, bootstrap_mean, paired_difference
from stylo.ranking import snapshot
from stylo.ranking.pool import RANKED
from stylo.recommender import HYBRID, Recommender
from stylo.records.merchandising import read_rules
from stylo.rules.arranging import Arranged
from stylo.rules.checking import check_rules
from stylo.rules.compiled import CompiledRules
from stylo.rules.of_shop import columns_of, compile_with_looks
from stylo.tables.folder import DataFolder
from stylo.tables.ids import ArticleIds
from stylo.tables.schemas import LIST_LENGTH
from stylo.tables.weekly_sales import weekly_sales

#: The name of the model in tables and reports.
RULED = "hybrid with rules"
#: Money that a customer paid in the target week for articles of the list.
REVENUE = "revenue@12"


@dataclass(frozen=True)
class RuledHybrid:
    """The hybrid with rules, as a model of the backtest.

    text : of the file of rules.
    """

    recommender: Recommender
    folder: DataFolder
    text: str
    source: str
    name: str = RULED

    def compiled(self, as_of: date) -> CompiledRules:
        """For the articles as they were known before a day. Raises BadOption for rules that cannot be used."""
        sales, catalogue = weekly_sales(self.folder), self.folder.scan("articles.parquet").collect()
        articles = with_facts(catalogue, sales, as_of, set())
        columns = columns_of(articles, self.folder.root, ArticleIds.of(articles))
        return compile_with_looks(read_rules(self.text, self.source), columns, self.folder)

    def recommend(
        self, history: History, customers: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        rules = history.once(("rules", as_of, self.text), lambda: self.compiled(as_of))
        model = self.recommender.model(history, as_of)
        place = rules.columns.places(history.catalogue.articles)
        parts = [pl.DataFrame(schema=RANKED)]
        for some in Customers.read(history, customers, as_of).slices(snapshot.SIZE):
            pool = model.pool(some)
            best = pool.best(model.score(pool, threads=1), len(pool))
            ends = np.searchsorted(best.customer, np.arange(len(some) + 1))
            for n, (first, last) in enumerate(pairwise(ends.tolist())):
                rows = best.article[first:last]
                plan = rules.plan(rules.facts(some, n, place), as_of)
                chart = partial(np.arange, len(rules.columns))
                listed = plan.arrange(place[pool.article[rows]], k, more=chart)
                articles = history.catalogue.articles[pool.article[rows]]
                parts.append(_ranked(int(some.numbers[n]), listed, articles, best.score[first:last], rules))
        return pl.concat(parts)


def check_rules_of(folder: DataFolder, text: str, source: str) -> None:
    """Raises BadOption for a file of rules that may not be set."""
    found = RuledHybrid(Recommender(), folder, text, source).compiled(date.max)
    check_rules(found, source)


def rules_cost(
    result: Backtest,
    lists: Mapping[tuple[date, str], pl.DataFrame],
    history: History,
    file: tuple[str, str],
    price_unit: float,
) -> dict[str, Any]:
    """The part `rules` of a report: both ways, and the paired differences with 95 % intervals by customer.

    result, lists : of a backtest of the hybrid and of a `RuledHybrid`. Coverage is the share of the articles sold in
    the 28 days before a cutoff that are in any list, a mean over the weeks; it is of all lists, and has no interval.
    price_unit : units of money for a price of the tables, `DataFolder.price_unit`.
    """
    scores = result.scores.with_columns(pl.col("model").cast(pl.String))
    paid = {
        model: pl.concat(
            [
                _revenue(lists[cutoff, model], history, cutoff, result.days, price_unit)
                for cutoff in result.cutoffs
            ]
        )
        for model in (HYBRID, RULED)
    }
    maps = {
        model: scores.filter(pl.col("model") == model).select("cutoff", "customer", "map@12")
        for model in paid
    }
    shown = {
        model: float(
            np.mean(
                [coverage(lists[cutoff, model], recent_sales(history, cutoff)) for cutoff in result.cutoffs]
            )
        )
        for model in paid
    }
    return {
        "file": Path(file[1]).name,
        "rules": len(read_rules(*file)),
        "map@12": _both(maps, "map@12"),
        REVENUE: _both(paid, REVENUE),
        "coverage": {
            "without": shown[HYBRID],
            "with": shown[RULED],
            "difference": shown[RULED] - shown[HYBRID],
        },
        "changed_lists": _changed(lists, result),
    }


def remark(cost: Mapping[str, Any]) -> str:
    """The same for a person."""
    found = []
    for name, digits in (("map@12", ".5f"), (REVENUE, ".2f")):
        each = cost[name]
        low, high = each["ci95"]
        found.append(
            f"{name} {each['without']:{digits}} → {each['with']:{digits}} "
            f"({each['difference']:+{digits}} [{low:+{digits}}, {high:+{digits}}])"
        )
    shown = cost["coverage"]
    found.append(f"coverage {shown['without']:.1%} → {shown['with']:.1%}")
    return (
        f"The {cost['rules']} rules of {cost['file']} change {cost['changed_lists']:.1%} of the lists: "
        f"{'; '.join(found)}. Brackets: 95 % bootstrap of the paired difference."
    )


def _ranked(
    customer: int, listed: list[Arranged], articles: np.ndarray, score: np.ndarray, rules: CompiledRules
) -> pl.DataFrame:
    ids = rules.columns.frame["article"]
    known = [each.candidate for each in listed]
    return pl.DataFrame(
        {
            "customer": [customer] * len(listed),
            "article": [
                int(articles[n]) if n >= 0 else ids[each.place] for n, each in zip(known, listed, strict=True)
            ],
            "rank": range(1, len(listed) + 1),
            "score": [float(score[n]) if n >= 0 else None for n in known],
            "proposed_by": [[f"rule {touch.name}" for touch in each.rules] for each in listed],
        },
        RANKED,
    )


def _revenue(
    ranked: pl.DataFrame, history: History, cutoff: date, days: int, price_unit: float
) -> pl.DataFrame:
    """`cutoff`, `customer` of every buyer, and what they paid for articles of their first twelve."""
    until = date.fromordinal(cutoff.toordinal() + days)
    bought = history.before(until, days).group_by("customer", "article").agg(pl.col("price").sum()).collect()
    first = ranked.filter(pl.col("rank") <= LIST_LENGTH).select("customer", "article").unique()
    hits = bought.join(first, on=["customer", "article"], how="semi")
    paid = hits.group_by("customer").agg((pl.col("price").sum() * price_unit).cast(pl.Float64).alias(REVENUE))
    buyers = bought.select("customer").unique()
    found = buyers.join(paid, on="customer", how="left").with_columns(pl.col(REVENUE).fill_null(0.0))
    return found.with_columns(cutoff=pl.lit(cutoff)).sort("customer")


def _both(scores: Mapping[str, pl.DataFrame], column: str) -> dict[str, Any]:
    difference: Estimate = paired_difference(scores[RULED], scores[HYBRID], column)
    return {
        "without": bootstrap_mean(scores[HYBRID], column).mean,
        "with": bootstrap_mean(scores[RULED], column).mean,
        "difference": difference.mean,
        "ci95": difference[1:],
    }


def _changed(lists: Mapping[tuple[date, str], pl.DataFrame], result: Backtest) -> float:
    """The share of the lists that are not the same with the rules."""
    changed, count = 0, 0
    for cutoff in result.cutoffs:
        both = [
            lists[cutoff, model]
            .filter(pl.col("rank") <= LIST_LENGTH)
            .sort("customer", "rank")
            .group_by("customer")
            .agg("article")
            for model in (HYBRID, RULED)
        ]
        joined = both[0].join(both[1], on="customer", how="full", suffix="_ruled", coalesce=True)
        changed += joined.filter(pl.col("article").ne_missing(pl.col("article_ruled"))).height
        count += joined.height
    return changed / count if count else 0.0
