"""The trees of a ranker as tables: the scores that LightGBM gives, by NumPy, in less time.

After QuickScorer (Lucchese et al., SIGIR 2015). The leaves of a tree, from left to right, are the bits of a number. A
split that sends a row to the right takes away the leaves on its left; the lowest bit that remains is the row's leaf.
Which splits on a feature send a row to the right depends only on the thresholds between which its value lies, so that
all of them together are one look-up:

    for each feature: between which thresholds does each row's value lie?
    for each feature, and each tree that asks for it: which leaves does that leave?
    for each tree: which leaves do all of its features leave, and what is the first of these worth?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Bytes that are looked up at a time, and rows at the least and most: fewer, and the calls cost more than the work.
_BYTES, _LEAST, _MOST = 4 << 20, 1024, 4096
# Features are compared together if they have about as many thresholds.
_STEP = 8
# LightGBM's `decision_type`.
_CATEGORICAL, _NAN_GOES_LEFT, _MISSING, _NOTHING_IS_MISSING, _NAN_IS_MISSING = 1, 2, 12, 0, 8
_ZERO = np.float32(1e-35)
# So many leaves are few enough for a table of all their sets.
_FEW = 8


class UnsupportedTrees(ValueError):
    """The trees have something that is not evaluated here."""


@dataclass(frozen=True)
class Forest:
    """Trees whose values are added up.

    columns : int (asked,), of the features that any tree asks for, by how many thresholds they have.
    thresholds : of some of these features after the other, float32 (features, width, 1): ascending, then infinity at
        least once. A value's place is how many of them are not below it: 0 for NaN alone.
    left : for each feature, unsigned (trees that ask for it, width + 1): which leaves a value leaves, by its place.
    turns : int (trees,) each, fewer from turn to turn: where the leaves that the trees' first, second … features
        leave stand among those of all features. The trees come in the order of how many features they ask for.
    value : float64 (trees × entries,). Of up to 8 leaves, what each set of leaves is worth; of more, what each is.
    constant : what all trees without a split are worth.
    """

    columns: np.ndarray
    thresholds: tuple[np.ndarray, ...]
    left: tuple[np.ndarray, ...]
    turns: tuple[np.ndarray, ...]
    value: np.ndarray
    constant: float

    @classmethod
    def read(cls, models: Sequence[str]) -> Forest:
        """The mean of boosters, from LightGBM's text. Raises UnsupportedTrees, ValueError or KeyError."""
        trees = [_Tree.read(facts, 1 / len(models)) for model in models for facts in _texts(model)]
        constant = sum((float(tree.value[0]) for tree in trees if not len(tree.feature)), 0.0)
        trees = [tree for tree in trees if len(tree.feature)]
        most = max((len(tree.value) for tree in trees), default=1)
        if most > 64:
            raise UnsupportedTrees(f"A tree has {most} leaves.")
        word = np.uint8 if most <= _FEW else np.uint32 if most <= 32 else np.uint64
        columns, thresholds, left, asking = _tables(trees, word)
        order, turns = _turns(asking, len(trees))
        value = _sets([trees[n].value for n in order]) if word is np.uint8 else _leaves(trees, order, word)
        return cls(columns, thresholds, left, turns, value, constant)

    def score(self, values: np.ndarray) -> np.ndarray:
        """float64 (m,), of float32 (m, features); NaN is unknown. The same for a row alone as among others.

        O(m × (thresholds + trees × the features that a tree asks for)).
        """
        found = np.full(len(values), self.constant)
        if not self.left:
            return found
        of_a_row = sum(map(len, self.left)) * self.left[0].itemsize
        step = min(max(_BYTES // of_a_row, _LEAST), _MOST)
        for start in range(0, len(values), step):
            some = values[start : start + step]
            # NumPy adds up a single column in another order than the columns of several.
            scored = self._score(some if len(some) > 1 else some.repeat(2, axis=0))
            found[start : start + step] += scored[: len(some)]
        return found

    def _score(self, values: np.ndarray) -> np.ndarray:
        left = np.empty((sum(map(len, self.left)), len(values)), self.left[0].dtype)
        start = 0
        for table, place in zip(self.left, self._places(values), strict=True):
            end = start + len(table)
            table.take(place, axis=1, out=left[start:end], mode="clip")
            start = end
        common = left.take(self.turns[0], axis=0)
        for turn in self.turns[1:]:
            some = common[: len(turn)]
            np.bitwise_and(some, left.take(turn, axis=0), out=some)
        entries = len(self.value) // len(common)
        entry = common if common.dtype == np.uint8 else _lowest_bit(common)
        return self.value.take(entry + np.arange(len(common))[:, None] * entries, mode="clip").sum(axis=0)

    def _places(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """Of each feature that is asked for, int (m,)."""
        asked = values.T[self.columns]
        start = 0
        for thresholds in self.thresholds:
            end = start + len(thresholds)
            not_below = (thresholds >= asked[start:end, None]).view(np.uint8)
            small = np.uint8 if thresholds.shape[1] < 256 else np.uint32
            yield from np.add.reduce(not_below, axis=1, dtype=small).astype(np.intp)
            start = end


@dataclass(frozen=True)
class _Tree:
    """Splits, and what the leaves are worth from left to right.

    feature, threshold : int, float32 (splits,): a value goes left if it is not above the threshold.
    nan_goes_right : bool (splits,).
    first, count : int (splits,), which leaves a split takes away from the values that go right.
    value : float64 (leaves,).
    """

    feature: np.ndarray
    threshold: np.ndarray
    nan_goes_right: np.ndarray
    first: np.ndarray
    count: np.ndarray
    value: np.ndarray

    @classmethod
    def read(cls, facts: Mapping[str, str], weight: float) -> _Tree:
        if facts["num_cat"] != "0" or facts.get("is_linear", "0") != "0":
            raise UnsupportedTrees("Categories, or linear functions in the leaves.")
        kind = _numbers(facts, "decision_type", np.int64)
        missing = kind & _MISSING
        if (kind & _CATEGORICAL).any() or not np.isin(missing, (_NOTHING_IS_MISSING, _NAN_IS_MISSING)).all():
            raise UnsupportedTrees("Categories, or zeros that stand for what is missing.")
        threshold = _for_float32(_numbers(facts, "threshold", np.float64))
        # Where nothing was missing in training, NaN is taken for 0.
        nan_goes_right = np.where(missing == _NAN_IS_MISSING, kind & _NAN_GOES_LEFT == 0, threshold < 0)
        children = (_numbers(facts, name, np.int64).tolist() for name in ("left_child", "right_child"))
        first, count, order = _from_left_to_right(*children)
        value = weight * _numbers(facts, "leaf_value", np.float64)[order]
        return cls(_numbers(facts, "split_feature", np.int64), threshold, nan_goes_right, first, count, value)


def _texts(model: str) -> Iterator[Mapping[str, str]]:
    """What LightGBM's text says of each tree."""
    head, *trees = model.partition("\nend of trees")[0].split("\nTree=")
    if "\naverage_output" in head:
        raise UnsupportedTrees("A mean of trees.")
    for tree in trees:
        yield dict(line.split("=", 1) for line in tree.splitlines()[1:] if "=" in line)


def _numbers(facts: Mapping[str, str], name: str, dtype: type) -> np.ndarray:
    return np.array(facts.get(name, "").split(), dtype=dtype)


def _for_float32(threshold: np.ndarray) -> np.ndarray:
    """float32: the same values are above these as LightGBM, which goes by float64, finds above those."""
    with np.errstate(over="ignore"):
        rounded = threshold.astype(np.float32)
    rounded = np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    # LightGBM takes what is no further from 0 than this for 0.
    rounded[(threshold >= -_ZERO) & (threshold < 0)] = np.nextafter(-_ZERO, np.float32(-np.inf))
    rounded[(threshold >= 0) & (threshold < _ZERO)] = _ZERO
    return rounded


def _from_left_to_right(left: list[int], right: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each split the first leaf on its left and how many there are; and the number of each leaf, in order.

    A child that is negative is the leaf ~child. A split comes before those below it.
    """
    splits = len(left)
    leaves, on_left = [0] * splits, [0] * splits
    for split in reversed(range(splits)):
        on_left[split], on_right = (
            leaves[child] if child >= 0 else 1 for child in (left[split], right[split])
        )
        leaves[split] = on_left[split] + on_right
    first, order = [0] * splits, [0] * (splits + 1)
    for split in range(splits):
        for child, start in (
            (left[split], first[split]),
            (right[split], first[split] + on_left[split]),
        ):
            if child >= 0:
                first[child] = start
            else:
                order[start] = ~child
    return np.array(first, dtype=np.int64), np.array(on_left, dtype=np.int64), np.array(order)


def _tables(
    trees: Sequence[_Tree], word: type[np.unsignedinteger]
) -> tuple[np.ndarray, tuple[np.ndarray, ...], tuple[np.ndarray, ...], list[np.ndarray]]:
    """`columns`, `thresholds` and `left` of a forest; and of each feature the numbers of the trees that ask for it."""
    feature, threshold, nan_goes_right, first, count = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(tree, name) for tree in trees)])
        for name in ("feature", "threshold", "nan_goes_right", "first", "count")
    )
    number = np.repeat(np.arange(len(trees)), [len(tree.feature) for tree in trees])
    whole = np.array([(1 << len(tree.value)) - 1 for tree in trees], dtype=word)
    splits = {int(column): np.flatnonzero(feature == column) for column in np.unique(feature)}
    distinct = {column: np.unique(threshold[rows]).astype(np.float32) for column, rows in splits.items()}
    columns = sorted(splits, key=lambda column: len(distinct[column]))
    # Infinity at the end, at least once.
    widths = [(len(distinct[column]) // _STEP + 1) * _STEP for column in columns]
    thresholds = tuple(_filled_up(distinct, columns, widths, width) for width in sorted(set(widths)))
    left, asking = [], []
    for column, width in zip(columns, widths, strict=True):
        rows = splits[column]
        asked, which = np.unique(number[rows], return_inverse=True)
        table = np.repeat(whole[asked][:, None], width + 1, axis=1)
        # How many thresholds are not below a value that goes right, at the most.
        most = width - 1 - np.searchsorted(distinct[column], threshold[rows].astype(np.float32))
        for row, tree, end in zip(rows.tolist(), which.tolist(), most.tolist(), strict=True):
            kept = word(int(whole[number[row]]) & ~(((1 << int(count[row])) - 1) << int(first[row])))
            table[tree, 1 : end + 1] &= kept
            if nan_goes_right[row]:
                table[tree, 0] &= kept
        left.append(table)
        asking.append(asked)
    return np.array(columns, dtype=np.int64), thresholds, tuple(left), asking


def _filled_up(
    distinct: Mapping[int, np.ndarray], columns: Sequence[int], widths: Sequence[int], width: int
) -> np.ndarray:
    """float32 (features, width, 1): the thresholds of the features of this width, then infinity."""
    some = [distinct[column] for column, its in zip(columns, widths, strict=True) if its == width]
    filled = np.full((len(some), width, 1), np.inf, dtype=np.float32)
    for row, thresholds in zip(filled, some, strict=True):
        row[: len(thresholds), 0] = thresholds
    return filled


def _turns(asking: Sequence[np.ndarray], trees: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The order of the trees, and `turns` of a forest."""
    tree = np.concatenate([np.zeros(0, np.int64), *asking])
    features = np.bincount(tree, minlength=trees)
    order = np.argsort(-features, kind="stable")
    # Where each tree's leaves stand, tree after tree.
    where = np.argsort(tree, kind="stable")
    start = np.append(0, np.cumsum(features))[order]
    most = int(features.max(initial=0))
    return order, tuple(where[start[: (features > turn).sum()] + turn] for turn in range(most))


def _sets(values: Sequence[np.ndarray]) -> np.ndarray:
    """What each set of leaves is worth: its first leaf."""
    most = max(map(len, values), default=0)
    table = np.zeros((len(values), 1 << most))
    for row, value in zip(table, values, strict=True):
        for leaf, worth in enumerate(value):
            row[1 << leaf :: 2 << leaf] = worth
    return table.ravel()


def _leaves(trees: Sequence[_Tree], order: np.ndarray, word: type[np.unsignedinteger]) -> np.ndarray:
    table = np.zeros((len(trees), 8 * np.dtype(word).itemsize))
    for row, n in zip(table, order, strict=True):
        row[: len(trees[n].value)] = trees[n].value
    return table.ravel()


def _lowest_bit(sets: np.ndarray) -> np.ndarray:
    """Which bit is the lowest: the exponent of the number that it is alone."""
    lowest = sets & -sets
    if sets.dtype == np.uint64:
        return (lowest.astype(np.float64).view(np.int64) >> 52) - 1023
    return (lowest.astype(np.float32).view(np.int32) >> 23) - 127
