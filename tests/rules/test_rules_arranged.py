"""What rules make of a list: each kind by itself, and together, on a shop of eight articles."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from stylo.candidates.customers import Customers
from stylo.records.merchandising import read_rules
from stylo.rules.audiences import CustomerFacts
from stylo.rules.checking import check_rules
from stylo.rules.columns import ArticleColumns
from stylo.rules.compiled import CompiledRules, compile_rules

DAY = date(2020, 9, 23)
FACTS = CustomerFacts(30.0, 2.0, ("Women",), 5)
# Two products of each type; the first four are dresses.
ARTICLES = pl.DataFrame(
    {
        "article": range(1, 9),
        "product_code": [10, 10, 11, 11, 20, 20, 21, 21],
        "product_type_name": ["Dress"] * 4 + ["Coat"] * 4,
        "product_type_no": [1] * 4 + [2] * 4,
        "section_name": ["Women"] * 6 + ["Men"] * 2,
        "price": [10.0, 20, 30, 40, 50, 60, 70, None],
        "is_new": [False, False, False, True, False, False, True, False],
    },
    {
        "article": pl.Int32, "product_code": pl.Int32, "product_type_name": pl.String, "product_type_no": pl.Int32,
        "section_name": pl.String, "price": pl.Float32, "is_new": pl.Boolean,
    },
)  # fmt: skip
ALL = np.arange(8)


def compiled(text: str, stock: pl.DataFrame | None = None, looks: np.ndarray | None = None) -> CompiledRules:
    return compile_rules(read_rules(text), ArticleColumns.of(ARTICLES, stock), lambda: looks, "v")


def listed(
    rules: CompiledRules,
    candidates: np.ndarray = ALL,
    k: int = 4,
    facts: CustomerFacts = FACTS,
    day: date = DAY,
    **more: object,
) -> list[int]:
    """The articles' numbers, from 1."""
    plan = rules.plan(facts, day)
    return [each.place + 1 for each in plan.arrange(candidates, k, **more)]  # type: ignore[arg-type]


def rule(kind: str, content: str, name: str = "r") -> str:
    return f'[[{kind}]]\nname = "{name}"\n{content}\n'


def test_without_rules_a_list_is_the_first_of_its_candidates() -> None:
    assert listed(compiled("")) == [1, 2, 3, 4]


def test_a_pinned_article_comes_first_whether_anybody_proposed_it_or_not() -> None:
    rules = compiled(rule("pin", 'articles = ["0000000008", "0000000003"]'))
    assert listed(rules) == [8, 3, 1, 2]
    assert listed(rules, np.array([0, 1])) == [8, 3, 1, 2]
    plan = rules.plan(FACTS, DAY)
    assert [(each.candidate, [touch.name for touch in each.rules]) for each in plan.arrange(np.array([2, 0]), 3)] == [
        (-1, ["r"]), (0, ["r"]), (1, []),
    ]  # fmt: skip


def test_a_pin_is_not_shown_to_whom_it_may_not_be_shown() -> None:
    rules = compiled(rule("pin", 'articles = ["0000000008", "0000000003"]'))
    assert listed(rules, may_show=lambda places: [place for place in places if place != 7]) == [3, 1, 2, 4]


def test_a_rule_holds_on_its_first_and_last_day_and_not_before_or_after() -> None:
    rules = compiled(rule("exclude", 'articles = ["0000000001"]\nfrom = 2020-09-22\nuntil = 2020-09-23'))
    first = {day: listed(rules, day=date(2020, 9, day))[0] for day in (21, 22, 23, 24)}
    assert first == {21: 1, 22: 2, 23: 2, 24: 1}
    assert rules.over(date(2020, 9, 23)) == []
    assert rules.notes(date(2020, 9, 24)) == ["Rule 'r' has run out."]


def test_what_is_excluded_does_not_come_back_to_fill_a_list() -> None:
    rules = compiled(rule("exclude", 'where = {type = "Dress"}'))
    assert listed(rules, np.array([0, 1, 4]), more=lambda: ALL) == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ('section = "Men"', [1, 2, 3, 4, 5, 6]),
        ("price = {min = 20, max = 40}", [1, 5, 6, 7, 8]),
        ("new = true", [1, 2, 3, 5, 6, 8]),
        ("product_code = [10, 21]", [3, 4, 5, 6]),
        ('type = "Coat", price = {max = 55}', [1, 2, 3, 4, 6, 7, 8]),
    ],
)
def test_conditions_of_every_kind_choose_articles(where: str, left: list[int]) -> None:
    assert listed(compiled(rule("exclude", f"where = {{{where}}}")), k=8) == left


def test_a_boost_lifts_an_article_by_its_reciprocal_rank() -> None:
    # Worth 1 / (3 + place): the 5th counts 1/8, twice that is as much as the first, which keeps its turn.
    assert listed(compiled(rule("boost", 'articles = ["0000000005"]\nby = 2'))) == [1, 5, 2, 3]
    assert listed(compiled(rule("boost", 'articles = ["0000000005"]\nby = 2.1'))) == [5, 1, 2, 3]
    # The first, a third of 1/4: less than the 8th, which counts 1/11.
    assert listed(compiled(rule("bury", 'articles = ["0000000001"]\nby = 3')), k=8) == [
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        1,
    ]


def test_a_boost_along_a_column_counts_by_where_a_value_stands() -> None:
    stock = pl.DataFrame(
        {"article": [1, 5, 8], "margin": [0.1, 0.2, 0.9]}, {"article": pl.Int32, "margin": pl.Float64}
    )
    rules = compiled(rule("boost", 'where = {margin = {min = 0}}\nby = 16\nalong = "margin"'), stock)
    # The lowest counts 1, the middle 4, the highest 16 times: 1/4, 4/8, 16/11.
    assert listed(rules) == [8, 5, 1, 2]


def test_at_most_so_many_of_a_product_and_of_a_type() -> None:
    assert listed(compiled(rule("cap", 'of = "product"\nmost = 1'))) == [1, 3, 5, 7]
    both = rule("cap", 'of = "product"\nmost = 1', "a") + rule("cap", 'of = "type"\nmost = 1', "b")
    assert listed(compiled(both)) == [1, 5]
    assert listed(compiled(rule("cap", 'where = {type = "Dress"}\nmost = 2'))) == [1, 2, 5, 6]
    assert listed(compiled(rule("cap", 'where = {type = "Dress"}\nmost = 0'))) == [5, 6, 7, 8]


def test_a_cap_counts_pins_and_what_fills_the_list() -> None:
    rules = compiled(
        rule("cap", 'of = "type"\nmost = 2', "c") + rule("pin", 'articles = ["0000000004"]', "p")
    )
    assert listed(rules) == [4, 1, 5, 6]
    assert listed(rules, np.array([0]), more=lambda: ALL) == [4, 1, 5, 6]


def test_diversity_takes_turns_between_types() -> None:
    # λ = 1/2: relevance 4/(3 + place); the second dress counts ½·4/5 − ½, the first coat ½·4/8.
    rules = compiled(rule("diversity", "lambda = 0.5\nlook = 0"))
    assert listed(rules)[:2] == [1, 5]
    assert listed(compiled(rule("diversity", "lambda = 0"))) == [1, 2, 3, 4]


def test_diversity_is_maximal_marginal_relevance_by_brute_force() -> None:
    random = np.random.default_rng(3)
    looks = random.normal(size=(9, 4)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    looks[-1] = 0
    candidates = random.permutation(8)
    chosen: list[int] = []
    for _ in range(5):

        def worth(n: int) -> float:
            place, alike = candidates[n], 0.0
            for other in chosen:
                same = float(
                    ARTICLES["product_type_no"][int(place)]
                    == ARTICLES["product_type_no"][int(candidates[other])]
                )
                cosine = max(float(looks[place] @ looks[candidates[other]]), 0)
                alike = max(alike, 0.25 * cosine + 0.75 * same)
            return 0.6 * 4 / (4 + n) - 0.4 * alike

        chosen.append(max((n for n in range(8) if n not in chosen), key=worth))
    rules = compiled(rule("diversity", "lambda = 0.4\nlook = 0.25"), looks=looks)
    assert listed(rules, candidates, 5) == [int(candidates[n]) + 1 for n in chosen]


def test_diversity_keeps_to_caps_and_to_pins() -> None:
    text = rule("diversity", "lambda = 0.5\nlook = 0", "d") + rule("cap", 'of = "product"\nmost = 1', "c")
    assert sorted(listed(compiled(text))) == [1, 3, 5, 7]
    pinned = text + rule("pin", 'articles = ["0000000002"]', "p")
    found = listed(compiled(pinned))
    assert found[0] == 2
    assert 1 not in found


def test_a_request_may_ask_for_another_diversity() -> None:
    rules = compiled(rule("diversity", "lambda = 0.9\nlook = 0"))
    assert [each.place + 1 for each in rules.plan(FACTS, DAY, 0.0).arrange(ALL, 4)] == [1, 2, 3, 4]
    none = compiled("")
    found = none.plan(None, DAY, 0.5).arrange(ALL, 2)
    assert [each.place + 1 for each in found] == [1, 5]
    assert [touch for each in found for touch in each.rules] == [("diversity", "request")]


@pytest.mark.parametrize(
    ("audience", "facts", "is_in"),
    [
        ("age = {max = 17}", CustomerFacts(17.0, 2.0, (), 1), True),
        ("age = {max = 17}", CustomerFacts(18.0, 2.0, (), 1), False),
        ("age = {max = 17}", CustomerFacts(float("nan"), 2.0, (), 1), False),
        ("age = {max = 17}\nunknown = true", CustomerFacts(float("nan"), 2.0, (), 1), True),
        ('club = "ACTIVE"', CustomerFacts(30.0, 2.0, (), 1), True),
        ('club = ["LEFT CLUB", "PRE-CREATE"]', CustomerFacts(30.0, 2.0, (), 1), False),
        ('section = "Men"', CustomerFacts(30.0, 2.0, ("Men",), 1), True),
        ('section = "Men"', CustomerFacts(30.0, 2.0, (), 0), False),
        ("purchases = {max = 0}", CustomerFacts(30.0, 2.0, (), 0), True),
        ("purchases = {max = 0}", CustomerFacts(30.0, 2.0, (), 1), False),
        ("age = {min = 18}\npurchases = {min = 2}", CustomerFacts(30.0, 2.0, (), 1), False),
    ],
)
def test_an_audience_is_who_fits_all_that_it_asks(audience: str, facts: CustomerFacts, is_in: bool) -> None:
    text = f"[audiences.some]\n{audience}\n" + rule("exclude", 'articles = ["0000000001"]\naudience = "some"')
    assert (listed(compiled(text), facts=facts)[0] == 2) is is_in


def test_an_article_says_which_rules_touched_it() -> None:
    text = rule("boost", 'where = {type = "Coat"}\nby = 4', "coats") + rule(
        "pin", 'articles = ["0000000007"]', "now"
    )
    plan = compiled(text).plan(FACTS, DAY)
    touched = {each.place + 1: [touch.name for touch in each.rules] for each in plan.arrange(ALL, 4)}
    assert touched == {7: ["now", "coats"], 5: ["coats"], 6: ["coats"], 8: ["coats"]}


def test_a_boost_along_a_column_does_not_claim_the_article_that_it_leaves_where_it_is() -> None:
    plan = compiled(rule("boost", 'where = {price = {min = 0}}\nalong = "price"\nby = 2')).plan(FACTS, DAY)
    touched = {each.place + 1: bool(each.rules) for each in plan.arrange(ALL, 8)}
    # The first has the lowest price, the price of the eighth is not known.
    assert touched == {1: False, 8: False, **dict.fromkeys(range(2, 8), True)}


def test_a_person_who_has_bought_nothing_is_of_the_audiences_of_the_sections_that_are_asked_for() -> None:
    audience = '[audiences.some]\nsection = "Men"\n'
    text = audience + rule("exclude", 'articles = ["0000000001"]\naudience = "some"')
    rules, nobody, place = compiled(text), Customers.nobody(np.zeros(1)), np.arange(8)

    def first(*told: str) -> int:
        return listed(rules, facts=rules.facts(nobody, 0, place, told))[0]  # type: ignore[arg-type]

    assert (first(), first("Women"), first("Men"), first("Women", "Men")) == (1, 1, 2, 2)
    buyer = Customers(
        nobody.numbers,
        nobody.members,
        np.array([0, 1]),
        np.array([6]),  # of Men
        np.array([1]),
        np.array([1.0]),
        np.array([1]),
    )
    assert listed(rules, facts=rules.facts(buyer, 0, place, ("Women",)))[0] == 2  # type: ignore[arg-type]


def test_where_rules_of_two_sections_meet_an_exclude_wins_over_a_pin_and_the_first_diversity_holds() -> None:
    audiences = '[audiences.women]\nsection = "Women"\n[audiences.men]\nsection = "Men"\n'
    text = audiences + "".join(
        [
            rule("pin", 'articles = ["0000000008", "0000000007"]\naudience = "women"', "pinned"),
            rule("exclude", 'articles = ["0000000008"]\naudience = "men"', "gone"),
            rule("boost", 'articles = ["0000000005"]\nby = 9\naudience = "women"', "up"),
            rule("bury", 'articles = ["0000000005"]\nby = 9\naudience = "men"', "down"),
            rule("cap", 'where = {product = 21}\nmost = 0\naudience = "men"', "none of these"),
            rule("diversity", 'lambda = 0\naudience = "men"', "as it is"),
            rule("diversity", 'lambda = 0.9\naudience = "women"', "mixed"),
        ]
    )
    rules, nobody, place = compiled(text), Customers.nobody(np.zeros(1)), np.arange(8)
    check_rules(rules, "rules.toml")  # what is ordinary for two sections may be set
    for told in (("Women", "Men"), ("Men", "Women")):
        plan = rules.plan(rules.facts(nobody, 0, place, told), DAY)
        assert plan.diversity is not None
        assert plan.diversity.touch.name == "as it is"
        assert [each.place + 1 for each in plan.arrange(ALL, 8)] == [7, 1, 2, 3, 4, 5, 6]
        assert "gone" in {touch.name for touch in plan.absent(7, [6])}
    of_women = rules.plan(rules.facts(nobody, 0, place, ("Women",)), DAY)
    assert [each.place + 1 for each in of_women.arrange(ALL, 2)] == [8, 7]


def test_an_article_that_is_absent_says_which_rules_keep_it_out() -> None:
    text = rule("exclude", 'articles = ["0000000001"]', "gone") + rule(
        "cap", 'of = "product"\nmost = 1', "one"
    )
    plan = compiled(text).plan(FACTS, DAY)
    places = [each.place for each in plan.arrange(ALL, 4)]
    assert [touch.name for touch in plan.absent(0, places)] == ["gone", "one"]
    assert [touch.name for touch in plan.absent(3, places)] == ["one"]


def test_articles_that_no_column_knows_stay_where_they_are() -> None:
    text = rule("cap", 'of = "type"\nmost = 1', "c") + rule("boost", "where = {new = true}", "b")
    plan = compiled(text).plan(FACTS, DAY)
    assert [each.candidate for each in plan.arrange(np.array([-1, -1, 0, 1]), 4)] == [0, 1, 2]
