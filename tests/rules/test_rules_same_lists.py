"""The rules as they are applied give the lists of an implementation that is written for reading."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from slow_arranging import slowly_arranged
from test_rules_arranged import DAY, FACTS, rule

from stylo.records.merchandising import read_rules
from stylo.rules.columns import ArticleColumns
from stylo.rules.compiled import CompiledRules, compile_rules

_ARTICLES, _POOL = 400, 150


def shop(random: np.random.Generator) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "article": np.arange(1, _ARTICLES + 1, dtype=np.int32),
            "product_code": random.integers(-1, 150, _ARTICLES).astype(np.int32),
            "product_type_no": random.integers(0, 12, _ARTICLES).astype(np.int32),
            "product_type_name": [f"type {n}" for n in random.integers(0, 12, _ARTICLES)],
            "section_name": [f"section {n}" for n in random.integers(0, 6, _ARTICLES)],
            "price": random.gamma(2, 12, _ARTICLES).astype(np.float32),
        }
    )


KINDS = {
    "pin": rule("pin", 'articles = ["0000000300", "0000000007", "0000000008"]', "pin"),
    "boost": rule("boost", 'where = {section = "section 3"}\nby = 3', "boost"),
    "along": rule("boost", 'where = {price = {min = 0}}\nalong = "price"\nby = 4', "along"),
    "bury": rule("bury", "where = {price = {max = 10}}", "bury"),
    "exclude": rule("exclude", 'where = {section = "section 1"}', "exclude"),
    "cap": rule("cap", 'of = "product"\nmost = 1', "products"),
    "caps": rule("cap", 'of = "type"\nmost = 2', "types")
    + rule("cap", 'where = {section = "section 0"}\nmost = 0', "none"),
    "diversity": rule("diversity", "lambda = 0.4", "mixed"),
}
SETS = [(kind,) for kind in KINDS] + [
    ("caps", "diversity"),
    ("pin", "diversity"),
    ("pin", "cap", "bury"),
    ("boost", "along", "bury", "exclude"),
    tuple(KINDS),
]


def compiled(random: np.random.Generator, kinds: tuple[str, ...]) -> CompiledRules:
    looks = random.normal(size=(_ARTICLES + 1, 8)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    looks[random.integers(0, _ARTICLES, 40)] = 0  # without a photo
    looks[-1] = 0
    text = "".join(KINDS[kind] for kind in kinds)
    return compile_rules(read_rules(text), ArticleColumns.of(shop(random)), lambda: looks, "v")


@pytest.mark.parametrize("kinds", SETS, ids="+".join)
def test_lists_are_those_of_the_slow_implementation(kinds: tuple[str, ...]) -> None:
    random = np.random.default_rng(len(kinds))
    rules = compiled(random, kinds)
    plan = rules.plan(FACTS, DAY)
    chart = random.permutation(_ARTICLES)
    for k in (1, 4, 12, 30):
        for count in (0, 1, 5, 40, _POOL):
            candidates = random.choice(_ARTICLES, count, replace=False)
            found = plan.arrange(candidates, k, more=lambda: chart)
            assert found == slowly_arranged(plan, candidates.tolist(), k, chart.tolist())


def test_a_diversity_that_is_asked_for_gives_the_slow_implementation_s_lists() -> None:
    random = np.random.default_rng(5)
    rules = compiled(random, ("caps",))
    for asked in (0.0, 0.3, 1.0):
        plan = rules.plan(FACTS, DAY, asked)
        candidates = random.choice(_ARTICLES, _POOL, replace=False)
        found = plan.arrange(candidates, 12, more=lambda: np.arange(0))
        assert found == slowly_arranged(plan, candidates.tolist(), 12, [])


def test_a_list_of_variety_goes_on_with_candidates_that_come_later_where_caps_have_had_enough_of_the_first() -> (
    None
):
    """48 of one type come first: at most one of them is listed, and what is worth less follows."""
    articles = shop(np.random.default_rng(1)).with_columns(
        product_type_name=pl.Series([f"type {0 if n < 48 else n}" for n in range(_ARTICLES)])
    )
    text = rule("cap", 'of = "type"\nmost = 1', "c") + rule("diversity", "lambda = 0.5", "d")
    rules = compile_rules(read_rules(text), ArticleColumns.of(articles))
    found = rules.plan(FACTS, DAY).arrange(np.arange(100), 12)
    assert [each.place for each in found] == [0, *range(48, 59)]


def test_any_number_of_diversities_that_are_asked_for_leaves_one_plan() -> None:
    rules = compiled(np.random.default_rng(2), ("boost", "exclude"))
    plans = [rules.plan(FACTS, DAY, asked / 1000) for asked in range(1000)]
    assert all(plan.allowed is plans[0].allowed and plan.worth is plans[0].worth for plan in plans)
    days = [rules.plan(FACTS, DAY.replace(day=day)) for day in range(1, 29)]
    assert all(plan is days[0] for plan in days)
