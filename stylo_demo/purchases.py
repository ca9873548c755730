"""CustomerPurchases who behave: what each visit takes home, line by line of its basket.

    a line is      an article bought before                     habit, likeliest soon after the last visit
                   another variant of a product bought before   "the same in blue"
                   another variant of what lies in the basket
                   two of the same
                   or a choice by taste: a few articles grabbed from a stretch of the shelf, the best taken

The stretch is the section of the basket's first article, the section of something owned, or all that is made
for one audience of the household. A grab is by popularity; the choice among what was grabbed is by the
customer's taste and wallet. So a line costs a few random numbers, whatever the number of articles.

It is a test bed: orders of magnitude are those of a fashion shop, but a score on it is no evidence about how
real customers behave, since a model that finds these very processes is bound to do well.
"""

from dataclasses import dataclass

import numpy as np

from stylo_demo.assortment import ShopAssortment
from stylo_demo.customers import TRAITS, Floats, Habits, Ints, Marks, Reals, audience_shares
from stylo_demo.shelf import Shelf, Stretch
from stylo_demo.visits import Round

# All fitted to `hm_figures.json` by the fidelity report. Sizes of baskets beyond the first line: negative binomial.
_BASKET_SHAPE, _LARGEST_BASKET = 1.1, 60
_STORE_BASKET, _WEB_BASKET = 0.7, 1.2
# The chance that a line is bought again: always, at once, and the weeks in which that fades; for a basket of three
# lines, and the power by which it is less in larger ones.
_HABIT, _HABIT_AT_ONCE, _HABIT_WEEKS = 0.006, 0.18, 1.7
_HABIT_BASKET, _HABIT_SMALLER, _MOST_HABIT = 3.0, 0.9, 0.7
# Shares of the lines; with the most that habit takes they must leave something to taste.
_VARIANT_OF_OWNED, _VARIANT_IN_BASKET = 0.08, 0.2
_TWO_OF_THE_SAME, _MOST_OF_THE_SAME = 0.1, 5
_SECTION_OF_BASKET, _SECTION_OF_OWNED, _AUDIENCE_OF_BASKET = 0.2, 0.12, 0.6
# How many articles are grabbed for a choice, and how far a day's mood leads away from a customer's taste.
_GRABBED, _MOOD = 6, 0.5
# Lines that are chosen together: bounds the memory.
_AT_A_TIME = 1 << 16
# How many articles a wardrobe holds, and how much likelier each is than the one before.
_SLOTS, _LATER_IS_LIKELIER = 12, 0.2
# A member's voucher of 10 % off lies in one basket of eight.
_VOUCHER, _VOUCHER_PRICE = 0.125, 0.9


@dataclass(frozen=True)
class Purchases:
    """Purchases, one row each: positions of customers and articles, day of the week, cents, channel."""

    customer: Ints
    article: Ints
    day: Ints
    cents: Ints
    channel: Ints


@dataclass(frozen=True)
class _Baskets:
    """Baskets before they are filled: whose, how many lines each, and what they are looked for with.

    `visit` names the basket of each line and `first` each basket's first line; `mood` is a customer's taste on
    that day.
    """

    customer: Ints
    sizes: Ints
    visit: Ints
    first: Ints
    mood: Floats


class CustomerPurchases:
    """All customers with their habits and what they own. Give it the rounds of visits in their order."""

    def __init__(self, habits: Habits, range_: ShopAssortment, seed: int) -> None:
        self._habits = habits
        self._range = range_
        self._owned = Wardrobe(len(habits.household))
        self._last = np.full(len(habits.household), -1000, dtype=np.int16)
        self._audiences = np.cumsum(audience_shares(), axis=1)
        self._rng = np.random.default_rng([seed, 6])

    def shelf(self, pull: Reals) -> Shelf:
        """The shelves of a week in which articles have this pull."""
        return Shelf(self._range, pull, self._rng)

    def buy(self, visits: Round, week: int, shelf: Shelf, prices: Reals) -> Purchases:
        """What these visits take home, sorted by customer; nothing where nothing is on sale."""
        rng, customer = self._rng, visits.customer
        if not len(shelf.articles) or not len(customer):
            return Purchases(*(np.empty(0, dtype=np.int64) for _ in range(5)))
        web = rng.random(len(customer)) < self._habits.online[customer]
        baskets = self._baskets(customer, web, visits.appetite)
        visit, article = _once(baskets.visit, self._fill(baskets, week, shelf), len(self._range.first))
        self._owned.add(customer[visit], article)
        self._last[customer] = week
        copies = np.minimum(rng.geometric(1 - _TWO_OF_THE_SAME, len(visit)), _MOST_OF_THE_SAME)
        visit, article = np.repeat(visit, copies), np.repeat(article, copies)
        voucher = np.where(rng.random(len(customer)) < _VOUCHER, _VOUCHER_PRICE, 1.0)
        return Purchases(
            customer=customer[visit],
            article=article,
            day=visits.day[visit],
            cents=np.round(prices[article] * voucher[visit] * 100).astype(np.int64),
            channel=1 + web[visit],
        )

    def _baskets(self, customer: Ints, web: Marks, appetite: float) -> "_Baskets":
        usual = self._habits.basket[customer] * np.where(web, _WEB_BASKET, _STORE_BASKET)
        usual = np.maximum((1 + usual) * appetite - 1, 0.1)
        more = self._rng.negative_binomial(_BASKET_SHAPE, _BASKET_SHAPE / (_BASKET_SHAPE + usual))
        sizes = 1 + np.minimum(more, _LARGEST_BASKET - 1)
        mood = self._rng.standard_normal((len(customer), TRAITS), np.float32)
        return _Baskets(
            customer=customer,
            sizes=sizes,
            visit=np.repeat(np.arange(len(customer)), sizes),
            first=np.cumsum(sizes) - sizes,
            mood=self._habits.taste[customer] + _MOOD * mood,
        )

    def _fill(self, baskets: "_Baskets", week: int, shelf: Shelf) -> Ints:
        """An article for every line; -1 where another variant was wanted and there is none."""
        chance = self._rng.random(len(baskets.visit))
        article = self._from_the_past(baskets, chance, week, shelf)
        leads = np.zeros(len(article), dtype=bool)
        leads[baskets.first] = True
        variant = ~leads & (chance > 1 - _VARIANT_IN_BASKET)

        lines = np.flatnonzero(leads & (article < 0))
        customer = baskets.customer[baskets.visit[lines]]
        stretch = self._stretch(customer, self._audience_of(customer), shelf)
        article[lines] = self._by_taste(stretch, lines, baskets, shelf)

        lines = np.flatnonzero(~leads & ~variant & (article < 0))
        lead = article[baskets.first][baskets.visit[lines]]
        article[lines] = self._by_taste(self._beside(lead, lines, baskets, shelf), lines, baskets, shelf)

        # A variant of the nearest line before that is none itself.
        before = np.maximum.accumulate(np.where(variant, 0, np.arange(len(article))))
        article[variant] = shelf.variants(article[before[variant]], self._rng)
        return article

    def _from_the_past(self, baskets: "_Baskets", chance: Reals, week: int, shelf: Shelf) -> Ints:
        """For some lines an own article or a variant of one; -1 for the others."""
        who = baskets.customer[baskets.visit]
        article = np.full(len(who), -1)
        habit = self._habit(baskets, week)[baskets.visit]
        again = chance < habit
        owned = self._owned.pick(who[again], self._rng)
        article[again] = np.where(shelf.on_sale[owned], owned, -1)
        other = ~again & (chance < habit + _VARIANT_OF_OWNED)
        article[other] = shelf.variants(self._owned.pick(who[other], self._rng), self._rng)
        return article

    def _habit(self, baskets: "_Baskets", week: int) -> Reals:
        """The chance of each visit's lines to be bought again: soon after, in small baskets, by the loyal."""
        since = np.minimum(week - self._last[baskets.customer].astype(np.int64), 500)
        chance = _HABIT + _HABIT_AT_ONCE * np.exp(-since / _HABIT_WEEKS)
        chance *= self._habits.loyalty[baskets.customer]
        chance *= (baskets.sizes / _HABIT_BASKET) ** -_HABIT_SMALLER
        return np.asarray(np.minimum(chance, _MOST_HABIT), dtype=np.float64)

    def _beside(self, lead: Ints, lines: Ints, baskets: "_Baskets", shelf: Shelf) -> Stretch:
        """Where the further lines of a basket are looked for: with its first article, or anywhere."""
        customer = baskets.customer[baskets.visit[lines]]
        stays = self._rng.random(len(lead)) < _AUDIENCE_OF_BASKET
        audience = np.where(stays, self._range.audience[lead], self._audience_of(customer))
        stretch = self._stretch(customer, audience, shelf)
        same = self._rng.random(len(lead)) < _SECTION_OF_BASKET
        return shelf.beside(np.where(same, lead, -1)).or_else(stretch)

    def _audience_of(self, customer: Ints) -> Ints:
        shares = self._audiences[self._habits.household[customer]]
        return np.minimum((self._rng.random((len(customer), 1)) > shares).sum(axis=1), shares.shape[1] - 1)

    def _stretch(self, customer: Ints, audience: Ints, shelf: Shelf) -> Stretch:
        """Where these customers look: beside something they own, or among all that is for an audience."""
        faithful = self._rng.random(len(customer)) < _SECTION_OF_OWNED
        owned = np.where(faithful, self._owned.pick(customer, self._rng), -1)
        return (
            shelf.beside(owned).or_else(shelf.of_audience(audience)).or_else(shelf.everything(len(customer)))
        )

    def _by_taste(self, stretch: Stretch, lines: Ints, baskets: "_Baskets", shelf: Shelf) -> Ints:
        """For each of these lines the best of a few articles from its stretch."""
        visit = baskets.visit[lines]
        taken = [
            self._best_of(stretch[at], baskets.customer[visit[at]], baskets.mood[visit[at]], shelf)
            for at in np.array_split(np.arange(len(lines)), len(lines) // _AT_A_TIME + 1)
        ]
        return np.concatenate(taken)

    def _best_of(self, stretch: Stretch, customer: Ints, mood: Floats, shelf: Shelf) -> Ints:
        rng, range_ = self._rng, self._range
        shape = (len(customer), _GRABBED)
        slot = stretch.start[:, None] + (rng.random(shape) * stretch.length[:, None]).astype(np.int64)
        grabbed = shelf.articles[slot]
        dear = range_.price_level[grabbed] - self._habits.wallet[customer][:, None]
        liking = np.einsum("lgt,lt->lg", range_.traits[grabbed], mood)
        liking -= self._habits.thrift[customer][:, None] * np.maximum(dear, 0)
        liking -= np.log(np.maximum(rng.standard_exponential(shape, dtype=np.float32), 1e-30))
        return grabbed[np.arange(len(customer)), liking.argmax(axis=1)]


def _once(visit: Ints, article: Ints, articles: int) -> tuple[Ints, Ints]:
    """Each article once a visit, lines without one left out; sorted by visit and article."""
    found = article >= 0
    lines = np.unique(visit[found] * articles + article[found])
    return lines // articles, lines % articles


class Wardrobe:
    """The last twelve articles of every customer, in a ring: 50 bytes a customer."""

    def __init__(self, customers: int) -> None:
        self._articles = np.zeros((customers, _SLOTS), dtype=np.int32)
        self._bought = np.zeros(customers, dtype=np.int32)

    def add(self, customer: Ints, article: Ints) -> None:
        """Puts in what was bought, a row each, rows of a customer together."""
        start = np.flatnonzero(np.diff(customer, prepend=-1))
        place = np.arange(len(customer)) - np.repeat(start, np.diff(start, append=len(customer)))
        slot = (self._bought[customer] + place) % _SLOTS
        self._articles[customer, slot] = article
        self._bought[customer[start]] += np.diff(start, append=len(customer)).astype(np.int32)

    def pick(self, customer: Ints, rng: np.random.Generator) -> Ints:
        """One of the articles of each of these customers, rather a late one; -1 for who has none."""
        held = np.minimum(self._bought[customer], _SLOTS)
        back = np.minimum(rng.geometric(_LATER_IS_LIKELIER, len(customer)), np.maximum(held, 1))
        slot = (self._bought[customer] - back) % _SLOTS
        return np.where(held > 0, self._articles[customer, slot], -1).astype(np.int64)
