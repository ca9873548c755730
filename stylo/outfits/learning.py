"""A model of outfits, learned from the baskets before a day.

─ all baskets before `as_of` ──────────────────────────────┤ as_of
  customers of three parts of four: counts
  customers of the fourth part: given one article of a basket, the weights that tell the others from the rest of
  their slots by these counts
  then the counts of all of them, with these weights
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.catalogue import PRODUCT, hashes
from stylo.candidates.history import History
from stylo.outfits.model import ATTRIBUTES, FEATURES, OutfitModel
from stylo.outfits.pairs import Baskets, Together, lift_table
from stylo.outfits.slots import SLOTS, audiences_of, slots_of

# The newest rows that count, which bounds the cost; and articles sold in so many days are on sale.
_ROWS, _LARGEST, _ON_SALE = 2_000_000, 30, 28
_MOST_VALUES, _EIGHTHS = 1_000, 8
_PARTS, _QUESTIONS, _LEAST, _OTHERS = 4, 8_000, 500, 100
_RIDGE, _RIDGE_OF_FEW = 1e-3, 10.0
_DIMENSIONS = 128
_SEED = 0
# Learned from two days of everybody's baskets at H&M, 16 and 17 September 2020, which say nothing of seasons.
_USUAL = {
    "popularity": 0.829,
    "product_type_name": 0.166,
    "department_no": 0.395,
    "section_name": 0.542,
    "colour_group_name": 0.264,
    "perceived_colour_master_name": 0.075,
    "perceived_colour_value_name": -0.294,
    "graphical_appearance_name": 0.553,
    "garment_group_name": -0.344,
    "index_name": -0.226,
    "price": 0.867,
    "together": 1.115,
    "lift": -0.295,
    "product together": 0.395,
    "product lift": -0.04,
    "words": 1.609,
}


def learn(history: History, as_of: date, without: Collection[str] = ()) -> OutfitModel:
    """What goes with what, from nothing on or after the day.

    without : FEATURES that have no weight, to see what they are worth.

    The weights are the usual ones where there are too few baskets to learn them from. About a minute of processor time
    and 1 GB for 2 million rows and 105,542 articles.
    """
    return _Learning(history, as_of).model(without)


class _Learning:
    def __init__(self, history: History, as_of: date) -> None:
        self._history, self._as_of = history, as_of
        catalogue = history.catalogue
        self._articles = catalogue.articles
        table = history.articles.collect()
        row = catalogue.rows(table["article"].to_numpy())
        self._table = pl.DataFrame({"row": np.arange(len(catalogue))}).join(
            table.with_columns(row=pl.Series(row, dtype=pl.Int64)),
            on="row",
            how="left",
            maintain_order="left",
        )
        self._slot, self._audience = slots_of(self._table), audiences_of(self._table)
        self._product = catalogue.groups[PRODUCT].astype(np.int32)
        newest = history.newest(as_of, _ROWS).select("customer", "t_dat", "article", "price").collect()
        self._newest = newest.with_columns(
            row=pl.Series(catalogue.rows(newest["article"].to_numpy()), dtype=pl.Int64)
        )
        self._newest = self._newest.filter(pl.col("row") >= 0)

    def model(self, without: Collection[str] = ()) -> OutfitModel:
        bought = self._newest.select("customer", "t_dat", "row").unique()
        asked = _asked(bought["customer"])
        counted = Baskets.of(bought.filter(pl.Series(~asked, dtype=pl.Boolean)), self._slot, _LARGEST)
        questions = Baskets.of(bought.filter(pl.Series(asked, dtype=pl.Boolean)), self._slot, _LARGEST)
        known = self._known()
        # Their own purchases would tell what the customers bought who are asked.
        before = replace(
            known, **self._counts(counted, known.codes), popularity=self._popularity(asked_too=False)
        )
        weights, learned = _fitted(before, questions, known.popularity > 0, without)
        whole = Baskets.of(bought, self._slot, _LARGEST)
        return replace(known, **self._counts(whole, known.codes), weights=weights, learned=learned)

    def _known(self) -> OutfitModel:
        """Without counts and weights."""
        ever = self._history.before(self._as_of).group_by("article").agg(pl.len()).collect()["article"]
        popularity = self._popularity()
        sold = np.zeros(len(self._articles), dtype=bool)
        sold[self._rows(ever)] = True
        listed = self._table["article"].is_not_null().to_numpy()
        nothing = np.zeros(0)
        none = Together(np.zeros(1, np.int64), nothing, nothing, nothing, 0)
        return OutfitModel(
            self._as_of,
            self._articles,
            self._slot,
            self._audience,
            self._product,
            listed & ((popularity > 0) | ~sold),
            popularity,
            np.stack([self._codes(name) for name in ATTRIBUTES]),
            {},
            self._months(),
            self._vectors("text"),
            self._vectors("look"),
            none,
            none,
            nothing,
            np.array([_USUAL.get(name, 0.0) for name in FEATURES], np.float32),
            0,
        )

    def _popularity(self, *, asked_too: bool = True) -> np.ndarray:
        """float32 (n,): ln(visits of late in which it was bought + ½), above 0 for whatever was."""
        rows = self._history.before(self._as_of, _ON_SALE).select("customer", "t_dat", "article")
        lately = rows.unique().collect()
        if not asked_too:
            lately = lately.filter(pl.Series(~_asked(lately["customer"]), dtype=pl.Boolean))
        row = self._rows(lately["article"])
        sales = np.bincount(row, minlength=len(self._articles))
        return np.log(sales + 0.5).astype(np.float32)

    def _rows(self, articles: pl.Series) -> np.ndarray:
        row = self._history.catalogue.rows(articles.to_numpy())
        return row[row >= 0]

    def _codes(self, name: str) -> np.ndarray:
        """uint16 (n,): 1, 2, 3 … for the 1,000 commonest values of an attribute, 0 for all others and where unknown."""
        if name == "price":
            return self._price_codes()
        if name not in self._table.columns:
            return np.zeros(len(self._articles), np.uint16)
        values = self._table[name]
        if values.dtype == pl.String:
            values = values.replace({"Unknown": None, "": None})
        common = values.drop_nulls().value_counts(sort=True).head(_MOST_VALUES)[name].sort()
        codes = pl.DataFrame({"value": common, "code": np.arange(1, len(common) + 1, dtype=np.uint16)})
        named = pl.DataFrame({"value": values}).join(codes, on="value", how="left", maintain_order="left")
        return named["code"].fill_null(0).to_numpy()

    def _price_codes(self) -> np.ndarray:
        codes = np.zeros(len(self._articles), np.uint16)
        paid = self._newest.group_by("row").agg(pl.col("price").mean())
        row, price = paid["row"].to_numpy(), paid["price"].to_numpy()
        for slot in range(len(SLOTS)):
            mine = (self._slot[row] == slot) & np.isfinite(price)
            if mine.any():
                bounds = np.quantile(price[mine], np.arange(1, _EIGHTHS) / _EIGHTHS)
                codes[row[mine]] = 1 + np.searchsorted(bounds, price[mine])
        return codes

    def _months(self) -> np.ndarray:
        """float16 (n, 12), each row of length one: for hardly sold articles it is the shop's even year."""
        by_month = (
            self._history.before(self._as_of)
            .group_by("article", month=pl.col("t_dat").dt.month())
            .agg(pl.len().alias("sales"))
            .collect()
        )
        row = self._history.catalogue.rows(by_month["article"].to_numpy())
        here = row >= 0
        sales = np.zeros((len(self._articles), 12), np.float64)
        month = by_month["month"].to_numpy().astype(np.int64)
        sales[row[here], month[here] - 1] = by_month["sales"].to_numpy()[here]
        whole = sales.sum(axis=0)
        usual = np.divide(whole, whole.sum(), out=np.zeros(12), where=whole.sum() > 0)
        # Each sale counts the more, the less the shop sells in its month; five sales' worth of an even year besides.
        even = (usual > 0) / max(int((usual > 0).sum()), 1)
        level = np.divide(
            sales, usual * max(int((usual > 0).sum()), 1), out=np.zeros_like(sales), where=usual > 0
        )
        level += 5 * even
        share = level / np.maximum(level.sum(axis=1, keepdims=True), 1e-9)
        return np.sqrt(share).astype(np.float16)

    def _vectors(self, kind: str) -> np.ndarray:
        if kind not in self._history.embeddings:
            return np.zeros((len(self._articles), 0), np.int8)
        vectors = self._history.vectors[kind][:, :_DIMENSIONS]
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return np.round(127 * vectors / length).astype(np.int8)

    def _counts(self, baskets: Baskets, codes: np.ndarray) -> dict[str, Any]:
        lifts = {
            name: lift_table(baskets, code, int(code.max(initial=0)) + 1)
            for name, code in zip(ATTRIBUTES, codes, strict=True)
        }
        count, products = len(self._articles), int(self._product.max(initial=0)) + 1
        return {
            "lifts": lifts,
            "together": Together.of(baskets, np.arange(count), count),
            "products": Together.of(baskets, self._product, products),
            "beside": _beside(baskets, codes[0]),
        }


def _asked(customers: pl.Series) -> np.ndarray:
    """bool (n,): who of them is asked for the weights, the same each time."""
    mixed = hashes(customers.to_numpy(), np.zeros(len(customers), dtype=np.int64))
    return (mixed >> np.uint64(40)) % np.uint64(_PARTS) == 0


def _beside(baskets: Baskets, kind: np.ndarray) -> np.ndarray:
    """float32 (values, slots): the share of an article's baskets that hold one of another slot, by the article's type.

    Ten baskets of an average type are added to each.
    """
    values = int(kind.max(initial=0)) + 1
    holds = np.zeros((max(len(baskets), 1), len(SLOTS)), dtype=np.float64)
    holds[baskets.basket, baskets.slot[baskets.row]] = 1
    seen = np.zeros((values, len(SLOTS)))
    np.add.at(seen, kind[baskets.row], holds[baskets.basket])
    times = np.bincount(kind[baskets.row], minlength=values)[:, None]
    usual = seen.sum(axis=0) / max(times.sum(), 1)
    return ((seen + 10 * usual) / (times + 10)).astype(np.float32)


def _fitted(
    model: OutfitModel, baskets: Baskets, on_sale: np.ndarray, without: Collection[str]
) -> tuple[np.ndarray, int]:
    """The weights, and from how many pairs they were learned.

    on_sale : bool (n,), from which articles those are drawn that could have been bought.

    A conditional logit: given an article of a basket, what was bought in another slot against a hundred that could have
    been, half of them drawn evenly and half by sales; how likely each was to be drawn is taken off.
    """
    given, wanted = _pairs(model, baskets, on_sale)
    of_slot = [np.flatnonzero(on_sale & (model.slot == number)) for number in range(len(SLOTS))]
    if len(given) < _LEAST:
        return model.weights, 0
    generator = np.random.default_rng(_SEED)
    some = np.sort(generator.permutation(len(given))[:_QUESTIONS])
    features, drawn = [], []
    for one, other in zip(given[some].tolist(), wanted[some].tolist(), strict=True):
        rows = of_slot[model.slot[other]]
        rows = rows[(model.audience[rows] & model.audience[one]) > 0]
        worth = np.exp(model.popularity[rows])
        chance = 0.5 / len(rows) + 0.5 * worth / worth.sum()
        against = generator.choice(len(rows), _OTHERS, p=chance / chance.sum())
        place = np.append(np.searchsorted(rows, other), against)
        features.append(model.features(one, rows[place]))
        drawn.append(np.log(chance[place]))
    known = np.stack(features).transpose(0, 2, 1)
    spread = known.std(axis=(0, 1), dtype=np.float64)
    used = (spread > 1e-6) & ~np.isin(FEATURES, list(without))
    scaled = (known[:, :, used] / spread[used]).astype(np.float64)
    offset = np.stack(drawn)

    # What few pairs say is drawn towards the usual weights.
    usual = model.weights[used].astype(np.float64) * spread[used]
    ridge = max(_RIDGE, _RIDGE_OF_FEW / len(some))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        score = scaled @ weights - offset
        score -= score.max(axis=1, keepdims=True)
        share = np.exp(score)
        share /= share.sum(axis=1, keepdims=True)
        slope = np.einsum("qo,qof->f", share, scaled) - scaled[:, 0].sum(axis=0)
        mean = -np.log(share[:, 0] + 1e-12).mean() + ridge * (weights - usual) @ (weights - usual)
        return float(mean), slope / len(scaled) + 2 * ridge * (weights - usual)

    from scipy.optimize import minimize  # half a second, for who learns only

    found = minimize(loss, usual, jac=True, method="L-BFGS-B")
    weights = np.zeros(len(FEATURES), np.float32)
    weights[used] = found.x / spread[used]
    return weights, len(some)


def _pairs(model: OutfitModel, baskets: Baskets, on_sale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two articles of a basket in different slots, for a common audience; the second is on sale."""
    rows = pl.DataFrame({"basket": baskets.basket, "row": baskets.row})
    both = rows.join(rows, on="basket", suffix="_other").sort("basket", "row", "row_other")
    one, other = both["row"].to_numpy(), both["row_other"].to_numpy()
    fits = (model.slot[one] != model.slot[other]) & ((model.audience[one] & model.audience[other]) > 0)
    fits &= on_sale[other]
    return one[fits], other[fits]
