"""Catalogue photos as a shopper would take them: on another ground, cropped, turned, dimmed, blurred, compressed.

Each way takes a picture in RGB and a random generator, and gives a new picture; the same generator, the same picture.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

Disturb = Callable[[Image.Image, np.random.Generator], Image.Image]

# A pixel that differs so much from the corner of the photo, in one channel of 255, is of the garment.
_GARMENT = 14


def garment_mask(image: Image.Image) -> Image.Image:
    """Where the garment is, by what differs from the light ground of a catalogue photo: mode L, 0 or 255."""
    pixels = np.asarray(image).astype(np.int16)
    corner = pixels[:3, :3].mean(axis=(0, 1))
    garment = np.abs(pixels - corner).max(axis=2) > _GARMENT
    return Image.fromarray(garment.astype(np.uint8) * 255).filter(ImageFilter.MedianFilter(5))


def on_ground(
    image: Image.Image, ground: Image.Image, scale: float, draw: np.random.Generator
) -> Image.Image:
    """The garment, without its own ground, at a part of its size anywhere on another ground of the photo's size."""
    small = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    left, top = (int(draw.integers(0, free + 1)) for free in np.subtract(image.size, small.size))
    together = ground.copy()
    together.paste(small, (left, top), garment_mask(small))
    return together


def patches(size: tuple[int, int], draw: np.random.Generator) -> Image.Image:
    """A ground of 2 to 11 patches of colour on each side, sharp or running into each other."""
    colours = draw.integers(0, 256, (*draw.integers(2, 12, 2), 3), dtype=np.uint8)
    how = Image.Resampling.NEAREST if draw.random() < 0.5 else Image.Resampling.BICUBIC
    return Image.fromarray(colours).resize(size, how)


def grain(size: tuple[int, int], draw: np.random.Generator) -> Image.Image:
    """A ground of one colour with grain, as a carpet or a wall has it."""
    pixels = draw.integers(0, 256, 3) + draw.normal(0, 25, (size[1], size[0], 3))
    wall = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return wall.filter(ImageFilter.GaussianBlur(float(draw.uniform(0, 4))))


def part_of(photo: Image.Image, size: tuple[int, int], draw: np.random.Generator) -> Image.Image:
    """A ground that is a part of another photo: 30 to 70 % of each side."""
    share = float(draw.uniform(0.3, 0.7))
    width, height = (max(1, round(share * side)) for side in photo.size)
    left, top = (int(draw.integers(0, free + 1)) for free in (photo.width - width, photo.height - height))
    return photo.crop((left, top, left + width, top + height)).resize(size)


def cropped(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Four fifths of each side, from anywhere."""
    width, height = max(1, image.width * 4 // 5), max(1, image.height * 4 // 5)
    left, top = (int(draw.integers(0, free + 1)) for free in (image.width - width, image.height - height))
    return image.crop((left, top, left + width, top + height))


def turned(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """By up to 20 degrees, on the ground's colour."""
    red, green, blue = (int(value) for value in np.asarray(image)[0, 0])
    return image.rotate(float(draw.uniform(-20, 20)), Image.Resampling.BILINEAR, fillcolor=(red, green, blue))


def dimmed(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """About half the light, and yellower."""
    dim = np.asarray(ImageEnhance.Brightness(image).enhance(float(draw.uniform(0.45, 0.65))))
    return Image.fromarray((dim.astype(np.float32) * (1, 0.95, 0.85)).astype(np.uint8))


def blurred(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """As by a hand that moved."""
    return image.filter(ImageFilter.GaussianBlur(image.width / 80))


def compressed(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """As by a messenger: JPEG of quality 15."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=15)
    return Image.open(written).convert("RGB")


#: What needs nothing but the picture.
SIMPLE: tuple[Disturb, ...] = (cropped, turned, dimmed, blurred, compressed)
