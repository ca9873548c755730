"""The parts of the customers' behaviour, each by itself: visits, wardrobe, shelf, pictured articles."""

from datetime import date, timedelta

import numpy as np
import pytest

from stylo_demo.assortment import ShopAssortment, measure
from stylo_demo.catalogue import make_catalogue, to_be_pictured
from stylo_demo.purchases import Wardrobe
from stylo_demo.shelf import Shelf
from stylo_demo.visits import Visitors


@pytest.fixture(scope="module")
def range_() -> ShopAssortment:
    return measure(make_catalogue(600, 50, seed=3), seed=3)


def test_visits_of_a_week_lie_on_later_and_later_days() -> None:
    visitors, seen = Visitors(3000, 105, seed=1), 0
    for week in range(20):
        day_before = np.full(3000, -1)
        for visits in visitors.week_of_visits(week, date(2018, 9, 19) + timedelta(days=7 * week)):
            assert (np.diff(visits.customer) > 0).all()
            assert (visits.day > day_before[visits.customer]).all()
            assert (visits.day < 7).all()
            day_before[visits.customer] = visits.day
            seen += len(visits.customer)
    assert seen > 500


def test_the_days_before_the_opening_are_closed() -> None:
    rounds = Visitors(5000, 105, seed=1).week_of_visits(0, date(2018, 9, 19), closed=3)
    assert min(int(visits.day.min()) for visits in rounds) >= 3


def test_a_short_history_is_the_end_of_a_long_one_not_all_of_it_at_once() -> None:
    visitors = Visitors(5000, 4, seed=1)
    come = {
        int(customer)
        for week in range(4)
        for visits in visitors.week_of_visits(week, date(2020, 8, 26) + timedelta(days=7 * week))
        for customer in visits.customer
    }
    assert 0.05 < len(come) / 5000 < 0.4


def test_a_wardrobe_holds_the_last_twelve_articles() -> None:
    wardrobe = Wardrobe(3)
    wardrobe.add(np.array([0] * 5), np.arange(5))
    wardrobe.add(np.array([0] * 10 + [2]), np.array([*range(5, 15), 99]))
    picked = wardrobe.pick(np.repeat([0, 1, 2], 900), np.random.default_rng(0)).reshape(3, 900)
    assert set(picked[0]) == set(range(3, 15))
    assert set(picked[1]) == {-1}
    assert set(picked[2]) == {99}
    assert (picked[0] >= 9).mean() > 0.6  # rather the late ones


def test_articles_lie_on_the_shelf_in_proportion_to_their_pull(range_: ShopAssortment) -> None:
    pull = np.zeros(len(range_.first))
    pull[[10, 20, 30]] = 1.0, 2.0, 5.0
    shelf = Shelf(range_, pull, np.random.default_rng(0))
    counts = np.bincount(shelf.articles, minlength=len(pull))
    assert set(np.flatnonzero(counts)) == {10, 20, 30}
    np.testing.assert_allclose(counts[[10, 20, 30]] / counts.sum(), [1 / 8, 2 / 8, 5 / 8], atol=0.001)


def test_a_stretch_of_the_shelf_holds_one_audience_or_one_section(range_: ShopAssortment) -> None:
    rng = np.random.default_rng(0)
    shelf = Shelf(range_, range_.pull(25, date(2020, 3, 1), np.ones(len(range_.first))), rng)
    for audience in range(7):
        stretch = shelf.of_audience(np.array([audience]))
        found = shelf.articles[stretch.start[0] : stretch.start[0] + stretch.length[0]]
        assert (range_.audience[found] == audience).all()
        assert len(found) == (range_.audience[shelf.articles] == audience).sum()
    for article in np.unique(shelf.articles)[::40]:
        stretch = shelf.beside(np.array([article]))
        found = shelf.articles[stretch.start[0] : stretch.start[0] + stretch.length[0]]
        assert article in found
        assert (range_.section[found] == range_.section[article]).all()
    assert shelf.beside(np.array([-1])).length.tolist() == [0]


def test_a_variant_is_another_article_of_the_product_that_is_on_sale(range_: ShopAssortment) -> None:
    rng = np.random.default_rng(0)
    shelf = Shelf(range_, range_.pull(25, date(2020, 3, 1), np.ones(len(range_.first))), rng)
    asked = np.tile(np.arange(-1, len(range_.first)), 20)
    given = shelf.variants(asked, rng)
    found = given >= 0
    assert found.any()
    assert (range_.first[given[found]] == range_.first[asked[found]]).all()
    assert (given[found] != asked[found]).all()
    assert shelf.on_sale[given[found]].all()
    assert not found[asked == -1].any()


def test_discounts_are_a_products_and_deepest_at_the_end_of_its_life(range_: ShopAssortment) -> None:
    discounts = range_.discounts(25, np.random.default_rng(0))
    assert ((discounts >= 0.5) & (discounts <= 1)).all()
    ending = range_.launch + range_.life - 25 <= 2
    assert (discounts[ending] == 0.5).all()
    prices = range_.prices(discounts)
    assert (prices <= range_.euros).all()
    assert (prices > 0).all()


def test_the_best_sellers_of_every_kind_are_pictured_first() -> None:
    catalogue = make_catalogue(400, 50, seed=1)
    sold = np.random.default_rng(0).integers(0, 1000, len(catalogue))
    kinds = {article.product.design.kind for article in catalogue}
    pictured = to_be_pictured(catalogue, sold, len(kinds))
    assert {article.product.design.kind for article in pictured} == kinds
    best = {
        kind: max(
            sold[at]
            for at, article in enumerate(catalogue)
            if article.product.design.kind == kind and article.has_photo
        )
        for kind in kinds
    }
    times = dict(zip([article.article_id for article in catalogue], sold, strict=True))
    assert all(times[article.article_id] == best[article.product.design.kind] for article in pictured)


def test_none_or_all_articles_can_be_pictured() -> None:
    catalogue = make_catalogue(400, 50, seed=1)
    sold = np.zeros(len(catalogue), dtype=np.int64)
    everything = [article for article in catalogue if article.has_photo]
    assert to_be_pictured(catalogue, sold, None) == everything
    assert to_be_pictured(catalogue, sold, 400) == everything
    assert to_be_pictured(catalogue, sold, 0) == []


def test_a_large_catalogue_has_enough_product_codes() -> None:
    catalogue = make_catalogue(8000, 105, seed=1)
    ids = [article.article_id for article in catalogue]
    assert len(set(ids)) == 8000
    assert ids == sorted(ids)
    assert all(len(article_id) == 10 and article_id[0] == "0" for article_id in ids)
    products = {article.product.code for article in catalogue}
    assert 1.9 < 8000 / len(products) < 2.6  # H&M: 105,542 articles of 47,224 products
