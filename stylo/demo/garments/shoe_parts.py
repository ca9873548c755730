"""Panels, lines and laces of shoes, in the points of the photo."""

from stylo.demo.garments.parts import Panel, Part, Stroke, button
from stylo.demo.geometry import Point, curve


def shoe_panel(points: list[Point], cloth: str = "main", **how: float) -> Panel:
    """A panel through points of the photo."""
    return Panel(curve(points), cloth, **how)


def shoe_line(points: list[Point], **how: object) -> Stroke:
    """A line through points of the photo."""
    return Stroke(curve(points, closed=False), **how)  # type: ignore[arg-type]


def laces(points: list[tuple[float, float]], cloth: str) -> list[Part]:
    parts: list[Part] = []
    for x, y in points:
        parts += button(x + 12 - 200, y + 11, 2.2, "metal")[:1]
        parts.append(shoe_line([(x - 8, y - 6), (x + 4, y - 1), (x + 13, y + 11)], cloth=cloth, width=5.0))
    return parts


def throat(count: int, start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    return [
        (start[0] + (end[0] - start[0]) * at / (count - 1), start[1] + (end[1] - start[1]) * at / (count - 1))
        for at in range(count)
    ]
