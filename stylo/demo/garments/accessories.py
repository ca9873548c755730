"""Scarves, sunglasses and socks."""

import numpy as np

from stylo.demo.article import Design
from stylo.demo.garments.parts import Panel, Part, Stroke, middle, moved, seam, seams, sides
from stylo.demo.geometry import CENTRE, Point, curve, ellipse


def scarf(design: Design) -> list[Part]:
    return {"folded": _folded, "looped": _looped, "tube": _tube}[design.model](design)


def _fringe(left: float, right: float, y: float, length: float, slope: float = 0.0) -> list[Part]:
    rng = np.random.default_rng(6)
    parts: list[Part] = []
    for x in np.arange(left + 2, right - 1, 5.0):
        start = y + slope * (x - left)
        sway = float(rng.uniform(-3, 3))
        path: list[Point] = [
            (x, start - 2),
            (x + sway * 0.4, start + length * 0.5),
            (x + sway, start + length + float(rng.uniform(-3, 3))),
        ]
        parts.append(seam(path, cloth="shade" if rng.random() < 0.3 else "plain", width=3.0))
    return parts


def _folded(design: Design) -> list[Part]:
    wide, top, low = 118 + 6 * design.width, 108.0, 430 + 8 * design.drop
    return [
        *_fringe(-wide + 8, wide + 6, low - 4, 44),
        middle([(0, top + 8), (wide - 8, top + 6, 1), (wide + 5, low - 12, 1), (0, low - 6)], tone=0.88),
        *_fringe(-wide, wide, low + 14, 46),
        middle(
            [(0, top), (wide - 10, top, 1), (wide, top + 12), (wide, low + 16, 1), (0, low + 18)],
            folds=1.3,
            cast=0.4,
        ),
        seam([(wide * 0.1, top + 6), (wide * 0.16, 280), (wide * 0.1, low + 12)], ink=-0.12, width=5.0),
        seam([(-wide * 0.44, top + 6), (-wide * 0.4, 280), (-wide * 0.46, low + 12)], ink=-0.08, width=4.0),
    ]


def _looped(design: Design) -> list[Part]:
    """Laid round an absent neck, both ends hanging."""
    low = 486.0 + 8 * design.drop
    return [
        middle([(0, 116), (64, 126), (96, 176), (70, 230), (0, 246)], folds=1.6, round=1.6),
        middle([(0, 146), (38, 154), (52, 182), (34, 206), (0, 212)], cloth="deep", round=1.0, folds=0.3),
        *_fringe(16, 88, low - 4, 40),
        Panel(
            curve(
                [
                    (CENTRE + 8, 214, 1),
                    (CENTRE + 66, 196, 1),
                    (CENTRE + 84, 330),
                    (CENTRE + 90, low, 1),
                    (CENTRE + 14, low, 1),
                    (CENTRE + 18, 330),
                ]
            ),
            grain=-3,
            folds=1.4,
            cast=0.4,
        ),
        *_fringe(-84, -10, low - 40, 40),
        Panel(
            curve(
                [
                    (CENTRE - 60, 200, 1),
                    (CENTRE + 10, 196, 1),
                    (CENTRE - 8, 330),
                    (CENTRE - 8, low - 36, 1),
                    (CENTRE - 86, low - 36, 1),
                    (CENTRE - 82, 330),
                ]
            ),
            grain=3,
            folds=1.4,
            cast=0.5,
        ),
        Panel(
            curve(
                [
                    (CENTRE - 92, 170),
                    (CENTRE - 60, 196),
                    (CENTRE, 210),
                    (CENTRE + 60, 196),
                    (CENTRE + 94, 168),
                    (CENTRE + 88, 216),
                    (CENTRE + 36, 252),
                    (CENTRE - 30, 254),
                    (CENTRE - 84, 220),
                ]
            ),
            grain=80,
            folds=1.6,
            cast=0.6,
            round=1.6,
        ),
        seam([(-80, 196), (-30, 226), (40, 226), (84, 194)], ink=-0.14, width=4.0),
    ]


def _tube(design: Design) -> list[Part]:
    """A tube scarf: a ring of cloth."""
    return [
        Panel(ellipse(CENTRE, 300, 150, 118 + 8 * design.drop), grain=12, folds=1.6, round=2.0),
        Panel(ellipse(CENTRE - 4, 286, 74, 50), "deep", folds=0.4, round=1.0),
        Panel(
            curve(
                [
                    (CENTRE - 148, 286),
                    (CENTRE - 84, 300),
                    (CENTRE - 20, 346),
                    (CENTRE + 70, 336),
                    (CENTRE + 148, 280),
                    (CENTRE + 140, 356),
                    (CENTRE + 60, 412),
                    (CENTRE - 60, 414),
                    (CENTRE - 134, 360),
                ]
            ),
            grain=70,
            folds=1.6,
            cast=0.6,
            round=1.8,
        ),
        seam([(-120, 318), (-50, 366), (60, 366), (130, 316)], ink=-0.16, width=5.0),
        seam([(-96, 352), (-30, 392), (60, 388), (112, 352)], ink=-0.12, width=4.0),
    ]


def sunglasses(design: Design) -> list[Part]:
    y = 300.0
    wide, tall = 54 + 3 * design.width, 42 + 3 * design.drop
    lenses: dict[str, list[Point]] = {
        "round": [
            (78 + wide * np.cos(a), y + wide * 0.94 * np.sin(a))
            for a in np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ],
        "square": [
            (26, y - tall),
            (78, y - tall - 5),
            (132, y - tall + 2),
            (136, y),
            (124, y + tall),
            (78, y + tall + 4),
            (36, y + tall - 2),
            (22, y),
        ],
        "cat-eye": [
            (24, y - tall + 10),
            (80, y - tall - 2),
            (142, y - tall - 20, 1),
            (138, y),
            (112, y + tall - 2),
            (70, y + tall),
            (32, y + tall - 14),
            (22, y),
        ],
    }
    lens = lenses[design.model]
    outer = sides(lens)
    parts: list[Part] = [
        *sides(
            [
                (130, y - 30, 1),
                (158, y - 46),
                (166, y - 92),
                (160, y - 128, 1),
                (152, y - 126, 1),
                (154, y - 90),
                (146, y - 54),
                (128, y - 14, 1),
            ],
            tone=0.85,
            folds=0,
        ),
        *outer,
    ]
    middle_x = sum(point[0] for point in lens) / len(lens)
    middle_y = sum(point[1] for point in lens) / len(lens)
    inner: list[Point] = [
        (middle_x + (px - middle_x) * 0.86, middle_y + (py - middle_y) * 0.84, *rest)
        for px, py, *rest in lens
    ]
    parts += sides(inner, cloth="lens", folds=0, round=0.6)
    for side in (-1, 1):
        shine: list[Point] = [
            (side * middle_x - 24, y + 14, 1),
            (side * middle_x + 6, y - 30, 1),
            (side * middle_x + 18, y - 30, 1),
            (side * middle_x - 10, y + 18, 1),
        ]
        parts.append(
            Stroke(curve([(CENTRE + px, py) for px, py, _ in shine[:2]], closed=False), ink=0.22, width=7)
        )
        parts.append(
            Stroke(curve([(CENTRE + px, py) for px, py, _ in shine[2:]], closed=False), ink=0.14, width=4)
        )
    bridge = y - 14 if design.model != "round" else y - 20
    parts.append(
        Panel(
            curve(
                [
                    (CENTRE - 30, bridge - 2, 1),
                    (CENTRE, bridge - 16),
                    (CENTRE + 30, bridge - 2, 1),
                    (CENTRE + 30, bridge + 10, 1),
                    (CENTRE, bridge - 4),
                    (CENTRE - 30, bridge + 10, 1),
                ]
            ),
            folds=0,
            cast=0.2,
        )
    )
    return [*parts, *seams([(130, y - 26), (136, y - 30)], cloth="gold", width=3)]


def socks(design: Design) -> list[Part]:
    sock = _sock(design)
    return [*moved(sock, 42, -14, tone=0.93), *moved(sock, -36, 14)]


def _sock(design: Design) -> list[Part]:
    """Seen from the side, the toe to the left below."""
    top = {"crew": 156.0, "ankle": 262.0, "knee": 92.0}[design.model]
    accent = "second" if design.shape > 0.2 else "rib"
    leg: list[Point] = [
        (172, top, 1),
        (236, top, 1),
        (240, (top + 380) / 2),
        (246, 396),
        (240, 436),
        (206, 462),
        (160, 492),
        (120, 506),
        (92, 492),
        (92, 462),
        (128, 430),
        (164, 396),
        (172, 350),
    ]
    parts: list[Part] = [
        Panel(curve(leg), round=1.4, folds=0.7),
        Panel(
            curve([(246, 392, 1), (244, 428), (222, 452, 1), (204, 424), (212, 396, 1)]),
            accent,
            folds=0.3,
            round=0.5,
        ),
        Panel(
            curve([(120, 506, 1), (92, 492), (91, 464), (112, 444, 1), (128, 460), (136, 500, 1)]),
            accent,
            folds=0.3,
            round=0.8,
        ),
        Panel(
            curve([(170, top - 3, 1), (238, top - 3, 1), (239, top + 36, 1), (170, top + 36, 1)]),
            "rib",
            folds=0.2,
            cast=0.25,
        ),
    ]
    if design.width > 0.35 and design.model != "ankle":
        for y in (top + 46, top + 58):
            ring = curve([(172, y), (205, y + 2), (239, y)], closed=False)
            parts += [Stroke(ring, cloth="second", width=6)]
    return parts
