"""Coats and blazers: lapels, a lining that shows, flap pockets."""

from dataclasses import replace

from stylo.demo.article import Design
from stylo.demo.garments.parts import Part, button, middle, seam, seams, sides, strip
from stylo.demo.garments.torso import Torso, armholes, sleeves, torso_of, trunk


def coat(design: Design) -> list[Part]:
    low = {"knee": 520, "midi": 548}[design.length]
    base = Torso(
        top=66, shoulder=92, chest=97, waist=93, hem=108, bottom=low, waist_at=300, slope=25, arm=186
    )
    torso = replace(torso_of(replace(design, length=""), base), bottom=low + 6 * design.drop)
    return _lapelled(design, torso, button_at=torso.top + 172, pocket_at=torso.top + 276, lapel=44)


def blazer(design: Design) -> list[Part]:
    base = Torso(
        top=100, shoulder=98, chest=97, waist=90, hem=102, bottom=482, waist_at=320, slope=24, arm=220
    )
    return _lapelled(design, torso_of(design, base), button_at=300, pocket_at=384, lapel=40)


def _lapelled(
    design: Design, torso: Torso, *, button_at: float, pocket_at: float, lapel: float
) -> list[Part]:
    top, neck = torso.top, torso.neck
    double, wrap = design.model == "double-breasted", design.model == "wrap"
    edge = [(0, top + 20), (neck * 0.7, top + 12), (neck, top, 1)]
    parts: list[Part] = [*sleeves(design, torso), trunk(torso, edge), *armholes(torso)]
    parts += [
        middle(
            [(0, button_at, 1), (neck * 0.62, top + 70), (neck * 0.98, top + 2, 1), (0, top - 6)],
            cloth="lining",
            folds=0.8,
        ),
        middle(
            [(0, top - 9), (neck * 0.7, top - 7), (neck, top, 1), (neck * 0.6, top + 9), (0, top + 12)],
            cloth="shade",
            round=0.5,
        ),
        middle(
            [(0, top + 18), (11, top + 18, 1), (11, top + 30, 1), (0, top + 30)],
            cloth="label",
            round=0.2,
            folds=0,
        ),
    ]
    across = 26.0 if double or wrap else 5.0
    for side in (-1, 1):
        meets = across * (1 if side == 1 else -0.4)
        wide = lapel + neck + 6 * design.shape
        points = [
            (neck * 0.95, top - 4, 1),
            (neck + 8, top + 16),
            (wide, top + 74, 1),
            (wide - 10, top + 92),
            (meets * side + 2, button_at + 2, 1),
            (neck * 0.5, top + 84),
        ]
        collar = [
            (neck * 0.8, top - 11, 1),
            (neck + 11, top + 6),
            (neck + 27, top + 48, 1),
            (neck + 10, top + 66, 1),
            (neck * 0.82, top + 26),
        ]
        parts += sides(points, cast=0.6, grain=10, folds=0.4)[(side + 1) // 2 :][:1]
        parts += sides(collar, cast=0.5, grain=20, folds=0.3)[(side + 1) // 2 :][:1]
    end = torso.bottom + torso.curve
    parts.append(
        seam(
            [(across * 0.9, button_at), (across, button_at + 80), (across + (3 if not wrap else 14), end)],
            ink=-0.42,
            width=1.4,
        )
    )
    if wrap:
        parts += [
            strip(
                [(-torso.waist - 2, button_at + 6), (0, button_at + 12), (torso.waist + 2, button_at + 6)],
                24,
                cast=0.5,
                folds=0.5,
            )
        ]
        parts += [strip([(26, button_at + 20), (32, button_at + 130)], -17, cast=0.5, folds=0.5, grain=3)]
        parts += [strip([(14, button_at + 20), (8, button_at + 116)], -16, cast=0.5, folds=0.5, grain=-3)]
        parts += [strip([(4, button_at + 8), (30, button_at + 11)], 26, cast=0.5, round=1.3)]
    else:
        columns = (-across + 2, across - 2) if double else (-1.0,)
        count = 3 if design.kind == "Coat" else 2
        for number in range(count):
            for x in columns:
                parts += button(
                    x, button_at + 10 + 48 * number, 5.2, "black" if design.shape < 0.3 else "wood"
                )
    for side in (-1, 1):
        x = side * torso.waist * 0.62
        parts.append(
            strip(
                [(x - 25, pocket_at - side * 2), (x + 25, pocket_at + side * 2)],
                15,
                cast=0.5,
                folds=0.1,
                round=0.6,
            )
        )
    parts += seams([(torso.waist * 0.5, torso.arm + 40), (torso.waist * 0.52, pocket_at - 4)], ink=-0.12)
    return parts
