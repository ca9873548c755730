"""Outfits put together in a shop of two tastes: slots, whom they are for, locks, the price, reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from wardrobe import AS_OF, history, priced

from stylo.errors import BadOption, UnknownArticle
from stylo.outfits.composing import OutfitQuery, compose
from stylo.outfits.learning import learn
from stylo.outfits.maker import OutfitMaker, ShownOutfit
from stylo.outfits.model import OutfitModel
from stylo.outfits.slots import SLOTS
from stylo.tables.ids import ArticleIds


@pytest.fixture(scope="module")
def model() -> OutfitModel:
    return learn(history(), AS_OF)


@pytest.fixture(scope="module")
def maker(model: OutfitModel) -> OutfitMaker:
    return OutfitMaker(model, priced(), ArticleIds())


def chosen(outfit: ShownOutfit) -> dict[str, int]:
    return {each.slot: each.chosen.article for each in outfit.slots}


@pytest.mark.parametrize(("blouse", "trousers", "boots"), [(10, 20, 40), (11, 21, 41)])
def test_an_outfit_is_what_people_bought_together(
    maker: OutfitMaker, blouse: int, trousers: int, boots: int
) -> None:
    outfit = maker.make(blouse)
    found = chosen(outfit)
    assert (found["bottom"], found["shoes"]) == (trousers, boots)
    (bottom,) = (each for each in outfit.slots if each.slot == "bottom")
    assert (bottom.chosen.why[0].kind, bottom.chosen.why[0].value) == ("together", 30)
    assert bottom.chosen.why[0].sentence == "Bought together 30 times."


def test_an_article_that_nobody_bought_gets_what_goes_with_its_like(maker: OutfitMaker) -> None:
    found = chosen(maker.make(12))
    assert (found["bottom"], found["shoes"]) == (20, 40)


def test_a_dress_takes_the_place_of_a_top_and_a_bottom(maker: OutfitMaker) -> None:
    assert set(chosen(maker.make(30))) == {"shoes", "bag"}
    assert set(chosen(maker.make(20))) == {"top", "shoes", "bag"}


def test_around_shoes_it_is_a_dress_or_separates_never_both(maker: OutfitMaker) -> None:
    slots = set(chosen(maker.make(40)))
    assert ("dress" in slots) != ({"top", "bottom"} <= slots)
    assert "dress" not in chosen(maker.make(40, without=["dress"]))
    assert {"top", "bottom"} <= set(chosen(maker.make(40, without=["dress"])))
    assert chosen(maker.make(40, without=["top", "bottom"]))["dress"] == 30
    # Whoever has a top asks for a bottom, not for a dress.
    assert set(chosen(maker.make(40, without=["top"]))) == {"bottom", "bag"}


def test_nobody_gets_what_is_made_for_others(maker: OutfitMaker) -> None:
    """Child's boots 70 and a man's shirt 71 lie in many baskets with bag 50."""
    found = chosen(maker.make(50))
    assert not {70, 71} & set(found.values())
    outfit = maker.make(71)
    assert outfit.slots == []
    assert outfit.left_out["shoes"] == "nothing fits"


def test_what_is_locked_stays_and_the_rest_fits_it(maker: OutfitMaker) -> None:
    outfit = maker.make(50, locked=[21])
    found = {each.slot: each for each in outfit.slots}
    assert (found["bottom"].chosen.article, found["bottom"].locked) == (21, True)
    assert (found["top"].chosen.article, found["shoes"].chosen.article) == (11, 41)
    assert not found["top"].locked


def test_to_lock_the_given_article_or_one_twice_changes_nothing(maker: OutfitMaker) -> None:
    assert maker.make(10, locked=[10]) == maker.make(10)
    assert maker.make(10, locked=[20, 20]) == maker.make(10, locked=[20])


@pytest.mark.parametrize(
    ("given", "locked", "problem"),
    [
        (10, [11], "Two articles for one slot: top"),
        (10, [30], "A dress takes the place"),
        (40, [30, 20], "A dress takes the place"),
        (40, [10, 71], "Two articles for one slot"),
        (20, [70], "One outfit is not for"),
        (60, [], "Article 0000000060 has no place in an outfit: Socks is none of"),
        (10, [60], "has no place in an outfit"),
    ],
)
def test_what_cannot_be_one_outfit_is_refused(
    maker: OutfitMaker, given: int, locked: list[int], problem: str
) -> None:
    with pytest.raises(BadOption, match=problem):
        maker.make(given, locked)


def test_an_article_that_is_not_there_is_told(maker: OutfitMaker) -> None:
    for given, locked in ((99, []), (10, [99])):
        with pytest.raises(UnknownArticle, match="0000000099"):
            maker.make(given, locked)


def test_alternatives_are_the_next_best_of_other_products(maker: OutfitMaker) -> None:
    outfit = maker.make(10, alternatives=5)
    (shoes,) = (each for each in outfit.slots if each.slot == "shoes")
    assert [each.article for each in shoes.alternatives] == [41]
    assert shoes.chosen.score > shoes.alternatives[0].score
    assert all(not each.alternatives for each in maker.make(10, alternatives=0).slots)


def test_variants_of_one_product_are_shown_once(model: OutfitModel) -> None:
    boots = np.isin(model.articles, (40, 41))
    product = np.where(boots, model.product[boots][0], model.product)
    variants = OutfitMaker(replace(model, product=product.astype(np.int32)), priced(), ArticleIds())
    (shoes,) = (each for each in variants.make(10).slots if each.slot == "shoes")
    assert shoes.alternatives == []


def test_the_whole_outfit_costs_no_more_than_asked(maker: OutfitMaker) -> None:
    """Blouse 30, trousers 50, boots 80 or white boots 20, bag 40."""
    assert maker.make(10).price == 200
    outfit = maker.make(10, max_price=150)
    assert chosen(outfit) == {"bottom": 20, "shoes": 41, "bag": 50}
    assert (outfit.price, outfit.left_out) == (
        140,
        {"outerwear": "nothing fits", "accessory": "nothing fits"},
    )
    # No alternative may break the limit either.
    assert all(each.alternatives == [] for each in outfit.slots if each.slot == "shoes")


def test_a_slot_that_the_price_does_not_allow_is_left_out(maker: OutfitMaker) -> None:
    outfit = maker.make(10, max_price=100)
    assert chosen(outfit) == {"bottom": 20, "shoes": 41}
    assert outfit.left_out["bag"] == "too dear"


def test_a_price_below_that_of_what_is_given_is_refused(maker: OutfitMaker) -> None:
    with pytest.raises(BadOption, match=r"costs 30\.00 alone, and all of it may cost 29\.99") as refused:
        maker.make(10, max_price=29.99)
    assert "max_price" in refused.value.cure
    assert chosen(maker.make(10, max_price=30)) == {}


def test_without_a_limit_an_article_that_has_no_price_may_be_worn(maker: OutfitMaker) -> None:
    outfit = maker.make(20, locked=[12])
    assert outfit.price is None
    found = maker.make(21, max_price=1000)
    assert 12 not in chosen(found).values()


@pytest.mark.parametrize("limit", [60.0, 90.0, 130.0, 200.0, 350.0])
def test_no_single_article_could_be_better_within_the_price(limit: float) -> None:
    """Random scores and prices: the rest of the money buys nothing better in any slot."""
    random = np.random.default_rng(int(limit))
    tops = 40
    table = pl.DataFrame({"article": np.arange(1 + 3 * tops, dtype=np.int32)})
    kinds = ["Dress", *("Boots", "Bag", "Hat") * tops]
    named = table.with_columns(product_type_name=pl.Series(kinds), product_code=pl.col("article"))
    nothing = history()
    empty = type(nothing)(nothing.before(AS_OF.replace(year=2000)), named)
    model = learn(empty, AS_OF)
    model = replace(model, popularity=random.normal(size=len(kinds)).astype(np.float32))
    prices = random.uniform(5, 80, len(kinds))
    prices[0] = 10.0
    outfit = compose(model, prices, OutfitQuery(0, max_price=limit))
    assert outfit.price is not None
    assert outfit.price <= limit
    for each in outfit.slots:
        same = np.flatnonzero(model.slot == each.slot)
        could = same[prices[same] <= limit - outfit.price + prices[each.row]]
        assert model.popularity[could].max() == model.popularity[each.row], SLOTS[each.slot]


def unsold(**columns: list[str]) -> OutfitModel:
    """A model of articles that nobody has bought."""
    count = len(next(iter(columns.values())))
    table = pl.DataFrame({"article": np.arange(count, dtype=np.int32), **columns})
    nothing = history()
    before = nothing.before(AS_OF.replace(year=2000))
    return learn(type(nothing)(before, table.with_columns(product_code=pl.col("article"))), AS_OF)


def test_what_is_locked_for_a_slot_that_stays_empty_is_refused(maker: OutfitMaker) -> None:
    with pytest.raises(BadOption, match="locked for a slot that stays empty: shoes"):
        maker.make(10, locked=[40], without=["shoes"])
    # The given article is not asked away.
    assert "shoes" in chosen(maker.make(10, without=["top"]))


def test_whatever_is_worn_of_what_is_shown_is_for_the_same_people() -> None:
    """Around a bag for anybody a man's shirt sells best, a woman's boots; neither slot has the other's people."""
    kinds = ["Bag", "Shirt", "Shirt", "Boots", "Boots", "Hat", "Hat"]
    sections = ["Accessories", "Men", "Women", "Men", "Women", "Accessories", "Women"]
    model = unsold(product_type_name=kinds, section_name=sections)
    model = replace(model, popularity=np.array([0, 3, 2, 1, 3, 2, 1], dtype=np.float32))
    outfit = compose(model, np.full(len(kinds), 10.0), OutfitQuery(0))
    shown = {SLOTS[each.slot]: [each.row, *each.others] for each in outfit.slots}
    assert shown == {"top": [1], "shoes": [3], "accessory": [5]}


@pytest.mark.parametrize(("kinds", "slots"), [(("Dress",), {"dress"}), (("Shirt", "Dress"), {"dress"})])
def test_where_no_top_and_bottom_are_sold_it_is_a_dress(kinds: tuple[str, ...], slots: set[str]) -> None:
    model = unsold(product_type_name=["Boots", *kinds])
    outfit = compose(model, np.full(1 + len(kinds), 10.0), OutfitQuery(0))
    assert {SLOTS[each.slot] for each in outfit.slots} == slots


def test_where_no_dress_is_sold_it_is_a_top_and_a_bottom(model: OutfitModel) -> None:
    passes = model.articles != 30
    prices = np.full(len(model.articles), 10.0)
    boots = int(model.row(40))
    model = replace(
        model, beside=np.tile(np.array([0, 0, 1, 0, 0, 0, 0], np.float32), (len(model.beside), 1))
    )
    dressed = compose(model, prices, OutfitQuery(boots))
    assert "dress" in {SLOTS[each.slot] for each in dressed.slots}
    separate = compose(model, prices, OutfitQuery(boots, passes=passes))
    assert {"top", "bottom"} <= {SLOTS[each.slot] for each in separate.slots}


def test_what_costs_exactly_as_much_as_asked_is_not_too_dear() -> None:
    """0.1 + 0.2 is more than 0.3 to a computer."""
    model = unsold(product_type_name=["Shirt", "Boots"])
    prices = np.array([0.1, 0.2])
    assert [each.row for each in compose(model, prices, OutfitQuery(0, max_price=0.3)).slots] == [1]
    assert [each.row for each in compose(model, prices, OutfitQuery(0, [1], max_price=0.3)).slots] == [1]


def test_the_cheapest_of_a_slot_counts_however_badly_it_sells() -> None:
    boots = 500
    model = unsold(product_type_name=["Shirt", *["Boots"] * boots])
    model = replace(model, popularity=-np.arange(1 + boots, dtype=np.float32))
    prices = np.array([10.0, *[80.0] * (boots - 1), 5.0])
    outfit = compose(model, prices, OutfitQuery(0, max_price=20))
    assert [each.row for each in outfit.slots] == [boots]
