"""The photo of an article: its drawing with pattern, fabric and creases, lit from the upper left, on light grey.

Each photo's randomness comes from its article alone, so photos may be drawn in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylo_demo import rendering
from stylo_demo.article import CatalogueArticle, Design
from stylo_demo.fabric import FOLDS, MARGIN, SHEEN, folds, texture
from stylo_demo.fabric import WIDTH as FIELD_WIDTH
from stylo_demo.rendering import FABRIC, HEIGHT, PATTERNED, RIBBED, STRAIGHT, WIDTH, Box

Field = NDArray[np.float32]
# Left, top, right, bottom.
PixelBox = tuple[int, int, int, int]

QUALITY = 88
_GROUND = (240, 239, 238)
# How much light brightens even black cloth.
_LIFT = 24.0
_FITS = {"slim": 0.95, "loose": 1.03, "oversized": 1.06}
# The neck, about which a longer garment grows, and the armpits, about which the cloth of sleeves is turned.
_NECK_AT, _ARMPITS = 120.0, ((115, 235), (285, 235))
_TURNS = tuple(side * turn for turn in (15, 25, 40, 70, 90) for side in (-1, 1))
# A smaller garment lies so much lower than its drawing's middle.
_SMALL_SINK = 10
_LENGTHWISE = ("Shirt", "Trousers", "Shorts", "Blazer", "Coat", "Jumpsuit/Playsuit", "Skirt")
_ZOOM = 2


def write_photo(article: CatalogueArticle, path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """Draws an article and writes it as a JPEG; its folder must be there.

    Another `size` than 400 by 600 is the same photo enlarged or reduced: as many pixels, no more detail.
    """
    photo = draw_photo(article)
    if size != photo.size:
        photo = photo.resize(size, Image.Resampling.LANCZOS)
    photo.save(path, format="JPEG", quality=QUALITY)


def draw_photo(article: CatalogueArticle) -> Image.Image:
    """The photo of an article, RGB, 400 by 600."""
    rng = np.random.default_rng([9, int(article.article_id)])
    product = np.random.default_rng([8, article.product.code])
    design = article.product.design
    form = _form(design)
    left, top, right, bottom = form.box
    colour, cover = _coloured(article, form, product)
    light = form.light + _creases(design.fabric, form, rng)
    lift = _LIFT * (light - 1)
    light *= _surface(article, form, rng)
    colour *= light[..., None]
    colour += lift[..., None]
    start = int(rng.integers(HEIGHT))
    picture = form.ground + _film_grain()[start : start + HEIGHT]
    here = (slice(top, bottom), slice(left, right))
    colour -= form.ground[here]
    colour *= cover
    picture[here] += colour
    np.clip(picture[here], 0, 255, out=picture[here])
    return Image.fromarray(picture.astype(np.uint8))


def _coloured(article: CatalogueArticle, form: _Form, rng: np.random.Generator) -> tuple[Field, Field]:
    """The garment in its colours and pattern, without light, (h, w, 3), and its coverage, (h, w, 1)."""
    design, styling = article.product.design, rendering.styling_of(article, int(rng.integers(8)))
    left, top, right, bottom = form.box
    view = _view(design, form.box)
    share = rendering.shares(design, view, (right - left, bottom - top), styling)
    trim = rendering.trims(
        design, view, ((right - left) // 2, (bottom - top) // 2), styling, rendering.trim_colours(article)
    )
    parts = share * np.float32(1 / 255)
    colour = _mixed(parts[..., :3], (article.colour.rgb, article.second.rgb))
    at = np.flatnonzero(share[..., 2])
    row, column = np.divmod(at, share.shape[1])
    trimmed = trim[row // 2, column // 2] * parts[..., 2].ravel()[at, None]
    colour.reshape(-1, 3)[at] += trimmed
    pattern = _pattern(article, form, rng)
    if pattern is not None:
        colour += pattern * parts[..., :1]
    dark = 1 - article.colour.rgb[1] / 95
    if dark > 0:
        # On dark cloth a seam shows by the light on its edge rather than by its shade.
        lines = 1 - parts[..., 0] - parts[..., 1] - parts[..., 2]
        lines *= form.raised * np.float32(75 * dark)
        colour += lines[..., None]
    # Lines that run past the edge of the cloth end there.
    return colour, parts[..., 3:] * form.edge[..., None]


def _mixed(shares_: Field, colours: Sequence[Sequence[int]]) -> Field:
    """Colours in their shares, one a channel. Matrix products would start threads for as little as this."""
    mixed = np.zeros(shares_.shape, dtype=np.float32)
    for at, colour in enumerate(colours):
        share = shares_[..., at]
        if share.any():
            for channel in range(3):
                mixed[..., channel] += share * np.float32(colour[channel])
    return mixed


@dataclass(frozen=True)
class _Form:
    """What all colourways of a design share.

    `ground` is the backdrop with the garment's shadow, (HEIGHT, WIDTH, 3). The rest is about the pixels of `box`,
    which the garment fills: the light that its shape gives, how far a pixel carries pattern and fabric, whether it
    lies outside rather than inside, where the garment ends, its place on the cloth in photo pixels, the same as an
    index into the fields of `fabric`, and which pixels are ribbing.
    """

    box: PixelBox
    ground: Field
    light: Field
    patterned: Field
    soft: Field
    raised: NDArray[np.bool_]
    edge: Field
    across: Field
    down: Field
    index: NDArray[np.intp]
    ribbed: NDArray[np.intp]


# Colourways of a product come one after another.
@lru_cache(maxsize=2)
def _form(design: Design) -> _Form:
    left, top, right, bottom = frame = _frame(design)
    whole = rendering.plan(design, _view(design, frame), ((right - left) // 2, (bottom - top) // 2))
    cover = whole[..., 3]
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    inner = (
        slice(2 * int(rows[0]), 2 * int(rows[-1]) + 2),
        slice(2 * int(columns[0]), 2 * int(columns[-1]) + 2),
    )
    box = (left + inner[1].start, top + inner[0].start, left + inner[1].stop, top + inner[0].stop)
    direction, kind = (whole[..., at].repeat(2, axis=0).repeat(2, axis=1)[inner] for at in (1, 2))
    material = _doubled(whole[..., 2].astype(np.float32))[inner]
    across, down = _places(direction, box)
    shadow = _shadow(cover, frame)
    index = (down + (MARGIN + 0.5)).astype(np.intp)
    index *= FIELD_WIDTH
    index += (across + (MARGIN + 0.5)).astype(np.intp)
    return _Form(
        box=box,
        ground=np.array(_GROUND, dtype=np.float32) * shadow[..., None],
        light=_doubled(_relief(whole))[inner],
        patterned=np.clip((material - FABRIC) / (PATTERNED - FABRIC), 0, 1),
        soft=np.clip(material / RIBBED, 0, 1),
        edge=np.clip(_doubled(cover.astype(np.float32))[inner] / np.float32(127), 0, 1),
        raised=(whole[..., 0] > 80).repeat(2, axis=0).repeat(2, axis=1)[inner],
        across=across,
        down=down,
        index=index,
        ribbed=np.flatnonzero((kind > RIBBED - 30) & (kind < RIBBED + 30)),
    )


def _scale(design: Design) -> tuple[float, float]:
    """How wide and how tall a garment is against its drawing, before it is made for a child."""
    return _FITS.get(design.fit, 1.0) * (1 + 0.02 * design.width), 1 + 0.02 * design.drop


def _frame(design: Design) -> PixelBox:
    """The box of the photo into which the drawing of a garment falls, its sides even."""
    x, y, width, height = rendering.extent(design)
    wide, tall = _scale(design)
    middle = HEIGHT / 2 + (_SMALL_SINK if design.size != 1 else 0)
    wide *= design.size
    edges = [(y + part * height - _NECK_AT) * tall + _NECK_AT - HEIGHT / 2 for part in (0, 1)]
    return (
        max(int((WIDTH / 2 + (x - WIDTH / 2) * wide) // 2) * 2, 0),
        max(int((middle + edges[0] * design.size) // 2) * 2, 0),
        min(-int((-WIDTH / 2 - (x + width - WIDTH / 2) * wide) // 2) * 2, WIDTH),
        min(-int((-middle - edges[1] * design.size) // 2) * 2, HEIGHT),
    )


def _view(design: Design, box: PixelBox) -> Box:
    """The part of the drawing that lies under a box of the photo: x, y, width, height."""
    wide, tall = _scale(design)
    wide *= design.size
    left, top, right, bottom = box
    middle = HEIGHT / 2 + (_SMALL_SINK if design.size != 1 else 0)
    unsized = (top - middle) / design.size + HEIGHT / 2
    return (
        WIDTH / 2 + (left - WIDTH / 2) / wide,
        (unsized - _NECK_AT) / tall + _NECK_AT,
        (right - left) / wide,
        (bottom - top) / (design.size * tall),
    )


def _places(direction: NDArray[np.uint8], box: PixelBox) -> tuple[Field, Field]:
    """Where on the cloth each pixel lies: on turned cloth, as if it were turned back about an armpit."""
    left, top, right, bottom = box
    across = np.empty(direction.shape, dtype=np.float32)
    down = np.empty_like(across)
    across[:] = np.arange(left, right, dtype=np.float32)
    down[:] = np.arange(top, bottom, dtype=np.float32)[:, None]
    if direction.min() == STRAIGHT == direction.max():
        return across, down
    for turn in _TURNS:
        there = np.flatnonzero((direction >= STRAIGHT + turn - 4) & (direction <= STRAIGHT + turn + 4))
        if there.size:
            px, py = _ARMPITS[turn < 0]
            cosine, sine = np.float32(np.cos(np.deg2rad(turn))), np.float32(np.sin(np.deg2rad(turn)))
            dx, dy = across.ravel()[there] - px, down.ravel()[there] - py
            across.ravel()[there] = px + cosine * dx + sine * dy
            down.ravel()[there] = py - sine * dx + cosine * dy
    return across, down


def _relief(whole: NDArray[np.uint8]) -> Field:
    """The light on a garment by its shape, from its plan at half the photo's size.

    Its outer edges bend away, what lies higher shades what lies beside it, and edges to the upper left are lit.
    """
    cover = whole[..., 3]
    height = (whole[..., 0] * (cover / np.float32(255))).astype(np.uint8)
    soft = _blurred(cover, 2.7)
    light = 1 - 0.26 * np.square(1 - np.clip(soft * 2 - 1, 0, 1))
    light -= 0.15 * (np.roll(soft, (2, 2), (0, 1)) - np.roll(soft, (-1, -1), (0, 1)))
    near = _blurred(height, 0.9)
    light -= 0.3 * (np.roll(near, (1, 1), (0, 1)) - np.roll(near, (-1, -1), (0, 1)))
    around = np.roll(_blurred(height, 2.2), (1, 1), (0, 1))
    light -= 2.4 * np.clip(around - height / np.float32(255), 0, 0.2)
    return np.asarray(light, dtype=np.float32)


def _shadow(cover: NDArray[np.uint8], frame: PixelBox) -> Field:
    """The light on the backdrop around a garment, (HEIGHT, WIDTH), from its cover at half the photo's size."""
    whole = np.zeros((HEIGHT // 2, WIDTH // 2), dtype=np.uint8)
    whole[frame[1] // 2 : frame[3] // 2, frame[0] // 2 : frame[2] // 2] = cover
    wide = _doubled(_blurred(np.asarray(Image.fromarray(whole).reduce(2)), 4))
    near = _blurred(whole, 2)
    shadow = 0.2 * np.roll(wide, (5, 4), (0, 1)) + 0.2 * np.roll(near, (2, 1), (0, 1))
    return _lamp() * _doubled(1 - shadow)


def _pattern(article: CatalogueArticle, form: _Form, rng: np.random.Generator) -> Field | None:
    """What the article's pattern adds to its colour, (h, w, 3), or None."""
    kind, appearance = article.product.design.kind, article.appearance
    name = rendering.pattern_name(article)
    bloom, scale, shift = int(rng.integers(7)), float(rng.uniform(0.85, 1.2)), rng.uniform(0, 1, 2)
    if not name:
        return None
    across, down = form.across, form.down
    if appearance == "Dot":
        scale = float(rng.choice((0.7, 1.0, 1.5)))
    elif appearance == "Colour blocking":
        scale, shift = 1.0, np.array((0.0, (shift[1] - 0.5) * 0.07))
    elif appearance == "Stripe" and name != "pinstripe" and kind in _LENGTHWISE:
        across, down, scale = down, across, scale * 0.68
    shares_ = rendering.tile(name, _ZOOM)
    high, wide, _ = shares_.shape
    # So far from the edge that no place on the cloth lies before it.
    start = (shift + 20) * (wide, high)
    columns = (across * np.float32(_ZOOM / scale) + np.float32(start[0])).astype(np.int32) % wide
    rows = (down * np.float32(_ZOOM / scale) + np.float32(start[1])).astype(np.int32) % high
    rows *= wide
    rows += columns
    picked = shares_.reshape(-1, 3).take(rows, axis=0)
    return _mixed(
        picked * (form.patterned * np.float32(1 / 255))[..., None], rendering.pattern_colours(article, bloom)
    )


def _surface(article: CatalogueArticle, form: _Form, rng: np.random.Generator) -> Field:
    """The brightness of the fabric, around 1; trims that are not of cloth are smooth."""
    fabric = article.product.design.fabric
    at = form.index + int(rng.integers(-8, 9)) * FIELD_WIDTH + int(rng.integers(-8, 9))
    surface = texture(fabric if fabric in FOLDS else "jersey").take(at)
    if form.ribbed.size:
        surface.ravel()[form.ribbed] = texture("cuff").take(form.index.ravel()[form.ribbed])
    for appearance, effect in (("Melange", "melange"), ("Glittering/Metallic", "glitter")):
        if article.appearance == appearance:
            surface *= texture(effect).take(at)
    surface -= 1
    surface *= form.soft
    surface += 1
    return surface


def _creases(fabric: str, form: _Form, rng: np.random.Generator) -> Field:
    """What creases add to the light. Colourways crease differently, as each is photographed by itself."""
    field = folds(int(rng.integers(4)))
    at = form.index + int(rng.integers(-60, 61)) * FIELD_WIDTH + int(rng.integers(-60, 61))
    crease = field.take(at)
    crease *= np.float32(0.05 * FOLDS.get(fabric, 0.8)) * form.soft
    sheen = SHEEN.get(fabric, 0.0)
    if sheen:
        crease += sheen * np.clip(0.8 * crease, -0.03, 0.2)
    return crease


@lru_cache(maxsize=1)
def _lamp() -> Field:
    """The light on an empty backdrop, brightest above the middle: (HEIGHT, WIDTH)."""
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    return np.asarray(1.012 - 0.03 * ((x + 0.25) ** 2 + (y + 0.3) ** 2) / 2, dtype=np.float32)


@lru_cache(maxsize=1)
def _film_grain() -> Field:
    """Faint noise around the half that rounds, twice as high as a photo: each takes it from another height."""
    noise = np.random.default_rng(79).standard_normal((2 * HEIGHT, WIDTH, 1), dtype=np.float32)
    return np.asarray(0.5 + 0.8 * noise, dtype=np.float32)


def _blurred(image: NDArray[np.uint8], radius: float) -> Field:
    soft = Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def _doubled(field: Field) -> Field:
    high, wide = field.shape
    image = Image.fromarray(field.astype(np.float32, copy=False))
    return np.asarray(image.resize((2 * wide, 2 * high), Image.Resampling.BILINEAR))
