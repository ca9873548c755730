"""What a garment is made of: parts that are laid one upon the other, first the one farthest back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stylo.demo.geometry import CENTRE, Path, Point, band, curve, on_side, symmetric


@dataclass(frozen=True)
class Panel:
    """A piece of cloth.

    `cloth` names what it is cut from: `main` (with the pattern), `plain` (its ground colour), `second` (the
    other colour), `accent` and `flash` (the other colour where colours are blocked, else a shade or white),
    `rib` (ribbing), `inside`, or a fixed material. `grain` turns the cloth clockwise, in
    degrees. `tone` is its brightness, `round` how far its edges bend away, `cast` the shadow on what lies
    below, `folds` how much it creases.
    """

    outline: Path
    cloth: str = "main"
    grain: float = 0.0
    tone: float = 1.0
    round: float = 1.0
    cast: float = 0.0
    folds: float = 1.0


@dataclass(frozen=True)
class Stroke:
    """A line: a seam, an edge, a crease. `ink` below 0 darkens, above 0 lightens; a `cloth` colours it."""

    path: Path
    ink: float = -0.3
    width: float = 1.2
    dashed: bool = False
    cloth: str = ""


@dataclass(frozen=True)
class Glow:
    """A soft lighter (or darker, below 0) place on what is there: a washed thigh, the shade between legs."""

    x: float
    y: float
    rx: float
    ry: float
    strength: float


@dataclass(frozen=True)
class Print:
    """Where a front print goes, and how wide it is."""

    x: float
    y: float
    width: float


Part = Panel | Stroke | Glow | Print


def sides(points: Sequence[Point], **how: object) -> list[Part]:
    """The same panel on both sides, its grain mirrored. Points as for the right side, x from the middle."""
    grain = float(how.pop("grain", 0.0))  # type: ignore[arg-type]
    return [Panel(curve(on_side(points, side)), grain=side * grain, **how) for side in (-1, 1)]  # type: ignore[arg-type]


def seams(points: Sequence[Point], **how: object) -> list[Part]:
    """The same line on both sides."""
    return [Stroke(curve(on_side(points, side), closed=False), **how) for side in (-1, 1)]  # type: ignore[arg-type]


def seam(points: Sequence[Point], **how: object) -> Stroke:
    """A line through points, x from the middle."""
    return Stroke(curve(on_side(points, 1), closed=False), **how)  # type: ignore[arg-type]


def middle(points: Sequence[Point], **how: object) -> Panel:
    """A symmetric panel from its right half, top centre to bottom centre."""
    return Panel(symmetric(points), **how)  # type: ignore[arg-type]


def strip(points: Sequence[Point], width: float, **how: object) -> Panel:
    """A strip of cloth along a line (to the right of its direction), x from the middle."""
    return Panel(band(curve(on_side(points, 1), closed=False), width), **how)  # type: ignore[arg-type]


def button(x: float, y: float, radius: float = 3.6, cloth: str = "button") -> list[Part]:
    """A button; x from the middle."""
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rim = np.stack([CENTRE + x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    holes = [(x - 1.1, y), (x + 1.1, y)]
    return [
        Panel(rim, cloth, cast=0.5, folds=0.0, round=0.6),
        *(seam([(hx, hy - 0.5), (hx, hy + 0.6)], ink=-0.5, width=1.0) for hx, hy in holes),
    ]


def moved(parts: Sequence[Part], dx: float, dy: float, scale: float = 1.0, tone: float = 1.0) -> list[Part]:
    """The parts scaled about the photo's centre, then moved, with their brightness changed."""
    centre = np.array([CENTRE, 300.0])
    result: list[Part] = []
    for part in parts:
        if isinstance(part, Panel):
            path = (part.outline - centre) * scale + centre + (dx, dy)
            result.append(replace(part, outline=path, tone=part.tone * tone))
        elif isinstance(part, Stroke):
            path = (part.path - centre) * scale + centre + (dx, dy)
            result.append(replace(part, path=path, width=max(part.width * scale, 0.8)))
        else:
            x, y = (np.array([part.x, part.y]) - centre) * scale + centre + (dx, dy)
            if isinstance(part, Glow):
                result.append(Glow(float(x), float(y), part.rx * scale, part.ry * scale, part.strength))
            else:
                result.append(Print(float(x), float(y), part.width * scale))
    return result
