"""The colours of a garment, taken from its photo: which they are, what H&M calls them, how alike two garments are.

Colours are CIELAB under D65 (CIE 15; sRGB as in IEC 61966-2-1): L from 0 (black) to 100 (white), a from green to
red, b from blue to yellow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

COLOURS = 3
#: Raise it when `garment_colours` gives other numbers: what was found before is then found anew.
COLOURS_VERSION = 1

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_HEIGHT, _WIDTH = 72, 48
# A pixel this far from the background beside it belongs to the garment.
_STANDS_OUT = 5.0
# Where most of the garment stands out this far, what looks like background inside it is a hole and counts little.
_CLEARLY, _HOLE = 20.0, 0.1
# Pixels of the outline are mixed with the background.
_RIM = 0.2
# Less of the picture than this is dust or shadow, and the garment has the background's colour.
_LEAST_GARMENT = 0.004
# Colours are counted in cubes of this side; the fullest cubes are compared with each other.
_CUBE, _CUBES = 6, 100
# Cubes this near raise each other's density; a second colour is at least `_APART` away and has this share.
_REACH, _APART, _LEAST_SHARE = 6.0, 18.0, 0.04


def garment_colours(pixels: Pixels) -> Floats:
    """The main colours of the garment on a product photo, without the background.

    Parameters
    ----------
    pixels : (h, w, 3) RGB in sRGB, of any size from 1 × 1.

    Returns (COLOURS, 4): L, a, b and the share of the garment, the largest share first. The shares sum to 1; rows
    that are not needed are zeros. A garment that cannot be told from its background has the background's colour.
    """
    lab = to_lab(_sampled(pixels))
    weight = _garment(lab)
    return _main_colours(lab.reshape(-1, 3), weight.ravel())


def colour_name(lab: Floats) -> NDArray[np.str_]:
    """What H&M's `colour_group_name` calls each colour (n, 3) in CIELAB: "Dark Blue", "Off White" (n,).

    Metals are named after the colour that they show, for a photo does not tell silver from grey.
    """
    return _GROUPS[_nearest_named(lab)]


def colour_master(lab: Floats) -> NDArray[np.str_]:
    """The `perceived_colour_master_name` of each colour (n, 3) in CIELAB: "Blue", "Khaki green" (n,)."""
    return _MASTERS[_nearest_named(lab)]


def named_colours(groups: Sequence[str]) -> Floats:
    """Rows as of `garment_colours` (n, COLOURS, 4) for names of `colour_group_name`; zeros for one not known.

    What is known of the colour of an article without a photo.
    """
    rows = np.zeros((len(groups), COLOURS, 4), dtype=np.float32)
    of_name = {group: lab for group, _, *lab in reversed(_NAMED)}
    for row, group in zip(rows, groups, strict=True):
        if group in of_name:
            row[0] = *of_name[group], 1
    return rows


def colour_vectors(colours: Floats) -> Floats:
    """How much each garment has of each named colour; the product of two such vectors is their likeness in colour.

    Parameters
    ----------
    colours : (n, COLOURS, 4) rows of `garment_colours`, in any order.

    Returns (n, NAMED) of length 1 and without negative values: two products are 0 (nothing in common) to 1 (the
    same). A garment without colours, all of its rows zeros, has a vector of zeros. A colour between two named ones
    counts for both; the square root of the shares lets the second colour of a garment be heard.
    """
    vectors = np.empty((len(colours), NAMED), dtype=np.float32)
    for start in range(0, len(colours), _BLOCK):
        block = slice(start, start + _BLOCK)
        vectors[block] = _vectors(colours[block])
    return vectors


def to_lab(rgb: Pixels) -> Floats:
    """sRGB (..., 3) in bytes as CIELAB (..., 3) under D65. Red (255, 0, 0) is (53.24, 80.09, 67.20)."""
    xyz = _LINEAR.take(rgb) @ _TO_XYZ
    curved, dark = np.cbrt(xyz), xyz <= (6 / 29) ** 3
    curved[dark] = xyz[dark] * ((29 / 6) ** 2 / 3) + np.float32(4 / 29)
    x, y, z = curved[..., 0], curved[..., 1], curved[..., 2]
    lab = np.empty_like(xyz)
    lab[..., 0], lab[..., 1], lab[..., 2] = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    return lab


def to_rgb(lab: Floats) -> Pixels:
    """CIELAB (..., 3) under D65 as sRGB in bytes, the way back from `to_lab`; what no screen can show is clipped."""
    y = (lab[..., 0] + 16) / 116
    curved = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(curved > 6 / 29, curved**3, 3 * (6 / 29) ** 2 * (curved - 4 / 29))
    light = np.clip(xyz @ np.linalg.inv(_TO_XYZ), 0, 1)
    return np.abs(light[..., None] - _LINEAR).argmin(axis=-1).astype(np.uint8)


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


def _sampled(pixels: Pixels) -> Pixels:
    """At most 72 × 48 of the pixels, evenly spread. They are not averaged: a mean of black and white is grey."""
    rows, columns = (_spread(size, most) for size, most in zip(pixels.shape, (_HEIGHT, _WIDTH), strict=False))
    return pixels[rows[:, None], columns]


def _spread(size: int, most: int) -> NDArray[np.intp]:
    """The middles of at most `most` equal parts of `size` places."""
    count = min(size, most)
    return (2 * np.arange(count) + 1) * size // (2 * count)


def _garment(lab: Floats) -> Floats:
    """How much each pixel (h, w) counts: 0 for the background, more towards the middle of the picture."""
    height, width = lab.shape[:2]
    distance = _from_background(lab)
    different = distance > _STANDS_OUT
    inside = ~_seen_from_outside(~different)
    if inside.mean() < _LEAST_GARMENT:
        inside[:] = different[:] = True
    weight = inside * _towards_middle(height)[:, None] * _towards_middle(width)
    if np.median(distance[different]) > _CLEARLY:
        weight[~different] *= _HOLE
    weight[~_surrounded(inside)] *= _RIM
    return weight


def _from_background(lab: Floats) -> Floats:
    """The distance of each pixel from the background of its row, which runs from the left edge to the right."""
    left, right = _edge(lab[:, :2]), _edge(lab[:, -2:])
    across = np.linspace(0, 1, lab.shape[1], dtype=np.float32)[:, None]
    background = left[:, None] * (1 - across) + right[:, None] * across
    return np.sqrt(_squared(lab - background))


def _squared(gaps: Floats) -> Floats:
    """The squared length of each (..., 3); a sum over so short an axis takes several times as long."""
    squares = np.square(gaps)
    return squares[..., 0] + squares[..., 1] + squares[..., 2]


def _edge(strip: Floats) -> Floats:
    """The background (h, 3) along a strip (h, n, 3) at one side; where the garment touches it, that of the others."""
    colour = strip.mean(axis=1)
    usual = np.median(colour, axis=0)
    off = np.sqrt(_squared(colour - usual)) > 3 * _STANDS_OUT
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


def _surrounded(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels (h, w) whose four neighbours in the picture are inside like themselves."""
    surrounded = inside.copy()
    surrounded[1:] &= inside[:-1]
    surrounded[:-1] &= inside[1:]
    surrounded[:, 1:] &= inside[:, :-1]
    surrounded[:, :-1] &= inside[:, 1:]
    return surrounded


def _towards_middle(size: int) -> Floats:
    """Weights (size,) from 1/2 at the edges to 1 in the middle."""
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    return (0.5 + 0.5 * np.sin(np.pi * place)).astype(np.float32)


def _main_colours(lab: Floats, weight: Floats) -> Floats:
    """The densest places among colours (n, 3) with weights (n,), as rows of L, a, b and share."""
    colours, mass = _cubes(lab, weight)
    gap = _squared(colours[:, None] - colours[None])
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
    """The mean colour (m, 3) and weight (m,) of the fullest cubes of colour space, m ≤ 100."""
    lab, weight = lab[weight > 0], weight[weight > 0]
    step = np.floor(lab / _CUBE).astype(np.int64)
    step -= step.min(axis=0)
    _, a, b = (step.max(axis=0) + 1).tolist()
    code = (step[:, 0] * a + step[:, 1]) * b + step[:, 2]  # at most 35,000 cubes: counted sooner than sorted
    taken = np.flatnonzero(np.bincount(code))
    mass = np.bincount(code, weight)[taken]
    sums = [np.bincount(code, weight * lab[:, axis])[taken] for axis in range(3)]
    colours = np.stack(sums, axis=1) / mass[:, None]
    fullest = np.argsort(-mass, kind="stable")[:_CUBES]
    return colours[fullest].astype(np.float32), mass[fullest].astype(np.float32)


def _vectors(colours: Floats) -> Floats:
    gap = _gaps(colours[..., :3])
    near = np.exp((gap.min(axis=-1, keepdims=True) - gap) / (2 * _SOFT**2))
    near /= np.sqrt(np.square(near).sum(axis=-1, keepdims=True))
    vectors = (near * np.sqrt(colours[..., 3:])).sum(axis=1)
    length = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    return vectors / np.where(length == 0, 1, length)


def _nearest_named(lab: Floats) -> NDArray[np.intp]:
    return np.argmin(_gaps(lab), axis=-1)


def _gaps(lab: Floats) -> Floats:
    """The squared distance of each colour (..., 3) from each named one (..., NAMED), as the eye sees it."""
    seen = _as_seen(lab)
    return (
        np.square(seen).sum(axis=-1, keepdims=True) - 2 * seen @ _AS_SEEN.T + np.square(_AS_SEEN).sum(axis=-1)
    )


def _as_seen(lab: Floats) -> Floats:
    """CIELAB (..., 3) with strong colours drawn together as CIE94 does, chroma by 1 / (1 + 0.045 C).

    Lightness counts six tenths: the light of a photo and the folds of a fabric change it, and hardly the hue.
    """
    lab = np.asarray(lab, dtype=np.float32)
    chroma = 0.045 * np.hypot(lab[..., 1:2], lab[..., 2:]) + np.float32(1e-6)
    return np.concatenate([0.6 * lab[..., :1], lab[..., 1:] * np.log1p(chroma) / chroma], axis=-1)


# `colour_group_name`, `perceived_colour_master_name` and L, a, b as the name's garments look on a product photo.
_NAMED = (
    ("Black", "Black", 10, 1, -2),
    ("Black", "Black", 16, 1, -2),
    ("Dark Grey", "Grey", 32, 1, -2),
    ("Grey", "Grey", 62, 0, -1),
    ("Light Grey", "Grey", 79, 0, -1),
    ("White", "White", 90, 0, 0),
    ("White", "White", 86, 1, -5),
    ("Off White", "White", 90, -1, 9),
    ("Light Beige", "Beige", 82, 2, 9),
    ("Beige", "Beige", 73, 6, 20),
    ("Beige", "Mole", 62, 4, 9),
    ("Dark Beige", "Beige", 57, 12, 27),
    ("Yellowish Brown", "Brown", 43, 19, 24),
    ("Yellowish Brown", "Brown", 27, 10, 9),
    ("Greenish Khaki", "Khaki green", 44, 0, 14),
    ("Greenish Khaki", "Khaki green", 32, -2, 9),
    ("Light Yellow", "Yellow", 89, -2, 28),
    ("Yellow", "Yellow", 72, 12, 66),
    ("Yellow", "Yellow", 84, -2, 65),
    ("Dark Yellow", "Yellow", 60, 18, 58),
    ("Light Orange", "Orange", 76, 19, 19),
    ("Orange", "Orange", 57, 38, 30),
    ("Orange", "Orange", 62, 45, 55),
    ("Dark Orange", "Orange", 47, 50, 44),
    ("Red", "Red", 46, 70, 42),
    ("Dark Red", "Red", 23, 30, 11),
    ("Light Red", "Red", 57, 57, 32),
    ("Light Pink", "Pink", 79, 11, 6),
    ("Pink", "Pink", 65, 22, 8),
    ("Pink", "Pink", 68, 42, 3),
    ("Dark Pink", "Pink", 50, 60, 10),
    ("Light Purple", "Lilac Purple", 76, 10, -13),
    ("Purple", "Lilac Purple", 45, 25, -25),
    ("Dark Purple", "Lilac Purple", 32, 15, -10),
    ("Light Blue", "Blue", 73, -2, -14),
    ("Blue", "Blue", 60, -3, -20),
    ("Blue", "Blue", 48, -1, -22),
    ("Blue", "Blue", 40, 5, -40),
    ("Dark Blue", "Blue", 17, 3, -13),
    ("Dark Blue", "Blue", 28, 1, -16),
    ("Light Turquoise", "Turquoise", 82, -14, -3),
    ("Turquoise", "Turquoise", 65, -16, -7),
    ("Turquoise", "Turquoise", 55, -30, -9),
    ("Dark Turquoise", "Turquoise", 35, -18, -9),
    ("Light Green", "Green", 80, -16, 16),
    ("Green", "Green", 58, -12, 4),
    ("Green", "Green", 52, -35, 25),
    ("Dark Green", "Green", 28, -9, 2),
    ("Dark Green", "Green", 40, -9, 4),
)
NAMED = len(_NAMED)
_GROUPS = np.array([group for group, *_ in _NAMED])
_MASTERS = np.array([master for _, master, *_ in _NAMED])
_AS_SEEN = _as_seen(np.array([lab for _, _, *lab in _NAMED], dtype=np.float32))
# A colour this far beyond the nearest named one's distance counts little for it.
_SOFT = 5.0
# Garments whose vectors are made at a time: some 20 MiB.
_BLOCK = 4096
