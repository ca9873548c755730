"""Woven tops: shirts and blouses."""

from dataclasses import replace

from stylo.demo.article import Design
from stylo.demo.garments.fastenings import (
    bow,
    chest_pocket,
    collar_leaves,
    frill,
    frill_collar,
    placket,
    stand_collar,
)
from stylo.demo.garments.parts import Part, seam, seams
from stylo.demo.garments.torso import (
    DEPTHS,
    Torso,
    armholes,
    inside_back,
    neck_of,
    neck_rib,
    neckline,
    sleeves,
    torso_of,
    trunk,
)


def shirt(design: Design) -> list[Part]:
    torso = torso_of(design, Torso(shoulder=96, chest=98, waist=95, hem=98, bottom=474, curve=14, arm=232))
    band = design.neckline == "band"
    edge = neckline(replace(design, neckline="round"), torso)
    parts = inside_back(torso, 28)
    parts += [*sleeves(design, torso, cuff="shirt"), trunk(torso, edge), *armholes(torso)]
    parts += seams([(torso.neck + 4, torso.top + 16), (torso.shoulder - 4, torso.top + 42)], ink=-0.18)
    parts += placket(torso.top + 24, torso.bottom + 14, buttons=7)
    parts += stand_collar(torso) if band else collar_leaves(torso, 34)
    if "two pockets" in design.details:
        parts += [*chest_pocket(46, 228, flap=True), *chest_pocket(-46, 228, flap=True)]
    elif "chest pocket" in design.details:
        parts += chest_pocket(46, 228)
    return [*parts, shirt_tail(torso)]


def shirt_tail(torso: Torso) -> Part:
    inset = 6
    return seam(
        [
            (-torso.hem + 1, torso.bottom - inset),
            (0, torso.bottom + torso.curve * 1.2 - inset),
            (torso.hem - 1, torso.bottom - inset),
        ],
        ink=-0.18,
        width=0.9,
    )


def blouse(design: Design) -> list[Part]:
    base = Torso(shoulder=88, chest=94, waist=98, hem=106, bottom=452, curve=8, arm=226)
    torso = neck_of(design, torso_of(design, base))
    edge = neckline(design, torso)
    parts = inside_back(torso, DEPTHS[design.neckline])
    parts += [
        *sleeves(design, torso, cuff="gathered" if design.sleeve == "balloon" else "shirt"),
        trunk(torso, edge, folds=1.3),
        *armholes(torso),
    ]
    deep = torso.top + DEPTHS[design.neckline]
    if design.neckline in ("v", "round"):
        parts += neck_rib(edge, 4, "main", stitched=False)
    if "buttons" in design.details or design.neckline in ("band", "v"):
        parts += placket(deep + 2, torso.bottom + 8, buttons=7, width=7.5)
    if design.neckline == "band":
        parts += stand_collar(torso)
    elif design.neckline == "tie":
        parts += [*stand_collar(torso), *bow(0, deep + 16)]
    elif design.neckline == "frill":
        parts += frill_collar(torso)
    if "frills" in design.details:
        for side in (-1, 1):
            parts += frill(side, torso.shoulder - 34, torso.top + 30, torso.bottom - 110)
    for share in (-0.62, -0.3, 0.3, 0.62):
        x = torso.hem * share
        parts.append(seam([(x * 0.86, torso.waist_at - 20), (x, torso.bottom - 4)], ink=-0.06, width=3))
    return [*parts, shirt_tail(torso)]
