"""Shoppers who behave: a discrete-choice model of who visits, when, and what they take home.

    week by week   visitors ──▶ utility of each article on sale ──▶ Gumbel top-k ──▶ a basket

    utility = taste (audience, kind, palette, appearance, style) + wallet + pull (appeal, life cycle, season)
            + what this visit is for + bought before + other variants of bought products

It is a test bed: orders of magnitude are those of a fashion shop, but a score on it is no evidence about how
real shoppers behave, since a model that finds these very terms is bound to do well.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.demo.assortment import Assortment, Ints, day_of_week_start
from stylo.demo.audiences import AUDIENCES
from stylo.demo.customers import STYLES, Floats, Tastes
from stylo.progress import Progress
from stylo.tables.prices import PRICE_UNIT

_MEMORY_WEEKS = 30
_VARIANT_BONUS = 0.6
_TWO_OF_THE_SAME = 0.035
_LARGEST_BASKET = 14
# Monday to Sunday, and each month, against the usual: sales in June and November, a quiet February.
_WEEKDAYS = np.array([0.92, 0.92, 1.0, 1.05, 1.1, 1.15, 0.9])
_MONTHS = np.array([0.9, 0.85, 0.95, 1.05, 1.1, 1.2, 1.05, 0.95, 1.0, 1.0, 1.1, 1.0])


@dataclass(frozen=True)
class _Sales:
    """One week's purchases, one row each: positions of customers and articles, day, price, channel."""

    customer: Ints
    article: Ints
    day: Ints
    price: NDArray[np.float64]
    channel: Ints


def shop_for_weeks(
    range_: Assortment, tastes: Tastes, days: int, last_day: date, seed: int, progress: Progress
) -> pl.DataFrame:
    """What the customers buy in the `days` that end on `last_day`.

    Columns t_dat Date, customer UInt32 and article UInt32 (positions), price Float64 (euros / 590),
    sales_channel_id UInt8; unsorted. Cost: weeks by visitors by articles on sale, for each week at a time.
    """
    weeks = weeks_of(days)
    rng = np.random.default_rng([seed, 5])
    past: list[_Sales] = []
    with progress.task("Weeks of shopping", weeks) as advance:
        for week in range(weeks):
            past.append(_one_week(range_, tastes, past[-_MEMORY_WEEKS:], week, weeks, last_day, rng))
            advance(1)
    opening = last_day - timedelta(days=days - 1)
    columns = {
        name: np.concatenate([getattr(sales, name) for sales in past]) for name in _Sales.__annotations__
    }
    return pl.DataFrame(
        {
            "t_dat": columns["day"].astype("datetime64[D]"),
            "customer": columns["customer"].astype(np.uint32),
            "article": columns["article"].astype(np.uint32),
            "price": columns["price"],
            "sales_channel_id": columns["channel"].astype(np.uint8),
        }
    ).filter(pl.col("t_dat") >= opening)


def weeks_of(days: int) -> int:
    """The weeks that hold so many days, counted back from the last; the first may be cut."""
    return -(-days // 7)


def _one_week(
    range_: Assortment,
    tastes: Tastes,
    past: list[_Sales],
    week: int,
    weeks: int,
    last_day: date,
    rng: np.random.Generator,
) -> _Sales:
    first_day = day_of_week_start(week, weeks, last_day)
    visitors = _visitors(tastes, week, first_day, rng)
    rows = range_.on_sale(week)
    utility = _utility(range_, tastes, visitors, rows, week, first_day, rng)
    utility += _bonus(range_, tastes, past, visitors, rows)
    sizes = np.minimum(1 + rng.negative_binomial(1.1, 0.42, len(visitors)), min(_LARGEST_BASKET, len(rows)))
    visit, column = _gumbel_top(utility, sizes, rng)
    again = np.flatnonzero(rng.random(len(visit)) < _TWO_OF_THE_SAME)
    visit, column = np.concatenate([visit, visit[again]]), np.concatenate([column, column[again]])

    offset = rng.choice(7, len(visitors), p=_weekday_shares(first_day))
    channel = 1 + (rng.random(len(visitors)) < tastes.online[visitors])
    # A member's voucher of 10 % off lies in one basket of eight.
    voucher = np.where(rng.random(len(visitors)) < 0.125, 0.9, 1.0)
    asked = np.floor(range_.euros[rows].astype(np.float64) * range_.discounts(rows, week)) + 0.99
    cents = np.round(np.minimum(asked, range_.euros[rows].astype(np.float64))[column] * voucher[visit], 2)
    return _Sales(
        customer=visitors[visit],
        article=rows[column],
        day=np.datetime64(first_day, "D").astype(np.int64) + offset[visit],
        price=cents / PRICE_UNIT,
        channel=channel[visit],
    )


def _visitors(tastes: Tastes, week: int, first_day: date, rng: np.random.Generator) -> Ints:
    """One row a visit, at most two a customer: positions of the customers who come this week."""
    there = (tastes.joined <= week) & (week < tastes.left)
    expected = tastes.rate * there * _MONTHS[first_day.month - 1]
    visits = np.minimum(rng.poisson(expected), 2)
    # A customer's first week is the one in which an account is opened in order to buy.
    visits = np.where((tastes.joined == week) & (tastes.rate > 0) & (week > 0), np.maximum(visits, 1), visits)
    return np.repeat(np.arange(len(visits)), visits)


def _utility(
    range_: Assortment,
    tastes: Tastes,
    visitors: Ints,
    rows: Ints,
    week: int,
    first_day: date,
    rng: np.random.Generator,
) -> Floats:
    """Visits by articles on sale: taste, wallet, pull, and what the visit is for (coherent baskets)."""
    visits = len(visitors)
    liking = tastes.audience[visitors]
    shopped_for = (liking + rng.gumbel(size=liking.shape)).argmax(axis=1)
    liking = liking + 1.3 * np.eye(len(AUDIENCES), dtype=np.float32)[shopped_for]
    palette = tastes.palette[visitors] + 0.5 * _normal(rng, (visits, tastes.palette.shape[1]))
    style = tastes.style[visitors] + 0.5 * _normal(rng, (visits, STYLES))
    price = np.log(range_.euros[rows] * range_.discounts(rows, week))
    dear = np.maximum(price[None, :] - tastes.wallet[visitors][:, None], 0)
    return np.asarray(
        liking[:, range_.audience[rows]]
        + tastes.kind[visitors][:, range_.kind[rows]]
        + palette[:, range_.palette[rows]]
        + tastes.appearance[visitors][:, range_.appearance[rows]]
        + style @ range_.style[rows].T
        + range_.pull(rows, week, first_day)[None, :]
        - tastes.thrift[visitors][:, None] * dear,
        dtype=np.float32,
    )


def _bonus(range_: Assortment, tastes: Tastes, past: list[_Sales], visitors: Ints, rows: Ints) -> Floats:
    """Visits by articles on sale: bought before, fading over months, and variants of what was."""
    articles, products = len(range_.product), int(range_.product.max()) + 1
    same = np.zeros((len(visitors), articles), dtype=np.float32)
    variants = np.zeros((len(visitors), products), dtype=np.float32)
    place = np.full(len(tastes.rate), -1)
    place[visitors] = np.arange(len(visitors))
    for ago, sales in enumerate(reversed(past), start=1):
        at = place[sales.customer]
        known = at >= 0
        customer, article = at[known], sales.article[known]
        fresh = np.float32(np.exp(-ago / 9.0))
        np.maximum.at(same, (customer, article), fresh * (1.0 + 0.7 * range_.basic[article]))
        np.maximum.at(variants, (customer, range_.product[article]), fresh)
    # Of two visits in one week the second carries the memory, both see it: rows are copied to the first.
    latest = place[visitors]
    loyalty = tastes.loyalty[visitors][:, None]
    return np.asarray(
        loyalty * same[latest][:, rows]
        + _VARIANT_BONUS * loyalty * variants[latest][:, range_.product[rows]],
        dtype=np.float32,
    )


def _gumbel_top(utility: Floats, sizes: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draws without replacement in proportion to exp(utility): a row's `sizes` best noisy columns."""
    if not utility.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    noise = -np.log(np.maximum(rng.standard_exponential(utility.shape, dtype=np.float32), 1e-30))
    most = int(sizes.max())
    noisy = utility + noise
    best = np.argpartition(-noisy, most - 1, axis=1)[:, :most] if most < noisy.shape[1] else None
    if best is None:
        best = np.broadcast_to(np.arange(noisy.shape[1]), noisy.shape)
    order = np.argsort(-np.take_along_axis(noisy, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    taken = np.arange(most)[None, :] < sizes[:, None]
    return np.nonzero(taken)[0], best[taken]


def _weekday_shares(first: date) -> NDArray[np.float64]:
    shares = np.roll(_WEEKDAYS, -first.weekday())
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return rng.standard_normal(shape, dtype=np.float32)
