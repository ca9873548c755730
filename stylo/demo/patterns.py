"""Patterns as images: stripes, checks, dots, flowers … in an article's two colours, WIDTH by HEIGHT.

The garment's photo is cut from the middle: pixel (MARGIN + x, MARGIN + y) lies under photo pixel (x, y).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylo.demo.motifs import draw_tile
from stylo.demo.texture import HEIGHT, MARGIN, WIDTH
from stylo.demo.vocabulary import Rgb

Field = NDArray[np.floating[Any]]

_VERTICAL_KINDS = ("Shirt", "Trousers", "Shorts", "Blazer", "Coat", "Jumpsuit/Playsuit", "Skirt")


def pattern(
    appearance: str, motif: str, kind: str, ground: Rgb, other: Rgb, rng: np.random.Generator
) -> Image.Image | None:
    """The pattern of an appearance, or None where the cloth is of one colour."""
    if appearance == "Stripe":
        return _mixed(_stripes(motif, kind in _VERTICAL_KINDS, rng), ground, other)
    if appearance == "Check":
        return _checks(motif, ground, other, rng)
    if appearance == "Dot":
        return _mixed(_dots(rng), ground, other)
    if appearance == "Argyle":
        return _argyle(ground, other)
    if appearance == "Jacquard":
        return _mixed(_fair_isle() if motif == "fair isle" else _diamonds(), ground, other)
    if appearance == "Colour blocking" and kind != "Sneakers":
        return _mixed(_blocks(motif, kind, rng), ground, other)
    if appearance == "Glittering/Metallic":
        return _glitter(ground, rng)
    if appearance == "All over pattern":
        return _tiled(draw_tile(motif, ground, other, rng))
    return None


def _axes() -> tuple[Field, Field]:
    x = np.arange(WIDTH, dtype=np.float32)[None, :] - MARGIN
    y = np.arange(HEIGHT, dtype=np.float32)[:, None] - MARGIN
    return x, y


def _mixed(share: Field, ground: Rgb, other: Rgb) -> Image.Image:
    """The other colour laid over the ground, by share."""
    mask = np.broadcast_to((share * 255 + 0.5).astype(np.uint8), (HEIGHT, WIDTH))
    size = (WIDTH, HEIGHT)
    return Image.composite(
        Image.new("RGB", size, other), Image.new("RGB", size, ground), Image.fromarray(mask)
    )


def _lines(position: Field, pitch: float, width: float) -> Field:
    """1 on lines of a width every pitch, with soft edges of a pixel."""
    distance = np.abs(position % pitch - pitch / 2)
    return np.asarray(np.clip(width / 2 - distance + 0.5, 0, 1).astype(np.float32), dtype=np.float32)


def _stripes(motif: str, vertical: bool, rng: np.random.Generator) -> Field:
    x, y = _axes()
    scale = float(rng.uniform(0.85, 1.2))
    if motif == "pinstripe" or vertical:
        pitch, width = {"wide": (30, 13), "breton": (17, 6), "fine": (9, 3)}.get(motif, (14, 1.3))
        return _lines(x, pitch * scale, width * scale)
    pitch, width = {"wide": (52, 26), "breton": (24, 9)}.get(motif, (11, 4.5))
    return _lines(y, pitch * scale, width * scale)


def _checks(motif: str, ground: Rgb, other: Rgb, rng: np.random.Generator) -> Image.Image:
    x, y = _axes()
    scale = float(rng.uniform(0.85, 1.2))
    if motif == "gingham":
        pitch = 22 * scale
        return _mixed((_lines(x, pitch, pitch / 2) + _lines(y, pitch, pitch / 2)) / 2, ground, other)
    if motif == "windowpane":
        pitch = 46 * scale
        return _mixed(0.85 * np.maximum(_lines(x, pitch, 2.2), _lines(y, pitch, 2.2)), ground, other)
    pitch = 62 * scale
    wide = (_lines(x, pitch, pitch * 0.42) + _lines(y, pitch, pitch * 0.42)) * 0.42
    thin = np.maximum(_lines(x + pitch / 2, pitch, 3.0), _lines(y + pitch / 2, pitch, 3.0)) * 0.7
    narrow = np.maximum(_lines(x + pitch / 2 + 8, pitch, 1.6), _lines(y + pitch / 2 + 8, pitch, 1.6)) * 0.45
    return _mixed(np.clip(np.maximum(wide, np.maximum(thin, narrow)), 0, 1), ground, other)


def _dots(rng: np.random.Generator) -> Field:
    x, y = _axes()
    pitch = float(rng.choice([16, 24, 36]))
    radius = pitch * float(rng.uniform(0.17, 0.27))
    share = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    for shift in (0.0, pitch / 2):
        dx = (x + shift) % pitch - pitch / 2
        dy = (y + shift) % pitch - pitch / 2
        share = np.maximum(share, np.clip(radius - np.hypot(dx, dy) + 0.5, 0, 1))
    return share


def _argyle(ground: Rgb, other: Rgb) -> Image.Image:
    x, y = _axes()
    across, down = 46.0, 74.0
    u, v = (x - 200) / across, y / down
    diamond = 0.5 - (np.abs((u + 0.5) % 1 - 0.5) + np.abs((v + 0.5) % 1 - 0.5))
    filled = np.clip(diamond * 40 + 0.5, 0, 1)
    odd = (np.floor(u + 0.5) + np.floor(v + 0.5)) % 2
    thin = np.maximum(_lines((u + v + 0.5) * 30, 30, 0.9), _lines((u - v + 0.5) * 30, 30, 0.9))
    return _mixed(np.clip(filled * (0.45 + 0.4 * odd) + 0.5 * thin, 0, 1), ground, other)


def _fair_isle() -> Field:
    """Rows of zigzags, crosses and lines, as knitted into yokes."""
    x, y = _axes()
    period = 84.0
    row = y % period
    zigzag = np.clip(2.6 - np.abs(row - 16 - np.abs(x % 16 - 8)), 0, 1)
    cross = np.clip(3.0 - np.abs(np.abs(x % 20 - 10) - np.abs(row - 46)), 0, 1) * (np.abs(row - 46) < 9)
    line = np.clip(1.8 - np.abs(row - 66), 0, 1) + np.clip(1.8 - np.abs(row - 30), 0, 1)
    peas = np.clip(2.4 - np.hypot(x % 12 - 6, row - 74), 0, 1)
    return np.asarray(np.clip(zigzag + cross + line + peas, 0, 1).astype(np.float32), dtype=np.float32)


def _diamonds() -> Field:
    x, y = _axes()
    ring = np.abs(np.abs(x % 28 - 14) + np.abs(y % 28 - 14) - 9)
    core = np.abs(x % 28 - 14) + np.abs(y % 28 - 14)
    return np.asarray(0.75 * np.clip(np.maximum(2.6 - ring, 3.0 - core), 0, 1), dtype=np.float32)


def _blocks(motif: str, kind: str, rng: np.random.Generator) -> Field:
    _, y = _axes()
    if kind == "Leggings/Tights":
        return np.asarray(np.clip((y - float(rng.uniform(330, 400))) + 0.5, 0, 1), dtype=np.float32)
    edge = float(rng.uniform(215, 260))
    if motif == "bands":
        return np.asarray(
            np.clip(y - edge + 0.5, 0, 1) * np.clip(edge + 75 - y + 0.5, 0, 1), dtype=np.float32
        )
    return np.asarray(np.clip(edge - y + 0.5, 0, 1), dtype=np.float32)


def _glitter(ground: Rgb, rng: np.random.Generator) -> Image.Image:
    sparks = rng.random((HEIGHT, WIDTH), dtype=np.float32)
    share = np.clip((sparks - 0.93) * 11, 0, 0.8) - np.clip((0.12 - sparks) * 2, 0, 0.25)
    base = np.array(ground, dtype=np.float32)
    lit = base + np.where(share > 0, 255 - base.mean(), base.mean())[..., None] * share[..., None]
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def _tiled(tile: Image.Image) -> Image.Image:
    array = np.asarray(tile)
    high, wide = -(-HEIGHT // array.shape[0]), -(-WIDTH // array.shape[1])
    return Image.fromarray(np.tile(array, (high, wide, 1))[:HEIGHT, :WIDTH])
