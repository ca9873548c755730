"""The colours of a garment, taken from its photo: which three, how much of each, what they are called, who shares them.

Colours are CIELAB under D65 (CIE 15:2004; sRGB after IEC 61966-2-1): L from 0 (black) to 100 (white), a from green
to red, b from blue to yellow; a distance of 2 is just seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLOURS = 3

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_HEIGHT, _WIDTH = 72, 48
# Samples a side that are averaged into one pixel of the small picture.
_SAMPLES = 3
# A pixel this far from the background beside it belongs to the garment.
_STANDS_OUT = 6.0
# Less of the picture than this is dust or shadow, and the garment has the background's colour.
_LEAST_GARMENT = 0.004
# Colours are counted in cubes of this side; the fullest cubes are compared with each other.
_CUBE, _CUBES = 6, 200
# Cubes this near raise each other's density; a second colour is at least `_APART` away and has this share.
_REACH, _APART, _LEAST_SHARE = 8.0, 22.0, 0.06


def garment_colours(pixels: Pixels) -> Floats:
    """The main colours of the garment on a product photo, without the background.

    Parameters
    ----------
    pixels : (h, w, 3) RGB in sRGB, of any size from 1 × 1.

    Returns (COLOURS, 4): L, a, b and the share of the garment, the largest share first. The shares sum to 1; rows
    that are not needed are zeros. A garment that cannot be told from its background has the background's colour.
    """
    lab = to_lab(_shrunk(pixels))
    weight = _garment(lab)
    return _main_colours(lab.reshape(-1, 3), weight.ravel())


def to_lab(rgb: Pixels) -> Floats:
    """sRGB (..., 3) in bytes as CIELAB (..., 3) under D65. Red (255, 0, 0) is (53.24, 80.09, 67.20)."""
    xyz = _LINEAR[rgb] @ _TO_XYZ
    curved = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * ((29 / 6) ** 2 / 3) + np.float32(4 / 29))
    x, y, z = curved[..., 0], curved[..., 1], curved[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _linear_light() -> Floats:
    """The amount of light for each byte of an sRGB channel, 0 to 1."""
    value = np.arange(256) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR = _linear_light()
_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    / np.array(_WHITE)[:, None]
).T.astype(np.float32)


def _shrunk(pixels: Pixels) -> Pixels:
    """At most 72 × 48 pixels, each the mean of nine samples of its block."""
    for axis, most in ((0, _HEIGHT), (1, _WIDTH)):
        size = pixels.shape[axis]
        if size > most:
            taken = (np.arange(most * _SAMPLES) * size) // (most * _SAMPLES)
            blocks = np.take(pixels, taken, axis=axis)
            parts = [
                blocks[part::_SAMPLES] if axis == 0 else blocks[:, part::_SAMPLES] for part in range(_SAMPLES)
            ]
            pixels = (sum(part.astype(np.uint16) for part in parts) // _SAMPLES).astype(np.uint8)
    return pixels


def _garment(lab: Floats) -> Floats:
    """How much each pixel (h, w) counts: 0 for the background, more towards the middle of the picture."""
    height, width = lab.shape[:2]
    different = _from_background(lab) > _STANDS_OUT
    inside = ~_seen_from_outside(~different)
    if inside.mean() < _LEAST_GARMENT:
        inside[:] = True
    return inside * _towards_middle(height)[:, None] * _towards_middle(width)


def _from_background(lab: Floats) -> Floats:
    """The distance of each pixel from the background of its row, which runs from the left edge to the right."""
    left, right = _edge(lab[:, :2]), _edge(lab[:, -2:])
    across = np.linspace(0, 1, lab.shape[1], dtype=np.float32)[:, None]
    background = left[:, None] * (1 - across) + right[:, None] * across
    return np.sqrt(np.square(lab - background).sum(axis=2))


def _edge(strip: Floats) -> Floats:
    """The background (h, 3) along a strip (h, n, 3) at one side; where the garment touches it, that of the others."""
    colour = strip.mean(axis=1)
    usual = np.median(colour, axis=0)
    off = np.sqrt(np.square(colour - usual).sum(axis=1)) > 3 * _STANDS_OUT
    return np.where(off[:, None], usual, colour)


def _seen_from_outside(empty: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels (h, w) with nothing but empty ones in a straight line to one of the four edges.

    A white shirt on white shows its outline only; what the outline encloses is the shirt.
    """
    reach = np.logical_and.accumulate
    return (
        reach(empty, axis=0)
        | reach(empty[::-1], axis=0)[::-1]
        | reach(empty, axis=1)
        | reach(empty[:, ::-1], axis=1)[:, ::-1]
    )


def _towards_middle(size: int) -> Floats:
    """Weights (size,) from 1/2 at the edges to 1 in the middle."""
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    return (0.5 + 0.5 * np.sin(np.pi * place)).astype(np.float32)


def _main_colours(lab: Floats, weight: Floats) -> Floats:
    """The densest places among colours (n, 3) with weights (n,), as rows of L, a, b and share."""
    colours, mass = _cubes(lab, weight)
    gap = np.square(colours[:, None] - colours[None]).sum(axis=2)
    density = np.exp(gap / (-2 * _REACH**2)) @ mass
    peaks: list[int] = []
    free = np.ones(len(colours), dtype=bool)
    while len(peaks) < COLOURS and free.any():
        peaks.append(int(np.argmax(np.where(free, density, -1))))
        free &= gap[peaks[-1]] > _APART**2
    return _shares(colours, mass, gap, peaks)


def _shares(colours: Floats, mass: Floats, gap: Floats, peaks: list[int]) -> Floats:
    """The mean and the share of what lies nearest to each peak; peaks with hardly any are left out."""
    share = np.bincount(np.argmin(gap[peaks], axis=0), mass, len(peaks))
    kept = [peak for peak, part in zip(peaks, share, strict=True) if part >= _LEAST_SHARE * share.sum()]
    own = np.argmin(gap[kept], axis=0)
    rows = np.zeros((COLOURS, 4), dtype=np.float32)
    for place in range(len(kept)):
        mine = mass * (own == place)
        near = mine * (gap[kept[place]] <= _APART**2)
        rows[place, :3] = near @ colours / near.sum()
        rows[place, 3] = mine.sum() / mass.sum()
    return rows[np.argsort(-rows[:, 3], kind="stable")]


def _cubes(lab: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The mean colour (m, 3) and weight (m,) of the fullest cubes of colour space, m ≤ 200."""
    step = np.floor(lab / _CUBE).astype(np.int64) + 64
    code = (step[:, 0] * 128 + step[:, 1]) * 128 + step[:, 2]
    _, place = np.unique(code[weight > 0], return_inverse=True)
    lab, weight = lab[weight > 0], weight[weight > 0]
    mass = np.bincount(place, weight)
    colours = (
        np.stack([np.bincount(place, weight * lab[:, axis]) for axis in range(3)], axis=1) / mass[:, None]
    )
    fullest = np.argsort(-mass, kind="stable")[:_CUBES]
    return colours[fullest].astype(np.float32), mass[fullest].astype(np.float32)
