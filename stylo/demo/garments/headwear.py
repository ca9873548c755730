"""Beanies, caps and hats."""

import numpy as np

from stylo.demo.article import Design
from stylo.demo.garments.parts import Panel, Part, Stroke, button, middle, seam, seams, sides, strip
from stylo.demo.geometry import CENTRE, Point, ellipse


def beanie(design: Design) -> list[Part]:
    wide, low = 122 + 5 * design.width, 408.0
    high = {"turn-up": 186.0, "pompom": 204.0, "slouchy": 160.0}[design.model] + 8 * design.drop
    parts: list[Part] = []
    if design.model == "pompom":
        parts += _pompom(CENTRE, high - 18)
    lean = 20.0 if design.model == "slouchy" else 0.0
    parts.append(
        middle(
            [
                (0, high),
                (48, high + 8),
                (94 + lean, high + 62),
                (wide + lean * 0.4, low - 96),
                (wide - 4, low - 20, 1),
                (0, low - 14),
            ],
            folds=0.9,
            round=1.7,
        )
    )
    for number in range(-8, 9):
        x = number / 8.6
        parts.append(
            seam(
                [
                    (wide * x, low - 60),
                    (wide * x * 0.93, (high + low) / 2),
                    (60 * x, high + 26 + 10 * abs(x)),
                    (14 * x, high + 6 + 8 * abs(x)),
                ],
                ink=-0.12,
                width=1.6,
            )
        )
    cuff: list[Point] = [
        (0, low - 74),
        (wide * 0.6, low - 76),
        (wide + 3, low - 82, 1),
        (wide + 7, low - 40),
        (wide + 2, low, 1),
        (wide * 0.6, low + 7),
        (0, low + 9),
    ]
    parts.append(middle(cuff, cast=0.6, folds=0.4, round=1.5))
    for number in range(-14, 15):
        x = wide * number / 14.4
        sag = 8 * (1 - (number / 14) ** 2)
        parts.append(seam([(x, low - 80 + sag * 0.7), (x, low + sag)], ink=-0.13, width=1.6))
    if design.shape > 0.3:
        parts.append(
            middle(
                [(0, low - 50), (17, low - 50, 1), (17, low - 26, 1), (0, low - 26)],
                cloth="label",
                cast=0.4,
                folds=0,
            )
        )
    return parts


def _pompom(x: float, y: float) -> list[Part]:
    """A ball of yarn: many short threads."""
    rng = np.random.default_rng(5)
    angles = np.linspace(0, 2 * np.pi, 70, endpoint=False)
    radius = 40 + 5 * rng.random(70)
    outline = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
    parts: list[Part] = [Panel(outline, "plain", round=1.8, folds=0.2)]
    for angle in rng.uniform(0, 2 * np.pi, 90):
        way = np.array([np.cos(angle), np.sin(angle)])
        start = np.array([x, y]) + way * rng.uniform(4, 30)
        parts.append(
            Stroke(
                np.array([start, start + way * rng.uniform(6, 13)]),
                ink=float(rng.choice([-0.16, 0.16])),
                width=1.2,
            )
        )
    return parts


def cap(design: Design) -> list[Part]:
    """A peaked cap from the front, a little from above."""
    wide, high, low = 112 + 5 * design.width, 196 + 6 * design.drop, 352.0
    parts: list[Part] = [
        middle(
            [
                (0, high),
                (56, high + 12),
                (98, high + 74),
                (wide, low - 20),
                (wide - 4, low + 6, 1),
                (0, low + 18),
            ],
            folds=0.8,
            round=1.8,
        ),
        *seams([(0, high), (44, high + 60), (62, low + 8)], ink=-0.28),
        *seams([(3, high + 1), (47, high + 60), (65, low + 8)], ink=-0.14, width=0.9, dashed=True),
        middle([(0, high - 6), (8, high - 4), (9, high + 4), (0, high + 6)], cast=0.3),
    ]
    for side in (-1, 1):
        parts += button(side * 66, high + 66, 3.2, "shade")[:1]
    rim: list[Point] = [
        (0, low - 4),
        (60, low - 8),
        (wide - 4, low + 2, 1),
        (wide - 2, low + 34),
        (70, low + 62),
        (0, low + 70),
    ]
    parts += [middle(rim, cast=0.7, folds=0.3, round=1.5)]
    for at in (12.0, 22.0, 32.0, 42.0):
        share = at / 70
        parts.append(
            seam(
                [
                    (-wide + 10 + at * 0.5, low + 10 + at * 0.6),
                    (0, low + 66 - at),
                    (wide - 10 - at * 0.5, low + 10 + at * 0.6),
                ],
                ink=-0.14 + 0.02 * share,
                width=0.9,
            )
        )
    if design.shape > 0:
        parts.append(
            middle(
                [(0, high + 62), (26, high + 64), (26, high + 96), (0, high + 98)],
                cloth="white" if design.shape > 0.5 else "black",
                cast=0.2,
                folds=0,
                round=0.4,
            )
        )
    return parts


def hat(design: Design) -> list[Part]:
    if design.model == "bucket":
        return _bucket()
    wide = 166 + 6 * design.width
    crown_low, high = 336.0, 208 + 8 * design.drop
    ribbon = "black" if design.shape > -0.4 else "tan"
    dent = 16.0 if design.model == "fedora" else 2.0
    parts: list[Part] = [
        Panel(ellipse(CENTRE, 350, wide, 62), folds=0.6, round=1.1),
        Panel(ellipse(CENTRE, 345, 104, 30), "inside", folds=0.2, round=0.5),
        middle(
            [
                (0, high + dent),
                (38, high),
                (82, high + 18),
                (96, high + 80),
                (104, crown_low + 6),
                (84, crown_low + 26),
                (0, crown_low + 36),
            ],
            folds=0.6,
            round=1.7,
            cast=0.5,
        ),
        strip(
            [
                (-101, crown_low - 26),
                (-60, crown_low - 8),
                (0, crown_low),
                (60, crown_low - 8),
                (101, crown_low - 26),
            ],
            30,
            cloth=ribbon,
            folds=0.3,
            cast=0.2,
            round=0.8,
        ),
    ]
    for at in (0.62, 0.75, 0.88):
        ring = ellipse(CENTRE, 350, wide * at, 62 * at)
        parts.insert(1, Stroke(np.concatenate([ring, ring[:1]]), ink=-0.12, width=1.0))
    if design.model == "fedora":
        parts.append(seam([(-26, high + 6), (0, high + 40), (26, high + 6)], ink=-0.2, width=3))
    return parts


def _bucket() -> list[Part]:
    parts: list[Part] = [
        middle([(0, 214), (70, 218), (84, 228, 1), (100, 330, 1), (0, 344)], folds=0.8, round=1.4),
        middle(
            [(0, 336), (60, 332), (100, 322, 1), (150, 386), (146, 396), (80, 416), (0, 422)],
            cast=0.5,
            folds=0.8,
            round=1.2,
        ),
        seam([(-84, 232), (0, 240), (84, 232)], ink=-0.25),
    ]
    for at in (0.25, 0.5, 0.75):
        parts += [
            seam(
                [(-104 - 44 * at, 328 + 66 * at), (0, 342 + 76 * at), (104 + 44 * at, 328 + 66 * at)],
                ink=-0.16,
                width=0.9,
                dashed=True,
            )
        ]
    return [*parts, *sides([(58, 262), (62, 262), (62, 266), (58, 266)], cloth="metal", folds=0)]
