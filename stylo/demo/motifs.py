"""Motifs drawn with a brush: the tiles of all-over patterns, and the prints on chests."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stylo.demo.geometry import ellipse
from stylo.demo.vocabulary import Rgb

_TILE = 200
_FINE = 3
_LEAF = (92, 122, 84)
_DARK_LEAF = (58, 88, 72)
_BLOOMS: tuple[Rgb, ...] = (
    (222, 116, 122), (238, 182, 90), (246, 236, 222), (150, 160, 206), (198, 84, 92), (240, 168, 160),
    (120, 150, 190),
)  # fmt: skip
_WORDS = ("NORD", "HELLO", "1989", "OCEAN", "STUDIO", "AMOUR", "LUNA", "EAST 8")

Draw = ImageDraw.ImageDraw
Stamp = Callable[[Draw, float, float, float, float, np.random.Generator], None]


def draw_tile(motif: str, ground: Rgb, other: Rgb, rng: np.random.Generator) -> Image.Image:
    """A tile, _TILE pixels square, that repeats without a seam."""
    size = _TILE * _FINE
    image = Image.new("RGB", (size, size), ground)
    draw = ImageDraw.Draw(image)
    bloom = _BLOOMS[int(rng.integers(len(_BLOOMS)))]
    if _distance(bloom, ground) < 90:
        bloom = other
    for x, y, turn, scale in _places(motif, rng):
        for dx in (-size, 0, size):
            for dy in (-size, 0, size):
                if -0.25 * size < x + dx < 1.25 * size and -0.25 * size < y + dy < 1.25 * size:
                    _stamp(draw, motif, x + dx, y + dy, turn, scale, (other, bloom, ground))
    return image.reduce(_FINE)


def _places(motif: str, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Where the stamps go: positions on a loose grid, a turn in degrees, a scale."""
    cells, size = {
        "floral": (6, 1.0),
        "blossom": (3, 2.1),
        "leaves": (4, 1.5),
        "leopard": (8, 0.8),
        "brush": (9, 0.9),
    }.get(motif, (5, 1.0))
    pitch = _TILE * _FINE / cells
    wobble = 0.0 if motif == "geometric" else 0.3
    places = []
    for row in range(cells):
        for column in range(cells):
            x = (column + 0.5 + 0.5 * (row % 2) + wobble * rng.uniform(-1, 1)) * pitch
            y = (row + 0.5 + wobble * rng.uniform(-1, 1)) * pitch
            places.append(
                (float(x), float(y), float(rng.uniform(0, 360)), float(size * rng.uniform(0.8, 1.2)))
            )
    return places


def _stamp(
    draw: Draw, motif: str, x: float, y: float, turn: float, scale: float, colours: tuple[Rgb, Rgb, Rgb]
) -> None:
    other, bloom, ground = colours
    if motif in ("floral", "blossom"):
        for side in (60, 200):
            _leaf(draw, x, y, turn + side, 30 * scale, 9 * scale, _LEAF if sum(ground) > 300 else _DARK_LEAF)
        _flower(
            draw,
            x,
            y,
            turn,
            17 * scale,
            other if turn > 130 else bloom,
            bloom if turn > 130 else (236, 190, 92),
        )
    elif motif == "leaves":
        for step in (-40, 0, 40):
            _leaf(draw, x, y, turn + step, 58 * scale, 11 * scale, other if step else bloom)
    elif motif == "leopard":
        draw.polygon(_flat(ellipse(x, y, 17 * scale, 12 * scale, turn)), fill=_blend(ground, other, 0.45))
        for start, end in ((10, 120), (150, 240), (265, 345)):
            box = (x - 17 * scale, y - 14 * scale, x + 17 * scale, y + 14 * scale)
            draw.arc(box, start + turn, end + turn, fill=other, width=int(8 * scale))
    elif motif == "brush":
        draw.polygon(_flat(ellipse(x, y, 22 * scale, 5.5 * scale, turn)), fill=other if turn < 240 else bloom)
    else:
        _triangle(draw, x, y, 46 * scale**0.2, 0 if turn < 180 else 180, other if turn < 250 else bloom)


def _flower(draw: Draw, x: float, y: float, turn: float, size: float, petal: Rgb, heart: Rgb) -> None:
    for number in range(5):
        angle = np.deg2rad(turn + 72 * number)
        px, py = x + size * np.cos(angle), y + size * np.sin(angle)
        shade = petal if number % 2 else _blend(petal, (255, 255, 255), 0.12)
        draw.polygon(_flat(ellipse(px, py, size * 0.82, size * 0.62, -float(np.rad2deg(angle)))), fill=shade)
    draw.polygon(_flat(ellipse(x, y, size * 0.42, size * 0.42)), fill=heart)


def _leaf(draw: Draw, x: float, y: float, turn: float, length: float, width: float, fill: Rgb) -> None:
    angle = np.deg2rad(turn)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    t = np.linspace(0, 1, 14)
    swell = width * np.sin(np.pi * t**0.8)
    start = np.array([x, y])
    edge = start + along * (t * length)[:, None]
    outline = np.concatenate([edge + across * swell[:, None], (edge - across * swell[:, None])[::-1]])
    draw.polygon(_flat(outline), fill=fill)
    draw.line(_flat(edge), fill=_blend(fill, (255, 255, 255), 0.3), width=2)


def _triangle(draw: Draw, x: float, y: float, size: float, turn: float, fill: Rgb) -> None:
    angles = np.deg2rad(np.array([-90, 30, 150]) + turn)
    draw.polygon(_flat(np.stack([x + size * np.cos(angles), y + size * np.sin(angles)], axis=1)), fill=fill)


def draw_print(motif: str, width: int, colours: tuple[Rgb, Rgb], rng: np.random.Generator) -> Image.Image:
    """A print for a chest: RGBA, so many pixels wide and high, transparent around the motif."""
    size = width * _FINE
    first, second = colours
    image = Image.new("RGBA", (size, size), (*first, 0))
    draw = ImageDraw.Draw(image)
    middle = size / 2
    if motif == "sun":
        for angle in range(0, 360, 20):
            _ray(draw, middle, angle, size * 0.33, size * 0.46, second)
        draw.ellipse((size * 0.22, size * 0.22, size * 0.78, size * 0.78), fill=first)
    elif motif == "mountains":
        draw.ellipse((size * 0.52, size * 0.14, size * 0.8, size * 0.42), fill=second)
        draw.polygon([(0, size * 0.8), (size * 0.36, size * 0.24), (size * 0.72, size * 0.8)], fill=first)
        draw.polygon(
            [(size * 0.42, size * 0.8), (size * 0.7, size * 0.42), (size, size * 0.8)],
            fill=_blend(first, second, 0.4),
        )
    elif motif == "wave":
        for row in range(4):
            x = np.linspace(size * 0.06, size * 0.94, 60)
            y = size * (0.28 + 0.15 * row) + size * 0.05 * np.sin(x / size * 6 * np.pi)
            draw.line(
                _flat(np.stack([x, y], axis=1)),
                fill=first if row % 2 else second,
                width=int(size * 0.05),
                joint="curve",
            )
    elif motif == "flower":
        for turn, reach in ((0, 0.5), (72, 0.5)):
            _leaf(draw, middle, middle, turn + 30, size * reach, size * 0.07, _LEAF)
        _flower(draw, middle, middle, 20, size * 0.2, first, second)
    elif motif == "circles":
        for at, fill in ((0.1, first), (0.36, second)):
            draw.ellipse(
                (size * at, size * 0.22, size * (at + 0.54), size * 0.76),
                outline=fill,
                width=int(size * 0.07),
            )
    elif motif == "heart":
        t = np.linspace(0, 2 * np.pi, 60)
        x = 16 * np.sin(t) ** 3
        y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        draw.polygon(_flat(np.stack([middle + x * size / 36, middle + y * size / 36], axis=1)), fill=first)
    elif motif == "star":
        angles = np.deg2rad(np.arange(10) * 36 - 90)
        radius = np.where(np.arange(10) % 2, 0.19, 0.46) * size
        draw.polygon(
            _flat(np.stack([middle + radius * np.cos(angles), middle + radius * np.sin(angles)], axis=1)),
            fill=first,
        )
    else:
        word = _WORDS[int(rng.integers(len(_WORDS)))]
        font = ImageFont.load_default(size=size * 1.45 / max(len(word), 4))
        draw.text(
            (middle, middle),
            word,
            font=font,
            fill=first,
            anchor="mm",
            stroke_width=size // 90,
            stroke_fill=first,
        )
        draw.line((size * 0.15, size * 0.72, size * 0.85, size * 0.72), fill=second, width=int(size * 0.025))
    return image.reduce(_FINE)


def _ray(draw: Draw, middle: float, degrees: float, start: float, end: float, fill: Rgb) -> None:
    angle = np.deg2rad(degrees)
    points = [(middle + reach * np.cos(angle), middle + reach * np.sin(angle)) for reach in (start, end)]
    draw.line(points, fill=fill, width=max(int(start * 0.06), 2))


def _flat(path: np.ndarray) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in path]


def _blend(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _distance(first: Rgb, second: Rgb) -> float:
    return float(np.linalg.norm(np.subtract(first, second)))
