"""The look of articles: the vectors by which they are compared with each other, plain or learned.

    visual_features.npy ──▶ visual_learned.npy      where a projection finds more that is alike, on products that it
                                                    never saw; else the plain vectors are the look

A photo from outside is never compared by the learned vectors: they know photos as the catalogue has them, and lose what
is dimmed, blurred or laid on other ground (docs/results.md). For these see `photo_space`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.artefacts import Manifest, writing
from stylo.progress import SILENT, Progress
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.vectors.derived import files_of, open_derived, write_derived
from stylo.vectors.embeddings import FILE, LEARNED, Embeddings
from stylo.vectors.index import INDEX_OF
from stylo.visual.projection import PairedTrial, Projection, Rows, interval_95, learn, units, usable

_HELD_OUT = 0.2
_QUERIES, _NEIGHBOURS = 2000, 12
_AT_ONCE = 4096
# With fewer products to judge by, nothing can be said of what is better.
_FEWEST_ARTICLES = 500
_SEED = 0


class Choice(StrEnum):
    """Which vectors are the look."""

    AUTO = "auto"
    PLAIN = "plain"
    LEARNED = "learned"


@dataclass(frozen=True, kw_only=True)
class Trial(PairedTrial):
    """What a projection found on products that it never saw: label → share of the 12 nearest with the query's own.

    gain : mean over the labels of learned less plain.
    """

    queries: int
    plain: dict[str, float]
    learned: dict[str, float]
    gain: float


@dataclass(frozen=True)
class Look:
    """Vectors of the look, and how they came about.

    why : why the plain vectors are the look, in a sentence; empty where the learned ones are.
    """

    embeddings: Embeddings
    projection: Projection | None = None
    trial: Trial | None = None
    why: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """For a program."""
        return {
            "vectors": "plain" if self.projection is None else "learned",
            "why_plain": self.why,
            "trial": None if self.trial is None else asdict(self.trial),
        }

    @property
    def lines(self) -> list[str]:
        """For a person."""
        lines = ["The vectors come from an untrained network."] if self.embeddings.untrained else []
        if (trial := self.trial) is not None:
            shares = ", ".join(
                f"{label.removesuffix('_name').replace('_', ' ')} {trial.plain[label]:.3f} → {trial.learned[label]:.3f}"
                for label in trial.plain
            )
            lines.append(
                f"Of the {_NEIGHBOURS} nearest have the same label, plain → learned, for {trial.queries:,} articles of "
                f"products held out: {shares}."
            )
        return [*lines, self.why or "Twins are compared by the learned vectors."]


def open_look(folder: DataFolder, plain: Embeddings) -> Embeddings:
    """What `visual_reccs.py` made the look: the learned vectors where they are there and belong to the plain ones."""
    return open_derived(folder, LEARNED, plain) or plain


def learn_look(
    plain: Embeddings, catalogue: pl.DataFrame, choice: Choice = Choice.AUTO, progress: Progress = SILENT
) -> Look:
    """Learns a projection, tries it on a fifth of the products that it never saw, and takes it if it is better.

    Parameters
    ----------
    catalogue : articles.parquet.
    choice : `learned` takes it in any case, `plain` does not try.

    The embeddings of a learned look are in memory: (n, about 500) float32.
    """
    if choice is Choice.PLAIN:
        return Look(plain, why="The plain vectors were requested.")
    rows = pl.DataFrame({"article": plain.articles}, schema={"article": pl.Int32})
    articles = rows.join(catalogue, on="article", how="left", maintain_order="left")
    known = np.flatnonzero(articles["article_id"].is_not_null().to_numpy())
    if len(known) < _FEWEST_ARTICLES:
        return Look(plain, why=f"Fewer than {_FEWEST_ARTICLES} articles have a photo: too few to learn from.")
    articles = articles[known]
    labels = usable(articles)
    if not labels:
        return Look(
            plain, why="All articles have the same product type, colour and pattern: nothing to learn."
        )
    vectors = Rows(plain.vectors, known)
    trial = _try(vectors, articles, labels, progress)
    if not trial.better and choice is Choice.AUTO:
        return Look(
            plain,
            trial=trial,
            why="Learned vectors did not find more similar articles among held-out products.",
        )
    projection = learn(vectors, articles.select(labels), progress)
    learned = Embeddings(plain.articles, projection(plain.vectors), {"trained": not plain.untrained}, LEARNED)
    return Look(learned, projection, trial)


def keep_look(look: Look, folder: DataFolder) -> None:
    """Writes a learned look into the folder; where the plain vectors are the look, a learned one is removed.

    Raises Busy or CannotWrite.
    """
    files = files_of(folder, LEARNED, INDEX_OF[LEARNED])
    if look.projection is None:
        for path in files:
            path.unlink(missing_ok=True)
        return
    manifest = Manifest(MADE_BY[LEARNED], folder.fingerprints(FILE, "articles.parquet"), {})
    with writing(*files) as temporary:
        write_derived(temporary, folder, look.embeddings, manifest)


def _try(vectors: Rows, articles: pl.DataFrame, labels: list[str], progress: Progress) -> Trial:
    draw = np.random.default_rng(_SEED)
    products = articles["product_code"].rank("dense").to_numpy()
    held_out = draw.permutation(np.unique(products))[: round(_HELD_OUT * len(np.unique(products)))]
    unseen = np.isin(products, held_out)
    seen = np.flatnonzero(~unseen)
    projection = learn(Rows(vectors, seen), articles[seen].select(labels), progress)
    queries = draw.permutation(np.flatnonzero(unseen))[:_QUERIES]
    codes = [articles[label].fill_null("").rank("dense").to_numpy() for label in labels]
    plain = _shares(units, vectors, queries, codes)
    learned = _shares(projection, vectors, queries, codes)
    gains = (learned - plain).mean(axis=1)
    return Trial(
        queries=len(queries),
        plain=dict(zip(labels, plain.mean(axis=0).tolist(), strict=True)),
        learned=dict(zip(labels, learned.mean(axis=0).tolist(), strict=True)),
        gain=float(gains.mean()),
        **interval_95(gains),
    )


def _shares(
    project: Callable[[np.ndarray], NDArray[np.float32]],
    vectors: Rows,
    queries: NDArray[np.int64],
    codes: list[np.ndarray],
) -> np.ndarray:
    """The share of the nearest with the query's own code: (queries, labels). Holds a block of all vectors at a time."""
    asked = project(vectors[queries])
    best = np.full((len(queries), _NEIGHBOURS), -np.inf, dtype=np.float32)
    near = np.zeros(best.shape, dtype=np.int64)
    for start in range(0, len(vectors), _AT_ONCE):
        similar = asked @ project(vectors[start : start + _AT_ONCE]).T
        others = np.arange(start, start + similar.shape[1])
        similar[queries[:, None] == others] = -np.inf
        similar = np.hstack([best, similar])
        others = np.hstack([near, np.broadcast_to(others, (len(queries), len(others)))])
        kept = np.argpartition(-similar, _NEIGHBOURS - 1, axis=1)[:, :_NEIGHBOURS]
        best, near = np.take_along_axis(similar, kept, axis=1), np.take_along_axis(others, kept, axis=1)
    return np.stack([(code[near] == code[queries][:, None]).mean(axis=1) for code in codes], axis=1)
