"""Jackets: bomber, biker, padded, shacket, trucker."""

from stylo.demo.article import Design
from stylo.demo.garments.fastenings import chest_pocket, collar_leaves, placket, zip_line
from stylo.demo.garments.parts import Part, button, middle, seam, seams, sides, strip
from stylo.demo.garments.torso import (
    Torso,
    armholes,
    hem_rib,
    hem_stitches,
    inside_back,
    sleeves,
    torso_of,
    trunk,
)


def jacket(design: Design) -> list[Part]:
    base = Torso(top=124, shoulder=100, chest=106, waist=106, hem=102, bottom=462, slope=27, arm=244)
    torso = torso_of(design, base)
    model = design.model
    edge = [(0, torso.top + 26), (torso.neck * 0.6, torso.top + 20), (torso.neck + 2, torso.top, 1)]
    cuff = {"bomber": "rib", "shacket": "shirt", "trucker": "shirt"}.get(model, "")
    parts = inside_back(torso, 30)
    parts += [*sleeves(design, torso, cuff=cuff), trunk(torso, edge), *armholes(torso)]
    return parts + {
        "bomber": _bomber,
        "biker": _biker,
        "padded": _padded,
        "shacket": _shacket,
        "trucker": _trucker,
    }[model](torso)


def _bomber(torso: Torso) -> list[Part]:
    parts = [*hem_rib(torso, 30), *zip_line(torso.top + 26, torso.bottom - 2)]
    parts += _rib_collar(torso)
    for side in (-1, 1):
        parts += _welt(side * 62, torso.bottom - 118, side * 16)
    return parts


def _rib_collar(torso: Torso) -> list[Part]:
    neck, top = torso.neck, torso.top
    return [
        middle(
            [(0, top - 14), (neck * 0.7, top - 11), (neck, top - 2, 1), (0, top + 8)],
            cloth="inside",
            round=0.5,
            folds=0.2,
        ),
        *sides(
            [
                (neck * 0.86, top - 10, 1),
                (neck + 7, top + 4),
                (neck * 0.72, top + 26),
                (1, top + 42, 1),
                (1, top + 24, 1),
                (neck * 0.55, top + 14),
            ],
            cloth="rib",
            cast=0.4,
            grain=30,
            folds=0.3,
        ),
    ]


def _welt(x: float, y: float, lean: float) -> list[Part]:
    """A slanted pocket opening."""
    return [strip([(x - lean * 0.5, y - 26), (x + lean * 0.5, y + 26)], 7, cast=0.5, folds=0.1, round=0.7)]


def _biker(torso: Torso) -> list[Part]:
    top, neck = torso.top, torso.neck
    parts: list[Part] = [
        middle(
            [(0, top + 110, 1), (neck * 0.7, top + 40), (neck + 4, top, 1), (0, top + 4)],
            cloth="lining",
            folds=0.6,
        ),
        middle(
            [(0, top + 6), (8, top + 6, 1), (8, top + 15, 1), (0, top + 15)],
            cloth="label",
            round=0.2,
            folds=0,
        ),
        *sides(
            [
                (neck * 0.9, top - 8, 1),
                (neck + 12, top + 6),
                (neck + 34, top + 70, 1),
                (22, top + 128, 1),
                (4, top + 116, 1),
                (neck * 0.64, top + 40),
            ],
            cast=0.7,
            grain=14,
        ),
        *sides(
            [
                (neck * 0.72, top - 14, 1),
                (neck + 13, top + 6),
                (neck + 30, top + 34, 1),
                (neck + 4, top + 46, 1),
                (neck * 0.72, top + 18),
            ],
            cast=0.6,
            grain=20,
        ),
        seam([(18, top + 122), (30, torso.bottom - 4)], cloth="metal", width=3.2),
        seam([(18, top + 122), (30, torso.bottom - 4)], ink=-0.45, width=3.0, dashed=True),
    ]
    for side, y in ((-1, top + 186), (1, top + 186), (-1, top + 128)):
        start, end = (side * 46, y + 16), (side * 82, y - 8)
        parts += [
            seam([start, end], cloth="metal", width=3.0),
            seam([start, end], ink=-0.45, width=2.8, dashed=True),
        ]
    low = torso.bottom
    parts += [
        strip([(-torso.hem, low - 30), (0, low - 25), (torso.hem, low - 30)], 22, cast=0.35, folds=0.4),
        middle(
            [(0, low - 30), (11, low - 30, 1), (11, low + 2, 1), (0, low + 2)],
            cloth="metal",
            cast=0.5,
            folds=0,
        ),
        middle([(0, low - 24), (6, low - 24, 1), (6, low - 5, 1), (0, low - 5)], round=0.3, folds=0),
    ]
    for side in (-1, 1):
        parts += button(side * (neck + 20), top + 62, 3.0, "metal")
    return parts


def _padded(torso: Torso) -> list[Part]:
    top, neck = torso.top, torso.neck
    parts = zip_line(top + 20, torso.bottom + 4, "black")
    parts += [
        middle(
            [
                (0, top - 34),
                (neck * 0.9, top - 30),
                (neck + 10, top - 12),
                (neck + 12, top + 14, 1),
                (0, top + 26),
            ],
            cloth="inside",
            folds=0.5,
        ),
        *sides(
            [
                (neck * 0.55, top - 32, 1),
                (neck + 8, top - 27),
                (neck + 16, top),
                (neck + 8, top + 20),
                (1, top + 34, 1),
                (1, top - 6, 1),
            ],
            cast=0.5,
            folds=0.6,
            round=1.5,
        ),
        *seams([(2, top + 6), (neck * 0.7, top - 4), (neck + 13, top - 12)], ink=-0.3, width=1.6),
    ]
    for side in (-1, 1):
        parts += _welt(side * 66, torso.bottom - 92, side * 12)
    return parts


def _shacket(torso: Torso) -> list[Part]:
    parts = placket(torso.top + 26, torso.bottom + 5, buttons=6, width=11)
    parts += [
        *chest_pocket(54, 240, True, 24, 54),
        *chest_pocket(-54, 240, True, 24, 54),
        *hem_stitches(torso, 9),
    ]
    return parts + collar_leaves(torso, 38)


def _trucker(torso: Torso) -> list[Part]:
    top, low = torso.top, torso.bottom
    parts: list[Part] = [
        seam(
            [(-torso.chest + 8, top + 84), (0, top + 88), (torso.chest - 8, top + 84)],
            cloth="thread",
            width=1.1,
        ),
        *seams([(62, top + 88), (34, low - 26)], cloth="thread", width=1.0),
        *seams([(30, top + 88), (20, low - 26)], cloth="thread", width=1.0),
    ]
    parts += placket(top + 26, low + 4, buttons=6, width=10)
    for x in (-52, 52):
        parts += chest_pocket(x, top + 92, True, 21, 22)
    parts += [strip([(-torso.hem, low - 22), (0, low - 17), (torso.hem, low - 22)], 22, cast=0.25, folds=0.3)]
    parts += [seam([(-torso.hem, low - 19), (0, low - 14), (torso.hem, low - 19)], cloth="thread", width=1.0)]
    return parts + collar_leaves(torso, 36)
