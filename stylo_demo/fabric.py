"""The surface of fabrics: brightness fields around 1, made once a process from fixed seeds."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Field = NDArray[np.floating[Any]]

MARGIN = 160
WIDTH, HEIGHT = 400 + 2 * MARGIN, 600 + 2 * MARGIN

# How strongly a fabric creases, and how much it shines.
FOLDS = {
    "jersey": 0.8, "rib": 0.5, "poplin": 1.1, "linen": 1.2, "flannel": 0.8, "chiffon": 1.3, "viscose": 1.2,
    "satin": 1.6, "fine knit": 0.55, "rib knit": 0.45, "cable knit": 0.4, "chunky knit": 0.4,
    "sweatshirt": 0.7,
    "twill": 0.7, "wool": 0.5, "leather": 0.8, "padded": 0.5, "denim": 0.75, "canvas": 0.5, "straw": 0.2,
    "plastic": 0.1, "swim": 0.8, "smooth": 0.4,
}  # fmt: skip
SHEEN = {"satin": 1.0, "leather": 0.9, "padded": 0.6, "swim": 0.45, "plastic": 1.0, "smooth": 0.4}


@lru_cache(maxsize=64)
def texture(fabric: str) -> Field:
    """A fabric's brightness: (HEIGHT, WIDTH)."""
    rng = np.random.default_rng([77, *fabric.encode()])
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.asarray(1 + _surface(fabric, x, y, rng), dtype=np.float32)


@lru_cache(maxsize=8)
def folds(number: int) -> Field:
    """One of a few fields of soft creases that run downwards, mean 0, deviation 1."""
    rng = np.random.default_rng([78, number])
    long = _cloud(rng, 24, 150)
    short = _cloud(rng, 34, 46)
    relief = np.gradient(long, axis=1) * 24 + 0.45 * np.gradient(short, axis=1) * 34 + 0.25 * short
    relief = np.tanh(relief / relief.std() * 0.8)
    relief = (relief - relief.mean()) / relief.std()
    return np.asarray(relief, dtype=np.float32)


def _surface(fabric: str, x: Field, y: Field, rng: np.random.Generator) -> Field:
    grain = _grain(rng, 0.5)
    if fabric in ("rib", "cuff"):
        return np.asarray(0.055 * np.cos(2 * np.pi * x / 4.6) + 0.02 * grain, dtype=np.float32)
    if fabric == "rib knit":
        return np.asarray(
            0.085 * np.cos(2 * np.pi * x / 7.0) + 0.35 * _stitches(x, y, 3.5, 3.4, 0.12) + 0.02 * grain,
            dtype=np.float32,
        )
    if fabric == "fine knit":
        return _stitches(x, y, 4.0, 3.6, 0.055) + 0.022 * grain
    if fabric == "chunky knit":
        return _stitches(x, y, 9.5, 8.0, 0.13) + 0.025 * grain
    if fabric == "cable knit":
        return _cables(x, y) + _stitches(x, y, 4.4, 4.0, 0.05) + 0.02 * grain
    if fabric == "denim":
        slub = _cloud(rng, 1.6, 40)
        return np.asarray(
            0.045 * np.sin(2 * np.pi * (x + y) / 3.1) + 0.045 * slub + 0.035 * grain, dtype=np.float32
        )
    if fabric == "twill":
        return 0.02 * np.sin(2 * np.pi * (x + y) / 3.6) + 0.018 * grain
    if fabric in ("wool", "flannel"):
        return 0.022 * _grain(rng, 1.2) + 0.015 * grain
    if fabric == "sweatshirt":
        return 0.02 * _grain(rng, 0.9) + 0.012 * grain
    if fabric == "linen":
        return np.asarray(
            0.03 * _cloud(rng, 1.5, 26) + 0.03 * _cloud(rng, 26, 1.5) + 0.015 * grain, dtype=np.float32
        )
    if fabric in ("canvas", "straw"):
        pitch, depth = (3.4, 0.04) if fabric == "canvas" else (5.0, 0.08)
        over = np.sign(np.sin(np.pi * x / pitch) * np.sin(np.pi * y / pitch))
        bend = np.where(over > 0, np.cos(2 * np.pi * x / pitch), np.cos(2 * np.pi * y / pitch))
        return np.asarray(
            depth * (0.6 * over + 0.6 * bend).astype(np.float32) + 0.03 * grain, dtype=np.float32
        )
    if fabric == "leather":
        return 0.018 * _grain(rng, 1.1) + 0.008 * grain
    if fabric == "padded":
        bulge = np.abs(np.sin(np.pi * y / 44.0)) ** 0.6
        return np.asarray(
            0.26 * (bulge - 0.78)
            - 0.06 * np.cos(np.pi * y / 44.0) * np.sign(np.sin(np.pi * y / 44.0))
            + 0.006 * grain,
            dtype=np.float32,
        )
    if fabric == "glitter":
        sparks = rng.random(x.shape, dtype=np.float32)
        return np.asarray(
            np.clip((sparks - 0.93) * 11, 0, 0.8) - np.clip((0.12 - sparks) * 2, 0, 0.25), np.float32
        )
    if fabric == "melange":
        return 0.04 * _cloud(rng, 4, 1.3) + 0.045 * _grain(rng, 0.6)
    if fabric in ("satin", "plastic", "smooth"):
        return 0.006 * grain
    return np.asarray(0.014 * grain + 0.006 * np.cos(2 * np.pi * x / 2.3), dtype=np.float32)


def _stitches(x: Field, y: Field, pitch: float, row: float, depth: float) -> Field:
    """Columns of V-shaped stitches."""
    side = np.abs((x / pitch) % 1 - 0.5) * 2
    slanted = np.cos(2 * np.pi * (y / row + 0.55 * side))
    return np.asarray(depth * (0.55 * slanted + 0.75 * (0.5 - side**2)), dtype=np.float32)


def _cables(x: Field, y: Field) -> Field:
    """Plaits side by side, each two strands that cross."""
    pitch, turn = 44.0, 52.0
    across = (x % pitch) / pitch - 0.5
    sway = 0.17 * np.sin(2 * np.pi * y / turn)
    strands = np.exp(-(((across - sway) / 0.1) ** 2)) + np.exp(-(((across + sway) / 0.1) ** 2))
    groove = np.exp(-(((np.abs(across) - 0.4) / 0.045) ** 2))
    return np.asarray(0.11 * (strands - 0.55) - 0.12 * groove, dtype=np.float32)


def _grain(rng: np.random.Generator, blur: float) -> Field:
    """White noise, blurred, deviation 1."""
    noise = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
    field = np.asarray(noise.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32)
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


def _cloud(rng: np.random.Generator, across: float, down: float) -> Field:
    """Soft noise with bumps of so many pixels across and down, deviation 1."""
    grid = rng.standard_normal((int(HEIGHT / down) + 3, int(WIDTH / across) + 3)).astype(np.float32)
    image = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    field = np.asarray(image, dtype=np.float32)
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)
