"""Cardigans and hoodies: soft, with ribbing, worn over something."""

from stylo.demo.article import Design
from stylo.demo.garments.fastenings import zip_line
from stylo.demo.garments.parts import Part, Print, button, middle, seam, seams, sides, strip
from stylo.demo.garments.torso import (
    Torso,
    armholes,
    hem_rib,
    inside_back,
    neck_rib,
    neckline,
    sleeves,
    torso_of,
    trunk,
)
from stylo.demo.geometry import CENTRE


def cardigan(design: Design) -> list[Part]:
    torso = torso_of(design, Torso(shoulder=94, chest=97, waist=97, hem=95, bottom=462, slope=27, arm=238))
    edge = neckline(design, torso)
    if design.neckline == "v":
        edge = [(0, torso.top + 124, 1), (torso.neck * 0.55, torso.top + 62), (torso.neck, torso.top, 1)]
    deep = edge[0][1]
    parts = inside_back(torso, deep - torso.top)
    parts += [*sleeves(design, torso, cuff="rib"), trunk(torso, edge), *armholes(torso), *hem_rib(torso, 28)]
    parts += neck_rib(edge, 11, stitched=False)
    end = torso.bottom + torso.curve * 1.2
    parts.append(
        middle(
            [(0, deep), (9, deep + 2, 1), (9, end, 1), (0, end)], cloth="rib", cast=0.35, folds=0.2, round=0.5
        )
    )
    count = max(round((end - deep) / 52), 3)
    for number in range(count):
        parts += button(0, deep + 14 + (end - deep - 30) * number / (count - 1), 4.4)
    if "pockets" in design.details and design.length != "cropped":
        parts += [*knit_pocket(52, torso.bottom - 122), *knit_pocket(-52, torso.bottom - 122)]
    return parts


def knit_pocket(x: float, y: float) -> list[Part]:
    box = [(x - 25, y), (x - 25, y + 58), (x + 25, y + 58), (x + 25, y)]
    return [seam(box, ink=-0.25), strip([(x - 26, y), (x + 26, y)], 11, cloth="rib", cast=0.35, folds=0)]


def hoodie(design: Design) -> list[Part]:
    torso = torso_of(
        design, Torso(top=136, shoulder=98, chest=102, waist=102, hem=98, bottom=468, slope=28, arm=252)
    )
    neck, top = torso.neck, torso.top
    parts = _hood_back(neck, top)
    edge = [(0, top + 34), (neck * 0.7, top + 24), (neck + 8, top, 1)]
    parts += [*sleeves(design, torso, cuff="rib"), trunk(torso, edge), *armholes(torso)]
    zipped = design.model == "zip"
    parts += _kangaroo(torso, zipped)
    parts += hem_rib(torso, 30)
    if zipped:
        parts += zip_line(top + 36, torso.bottom + 6)
    parts += _hood_front(neck, top)
    for side in (-1, 1):
        cord = [(side * 15, top + 38), (side * 18, top + 70), (side * (17 + 2 * design.shape), top + 112)]
        parts.append(seam(cord, cloth="white" if design.shape > 0.2 else "plain", width=2.6))
        parts.append(seam([cord[-1], (cord[-1][0], cord[-1][1] + 9)], cloth="metal", width=3.0))
    return [*parts, *([] if zipped else [Print(CENTRE, 276, 92)])]


def _hood_back(neck: float, top: float) -> list[Part]:
    return [
        middle(
            [
                (0, top - 62),
                (neck * 0.8, top - 56),
                (neck + 22, top - 26),
                (neck + 24, top + 10, 1),
                (0, top + 36),
            ],
            cast=0.0,
            folds=1.2,
        ),
        middle(
            [
                (0, top - 44),
                (neck * 0.62, top - 38),
                (neck * 0.98, top - 10),
                (neck * 0.55, top + 26),
                (0, top + 46, 1),
            ],
            cloth="inside",
            round=1.2,
        ),
        middle(
            [(0, top + 2), (8, top + 2, 1), (8, top + 11, 1), (0, top + 11)],
            cloth="label",
            round=0.2,
            folds=0,
        ),
        seam([(0, top - 61), (0, top - 44)], ink=-0.2),
    ]


def _hood_front(neck: float, top: float) -> list[Part]:
    return [
        *sides(
            [
                (neck * 0.5, top - 40, 1),
                (neck + 8, top - 34),
                (neck + 24, top - 4),
                (neck + 18, top + 22),
                (neck * 0.5, top + 42),
                (-3, top + 56, 1),
                (-2, top + 34, 1),
                (neck * 0.55, top + 20),
                (neck * 0.86, top - 8),
            ],
            cast=0.5,
            grain=18,
        ),
        *seams(
            [(neck * 0.66, top - 34), (neck * 1.0, top - 6), (neck * 0.66, top + 26), (2, top + 44)], ink=-0.2
        ),
    ]


def _kangaroo(torso: Torso, zipped: bool) -> list[Part]:
    low, wide = torso.bottom - 30, torso.hem * 0.66
    if zipped:
        return [
            *sides(
                [
                    (4, low - 92, 1),
                    (wide * 0.62, low - 92, 1),
                    (wide, low - 26, 1),
                    (wide, low + 3, 1),
                    (4, low + 5, 1),
                ],
                cast=0.25,
                folds=0.7,
                round=0.4,
            ),
            *seams([(wide * 0.62 - 3, low - 90), (wide - 4, low - 26)], ink=-0.2),
        ]
    return [
        middle(
            [
                (0, low - 92),
                (wide * 0.62, low - 92, 1),
                (wide, low - 26, 1),
                (wide, low + 4, 1),
                (0, low + 5),
            ],
            cast=0.3,
            folds=0.7,
            round=0.4,
        ),
        *seams([(wide * 0.62 - 4, low - 90), (wide - 5, low - 25), (wide - 5, low)], ink=-0.2),
    ]
