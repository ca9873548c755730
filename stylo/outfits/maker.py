"""Outfits of a shop's articles, with their prices and reasons, as the service and the dashboard show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.errors import BadOption, UnknownArticle
from stylo.outfits.composing import OutfitQuery, compose
from stylo.outfits.model import OutfitModel
from stylo.outfits.reasons import reasons, sentence
from stylo.outfits.slots import SLOTS
from stylo.tables.ids import ArticleIds

_FACTS = {
    "colour": "colour_group_name",
    "type": "product_type_name",
    "pattern": "graphical_appearance_name",
    "section": "section_name",
}


@dataclass(frozen=True)
class ShownReason:
    """kind and value as in OutfitReason; the sentence is for people."""

    kind: str
    value: float | None
    sentence: str


@dataclass(frozen=True)
class ShownArticle:
    """An article of an outfit. price : in units of money, None if it was never sold."""

    article: int
    score: float
    price: float | None
    why: list[ShownReason]


@dataclass(frozen=True)
class ShownSlot:
    """A slot, the article chosen for it, and others that could take its place."""

    slot: str
    chosen: ShownArticle
    locked: bool
    alternatives: list[ShownArticle]


@dataclass(frozen=True)
class ShownOutfit:
    """slot : of the given article.

    left_out : slots that stayed empty → "nothing fits" or "too dear".
    price : of all of it with the given article; None where a price is not known.
    """

    article: int
    slot: str
    slots: list[ShownSlot]
    left_out: dict[str, str]
    price: float | None


class OutfitMaker:
    """Makes outfits of the articles of a shop. Threads may share it.

    articles : `article`, `price` in units of money, and the names of type, colour, pattern and section.
    ids : as people write those of the shop.
    """

    def __init__(self, model: OutfitModel, articles: pl.DataFrame, ids: ArticleIds) -> None:
        self._model, self._ids = model, ids
        row = {article: number for number, article in enumerate(articles["article"].to_list())}
        place = np.array([row.get(article, -1) for article in model.articles.tolist()], dtype=np.int64)
        prices = articles["price"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        self._prices = np.where(place >= 0, np.append(prices, np.nan)[place], np.nan)
        self._listed = place >= 0
        self._articles, self._place = articles, place

    @property
    def as_of(self) -> date:
        """Nothing on or after this day was learned from."""
        return self._model.as_of

    def slot_of(self, article: int) -> str | None:
        """The slot of an article; None for one that no outfit has a place for. Raises UnknownArticle."""
        slot = int(self._model.slot[self._row(article)])
        return SLOTS[slot] if slot >= 0 else None

    def make(
        self,
        article: int,
        locked: Sequence[int] = (),
        without: Sequence[str] = (),
        alternatives: int = 3,
        max_price: float | None = None,
        shown: np.ndarray | None = None,
    ) -> ShownOutfit:
        """An outfit around an article, by its number.

        Parameters
        ----------
        locked : numbers of articles that stay in it.
        without : names of slots that stay empty.
        alternatives : how many for each slot, at most.
        max_price : what all of it may cost together, in units of money; the given and locked articles count.
        shown : bool (n,), which of `articles` may be chosen; None for all. The given and locked ones stay.

        Raises UnknownArticle, and BadOption for an article without a slot or for what contradicts itself.
        """
        given = self._row(article)
        kept = [self._row(each) for each in dict.fromkeys(locked) if each != article]
        for row in (given, *kept):
            if self._model.slot[row] < 0:
                kind = self._facts(row).get("type") or "what it is"
                raise BadOption(
                    f"Article {self._ids.id(int(self._model.articles[row]))} has no place in an outfit: "
                    f"{kind} is none of {', '.join(SLOTS)}."
                )
        passes = None if self._listed.all() else self._listed
        if shown is not None:
            passes = self._listed & np.append(shown, False)[self._place]
        asked = OutfitQuery(
            given, kept, {SLOTS.index(name) for name in without}, alternatives, max_price, passes
        )
        made = compose(self._model, self._prices, asked)
        slots = []
        for each in made.slots:
            chosen, *others = self._shown(given, [each.row, *each.others], [each.score, *each.scores])
            slots.append(ShownSlot(SLOTS[each.slot], chosen, each.locked, others))
        return ShownOutfit(
            article,
            SLOTS[int(self._model.slot[given])],
            slots,
            {SLOTS[slot]: why for slot, why in made.left_out.items()},
            None if made.price is None else round(made.price, 2),
        )

    def _row(self, article: int) -> int:
        row = self._model.row(article)
        if row < 0 or not self._listed[row]:
            raise UnknownArticle(f"There is no article {self._ids.id(article)}.")
        return row

    def _shown(self, given: int, rows: Sequence[int], scores: Sequence[float]) -> list[ShownArticle]:
        """Of one slot."""
        mine = self._facts(given)
        shown = []
        for row, score, why in zip(rows, scores, reasons(self._model, given, rows), strict=True):
            other, price = self._facts(row), float(self._prices[row])
            said = [ShownReason(each.kind, each.value, sentence(each, mine, other)) for each in why]
            known = None if np.isnan(price) else round(price, 2)
            shown.append(ShownArticle(int(self._model.articles[row]), score, known, said))
        return shown

    def _facts(self, row: int) -> dict[str, str]:
        place = int(self._place[row])
        return {
            name: str(self._articles[column][place] or "")
            for name, column in _FACTS.items()
            if column in self._articles.columns
        }
