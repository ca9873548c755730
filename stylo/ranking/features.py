"""The features of a customer and an article: one function for training, backtest, batch and the live service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from stylo.candidates.catalogue import PRODUCT, Catalogue, find
from stylo.candidates.customers import RECENT, Customers, Runs, Totals, pair_keys
from stylo.candidates.matrix_factorisation import Factors
from stylo.ranking.facts import WINDOWS, ArticleFacts
from stylo.ranking.pool import Pool
from stylo.vectors.ragged import stretches

_HALF_LIFE_OF_LIKENESS = 60.0
_HALF_LIFE, _SHORT, _MIDDLE = 90.0, 7.0, 30.0
#: What a customer's purchases are counted by, beside the article itself and its product.
_ATTRIBUTES = {
    "department_no": "department",
    "product_type_no": "product type",
    "section_no": "section",
    "colour_group_code": "colour",
}
_LESSER_ATTRIBUTES = {
    "garment_group_no": "garment group",
    "index_group_no": "index group",
    "graphical_appearance_no": "pattern",
}
# The places of a table of customers × groups of articles: so many customers are looked at together.
_PLACES = 2_000_000
_ROWS = 2_048
# OpenBLAS does a product of no more multiplications in the thread that asks for it. For others it wakes its own, which
# on a busy machine come tens of milliseconds later.
_BY_ONE_THREAD = 2**18
_SALES = (
    *(f"sales of {days} days" for days in WINDOWS),
    "sales ever",
    "sales, decayed",
    "sales, decayed slowly",
    "sales of product, decayed slowly",
    "sales of product",
    "days since first sale",
    "days since last sale",
    "days since product's last sale",
    "newness",
    "repeat rate",
)
_SEASON = ("trend", "season")
_BOUGHT = ("bought", "days since", "bought, decayed", "share")
_BOUGHT_LATELY = (
    *(f"bought, decayed by {half_life:.0f} days" for half_life in (_SHORT, _MIDDLE)),
    "visits since",
    "bought with it",
)
_SHARE = _BOUGHT.index("share")
# What each of them is where the customer bought nothing.
_OTHERWISE = np.array([0, np.nan, 0, 0, 0, 0, np.nan, np.nan], dtype=np.float32)


@dataclass(frozen=True)
class Features:
    """The rows of a pool as numbers.

    names, groups : of the columns, and the groups of FEATURE_GROUPS that they belong to.
    values : float32 (m, features), columns one after the other in memory.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class FeatureSources:
    """What features are made from beside the pool, all of it as of one day.

    vectors : float32 (articles, dimensions) of length one or zero, by what they describe.
    factors : of the matrix factorisation, if there is one.
    """

    catalogue: Catalogue
    facts: ArticleFacts
    vectors: Mapping[str, np.ndarray]
    factors: Factors | None

    @cached_property
    def table(self) -> np.ndarray:
        """float32 (articles, _SALES, _SEASON and two prices): all facts of an article beside each other in memory.

        What is known of some hundred articles is so read in one place for each, not in twenty.
        """
        facts = self.facts
        columns = (
            *facts.sales.T,
            facts.ever,
            facts.decayed,
            facts.decayed_long,
            facts.product_decayed,
            facts.product_sales,
            facts.first_sale,
            facts.last_sale,
            facts.product_last_sale,
            facts.newness,
            facts.repeats,
            facts.trend,
            facts.season,
            facts.price,
            facts.first_price,
        )
        return np.stack(columns, axis=1)

    @cached_property
    def attributes(self) -> Attributes:
        return Attributes.of(self.catalogue, _ATTRIBUTES)

    @cached_property
    def lesser_attributes(self) -> Attributes:
        return Attributes.of(self.catalogue, _LESSER_ATTRIBUTES)

    @cached_property
    def variants(self) -> tuple[np.ndarray, np.ndarray]:
        """The articles of each product: those of product i are the second array from start[i] to start[i + 1]."""
        product = self.catalogue.groups[PRODUCT]
        order = np.argsort(product, kind="stable")
        count = int(product.max(initial=-1)) + 1
        return np.searchsorted(product[order], np.arange(count + 1)), order.astype(np.int32)


@dataclass(frozen=True)
class Attributes:
    """Some attributes of all articles, their groups numbered on from one attribute to the next.

    group : int32 (articles, attributes), below `count`; `count` where an attribute is not known.
    """

    group: np.ndarray
    count: int

    @classmethod
    def of(cls, catalogue: Catalogue, attributes: Collection[str]) -> Attributes:
        groups = [catalogue.groups[attribute] for attribute in attributes]
        ends = np.cumsum([0, *(int(group.max(initial=-1)) + 1 for group in groups)])
        numbered = [
            np.where(group < 0, ends[-1], group + first)
            for group, first in zip(groups, ends[:-1], strict=True)
        ]
        return cls(np.stack(numbered, axis=1).astype(np.int32), int(ends[-1]))


class FeatureGroup(NamedTuple):
    """Features that are made together, and left out together.

    names : of a pool and its sources.   fill : writes them to float32 (features, rows of the pool).
    """

    names: Callable[[Pool, FeatureSources], Sequence[str]]
    fill: Callable[[_Work, np.ndarray], None]


@dataclass(frozen=True)
class _Work:
    """A pool and its sources, and what several groups look up."""

    pool: Pool
    known: FeatureSources

    @cached_property
    def facts(self) -> np.ndarray:
        """float32 (facts, m): of the article of each row."""
        table, article = self.known.table, self.pool.article
        facts = np.empty((table.shape[1], len(article)), dtype=np.float32)
        for some in _blocks(0, len(article)):
            facts[:, some] = table.take(article[some], axis=0).T
        return facts


def assemble(pool: Pool, known: FeatureSources, without: Collection[str] = ()) -> Features:
    """The features of each row of a pool. NaN is unknown, which LightGBM takes as it is.

    `without` names groups of FEATURE_GROUPS that are left out. A row's features depend on its customer's
    purchases and its article alone, not on who else is in the pool. O(rows × features): of some rows of a pool,
    `Pool.only`, they cost as much less as there are fewer.
    """
    used = {name: group for name, group in FEATURE_GROUPS.items() if name not in without}
    names = {name: tuple(group.names(pool, known)) for name, group in used.items()}
    values = np.empty((sum(map(len, names.values())), len(pool)), dtype=np.float32)
    first, work = 0, _Work(pool, known)
    for name, group in used.items():
        group.fill(work, values[first : first + len(names[name])])
        first += len(names[name])
    return Features(
        tuple(each for some in names.values() for each in some),
        tuple(name for name, some in names.items() for _ in some),
        values.T,
    )


def _strategy_names(pool: Pool, known: FeatureSources) -> Sequence[str]:
    """Ranks by each strategy, and how many agree. Scores beside the ranks earn nothing: see docs/results.md."""
    return (*(f"rank: {name}" for name in pool.strategies), "strategies")


def _strategies(work: _Work, into: np.ndarray) -> None:
    for some in _blocks(0, len(work.pool)):
        rank = work.pool.rank[some]
        into[:-1, some] = rank.T
        into[-1, some] = (rank == rank).sum(axis=1)  # NaN alone is unlike itself


def _blocks(first: int, last: int) -> Iterator[slice]:
    """Rows, some at a time: what is looked up for them stays in the processor's cache until it is turned round."""
    for start in range(first, last, _ROWS):
        yield slice(start, min(start + _ROWS, last))


def _sales(work: _Work, into: np.ndarray) -> None:
    into[:] = work.facts[: len(_SALES)]


def _season(work: _Work, into: np.ndarray) -> None:
    into[:] = work.facts[len(_SALES) : len(_SALES) + len(_SEASON)]


def _last_visit(work: _Work, into: np.ndarray) -> None:
    last = _visit_days(work.pool.customers)[0].astype(np.float32)
    last.take(work.pool.customer, out=into[0], mode="clip")


def _visit_days(customers: Customers) -> np.ndarray:
    """float64 (2, customers): days since each customer's last and first purchase; NaN without one."""
    if not len(customers.days):
        return np.full((2, len(customers)), np.nan)
    days = np.empty((2, len(customers)))
    # Of who has no purchases another's, to be struck out.
    days[0] = customers.days.take(customers.start[:-1], mode="clip")
    days[1] = customers.days.take(customers.start[1:] - 1, mode="clip")
    if not customers.known.all():
        days[:, ~customers.known] = np.nan
    return days


_CUSTOMER = (
    "purchases",
    "purchases of 28 days",
    "purchases of 91 days",
    "visits",
    "days since first visit",
    "days between visits",
    "due",
    "articles a visit",
    "share bought online",
    "age",
    "club",
    "news",
)


def _customer(work: _Work, into: np.ndarray) -> None:
    customers = work.pool.customers
    table = customers.once("customer", lambda: _of_customers(customers))
    table.take(work.pool.customer, axis=1, out=into, mode="clip")


def _of_customers(customers: Customers) -> np.ndarray:
    """float32 (features, customers)."""
    count, whose, days, bought = len(customers), customers.whose, customers.days, customers.bought
    visits = np.bincount(customers.visits[0] >> 32, minlength=count)
    last, first = _visit_days(customers)
    gap = (first - last) / np.maximum(visits - 1, 1)
    of_each = np.empty((len(_CUSTOMER), count), dtype=np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_each[0] = bought
        of_each[1] = np.bincount(whose, days <= 28, count)
        of_each[2] = np.bincount(whose, days <= 91, count)
        of_each[3] = visits
        of_each[4] = first
        of_each[5] = gap
        of_each[6] = last / np.where(gap > 0, gap, np.nan)
        of_each[7] = bought / visits
        of_each[8] = np.bincount(whose, customers.channel == 2, count) / bought
    members = customers.members
    of_each[9], of_each[10], of_each[11] = members.age, members.club, members.news
    return of_each


def _affinity_names(pool: Pool, known: FeatureSources) -> Sequence[str]:
    """What the customer bought of the article's groups: how many, how lately, and their share of it all."""
    closely = [f"{of}: {what}" for of in ("article", "product") for what in (*_BOUGHT, *_BOUGHT_LATELY)]
    return (*closely, *_names_of(_ATTRIBUTES))


def _lesser_affinity_names(pool: Pool, known: FeatureSources) -> Sequence[str]:
    return _names_of(_LESSER_ATTRIBUTES)


def _names_of(attributes: Mapping[str, str]) -> Sequence[str]:
    return [f"{of}: {what}" for of in attributes.values() for what in _BOUGHT]


def _affinity(work: _Work, into: np.ndarray) -> None:
    pool, known, each = work.pool, work.known, len(_BOUGHT) + len(_BOUGHT_LATELY)
    for number, groups in enumerate((None, known.catalogue.groups[PRODUCT])):
        totals = pool.customers.totals(groups, _HALF_LIFE)
        row = _rows_of_articles(pool, totals) if groups is None else _rows_of_products(pool, known, totals)
        some = into[number * each : (number + 1) * each]
        _closely(pool.customers, groups).take(row, axis=1, out=some, mode="clip")
        _share_of_nothing(pool, some[_SHARE])
    _of_attributes(pool, known.attributes, into[2 * each :])


def _lesser_affinity(work: _Work, into: np.ndarray) -> None:
    _of_attributes(work.pool, work.known.lesser_attributes, into)


def _closely(customers: Customers, groups: np.ndarray | None) -> np.ndarray:
    """_BOUGHT and _BOUGHT_LATELY by rows of the totals of articles, or of products."""

    def make() -> tuple[np.ndarray | None, np.ndarray]:
        totals, runs = customers.totals(groups, _HALF_LIFE), customers.runs(groups)
        lately = [runs.sums(customers.decay(half_life)) for half_life in (_SHORT, _MIDDLE)]
        columns = (*lately, *_visits(customers, totals))
        return groups, _table(customers, totals.customer, totals.count, totals.days, totals.weight, *columns)

    return customers.once(("closely", None if groups is None else id(groups)), make)[1]


def _table(
    customers: Customers,
    customer: np.ndarray,
    count: np.ndarray,
    days: np.ndarray,
    weight: np.ndarray,
    *more: np.ndarray,
) -> np.ndarray:
    """float32 (features, totals + 1): the features by rows of totals, at the end what is true of anything else."""
    table = np.empty((len(_BOUGHT) + len(more), len(count) + 1), dtype=np.float32)
    table[:, -1] = _OTHERWISE[: len(table)]
    table[0, :-1], table[1, :-1], table[2, :-1] = count, days, weight
    np.divide(table[2, :-1], _everything(customers).take(customer), out=table[3, :-1], casting="same_kind")
    for row, column in zip(table[len(_BOUGHT) :], more, strict=True):
        row[:-1] = column
    return table


def _everything(customers: Customers) -> np.ndarray:
    """float64 (customers,): their purchases, each counting half as much every 90 days."""
    return customers.once(
        "everything", lambda: np.bincount(customers.whose, customers.decay(_HALF_LIFE), len(customers))
    )


def _share_of_nothing(pool: Pool, *shares: np.ndarray) -> None:
    """Where nothing was bought at all the share is not 0 but unknown."""
    nothing = pool.customers.once("nothing", lambda: (_everything(pool.customers) == 0).nonzero()[0])
    if len(nothing):
        rows = np.isin(pool.customer, nothing)
        for share in shares:
            share[rows] = np.nan


def _rows_of_articles(pool: Pool, totals: Totals) -> np.ndarray:
    """int64 (m,): the row of the article of each row of a pool in totals of articles; their number for none."""
    row = np.empty(len(pool), dtype=np.int64)
    row.fill(len(totals.key))
    place = find(pool.key, totals.key)
    there = (place >= 0).nonzero()[0]
    row[place.take(there)] = there
    return row


def _rows_of_products(pool: Pool, known: FeatureSources, totals: Totals) -> np.ndarray:
    """The same in totals of products."""
    start, variants = known.variants
    first = start.take(totals.group)
    many = start.take(totals.group + 1) - first
    if many.sum() > len(pool):  # fewer pairs to look up from the other side
        row = totals.find(pool.customer, known.catalogue.groups[PRODUCT].take(pool.article))
        row[row < 0] = len(totals.key)
        return row
    row = np.empty(len(pool), dtype=np.int64)
    row.fill(len(totals.key))
    key = pair_keys(totals.customer, 0).repeat(many)
    key += variants.take(stretches(first, many))
    place = find(pool.key, key)
    there = (place >= 0).nonzero()[0]
    row[place.take(there)] = np.arange(len(totals.key)).repeat(many).take(there)
    return row


def _of_attributes(pool: Pool, attributes: Attributes, into: np.ndarray) -> None:
    """_BOUGHT of each attribute, one after the other."""
    customers, width = pool.customers, attributes.count + 1

    def make() -> tuple[Attributes, Runs, np.ndarray]:
        # By customer and group, the latter below `width`: the place of the pair in a table.
        bought = attributes.group.take(customers.article, axis=0).T + customers.whose * width
        runs = Runs.of(bought.ravel(), (len(customers) * width).bit_length())
        if len(runs.order):
            runs = Runs(runs.key, runs.begins, runs.order % len(customers.article))
        days, weight = customers.days.take(runs.newest), runs.sums(customers.decay(_HALF_LIFE))
        return attributes, runs, _table(customers, runs.key // width, runs.count, days, weight)

    _, runs, table = customers.once(("attributes", id(attributes)), make)
    at_a_time, none = max(1, _PLACES // width), len(runs.key)
    for first in range(0, len(customers), at_a_time):
        last = min(first + at_a_time, len(customers))
        begin, end = runs.key.searchsorted((first * width, last * width)).tolist()
        place = np.empty((last - first) * width, dtype=np.int64)
        place.fill(none)
        place[runs.key[begin:end] - first * width] = np.arange(begin, end)
        place[attributes.count :: width] = none  # where the attribute is unknown
        for rows in _blocks(int(pool.start[first]), int(pool.start[last])):
            begin_of_customer = (pool.customer[rows] - first) * width
            row = place.take(attributes.group.take(pool.article[rows], axis=0) + begin_of_customer[:, None])
            for number, column in enumerate(table):
                into[number :: len(_BOUGHT), rows] = column.take(row).T
    _share_of_nothing(pool, *into[_SHARE :: len(_BOUGHT)])


def _visits(customers: Customers, totals: Totals) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of totals: on how many later days the customer came, and how much was bought on its last day."""
    visits, purchases = customers.visits
    customer = totals.customer
    place = visits.searchsorted(pair_keys(customer, totals.days))
    first = visits.searchsorted(pair_keys(np.arange(len(customers)), 0))
    return place - first.take(customer), purchases.take(place)


_PRICE = ("price", "usual price", "price against usual", "price against first")


def _price(work: _Work, into: np.ndarray) -> None:
    customers, (price, usual, against, against_first) = work.pool.customers, into
    price[:], first = work.facts[-2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        of_each = np.bincount(customers.whose, customers.price, len(customers)) / customers.bought
        mine = of_each.take(work.pool.customer)
        usual[:] = mine
        np.divide(price, mine, out=against, casting="same_kind")
        np.divide(price, first, out=against_first)


def _similarity_names(pool: Pool, known: FeatureSources) -> Sequence[str]:
    """How near the article is to what the customer bought of late."""
    names = [f"{of}: {what}" for of in known.vectors for what in ("nearest", "mean")]
    return (*names, "factors") if known.factors is not None else names


def _similarity(work: _Work, into: np.ndarray) -> None:
    pool, known = work.pool, work.known
    similarities(pool, list(known.vectors.values()), into[: 2 * len(known.vectors)])
    if known.factors is not None:
        into[-1] = known.factors.affinity(pool.customers, pool.customer, pool.article)


def similarities(pool: Pool, vectors: Sequence[np.ndarray], into: np.ndarray) -> None:
    """The cosine to the nearest of the customer's recent purchases, and the mean weighted by how recent they are.

    Parameters
    ----------
    vectors : float32 (articles, dimensions) each, of length one; zeros where nothing is known.
    into : float32 (2 × vectors, m), two rows for each of them.

    The article itself does not count; NaN where nothing else was bought. A purchase counts half as much every 60 days.
    O(m × recent purchases × dimensions).
    """
    whose, article, days = pool.customers.recent
    begin = whose.searchsorted(np.arange(len(pool.customers) + 1))
    weight = (0.5 ** (days / _HALF_LIFE_OF_LIKENESS)).astype(np.float32)
    slot = np.arange(len(whose)) - begin.take(whose)
    # Which row of the pool is a recent purchase itself, and what the others of its customer weigh.
    own = find(pool.key, pair_keys(whose, article))
    itself = (own >= 0).nonzero()[0]
    of_all, of_others = _weights(weight, whose, slot, len(pool.customers))
    total = of_all.take(pool.customer)
    total[own.take(itself)] = of_others.take(itself)
    nothing = (total == 0).nonzero()[0]
    own_of = itself.searchsorted(begin).tolist()
    slot, own = slot.take(itself), own.take(itself)
    own -= pool.start.take(whose.take(itself))
    start, bought = pool.start.tolist(), begin.tolist()
    somebody = [
        n for n in range(len(pool.customers)) if bought[n] < bought[n + 1] and start[n] < start[n + 1]
    ]
    most = max((start[n + 1] - start[n] for n in somebody), default=0)
    products, weighted = np.empty((2, RECENT * most), dtype=np.float32)
    for each, nearest, mean in zip(vectors, into[::2], into[1::2], strict=True):
        theirs, rows = each.take(article, axis=0), np.empty((most, each.shape[1]), dtype=np.float32)
        for n in somebody:
            some, mine = slice(start[n], start[n + 1]), slice(bought[n], bought[n + 1])
            many, against = some.stop - some.start, mine.stop - mine.start
            each.take(pool.article[some], axis=0, out=rows[:many], mode="clip")
            cosine = products[: many * against].reshape(against, many)
            at_a_time = max(1, _BY_ONE_THREAD // (against * each.shape[1]))
            for first in range(0, many, at_a_time):
                # In this order the product takes three quarters of the time, the turn included.
                piece = slice(first, min(first + at_a_time, many))
                cosine[:, piece] = (rows[piece] @ theirs[mine].T).T
            place = slot[own_of[n] : own_of[n + 1]], own[own_of[n] : own_of[n + 1]]
            cosine[place] = 0
            share = weighted[: many * against].reshape(against, many)
            np.multiply(cosine, weight[mine, None], out=share)
            np.add.reduce(share, axis=0, out=mean[some])
            cosine[place] = -1
            np.maximum.reduce(cosine, axis=0, out=nearest[some])
        with np.errstate(invalid="ignore", divide="ignore"):
            np.divide(mean, total, out=mean, casting="same_kind")
        nearest[nothing] = mean[nothing] = np.nan


def _weights(
    weight: np.ndarray, whose: np.ndarray, slot: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """float64 (customers,) and (purchases,): what all recent purchases of a customer weigh, and all but each."""
    table = np.zeros((count, RECENT + 1))
    table[whose, slot + 1] = weight
    before = table.cumsum(axis=1)
    after = table[:, ::-1].cumsum(axis=1)[:, ::-1]
    others = before[:, :-1].copy()
    others[:, :-1] += after[:, 2:]
    return before[:, -1], others[whose, slot]


FEATURE_GROUPS: Mapping[str, FeatureGroup] = {
    "strategies": FeatureGroup(_strategy_names, _strategies),
    "sales": FeatureGroup(lambda *_: _SALES, _sales),
    "season": FeatureGroup(lambda *_: _SEASON, _season),
    "last visit": FeatureGroup(lambda *_: ("days since last visit",), _last_visit),
    "customer": FeatureGroup(lambda *_: _CUSTOMER, _customer),
    "affinity": FeatureGroup(_affinity_names, _affinity),
    "lesser affinity": FeatureGroup(_lesser_affinity_names, _lesser_affinity),
    "price": FeatureGroup(lambda *_: _PRICE, _price),
    "similarity": FeatureGroup(_similarity_names, _similarity),
}
