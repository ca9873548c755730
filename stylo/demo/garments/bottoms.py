"""What is worn on the legs: trousers, jeans, leggings, shorts, swim shorts."""

from stylo.demo.article import Design
from stylo.demo.garments.fastenings import bow
from stylo.demo.garments.parts import Glow, Panel, Part, button, middle, seam, seams, sides, strip
from stylo.demo.geometry import CENTRE, Point, curve, on_side

_LEG = {"slim": -7.0, "regular": 0.0, "loose": 10.0, "oversized": 14.0}


def legs(
    *,
    waist: float,
    hip: float,
    top: float,
    crotch: float,
    bottom: float,
    hem: float,
    knee: float | None = None,
    gap: float = 5.0,
) -> list[Part]:
    """Two legs from waist to hem: half widths of waist and hip, the whole width of one leg's hem."""
    outer = hip + 3.0
    middle_at = (crotch + bottom) / 2
    inner = gap + max(hip - hem, 0) * 0.12
    far = max(inner + hem, outer * 0.72) if knee is None else inner + hem
    at_knee = (outer + far) / 2 + (knee or 0.0)
    tall = bottom - crotch > 90
    points: list[Point] = [
        (-3, top, 1),
        (waist, top - 2, 1),
        (hip, top + (crotch - top) * 0.55),
        (outer, crotch),
    ]
    points += [(at_knee, middle_at)] if tall else []
    points += [(far, bottom, 1), (inner, bottom + 4, 1)]
    points += [(inner * 0.6 + 2, middle_at)] if tall else []
    points += [(0, crotch, 1), (-3, crotch - 4, 1)]
    left = Panel(curve(on_side(points, -1)), grain=1.5)
    right = Panel(curve(on_side(points, 1)), grain=-1.5)
    return [left, right, Glow(CENTRE, crotch + 18, 16, 30, -0.13), seam([(0, top), (0, crotch)], ink=-0.3)]


def trousers(design: Design) -> list[Part]:
    model = design.model
    fit = _LEG[design.fit] + 4 * design.width
    bottom = (556 if design.length != "ankle" else 528) + 5 * design.drop
    waist = {"joggers": 67.0, "paper bag": 62.0}.get(model, 66.0) + 2 * design.width
    hem = {
        "chinos": 42.0,
        "tailored": 43.0,
        "joggers": 35.0,
        "wide": 72.0,
        "cargo": 47.0,
        "paper bag": 40.0,
        "jeans": 40.0,
    }[model] + fit
    hip = (
        waist + {"joggers": 17.0, "paper bag": 26.0, "cargo": 20.0, "wide": 18.0}.get(model, 15.0) + fit * 0.5
    )
    top, crotch = 52.0, 208 + 6 * design.shape
    ribbed = model == "joggers"
    parts = _waist_back(waist, top)
    parts += legs(
        waist=waist,
        hip=hip,
        top=top + 4,
        crotch=crotch,
        bottom=bottom - (20 if ribbed else 0),
        hem=hem,
        gap=8.0,
    )
    if model == "jeans":
        parts += _jeans(waist, hip, top, crotch)
    elif model == "joggers":
        parts += _joggers(waist, hip, top, bottom, hem)
    elif model == "paper bag":
        parts += _paper_bag(waist, top)
    else:
        parts += _fly_front(waist, top, crotch)
    if model in ("tailored", "wide"):
        x = hip * 0.62
        parts += seams(
            [(waist * 0.52, top + 26), (x, crotch + 20), (hem * 0.5 + 14, bottom)], ink=-0.2, width=1.1
        )
        parts += seams(
            [(waist * 0.52 + 2, top + 30), (x + 2, crotch + 20), (hem * 0.5 + 16, bottom)], ink=0.1, width=1.2
        )
    if model == "cargo":
        parts += _cargo_pockets(hip, crotch)
    if not ribbed:
        parts += _hems(hem, hip, bottom)
    return parts


def _waist_back(waist: float, top: float) -> list[Part]:
    """The back of the waistband, seen from inside."""
    return [
        middle(
            [
                (0, top - 9),
                (waist * 0.6, top - 7),
                (waist - 1, top - 3, 1),
                (waist - 1, top + 14, 1),
                (0, top + 18),
            ],
            cloth="inside",
            round=0.5,
            folds=0.2,
        ),
        middle(
            [(0, top - 4), (10, top - 4, 1), (10, top + 3, 1), (0, top + 3)],
            cloth="label",
            round=0.2,
            folds=0,
        ),
    ]


def _waistband(waist: float, top: float, width: float = 20, cloth: str = "main") -> list[Part]:
    return [
        strip(
            [(-waist - 1, top), (0, top + 7), (waist + 1, top)],
            width,
            cloth=cloth,
            cast=0.3,
            folds=0.25,
            round=0.6,
        ),
        seam([(-waist - 2, top + width), (0, top + width + 7), (waist + 2, top + width)], ink=-0.3),
    ]


def _loops(waist: float, top: float) -> list[Part]:
    parts: list[Part] = []
    for share in (-0.82, -0.42, 0.42, 0.82):
        x, y = waist * share, top + 5 - 5 * abs(share)
        parts.append(strip([(x, y), (x, y + 24)], -6, cast=0.45, folds=0))
    return parts


def _fly_front(waist: float, top: float, crotch: float) -> list[Part]:
    low = crotch - 42
    return [
        seam([(11, top + 27), (11, low - 16), (7, low), (0, low + 10)], ink=-0.22, width=0.9),
        *_waistband(waist, top),
        *_loops(waist, top),
        *button(1, top + 17, 4.0),
        *seams([(waist * 0.62, top + 25), (waist + 6, top + 84)], ink=-0.32, width=1.3),
        *seams([(waist * 0.62 - 4, top + 26), (waist + 3, top + 86)], ink=-0.14, width=0.9),
    ]


def _jeans(waist: float, hip: float, top: float, crotch: float) -> list[Part]:
    low = crotch - 44
    parts: list[Part] = [Glow(CENTRE + side * hip * 0.55, crotch + 70, 24, 105, 0.26) for side in (-1, 1)]
    parts += [Glow(CENTRE + side * hip * 0.5, top + 70, 34, 50, 0.08) for side in (-1, 1)]
    for reach in (0, 13, 27):
        parts += seams([(12, crotch - 16 + reach), (34, crotch - 22 + reach * 0.9)], ink=0.13, width=2.4)
    pocket: list[Point] = [
        (waist * 0.4, top + 26),
        (waist * 0.52, top + 50),
        (waist * 0.8, top + 62),
        (hip - 1, top + 62),
    ]
    parts += sides(
        [
            (waist * 0.4, top + 24, 1),
            (waist * 0.52, top + 48),
            (waist * 0.8, top + 60),
            (hip - 2, top + 61, 1),
            (waist, top + 22, 1),
        ],
        tone=0.84,
        round=0.2,
        cast=0,
    )
    parts += seams(pocket, cloth="thread", width=1.1)
    parts += seams([(x - 3, y + 3.5) for x, y in pocket], cloth="thread", width=0.9)
    parts += [
        seam([(13, top + 27), (13, low - 16), (8, low), (0, low + 10)], cloth="thread", width=1.0),
        seam([(0, low + 8), (0, crotch)], cloth="thread", width=0.9),
        *_waistband(waist, top),
        seam([(-waist, top + 3), (0, top + 10), (waist, top + 3)], cloth="thread", width=0.9),
        seam([(-waist, top + 17), (0, top + 24), (waist, top + 17)], cloth="thread", width=0.9),
        *_loops(waist, top),
        *button(1, top + 17, 4.8, "metal"),
    ]
    for side in (-1, 1):
        parts += button(side * (waist * 0.4 + 4), top + 30, 1.8, "gold")
        parts += button(side * (hip - 6), top + 58, 1.8, "gold")
    return parts


def _joggers(waist: float, hip: float, top: float, bottom: float, hem: float) -> list[Part]:
    inner = 8 + max(hip + 3 - 3 - hem, 0) * 0.12
    far = max(inner + hem, (hip + 3) * 0.72)
    parts = sides(
        [
            (far, bottom - 22, 1),
            (far - 5, bottom + 6, 1),
            (inner + 4, bottom + 9, 1),
            (inner - 1, bottom - 18, 1),
        ],
        cloth="rib",
        cast=0.2,
        folds=0.2,
    )
    parts += _elastic(waist, top)
    parts += seams([(waist * 0.74, top + 27), (waist + 9, top + 90)], ink=-0.32, width=1.3)
    return parts


def _elastic(waist: float, top: float, cloth: str = "white") -> list[Part]:
    """A gathered waist with a drawstring."""
    parts = _waistband(waist, top, 24)
    for number in range(-8, 9):
        x = waist * number / 8.4
        y = top + 7 - 7 * abs(number) / 8.4
        parts.append(seam([(x, y + 2), (x * 1.01, y + 23)], ink=-0.17, width=1.1))
        parts.append(seam([(x * 1.02, y + 25), (x * 1.07, y + 40 + (number % 3) * 5)], ink=-0.1, width=1.4))
    for side in (-1, 1):
        parts.append(
            seam([(side * 5, top + 19), (side * 11, top + 46), (side * 9, top + 82)], cloth=cloth, width=2.4)
        )
    return parts


def _paper_bag(waist: float, top: float) -> list[Part]:
    parts: list[Part] = [
        middle(
            [
                (0, top - 12),
                (waist * 0.3, top - 16),
                (waist * 0.6, top - 10),
                (waist + 8, top - 14, 1),
                (waist + 1, top + 12, 1),
                (0, top + 18),
            ],
            cast=0.2,
            folds=1.4,
        ),
    ]
    for number in range(-7, 8):
        x = waist * number / 7.4
        parts.append(seam([(x * 1.08, top - 8), (x, top + 10)], ink=-0.18, width=1.3))
        parts.append(seam([(x, top + 30), (x * 1.12, top + 62 + (number % 2) * 12)], ink=-0.13, width=1.5))
    parts.append(
        strip([(-waist - 2, top + 10), (0, top + 16), (waist + 2, top + 10)], 13, cast=0.5, folds=0.4)
    )
    return [*parts, *bow(0, top + 24, 0.85)]


def _cargo_pockets(hip: float, crotch: float) -> list[Part]:
    y = crotch + 56
    x = hip - 16
    box: list[Point] = [(x - 24, y, 1), (x + 17, y, 1), (x + 14, y + 66, 1), (x - 26, y + 66, 1)]
    lid: list[Point] = [(x - 26, y - 6, 1), (x + 19, y - 6, 1), (x + 18, y + 16, 1), (x - 26, y + 16, 1)]
    return [
        *sides(box, cast=0.4, folds=0.4, round=0.6),
        *sides(lid, cast=0.5, folds=0.2, round=0.7),
        *seams([(x - 4, y + 8), (x - 4, y + 10)], ink=-0.6, width=4),
    ]


def _hems(hem: float, hip: float, bottom: float) -> list[Part]:
    inner = 8 + max(hip - hem, 0) * 0.12
    far = max(inner + hem, (hip + 3) * 0.72)
    return seams([(far - 1, bottom - 9), (inner + 1, bottom - 5)], ink=-0.2, width=0.9)


def leggings(design: Design) -> list[Part]:
    bottom = {"long": 556.0, "ankle": 530.0, "cropped": 450.0}[design.length]
    waist, hip, top = 60 + 2 * design.width, 74 + 3 * design.width, 56.0
    parts = _waist_back(waist, top)
    parts += legs(
        waist=waist,
        hip=hip,
        top=top + 3,
        crotch=204,
        bottom=bottom,
        hem=36 if design.length != "cropped" else 44,
        knee=-4,
        gap=9,
    )
    parts += _waistband(waist, top, 26 + 8 * max(design.shape, 0))
    if design.shape > 0.4:
        parts += seams(
            [(hip - 12, top + 60), (hip - 8, 230), (48, bottom - 8)], ink=-0.2, width=0.9, dashed=True
        )
    return [
        *parts,
        *seams(
            [(54 if design.length == "cropped" else 46, bottom - 7), (12, bottom - 4)], ink=-0.18, width=0.9
        ),
    ]


def shorts(design: Design) -> list[Part]:
    fit = _LEG[design.fit] + 4 * design.width
    model = design.model
    waist = 92 + fit * 0.5
    top = 168.0
    bottom = {"short": 396.0, "knee": 452.0}[design.length] + 7 * design.drop
    hip = waist + 24 + fit * 0.6
    hem = hip + 6
    crotch = top + 172
    parts = _waist_back(waist, top)
    parts += legs(waist=waist, hip=hip, top=top + 4, crotch=crotch, bottom=bottom, hem=hem, gap=6)
    if model == "jeans":
        parts += _jeans(waist, hip, top, crotch)
    elif model in ("joggers", "swim shorts"):
        parts += [
            *seams([(waist * 0.8, top + 30), (hip, top + 92)], ink=-0.32, width=1.3),
            *_elastic(waist, top),
        ]
    elif model == "paper bag":
        parts += _paper_bag(waist, top)
    else:
        parts += _fly_front(waist, top, crotch)
    if model == "swim shorts":
        parts += seams([(hip - 14, bottom - 34), (hip + 2, bottom - 2)], ink=-0.3)
    frayed = model == "jeans" and design.shape > 0
    end = [(6 + hem, bottom - (9 if not frayed else 1)), (8, bottom - (5 if not frayed else -3))]
    return [
        *parts,
        *seams(end, ink=-0.2 if not frayed else 0.6, width=0.9 if not frayed else 3.0, dashed=frayed),
    ]
