"""Swimwear: swimsuits, bikini tops, bikini bottoms."""

from stylo.demo.article import Design
from stylo.demo.garments.bottoms import shorts
from stylo.demo.garments.fastenings import bow
from stylo.demo.garments.parts import Part, Stroke, middle, seam, seams, sides, strip
from stylo.demo.garments.torso import neck_path
from stylo.demo.geometry import Point, offset


def swimsuit(design: Design) -> list[Part]:
    chest, waist, hip = 78 + 3 * design.width, 66 + 3 * design.width, 84 + 3 * design.width
    front = {"v": 236.0, "scoop": 204.0, "square": 190.0, "bandeau": 178.0}[
        design.neckline
    ] + 6 * design.shape
    cut = 372 + 14 * design.drop
    strap_in, strap_top = 42.0, 84.0
    parts: list[Part] = [
        middle(
            [
                (0, 250),
                (34, 236),
                (50, 170, 1),
                (58, 168, 1),
                (chest - 4, 226, 1),
                (hip - 10, 400),
                (hip - 20, cut, 1),
                (30, 470),
                (0, 486),
            ],
            cloth="inside",
            folds=0.3,
        ),
    ]
    edges: dict[str, list[Point]] = {
        "v": [(0, front, 1), (strap_in - 3, 160, 1)],
        "square": [(0, front), (strap_in - 6, front - 3, 1), (strap_in - 1, 158, 1)],
        "bandeau": [(0, front), (34, front - 8), (58, front - 16, 1)],
        "scoop": [(0, front), (26, front - 12), (strap_in - 4, 158, 1)],
    }
    edge = edges[design.neckline]
    wide = 0.0 if design.neckline == "bandeau" else 9 + 5 * max(design.shape, 0)
    if design.neckline != "bandeau":
        edge.append((strap_in + wide, 160, 1))
        parts += sides(
            [
                (strap_in - 3, 162, 1),
                (strap_in - 4, strap_top, 1),
                (strap_in - 4 + wide, strap_top, 1),
                (strap_in + wide, 162, 1),
            ],
            folds=0.1,
            cast=0.3,
            round=0.7,
        )
    body: list[Point] = [
        *edge,
        (chest - 12, 204),
        (chest, 232, 1),
        (waist, 304),
        (hip, cut - 6, 1),
        (hip - 34, cut + 74),
        (22, 494),
        (15, 512, 1),
        (0, 514),
    ]
    parts.append(middle(body))
    parts.append(
        Stroke(
            offset(neck_path(edge[: (None if design.neckline == "bandeau" else -1)]), 5), ink=-0.2, width=0.9
        )
    )
    parts += seams([(hip - 5, cut), (hip - 39, cut + 70), (18, 492)], ink=-0.2, width=0.9)
    if "gathers" in design.details:
        for number in range(7):
            y = 268 + 15 * number
            parts += seams([(waist - 4 + abs(number - 3), y), (waist - 40, y + 5)], ink=-0.14, width=1.5)
    if "tie belt" in design.details:
        parts += [
            strip([(-waist - 1, 300), (0, 304), (waist + 1, 300)], 13, cast=0.4, folds=0.3),
            *bow(0, 310, 0.75),
        ]
    return parts


def bikini_top(design: Design) -> list[Part]:
    if design.model == "triangle":
        return _triangle(design)
    y = 250.0
    wide, tall = 128 + 4 * design.width, 84 + 6 * design.drop
    parts: list[Part] = [
        middle(
            [
                (0, y + 34),
                (wide * 0.8, y + 26),
                (wide - 8, y + 36, 1),
                (wide - 8, y + tall - 4, 1),
                (0, y + tall),
            ],
            cloth="inside",
            folds=0.3,
        ),
    ]
    if design.model == "crop":
        parts += sides([(66, y + 8, 1), (70, 116, 1), (86, 116, 1), (90, y + 8, 1)], folds=0.2, cast=0.3)
        edge: list[Point] = [
            (0, y + 26),
            (40, y + 18),
            (64, y - 6, 1),
            (91, y - 4, 1),
            (wide - 14, y + 24),
            (wide, y + 34, 1),
        ]
    else:
        edge = [(0, y + 20), (30, y + 8), (78, y), (wide, y + 22, 1)]
    parts.append(middle([*edge, (wide, y + tall - 6, 1), (wide * 0.5, y + tall + 4), (0, y + tall)]))
    parts.append(
        strip(
            [
                (-wide, y + tall - 16),
                (-wide * 0.5, y + tall - 7),
                (0, y + tall - 11),
                (wide * 0.5, y + tall - 7),
                (wide, y + tall - 16),
            ],
            13,
            cloth="plain",
            cast=0.15,
            folds=0.2,
        )
    )
    if design.model == "bandeau":
        for number in range(-3, 4):
            parts.append(
                seam(
                    [(number * 2.5, y + 20 + abs(number)), (number * 5, y + tall - 12)], ink=-0.22, width=1.4
                )
            )
        parts.append(middle([(0, y + 16), (7, y + 17, 1), (8, y + tall, 1), (0, y + tall)], cast=0.5))
    else:
        parts += seams([(58, y + 22), (52, y + tall - 14)], ink=-0.14)
    return parts


def _triangle(design: Design) -> list[Part]:
    low = 352.0 + 6 * design.drop
    size = 96 + 6 * design.width
    parts: list[Part] = [
        *seams([(60, low - 118), (64, 150), (84, 76)], cloth="plain", width=3.4),
        *seams([(10, low), (size + 20, low - 4), (172, low - 30)], cloth="plain", width=3.4),
        *sides(
            [
                (8, low, 1),
                (20, low - 48),
                (58, low - 124, 1),
                (64, low - 124, 1),
                (size - 2, low - 50),
                (size + 16, low - 2, 1),
                (size * 0.55, low + 6),
            ],
            folds=0.8,
        ),
        *seams([(14, low - 3), (24, low - 48), (58, low - 116)], ink=-0.2, width=0.9),
        *seams([(12, low - 5), (size * 0.55, low), (size + 14, low - 8)], ink=-0.2, width=0.9),
        *seams([(56, low - 4), (58, low - 34)], ink=-0.14, width=1.4),
        seam([(-10, low), (0, low + 2), (10, low)], cloth="plain", width=3.4),
    ]
    return parts


def swim_bottom(design: Design) -> list[Part]:
    if design.model == "swim shorts":
        return shorts(design)
    top = {"high waist": 196.0, "brief": 232.0, "tie": 240.0}[design.model]
    waist = {"high waist": 104.0, "brief": 120.0, "tie": 104.0}[design.model] + 4 * design.width
    cut = top + {"high waist": 98.0, "brief": 48.0, "tie": 16.0}[design.model] + 5 * design.drop
    hip = waist + {"high waist": 20.0, "brief": 6.0, "tie": 0.0}[design.model]
    crotch = 404.0
    back: list[Point] = [
        (0, top - 6),
        (waist * 0.6, top - 5),
        (waist, top, 1),
        (hip - 2, cut + 4, 1),
        (70, crotch - 48),
        (26, crotch + 4),
        (0, crotch + 10),
    ]
    front: list[Point] = [
        (0, top + 16),
        (waist * 0.55, top + 12),
        (waist, top, 1),
        (hip, cut, 1),
        (64, crotch - 66),
        (30, crotch - 10),
        (25, crotch + 12, 1),
        (0, crotch + 14),
    ]
    parts: list[Part] = [
        middle(back, cloth="inside", folds=0.4),
        middle(front),
        strip(
            [(-waist, top + 1), (0, top + 16), (waist, top + 1)],
            12 if design.model != "high waist" else 20,
            cloth="plain",
            cast=0.15,
            folds=0.2,
        ),
        *seams([(hip - 6, cut - 2), (60, crotch - 68), (27, crotch - 10)], ink=-0.2, width=0.9),
    ]
    if design.model == "tie":
        for side in (-1, 1):
            x = side * waist
            for dx, dy in ((34, -16), (32, 12)):
                loop: list[Point] = [
                    (x, top + 8),
                    (x + side * dx * 0.6, top + 8 + dy * 1.3),
                    (x + side * dx, top + 8 + dy * 0.5),
                    (x, top + 8),
                ]
                parts.append(seam(loop, cloth="plain", width=3.4))
            parts.append(
                seam(
                    [(x, top + 8), (x + side * 12, top + 50), (x + side * 9, top + 84)],
                    cloth="plain",
                    width=3.4,
                )
            )
    return parts
