"""What is like an article: by its attributes, by its words, by its look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.candidates.lists import NEIGHBOURS, NeighbourLists, best_neighbours
from stylo.candidates.popularity import decayed_sales
from stylo.content.vectors import STYLE_LEVELS, content_vectors
from stylo.errors import StyloError
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings, open_embeddings
from stylo.vectors.index import open_index
from stylo.vectors.neighbours import Neighbourhood

_KEPT = 24
_AT_A_TIME = 20_000
# Articles whose vectors are put side by side at a time.
_JOINED = 8_192
_LEVELS = [(list(keys), worth) for keys, worth in STYLE_LEVELS]
_KINDS = ("text", "style")
_LOOK_DIMENSIONS = 128


@dataclass(frozen=True)
class SameStyle:
    """Neighbours that share attributes: closest match first, then the better seller.

    The score is the worth of the match (1, 0.6 or 0.4), and up to 0.1 more for sales. A customer's
    purchase counts half as much every `memory` days.
    """

    half_life: float = 14.0
    memory: float = 30.0
    name: str = "same style"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        rail = self._rail(history, as_of)
        firsts = [(_first_of_rail(rail.lazy(), keys).collect(), keys, worth) for keys, worth in _LEVELS]
        parts = [_closest(some, firsts) for some in rail.iter_slices(_AT_A_TIME)]
        pairs = pl.concat([pl.DataFrame(schema=NEIGHBOURS), *parts])
        return NeighbourLists.of(pairs, history.catalogue, self.memory)

    def _rail(self, history: History, as_of: date) -> pl.DataFrame:
        """Every article with its style attributes and its `sales_share` of the best seller's sales, 0 to 1."""
        attributes = list(dict.fromkeys(key for keys, _ in STYLE_LEVELS for key in keys))
        sales = decayed_sales(history, as_of, self.half_life)
        rail = history.articles.select("article", *attributes).join(sales, on="article", how="left")
        share = pl.col("score").fill_null(0) / pl.col("score").max()
        return rail.select("article", *attributes, sales_share=share.fill_null(0).fill_nan(0)).collect()


def _first_of_rail(rail: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """The keys, `neighbour` and `sales_share` of the best sellers of each rail."""
    ordered = rail.sort(*keys, "sales_share", "article", descending=[*(False for _ in keys), True, False])
    place = pl.int_range(1, pl.len() + 1).over(keys)
    # One more than wanted, since the article itself may hang on its rail.
    first = ordered.filter(place <= _KEPT + 1).select(*keys, "sales_share", neighbour="article")
    return first.drop_nulls(keys)


def _closest(some: pl.DataFrame, firsts: list[tuple[pl.DataFrame, list[str], float]]) -> pl.DataFrame:
    """Rows of NEIGHBOURS of some articles of the rail."""
    mine = some.drop("sales_share").lazy()
    matches = [
        mine.join(first.lazy(), on=keys).select(
            "article", "neighbour", score=worth + pl.col("sales_share") / 10
        )
        for first, keys, worth in firsts
    ]
    closest = pl.concat(matches).group_by("article", "neighbour").agg(pl.max("score"))
    return best_neighbours(closest, _KEPT)


@dataclass(frozen=True)
class StyleNeighbours:
    """Neighbours by the mean of the cosines of text and style, among articles sold in the last `days` days.

    Every article with both vectors has neighbours, one that nobody has bought yet too; none where the history has no
    such embeddings. A customer's purchase counts half as much every `memory` days.

    Fitting takes O(articles × sold of late × dimensions), and memory for one copy of the vectors.
    """

    days: int = 28
    memory: float = 30.0
    name: str = "style neighbours"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        near = pl.DataFrame(schema=NEIGHBOURS)
        sold = history.before(as_of, self.days).select("article").unique().collect()["article"]
        if all(kind in history.embeddings for kind in _KINDS) and len(sold):
            joined = _joined(history)
            found = Neighbourhood(joined, among=sold).of(pl.Series(joined.articles), _KEPT)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)


def _joined(history: History) -> Embeddings:
    """Both vectors of an article, of length one each, side by side: their cosine is the mean of the cosines."""
    vectors = [history.vectors[kind] for kind in _KINDS]
    known = np.flatnonzero(np.logical_and.reduce([each.any(axis=1) for each in vectors]))
    joined = np.empty((len(known), sum(each.shape[1] for each in vectors)), dtype=np.float32)
    for start in range(0, len(known), _JOINED):
        rows = slice(start, start + _JOINED)
        np.concatenate([each[known[rows]] for each in vectors], axis=1, out=joined[rows])
    return Embeddings(history.catalogue.articles[known], joined)


@dataclass(frozen=True)
class VisualTwins:
    """Neighbours by the cosine similarity of their photos; none where no photo was looked at.

    A customer's purchase counts half as much every `memory` days.

    plain : by the network's own vectors, also where a learned look makes the twins that are shown. The learned look
        was made so that twins share type, colour and pattern; what a customer buys next is often alike in other ways
        (docs/results.md).
    """

    memory: float = 30.0
    name: str = "visual twins"
    plain: bool = False

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        return history.of_the_shop(self, lambda: self._of_the_table(history))

    def _of_the_table(self, history: History) -> NeighbourLists:
        table = history.twins
        if self.plain and history.plain_twins is not None:
            table = history.plain_twins
        if table is None:
            return NeighbourLists.of(pl.DataFrame(schema=NEIGHBOURS), history.catalogue, self.memory)
        # The table's own ranks: they come from more digits than its similarities keep.
        twins = table.select("article", "neighbour", "rank", score="similarity")
        return NeighbourLists.of(twins, history.catalogue, self.memory)


def article_vectors(folder: DataFolder, progress: Progress = SILENT) -> dict[str, Embeddings]:
    """By kind: "text" and "style", made first where that is due, and "look" if photos were looked at.

    The look is the vectors of visual_features.npy on their 128 main directions, as visual_reccs.py keeps them.
    Without a trained network it says too little, and it is left out if it is out of date or damaged, which is noted.

    Raises MissingArtefact or StaleArtefact (articles.parquet), DamagedArtefact, CannotWrite, Busy.
    """
    content = content_vectors(folder, progress)
    vectors = {"text": content.text, "style": content.style}
    if folder.has("visual_index.npy") and folder.has("visual_features.npy"):
        try:
            embeddings = open_embeddings(folder)
            short = open_index(folder, embeddings).short(_LOOK_DIMENSIONS)
            vectors["look"] = Embeddings(embeddings.articles, short)
        except StyloError as error:
            progress.note(
                f"NOTICE: the hybrid runs without the visual features. {error.problem} {error.cure}"
            )
    return vectors
