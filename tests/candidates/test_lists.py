"""The best of many scores, against sorting in a loop."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from stylo.candidates.customers import pair_keys
from stylo.candidates.lists import Candidates, Offers, best, best_offers

Scored = dict[int, dict[int, float]]  # customer → article → score


def by_hand(scored: Scored, k: int) -> list[tuple[int, int, int, float]]:
    """Customer, article, rank, score: by the score as float32, then by the article."""
    rows = []
    for customer, scores in sorted(scored.items()):
        ordered = sorted(scores, key=lambda article: (-np.float32(scores[article]), article))
        rows += [
            (customer, article, rank, float(np.float32(scores[article])))
            for rank, article in enumerate(ordered[:k], start=1)
        ]
    return rows


def rows(found: Candidates) -> list[tuple[int, int, int, float]]:
    columns = (found.customer, found.article, found.rank, found.score)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def best_of(scored: Scored, count: int, k: int) -> list[tuple[int, int, int, float]]:
    pairs = [(customer, article) for customer in sorted(scored) for article in sorted(scored[customer])]
    customer, article = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    score = np.array([scored[customer][article] for customer, article in pairs])
    return rows(best(customer, article, score, count, k))


@pytest.mark.parametrize("k", [1, 3, 50])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_are_those_of_a_loop(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    few = [-np.inf, -2.5, -1e-30, -0.0, 0.0, 1e-30, 0.1, 3.0, np.inf]
    scored: Scored = defaultdict(dict)
    for customer, article in random.integers(0, 9, (60, 2)).tolist():
        scored[customer][article] = random.choice(few) if seed % 2 else random.normal() * 1e3
    assert best_of(scored, 9, k) == by_hand(scored, k)


def test_a_tie_goes_to_the_article_that_comes_first_also_where_only_float32_ties() -> None:
    barely = 1 + 1e-12
    assert best_of({0: {5: 1.0, 6: barely}, 2: {3: 0.0, 4: -0.0, 5: 0.0}}, 3, 2) == [
        (0, 5, 1, 1.0),
        (0, 6, 2, 1.0),
        (2, 3, 1, 0.0),
        (2, 4, 2, 0.0),
    ]


def test_nobody_gets_nothing() -> None:
    assert best_of({}, 0, 5) == best_of({}, 3, 5) == []


SOURCES = 6


def random_offers(random: np.random.Generator) -> dict[int, dict[int, float]]:
    """Source → article → score; source 0 offers nothing, scores may be negative."""
    return {0: {}} | {
        source: {int(article): random.normal() for article in random.choice(20, 5, replace=False)}
        for source in range(1, SOURCES)
    }


def as_offers(offers: dict[int, dict[int, float]]) -> Offers:
    many = [len(offers[source]) for source in sorted(offers)]
    articles = [article for source in sorted(offers) for article in offers[source]]
    scores = [score for source in sorted(offers) for score in offers[source].values()]
    return Offers(np.cumsum([0, *many]), np.array(articles, dtype=np.int32), np.array(scores))


@pytest.mark.parametrize("k", [1, 4, 50])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_offers_add_up_over_the_sources_of_a_customer(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    offers = random_offers(random)
    sources = {customer: random.choice(SOURCES, 3, replace=False).tolist() for customer in (0, 1, 3)}
    pairs = [(customer, source) for customer, mine in sources.items() for source in mine]
    weight = random.normal(size=len(pairs)).astype(np.float32)
    forbidden = sorted(
        {(0, 3), (0, 7), (1, 1), (3, 19), (7, 7)} | {(1, article) for article in range(0, 20, 2)}
    )

    scored: Scored = defaultdict(lambda: defaultdict(float))
    for (customer, source), by in zip(pairs, weight, strict=True):
        for article, score in offers[source].items():
            scored[customer][article] += float(by) * score
    allowed = {
        customer: {
            article: score for article, score in scores.items() if (customer, article) not in forbidden
        }
        for customer, scores in scored.items()
    }
    customer, source = np.array(pairs).T
    arguments = (customer, source, weight, as_offers(offers), 4, k)
    without = pair_keys(*np.array(forbidden).T)
    assert rows(best_offers(*arguments)) == by_hand(scored, k)
    assert rows(best_offers(*arguments, without=without)) == by_hand(allowed, k)
    assert rows(best_offers(*arguments, without=without[:0])) == by_hand(scored, k)


@pytest.mark.parametrize("most", [1, 3, 5, 9])
def test_of_each_source_no_more_than_its_first_offers_count(most: int) -> None:
    offers = random_offers(np.random.default_rng(most))
    fewer = {source: dict(list(each.items())[:most]) for source, each in offers.items()}
    customer, source = np.repeat([0, 2], SOURCES), np.tile(np.arange(SOURCES), 2)
    asked = (customer, source, np.ones(len(customer)))
    found = best_offers(*asked, replace(as_offers(offers), most=most), 3, 50)
    assert rows(found) == rows(best_offers(*asked, as_offers(fewer), 3, 50))


@pytest.mark.parametrize("seed", range(3))
def test_articles_of_one_source_each_need_not_be_added_up(seed: int) -> None:
    random = np.random.default_rng(seed)
    few = [0.5, 1.0, 2.0]
    articles = random.permutation(20).tolist()
    offers = {
        source: {what: random.choice(few) for what in sorted(articles[4 * source :][:4])}
        for source in range(5)
    }
    pairs = [
        (customer, source) for customer in (0, 2) for source in sorted(random.choice(5, 3, replace=False))
    ]
    weight = random.choice(few, len(pairs))
    scored: Scored = defaultdict(dict)
    for (customer, source), by in zip(pairs, weight.tolist(), strict=True):
        for article, score in offers[source].items():
            scored[customer][article] = by * score
    customer, source = np.array(pairs).T
    separate = replace(as_offers(offers), disjoint=True)
    assert rows(best_offers(customer, source, weight, separate, 3, 7)) == by_hand(scored, 7)


@pytest.mark.parametrize("highest", [2**20, 2**28, 2**31 - 1])
def test_articles_with_large_numbers_are_told_apart(highest: int) -> None:
    random = np.random.default_rng(highest)
    scored: Scored = {
        customer: {
            highest - int(article): float(random.choice([-1.5, 0.0, 0.25, 4.0]))
            for article in random.choice(40, 12, replace=False)
        }
        for customer in (0, 1, 4, 5, 11)
    }
    pairs = [(customer, article) for customer, mine in scored.items() for article in sorted(mine)]
    score = np.array([scored[customer][article] for customer, article in pairs])
    # Each pair is a source's only offer.
    offers = Offers(np.arange(len(pairs) + 1), np.array([article for _, article in pairs]), score)
    customer, source = np.array([who for who, _ in pairs]), np.arange(len(pairs))
    assert rows(best_offers(customer, source, np.ones(len(pairs)), offers, 12, 5)) == by_hand(scored, 5)
    assert best_of(scored, 12, 5) == by_hand(scored, 5)


def test_nobody_is_offered_anything_nor_anyone_by_sources_that_have_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    offers = as_offers({0: {}, 1: {4: 1.0}})
    assert rows(best_offers(none, none, none, offers, 0, 5)) == []
    assert rows(best_offers(np.array([0]), np.array([0]), np.array([1.0]), offers, 1, 5)) == []
    everything = pair_keys(np.array([0]), np.array([4]))
    assert rows(best_offers(np.array([0]), np.array([1]), np.array([1.0]), offers, 1, 5, everything)) == []
    assert rows(best_offers(np.array([0]), np.array([1]), np.array([1.0]), offers, 1, 5)) == [(0, 4, 1, 1.0)]
