"""The photo of an article: its garment's parts laid upon each other, lit from the upper left, on light grey.

Shapes are drawn twice as large as needed and reduced; colour and light are computed at the photo's
size. Each photo's randomness comes from its article id alone, so photos may be drawn in any order.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from stylo.demo.article import Article
from stylo.demo.fabric import Fabric
from stylo.demo.garments import cut
from stylo.demo.garments.parts import Glow, Panel, Print, Stroke
from stylo.demo.geometry import dashes
from stylo.demo.motifs import draw_print

WIDTH, HEIGHT = 400, 600
QUALITY = 88

_FINE = 2
# How far a cast shadow reaches, and how much light brightens even black cloth.
_CAST, _LIFT = 12, 24.0
_BACKGROUND = (240.0, 239.5, 238.0)

Field = NDArray[np.floating[Any]]
Box = tuple[int, int, int, int]


def write_photo(article: Article, path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """Draws an article and writes it as a JPEG; its folder must be there.

    Another `size` than 400 by 600 is the same drawing enlarged or reduced: as many pixels, no more detail.
    """
    photo = draw_photo(article)
    if size != photo.size:
        photo = photo.resize(size, Image.Resampling.LANCZOS)
    photo.save(path, format="JPEG", quality=QUALITY)


def draw_photo(article: Article) -> Image.Image:
    """The photo of an article, RGB, 400 by 600. About 30 ms."""
    shot = _Shot(article)
    for part in cut(article.product.design):
        if isinstance(part, Panel):
            shot.lay(part)
        elif isinstance(part, Stroke):
            shot.line(part)
        elif isinstance(part, Glow):
            shot.glow(part)
        else:
            shot.print(part)
    return shot.developed()


class _Shot:
    """The garment as far as it has been laid out: premultiplied colour and coverage."""

    def __init__(self, article: Article) -> None:
        self._article = article
        # Variants of a product crease differently, as each is photographed by itself.
        self._rng = np.random.default_rng([9, int(article.article_id)])
        self._fabric = Fabric(article, self._rng)
        self._colour = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
        self._cover = np.zeros((HEIGHT, WIDTH), dtype=np.float32)

    def lay(self, panel: Panel) -> None:
        """Lays a panel on top: its cloth, its creases, its bent edges, and its shadow on what is below."""
        box = _box_of(panel.outline, _CAST if panel.cast else 3)
        if box is None:
            return
        mask = _mask(box, lambda draw, place: draw.polygon(place(panel.outline), fill=255))
        here = _slices(box)
        cloth = self._fabric.sample(panel.cloth, box, panel.grain, self._rng)
        crease = panel.folds * cloth.folds
        light = 1 + 0.05 * crease
        if panel.round:
            soft = _blurred(mask, 5.5)
            light -= (0.26 * panel.round) * np.square(1 - np.clip(soft * 2 - 1, 0, 1))
            light -= (0.15 * panel.round) * (np.roll(soft, (3, 3), (0, 1)) - np.roll(soft, (-3, -3), (0, 1)))
        if cloth.sheen:
            light += cloth.sheen * np.clip(0.04 * crease, -0.03, 0.2)
        light *= panel.tone
        shaded = cloth.colour * light[..., None]
        shaded += (_LIFT * (light - panel.tone))[..., None]
        np.clip(shaded, 0, 255, out=shaded)
        below = self._colour[here]
        kept = 1 - mask
        if panel.cast:
            shadow = np.roll(_blurred(mask, 4.0), (4, 2), (0, 1)) * kept
            kept = kept * (1 - 0.55 * panel.cast * shadow)
        below *= kept[..., None]
        below += shaded * mask[..., None]
        self._cover[here] += mask * (1 - self._cover[here])

    def line(self, stroke: Stroke) -> None:
        """Draws a line, on the garment only unless it has a colour of its own."""
        box = _box_of(stroke.path, stroke.width + 2)
        if box is None:
            return
        pieces = dashes(stroke.path) if stroke.dashed else [stroke.path]
        width = max(round(stroke.width * _FINE), 1)

        def paint(draw: ImageDraw.ImageDraw, place: "_Place") -> None:
            for piece in pieces:
                draw.line(place(piece), fill=255, width=width, joint="curve")

        mask = _mask(box, paint)
        here = _slices(box)
        if stroke.cloth:
            colour = self._fabric.flat(stroke.cloth)
            edge = 1 - 0.35 * np.clip(1 - _blurred(mask, 1.2), 0, 1)
            self._colour[here] = (
                self._colour[here] * (1 - mask)[..., None] + (colour * edge[..., None]) * mask[..., None]
            )
            self._cover[here] += mask * (1 - self._cover[here])
            return
        ink = mask * min(abs(stroke.ink), 1.0)
        below = self._colour[here]
        if stroke.ink < 0:
            # On dark cloth a seam shows by the light on its edge rather than by its shade.
            dark = np.clip(1 - below[..., 1] / 95, 0, 1) * self._cover[here]
            self._colour[here] = below * (1 - ink)[..., None] + (ink * dark * 75)[..., None]
        else:
            self._colour[here] = below + ((250 * self._cover[here])[..., None] - below) * ink[..., None]

    def glow(self, glow: Glow) -> None:
        """Lightens or darkens a soft ellipse of the garment."""
        box = _clipped(glow.x - glow.rx * 2, glow.y - glow.ry * 2, glow.x + glow.rx * 2, glow.y + glow.ry * 2)
        if box is None:
            return
        left, top, right, bottom = box
        dx = (np.arange(left, right, dtype=np.float32)[None, :] - glow.x) / glow.rx
        dy = (np.arange(top, bottom, dtype=np.float32)[:, None] - glow.y) / glow.ry
        amount = glow.strength * np.exp(-(dx**2 + dy**2))
        here = _slices(box)
        below = self._colour[here]
        if glow.strength > 0:
            below += ((235 * self._cover[here])[..., None] - below) * amount[..., None]
        else:
            below *= 1 + amount[..., None]

    def print(self, place: Print) -> None:
        """Prints the article's motif, if its appearance is a print."""
        if self._article.appearance not in ("Front print", "Placement print"):
            return
        width = round(place.width * (0.34 if self._article.appearance == "Placement print" else 1.0))
        shift = 0.24 * place.width if self._article.appearance == "Placement print" else 0.0
        image = draw_print(self._article.motif, width, self._fabric.inks, self._rng)
        left, top = round(place.x + shift - width / 2), round(place.y - shift - width / 2)
        box = (left, top, left + width, top + width)
        layer = np.asarray(image, dtype=np.float32)
        here = _slices(box)
        mask = layer[..., 3] / 255 * self._cover[here] * 0.94
        below = self._colour[here]
        self._colour[here] = below * (1 - mask)[..., None] + layer[..., :3] * mask[..., None]

    def developed(self) -> Image.Image:
        """The garment before its background, with the shadow that it casts."""
        cover = Image.fromarray((self._cover * 255).astype(np.uint8)).reduce(2)
        wide, near = (
            np.asarray(cover.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32) for blur in (8, 2)
        )
        shadow = (0.2 * np.roll(wide, (5, 4), (0, 1)) + 0.2 * np.roll(near, (2, 1), (0, 1))) / 255
        light = Image.fromarray(1 - shadow).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
        light_behind = np.asarray(light) * (1 - self._cover)
        picture = _backdrop() * light_behind[..., None]
        picture += self._colour
        picture += np.roll(_film_grain(), int(self._rng.integers(HEIGHT)), axis=0)
        np.clip(picture, 0, 255, out=picture)
        return Image.fromarray(picture.astype(np.uint8))


@lru_cache(maxsize=1)
def _backdrop() -> Field:
    """The light grey of a product photo, brightest above the middle: (HEIGHT, WIDTH, 3)."""
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    lamp = 1.012 - 0.03 * ((x + 0.25) ** 2 + (y + 0.3) ** 2) / 2
    return np.asarray(np.array(_BACKGROUND, dtype=np.float32) * lamp[..., None])


@lru_cache(maxsize=1)
def _film_grain() -> Field:
    """Faint noise around the half that rounds: (HEIGHT, WIDTH, 1)."""
    noise = np.random.default_rng(79).standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32)
    return 0.5 + 0.8 * noise


class _Place:
    """Turns a path in photo pixels into points of an enlarged drawing of a box."""

    def __init__(self, box: Box) -> None:
        self._corner = np.array(box[:2], dtype=float)

    def __call__(self, path: NDArray[np.float64]) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in (path - self._corner) * _FINE]


def _mask(box: Box, paint: "Callable[[ImageDraw.ImageDraw, _Place], None]") -> Field:
    left, top, right, bottom = box
    image = Image.new("L", ((right - left) * _FINE, (bottom - top) * _FINE))
    paint(ImageDraw.Draw(image), _Place(box))
    return np.asarray(image.reduce(_FINE), dtype=np.float32) / 255


def _blurred(mask: Field, radius: float) -> Field:
    image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(image, dtype=np.float32) / 255


def _box_of(path: NDArray[np.float64], margin: float) -> Box | None:
    (left, top), (right, bottom) = path.min(axis=0) - margin, path.max(axis=0) + margin
    return _clipped(left, top, right, bottom)


def _clipped(left: float, top: float, right: float, bottom: float) -> Box | None:
    box = (max(int(left), 0), max(int(top), 0), min(int(right) + 1, WIDTH), min(int(bottom) + 1, HEIGHT))
    return box if box[0] < box[2] and box[1] < box[3] else None


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])
