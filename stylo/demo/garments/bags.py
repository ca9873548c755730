"""Bags: shoppers, shoulder bags, backpacks, crossbody bags."""

from stylo.demo.article import Design
from stylo.demo.garments.parts import Panel, Part, Print, Stroke, button, middle, seam, seams, sides, strip
from stylo.demo.geometry import CENTRE, Point, curve


def bag(design: Design) -> list[Part]:
    makers = {"shopper": _shopper, "shoulder": _shoulder, "backpack": _backpack, "crossbody": _crossbody}
    return makers[design.model](design)


def _handle(wide: float, low: float, high: float, width: float, cloth: str, tone: float = 1.0) -> list[Part]:
    """A handle that rises from both sides of a bag."""
    path: list[Point] = [
        (-wide, low),
        (-wide * 0.92, (low + high) / 2 - 10),
        (-wide * 0.5, high + 6),
        (0, high),
        (wide * 0.5, high + 6),
        (wide * 0.92, (low + high) / 2 - 10),
        (wide, low),
    ]
    ribbon = strip(path, width, cloth=cloth, folds=0.2, round=0.8, cast=0.2)
    return [Panel(ribbon.outline, cloth, 0, tone, 0.8, 0.2, 0.2)]


def _shopper(design: Design) -> list[Part]:
    wide, top, low = 112 + 8 * design.width, 244.0, 478 + 8 * design.drop
    trim = "tan" if design.shape > 0.2 else "main"
    parts = _handle(54, top + 30, 96, 11, trim, 0.8)
    parts += [
        middle(
            [(0, top - 8), (wide * 0.7, top - 6), (wide, top, 1), (wide * 0.8, top + 16), (0, top + 18)],
            cloth="inside",
            folds=0.3,
        ),
        middle(
            [
                (0, top + 8),
                (wide * 0.6, top + 6),
                (wide, top, 1),
                (wide - 4, (top + low) / 2),
                (wide - 12, low - 8),
                (wide - 22, low, 1),
                (0, low + 4),
            ],
            folds=1.6,
        ),
        seam([(-wide + 1, top + 14), (0, top + 21), (wide - 1, top + 14)], ink=-0.22, width=0.9, dashed=True),
        seam([(-wide + 12, low - 16), (0, low - 12), (wide - 12, low - 16)], ink=-0.18),
    ]
    parts += _handle(54, top + 44, 110, 11, trim)
    for side in (-1, 1):
        x = side * 54
        box: list[Point] = [
            (x - 10, top + 28, 1),
            (x + 10, top + 28, 1),
            (x + 10, top + 58, 1),
            (x, top + 66, 1),
            (x - 10, top + 58, 1),
        ]
        parts.append(
            Panel(curve([(CENTRE + px, *rest) for px, *rest in box]), trim, cast=0.4, folds=0.1, round=0.5)
        )
        parts.append(seam([(x - 6, top + 34), (x + 6, top + 56)], ink=-0.3, width=0.9))
        parts.append(seam([(x + 6, top + 34), (x - 6, top + 56)], ink=-0.3, width=0.9))
    return [*parts, Print(CENTRE, 392, 100)]


def _shoulder(design: Design) -> list[Part]:
    wide, top, low = 122 + 8 * design.width, 268.0, 440 + 8 * design.drop
    metal = "gold" if design.shape > -0.3 else "metal"
    chain = [
        (-wide + 14, top + 8),
        (-wide + 4, 190),
        (-50, 118),
        (0, 104),
        (50, 118),
        (wide - 4, 190),
        (wide - 14, top + 8),
    ]
    parts: list[Part] = []
    if design.width > 0:
        parts += [seam(chain, cloth=metal, width=5.5), seam(chain, ink=-0.45, width=2.4, dashed=True)]
    else:
        parts += [strip(chain, 12, folds=0.2, round=0.9)]
    flap = top + (low - top) * 0.62
    parts += [
        middle(
            [
                (0, top),
                (wide * 0.7, top),
                (wide, top + 8),
                (wide + 4, low - 18),
                (wide - 10, low),
                (wide * 0.5, low + 3),
                (0, low + 4),
            ],
            folds=0.7,
            round=1.5,
        ),
        seam([(-wide + 6, low - 12), (0, low - 7), (wide - 6, low - 12)], ink=-0.2, width=0.9, dashed=True),
        middle(
            [
                (0, top - 4),
                (wide * 0.8, top - 2),
                (wide + 1, top + 10),
                (wide - 2, top + (flap - top) * 0.5),
                (wide * 0.6, flap),
                (0, flap + 14),
            ],
            cast=0.7,
            folds=0.5,
            round=1.4,
        ),
        seam(
            [
                (-wide + 8, top + 34),
                (-wide * 0.6, flap - 8),
                (0, flap + 6),
                (wide * 0.6, flap - 8),
                (wide - 8, top + 34),
            ],
            ink=-0.2,
            width=0.9,
            dashed=True,
        ),
    ]
    if design.shape > 0:
        ring = curve(
            [
                (CENTRE + 17, flap + 2),
                (CENTRE, flap + 19),
                (CENTRE - 17, flap + 2),
                (CENTRE, flap - 15),
                (CENTRE + 17, flap + 2),
            ],
            closed=False,
        )
        parts.append(Stroke(ring, cloth=metal, width=4.4))
    else:
        parts += [
            middle(
                [(0, flap - 8), (15, flap - 6), (15, flap + 16), (0, flap + 18)],
                cloth=metal,
                cast=0.6,
                folds=0,
            ),
            *button(0, flap + 5, 4, "black")[:1],
        ]
    return parts


def _backpack(design: Design) -> list[Part]:
    wide, top, low = 104 + 7 * design.width, 140.0, 474.0
    trim = "tan" if design.shape > 0 else "shade"
    parts: list[Part] = [
        *_handle(22, top + 16, 96, 10, trim),
        *sides(
            [
                (wide - 22, top + 60, 1),
                (wide + 26, top + 120),
                (wide + 34, 330),
                (wide + 10, low - 30, 1),
                (wide - 6, low - 34, 1),
                (wide + 16, 330),
                (wide + 8, top + 140),
                (wide - 30, top + 84, 1),
            ],
            cloth="shade",
            folds=0.3,
        ),
        middle(
            [
                (0, top),
                (wide * 0.6, top + 6),
                (wide * 0.94, top + 50),
                (wide, 300),
                (wide + 2, low - 34),
                (wide - 16, low - 2),
                (wide * 0.5, low + 4),
                (0, low + 5),
            ],
            folds=0.8,
            round=1.6,
        ),
        seam(
            [
                (-wide + 3, 260),
                (-wide * 0.8, top + 56),
                (0, top + 22),
                (wide * 0.8, top + 56),
                (wide - 3, 260),
            ],
            cloth="metal",
            width=2.2,
        ),
        seam(
            [
                (-wide + 3, 260),
                (-wide * 0.8, top + 56),
                (0, top + 22),
                (wide * 0.8, top + 56),
                (wide - 3, 260),
            ],
            ink=-0.4,
            width=2.0,
            dashed=True,
        ),
        middle(
            [
                (0, 322),
                (wide * 0.6, 322),
                (wide - 16, 334),
                (wide - 14, low - 28),
                (wide - 28, low - 14),
                (0, low - 12),
            ],
            cast=0.5,
            folds=0.6,
            round=1.2,
        ),
        seam([(-wide + 20, 344), (0, 338), (wide - 20, 344)], cloth="metal", width=2.0),
        middle([(0, 246), (25, 246, 1), (25, 282, 1), (0, 282)], cloth=trim, cast=0.3, folds=0.1),
        seam([(-12, 264), (12, 264)], ink=-0.4, width=2.0),
        middle([(0, 338), (3, 339), (3, 358), (0, 360)], cloth="metal", cast=0.6, folds=0),
    ]
    return parts


def _crossbody(design: Design) -> list[Part]:
    wide, top, low = 104 + 7 * design.width, 300.0, 446 + 8 * design.drop
    loop: list[Point] = [
        (-wide + 6, top + 24),
        (-wide - 22, 220),
        (-64, 112),
        (10, 90),
        (84, 124),
        (wide + 16, 220),
        (wide - 6, top + 24),
    ]
    parts: list[Part] = [
        strip(loop, 9, folds=0.2, round=0.8),
        *[piece for side in (-1, 1) for piece in button(side * (wide - 8), top + 26, 8, "gold")[:1]],
        middle(
            [
                (0, top),
                (wide * 0.8, top + 2),
                (wide, top + 20),
                (wide, low - 24),
                (wide - 16, low),
                (0, low + 2),
            ],
            folds=0.7,
            round=1.5,
        ),
        middle(
            [
                (0, top + 40),
                (wide * 0.7, top + 40),
                (wide - 12, top + 52),
                (wide - 12, low - 28),
                (wide - 28, low - 14),
                (0, low - 12),
            ],
            cast=0.4,
            folds=0.5,
        ),
        seam([(-wide + 8, top + 20), (0, top + 18), (wide - 8, top + 20)], cloth="gold", width=2.6),
        seam([(-wide + 8, top + 20), (0, top + 18), (wide - 8, top + 20)], ink=-0.4, width=2.2, dashed=True),
        *seams([(wide - 18, top + 20), (wide - 16, top + 40)], cloth="gold", width=2.6),
        Print(CENTRE, 392, 60),
    ]
    return parts
