"""Smooth outlines from few points, in the pixels of a photo (400 by 600, y grows downwards)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# (x, y) is passed smoothly, (x, y, 1) is a corner.
Point = tuple[float, ...]
Path = NDArray[np.float64]

CENTRE = 200.0
_STEPS = 9


def curve(points: Sequence[Point], *, closed: bool = True) -> Path:
    """A Catmull-Rom curve through points, broken at corners: (n, 2); a closed one ends before its start."""
    marked = list(points)
    if closed:
        at = next((at for at, point in enumerate(marked) if len(point) > 2), None)
        if at is None:
            return _through([point[:2] for point in (marked[-1], *marked, marked[0], marked[1])])
        marked = [*marked[at:], *marked[: at + 1]]
    corners = [0, *(at for at in range(1, len(marked) - 1) if len(marked[at]) > 2), len(marked) - 1]
    pieces = []
    for start, end in pairwise(corners):
        run = [point[:2] for point in marked[start : end + 1]]
        pieces.append(np.array(run[:1], dtype=float) if len(run) == 2 else _through([run[0], *run, run[-1]]))
    if not closed:
        pieces.append(np.array([marked[-1][:2]], dtype=float))
    return np.concatenate(pieces)


def _through(points: list[Point]) -> Path:
    """The spline from the second point to the last but one, that one left out."""
    known = np.array(points, dtype=float)
    before, start, end, after = known[:-3], known[1:-2], known[2:-1], known[3:]
    t = (np.arange(_STEPS) / _STEPS)[None, :, None]
    p0, p1, p2, p3 = (array[:, None, :] for array in (before, start, end, after))
    curve_ = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.asarray(curve_.reshape(-1, 2))


def symmetric(right: Sequence[Point]) -> Path:
    """A closed outline from its right half, from top centre to bottom centre; x counts from the middle."""
    left = [(-x, *rest) for x, *rest in reversed(right) if x > 0]
    return curve([(CENTRE + x, *rest) for x, *rest in [*right, *left]])


def on_side(points: Sequence[Point], side: int) -> list[Point]:
    """Points given for the right (x from the middle) placed on the right (side 1) or the left (side -1)."""
    return [(CENTRE + side * x, *rest) for x, *rest in points]


def offset(path: Path, distance: float) -> Path:
    """The open path moved to the right of its direction (downwards for one that runs left to right)."""
    along = np.gradient(path, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    return path + distance * normal


def band(path: Path, width: float) -> Path:
    """The closed strip between an open path and its offset."""
    return np.concatenate([path, offset(path, width)[::-1]])


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0, points: int = 40) -> Path:
    """A closed ellipse, turned clockwise by so many degrees."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return turned(np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1), turn, (x, y))


def turned(path: Path, degrees: float, pivot: tuple[float, float]) -> Path:
    """The path turned clockwise (as seen) about a pivot."""
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((path - pivot) @ matrix + pivot)


def dashes(path: Path, length: float = 3.2, gap: float = 2.2) -> list[Path]:
    """The pieces of a stitched line along an open path."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    starts = np.arange(0, walked[-1], length + gap)
    return [
        np.stack([np.interp([start, start + length], walked, path[:, axis]) for axis in (0, 1)], axis=1)
        for start in starts
    ]
