"""How well an article goes with others: learned from baskets, for articles that nobody has bought yet too.

The score of a partner is a weighted sum: how well it sells, and of each article that it shall go with: how often both,
or variants of them, were bought together; how much more often than by chance their types, departments, sections,
colours, patterns and prices are combined; whether they sell in the same months; how near their words and photos are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from stylo.artefacts import Manifest, open_arrays, write_arrays
from stylo.candidates.catalogue import find
from stylo.errors import DamagedArtefact, MissingArtefact, StaleArtefact
from stylo.outfits.pairs import Together
from stylo.outfits.slots import SLOTS
from stylo.tables.folder import MADE_BY, MODEL_FILE, OUTFITS_FILE, DataFolder
from stylo.user_paths import quoted

#: Columns of articles.parquet whose values are combined, in this order; and the price, in eighths of its slot.
ATTRIBUTES = (
    "product_type_name",
    "department_no",
    "section_name",
    "colour_group_name",
    "perceived_colour_master_name",
    "perceived_colour_value_name",
    "graphical_appearance_name",
    "garment_group_name",
    "index_name",
    "price",
)
POPULARITY, TOGETHER, LIFT = "popularity", "together", "lift"
PRODUCT_TOGETHER, PRODUCT_LIFT = "product together", "product lift"
SEASON, WORDS, LOOK = "season", "words", "look"
#: What is known of a pair, in the order of the weights.
FEATURES = (
    POPULARITY, *ATTRIBUTES, TOGETHER, LIFT, PRODUCT_TOGETHER, PRODUCT_LIFT, SEASON, WORDS, LOOK
)  # fmt: skip
# Counts up when what is kept, or how, changes.
_LAYOUT = 1
# So many of each slot are looked at closely; the others are out of the question by what they are and how they sell.
_SHORTLIST = 400
_ONE = 127.0


@dataclass(frozen=True, eq=False)
class OutfitModel:
    """What goes with what, as of a day.

    articles : int32 (n,), ascending.
    slot : int8 (n,), a place in SLOTS, −1 for none.   audience : uint8 (n,), see `audiences_of`.
    product : int32 (n,), equal for variants of one product.
    offered : bool (n,), what may be in an outfit: sold of late, or never yet.
    popularity : float32 (n,), ln(sold of late + ½).
    codes : uint16 (attributes, n), in the order of ATTRIBUTES; 0 is unknown.
    lifts : attribute → float32 (values, values), see `lift_table`.
    months : float16 (n, 12), square roots of the shares of an article's sales by month, were all months alike.
    words, look : int8 (n, dimensions), vectors of length 127; no dimensions where there are none.
    together, products : by row, and by product.
    beside : float32 (values of the first attribute, slots), how often an article of a type has one of a slot beside it.
    weights : float32 (features,), in the order of FEATURES.
    learned : from how many pairs of baskets the weights were learned; 0 for the usual ones.
    """

    as_of: date
    articles: np.ndarray
    slot: np.ndarray
    audience: np.ndarray
    product: np.ndarray
    offered: np.ndarray
    popularity: np.ndarray
    codes: np.ndarray
    lifts: Mapping[str, np.ndarray]
    months: np.ndarray
    words: np.ndarray
    look: np.ndarray
    together: Together
    products: Together
    beside: np.ndarray
    weights: np.ndarray
    learned: int

    def row(self, article: int) -> int:
        """Of an article's number; −1 if it is not here."""
        return int(find(self.articles, np.array([article]))[0])

    def features(self, given: int, rows: np.ndarray) -> np.ndarray:
        """float32 (features, n): what is known of a given article beside each of some others, by rows."""
        found = np.zeros((len(FEATURES), len(rows)), np.float32)
        found[0] = self.popularity[rows]
        for number, name in enumerate(ATTRIBUTES):
            code = self.codes[number]
            found[1 + number] = self.lifts[name][code[given]][code[rows]]
        at = 1 + len(ATTRIBUTES)
        for counted, whose, others in (
            (self.together, given, rows),
            (self.products, int(self.product[given]), self.product[rows]),
        ):
            times = counted.with_each(whose, others)
            found[at] = np.log1p(times)
            found[at + 1] = counted.lift(whose, others, times)
            at += 2
        found[at] = self.months[rows].astype(np.float32) @ self.months[given].astype(np.float32)
        for vectors in (self.words, self.look):
            at += 1
            if vectors.shape[1]:
                mine = vectors[given].astype(np.float32) / _ONE**2
                found[at] = vectors[rows].astype(np.float32) @ mine
        return found

    def shortlist(
        self, slot: int, given: Sequence[int], audience: int, passes: np.ndarray | None = None
    ) -> np.ndarray:
        """int64: rows of a slot that are worth a closer look beside given articles: for the audience, and offered.

        passes : bool (n,), which rows may be shown at all.
        """
        rows = self.fitting(slot, audience, passes)
        if len(rows) <= _SHORTLIST:
            return rows
        known = np.unique(np.concatenate([self._partners(each) for each in given]))
        best = np.argpartition(-self._rough(given, rows), _SHORTLIST)[:_SHORTLIST]
        return np.union1d(rows[best], rows[np.isin(rows, known)])

    def fitting(self, slot: int, audience: int, passes: np.ndarray | None = None) -> np.ndarray:
        """int64: the rows of a slot that are offered, for the audience, and may be shown."""
        rows = self.of_slot[slot]
        fits = (self.audience[rows] & audience) > 0
        if passes is not None:
            fits &= passes[rows]
        return rows[fits]

    def score(self, given: Sequence[int], shares: Sequence[float], rows: np.ndarray) -> np.ndarray:
        """float32 (n,): how well each row goes with given ones; `shares` tell how much each of them counts."""
        score = self.weights[0] * self.popularity[rows]
        for one, share in zip(given, shares, strict=True):
            score = score + np.float32(share) * (self.weights[1:] @ self.features(one, rows)[1:])
        return score

    def _rough(self, given: Sequence[int], rows: np.ndarray) -> np.ndarray:
        score = self.weights[0] * self.popularity[rows]
        for number, name in enumerate(ATTRIBUTES):
            code, table = self.codes[number], self.lifts[name]
            line = sum((table[code[one]] for one in given), np.zeros(len(table), np.float32)) / len(given)
            score += (self.weights[1 + number] * line)[code[rows]]
        return score

    def _partners(self, row: int) -> np.ndarray:
        """Rows that were bought together with a row or a variant of it; of a product, its own best-selling variants."""
        variants = self.products.partners(int(self.product[row]))
        return np.concatenate([self.together.partners(row), self._first_of_product[variants]])

    @cached_property
    def of_slot(self) -> list[np.ndarray]:
        """For each slot int64: the rows that are offered."""
        return [np.flatnonzero(self.offered & (self.slot == number)) for number in range(len(SLOTS))]

    @cached_property
    def _first_of_product(self) -> np.ndarray:
        """int64 (products,): the row of each product that sells best."""
        order = np.argsort(self.popularity, kind="stable")
        first = np.zeros(int(self.product.max(initial=0)) + 1, dtype=np.int64)
        first[self.product[order]] = order  # the last of each stays
        return first

    def write(self, path: Path, beside: Path, manifest: Manifest) -> None:
        """Into one file of arrays and the JSON beside it."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"lifts/{name}": table for name, table in self.lifts.items()}
        for name in _COUNTED:
            arrays |= {f"{name}/{part}": getattr(getattr(self, name), part) for part in _PARTS}
        facts = {
            "layout": _LAYOUT,
            "as_of": self.as_of.isoformat(),
            "features": list(FEATURES),
            "learned": self.learned,
            "baskets": self.together.baskets,
        }
        write_arrays(path, beside, arrays, facts, manifest)

    @classmethod
    def open(cls, folder: DataFolder) -> OutfitModel:
        """The folder's, memory-mapped.

        Raises MissingArtefact, DamagedArtefact, or StaleArtefact if it comes from other tables or another version.
        """
        again = f"Make it again: python {MADE_BY[OUTFITS_FILE]} --data {quoted(folder.root)}"
        if not folder.has(OUTFITS_FILE) and folder.has(MODEL_FILE):
            raise MissingArtefact(
                f"The model was made before there were outfits: {folder.path(OUTFITS_FILE)} does not exist.",
                cure=again,
            )
        path = folder.require(OUTFITS_FILE)
        arrays, facts, manifest = open_arrays(path, again)
        if facts.get("layout") != _LAYOUT or facts.get("features") != list(FEATURES):
            raise StaleArtefact(f"{path} was written by another version of StyloAI.", cure=again)
        if reason := folder.contradiction(manifest):
            raise StaleArtefact(f"{path} is out of date: {reason}.", cure=again)
        try:
            kept: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
            for name in _COUNTED:
                start, partner, times, bought = (arrays[f"{name}/{part}"] for part in _PARTS)
                kept[name] = Together(start, partner, times, bought, int(facts["baskets"]))
            return cls(
                as_of=date.fromisoformat(facts["as_of"]),
                lifts={name: arrays[f"lifts/{name}"] for name in ATTRIBUTES},
                learned=int(facts["learned"]),
                **kept,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedArtefact(f"{path} is no model of outfits.", where=str(error), cure=again) from error


_ARRAYS = (
    "articles", "slot", "audience", "product", "offered", "popularity", "codes", "months", "words", "look", "beside",
    "weights",
)  # fmt: skip
_COUNTED, _PARTS = ("together", "products"), ("start", "partner", "times", "bought")
