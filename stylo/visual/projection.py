"""What a merchandiser means by alike: a projection of the photos' vectors, learned from the shop's own catalogue.

    vector ──▶ hidden ──▶ a short vector ──▶ how likely each product type, colour and pattern is
                               └──────────────────────┴──▶ side by side: the projected vector

A network that was trained to tell dogs from cars has seen everything in a photo and does not know what matters. Here a
small network on top of it learns to name the shop's own labels; two articles are then near where it would give them the
same names with the same confidence. Nothing of an article but its photo goes in, so a new one needs no labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.progress import SILENT, Progress
from stylo.visual.runtime import keras, tensorflow

_NORMAL_95 = 1.96
#: Columns of articles.parquet whose names are learned, as merchandisers speak: what it is, its colour, its pattern.
LABELS = ("product_type_name", "colour_group_name", "graphical_appearance_name")
Floats = NDArray[np.float32]
_SHORT = 256
# So many units are hidden; the first number for a catalogue of at least _MANY articles.
_HIDDEN, _MANY = (1024, 256), 20_000
# What the short vector counts beside the three sets of names, each of which counts 1: it tells apart what has the same
# names, and keeps the neighbours of the plain vectors near.
_LOOK = 1.0
# Names that fewer articles have are one: "other".
_FEWEST = 5
_OTHER = "(other)"
_SEED = 0
_RATE, _DECAY, _SHARPNESS = 2e-3, 1e-3, 16.0
_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 1300, 8, 40
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class PairedTrial:
    """low, high : 95 % interval of the learned vectors' mean gain over the plain ones."""

    low: float
    high: float

    @property
    def better(self) -> bool:
        return self.low > 0


def interval_95(gains: np.ndarray) -> dict[str, float]:
    """`low` and `high` of the mean of paired gains (n,) by the normal approximation."""
    error = _NORMAL_95 * gains.std(ddof=1) / np.sqrt(len(gains))
    return {"low": float(gains.mean() - error), "high": float(gains.mean() + error)}


@dataclass(frozen=True)
class Projection:
    """Maps vectors of one network (d,) to projected ones.

    Parameters
    ----------
    mean, scale : (d,) of vectors at length 1; what is left is what the hidden layer sees.
    hidden, hidden_bias : (d, h) and (h,), followed by ReLU.
    short, short_bias : (h, s) and (s,); the result is brought to length 1.
    names, names_bias : (s, n) and (n,): scores of all names, label by label.
    sizes : how many names each label has; they sum to n.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    short: Floats
    short_bias: Floats
    names: Floats
    names_bias: Floats
    sizes: tuple[int, ...]

    @property
    def width(self) -> int:
        """Numbers of a projected vector."""
        return self.names.shape[1] + self.short.shape[1]

    def __call__(self, vectors: np.ndarray) -> Floats:
        """Vectors (n, d) of the network → (n, width), of length 1."""
        found = np.empty((len(vectors), self.width), dtype=np.float32)
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            found[rows] = self._some(units(vectors[rows]))
        return found

    def _some(self, vectors: Floats) -> Floats:
        hidden = np.maximum((vectors - self.mean) / self.scale @ self.hidden + self.hidden_bias, 0)
        short = units(hidden @ self.short + self.short_bias)
        scores = np.split(short @ self.names + self.names_bias, np.cumsum(self.sizes)[:-1], axis=1)
        # The product of two such roots is the Bhattacharyya coefficient of what both are thought to be: 0 to 1.
        likely = [np.sqrt(_softmax(part)) for part in scores]
        return units(np.column_stack([*likely, _LOOK * short]))


class Rows:
    """Some rows of vectors that may be memory-mapped, without a copy of them all."""

    def __init__(self, vectors: np.ndarray | Rows, rows: NDArray[np.int64]) -> None:
        self._vectors, self._rows = vectors, rows
        self.shape: tuple[int, int] = (len(rows), int(vectors.shape[1]))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, which: slice | NDArray[np.int64]) -> np.ndarray:
        return self._vectors[self._rows[which]]


def units(vectors: np.ndarray) -> Floats:
    """Rows (n, d) at length 1; those of length 0 stay."""
    wide = np.asarray(vectors, dtype=np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide, dtype=np.float64)).astype(np.float32)
    return np.divide(wide, np.where(length == 0, 1, length)[:, None], dtype=np.float32)


def learn(vectors: np.ndarray | Rows, labels: pl.DataFrame, progress: Progress = SILENT) -> Projection:
    """Learns a projection: about a minute for 100,000 vectors on two processors.

    Parameters
    ----------
    vectors : (n, d), may be memory-mapped.
    labels : names (n rows) under the columns of LABELS that have at least two names (see `usable`).

    The same vectors, labels and processors give the same projection.
    """
    codes = [_codes(labels[column]) for column in labels.columns]
    sizes = tuple(int(code.max()) + 1 for code in codes)
    sample = units(vectors[:: max(1, len(vectors) // 20_000)])
    mean, scale = sample.mean(axis=0), sample.std(axis=0) + np.float32(1e-6)
    many = len(vectors) >= _MANY
    network, layers = _network(vectors.shape[1], _HIDDEN[0 if many else 1], sizes)
    tensorflow().config.experimental.enable_op_determinism()
    batch = 512 if many else 128
    steps = -(-len(vectors) // batch)
    epochs = int(np.clip(_STEPS // steps, _FEWEST_EPOCHS, _MOST_EPOCHS))
    optimizer = keras().optimizers.AdamW(
        keras().optimizers.schedules.CosineDecay(_RATE, epochs * steps), weight_decay=_DECAY
    )
    network.compile(optimizer, keras().losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(_SEED)
    with progress.task("Learning similarity", epochs * steps) as advance:
        for _ in range(epochs):
            order = draw.permutation(len(vectors))
            for start in range(0, len(vectors), batch):
                rows = np.sort(order[start : start + batch])
                seen = (units(vectors[rows]) - mean) / scale
                network.train_on_batch(seen, [code[rows] for code in codes])
                advance(1)
    hidden, short, *names = ([np.asarray(weight) for weight in layer.get_weights()] for layer in layers)
    return Projection(
        mean=mean,
        scale=scale,
        hidden=hidden[0],
        hidden_bias=hidden[1],
        short=short[0],
        short_bias=short[1],
        names=_SHARPNESS * np.column_stack([units(kernel.T).T for kernel, _ in names]),
        names_bias=np.concatenate([bias for _, bias in names]),
        sizes=sizes,
    )


def usable(articles: pl.DataFrame) -> list[str]:
    """Labels that can be learned: at least two names, each of several articles."""
    return [
        column
        for column in LABELS
        if column in articles.columns and _codes(articles[column]).max(initial=0) > 0
    ]


def _codes(names: pl.Series) -> NDArray[np.int64]:
    """Names as numbers from 0; rare ones, and none at all, are one."""
    text = names.cast(pl.String).fill_null(_OTHER)
    counts = text.value_counts()
    common = counts.filter(pl.col("count") >= _FEWEST)[names.name]
    kept = text.to_frame().select(
        pl.when(pl.col(names.name).is_in(common.implode())).then(pl.col(names.name)).otherwise(pl.lit(_OTHER))
    )
    return kept.to_series().rank("dense").cast(pl.Int64).to_numpy() - 1


def _network(width: int, hidden_units: int, sizes: Sequence[int]) -> tuple[Any, list[Any]]:
    """What learns, and its layers with weights: hidden, short, and one for each label."""
    keras().utils.set_random_seed(_SEED)
    layers = keras().layers
    hidden, short = layers.Dense(hidden_units, activation="relu"), layers.Dense(_SHORT)
    # Cosines, not products: a name is a direction, so that the short vectors of one name lie together.
    names = [layers.Dense(size, kernel_constraint=keras().constraints.UnitNorm(axis=0)) for size in sizes]
    inputs = keras().Input((width,))
    x = layers.Dropout(0.3, seed=_SEED)(hidden(layers.Dropout(0.2, seed=_SEED)(inputs)))
    x = layers.Rescaling(_SHARPNESS)(layers.UnitNormalization()(short(x)))
    return keras().Model(inputs, [name(x) for name in names]), [hidden, short, *names]


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
