"""One garment for the whole body, and skirts: dresses, jumpsuits, skirts."""

from dataclasses import replace

from stylo.demo.article import Design
from stylo.demo.garments.bottoms import legs
from stylo.demo.garments.fastenings import bow, collar_leaves, placket
from stylo.demo.garments.parts import Part, Stroke, button, middle, seam, seams, sides, strip
from stylo.demo.garments.torso import (
    DEPTHS,
    Torso,
    armholes,
    inside_back,
    neck_of,
    neck_path,
    neck_rib,
    neckline,
    sleeves,
)
from stylo.demo.geometry import Point, offset

_HEMS = {"short": 440.0, "knee": 490.0, "midi": 540.0, "maxi": 568.0}


def dress(design: Design) -> list[Part]:
    top = 44.0 if design.length in ("midi", "maxi") else 62.0
    narrow = design.sleeve in ("straps", "none")
    torso = Torso(
        top=top,
        shoulder=62 if narrow else 76,
        neck=33,
        slope=12 if narrow else 20,
        arm=top + 96,
        chest=73,
        waist=58 + 3 * design.width,
        waist_at=top + 172,
    )
    if design.model in ("straight", "shirt"):
        torso = replace(torso, waist=70 + 3 * design.width)
    hem = _HEMS[design.length] + 8 * design.drop
    parts, edge = _bodice(design, torso)
    parts.append(middle([*edge, *_side(design, torso, hem)], folds=1.2))
    parts += _finished(design, torso, edge)
    parts += _skirt_lines(design, torso, hem)
    start = edge[0][1]
    if design.model == "shirt":
        parts += [*placket(start, hem + 3, buttons=9, width=8.5), *collar_leaves(torso, 30)]
    elif design.model == "wrap":
        parts += [
            seam([(0, start), (20, torso.waist_at)], ink=-0.3),
            seam([(20, torso.waist_at), (34, (torso.waist_at + hem) / 2), (26, hem)], ink=-0.35),
        ]
    elif "buttons" in design.details:
        parts += placket(start + 2, torso.waist_at, buttons=5, width=7)
    if "tie belt" in design.details or design.model == "wrap":
        at = torso.waist_at
        parts += [
            strip(
                [(-torso.waist - 1, at - 6), (0, at - 3), (torso.waist + 1, at - 6)], 13, cast=0.45, folds=0.5
            ),
            *bow(10, at + 2, 0.8),
        ]
    return parts


def _bodice(design: Design, torso: Torso) -> tuple[list[Part], list[Point]]:
    """The back and sleeves, and the front's upper edge from the middle to the armhole."""
    if design.sleeve == "straps":
        y = torso.top + 62
        edges: dict[str, list[Point]] = {
            "v": [(0, y + 30, 1), (36, y - 6, 1)],
            "square": [(0, y), (36, y - 2, 1)],
            "scoop": [(0, y + 14), (22, y + 8), (36, y - 8, 1)],
        }
        edge = edges.get(design.neckline, edges["scoop"])
        back: list[Part] = [
            middle(
                [(0, y + 24), (34, y + 16), (torso.chest - 10, torso.arm - 4, 1), (0, torso.arm + 12)],
                cloth="inside",
            )
        ]
        straps = sides(
            [(33, y + 2, 1), (31, torso.top, 1), (35, torso.top, 1), (38, y + 2, 1)], folds=0.1, cast=0.3
        )
        return [*back, *straps], [*edge, (torso.chest - 20, torso.arm - 30), (torso.chest, torso.arm, 1)]
    shaped = neck_of(design, torso)
    line = (
        neckline(design, shaped)
        if design.neckline != "shirt"
        else [(0, torso.top + 26), (20, torso.top + 20), (torso.neck, torso.top, 1)]
    )
    parts = [
        *inside_back(shaped, DEPTHS.get(design.neckline, 26)),
        *sleeves(replace(design, kind="Dress"), shaped),
    ]
    x, y = shaped.tip
    inset = 10.0 if design.sleeve == "none" else 6.0
    return parts, [*line, (x, y, 1), (x - inset, y + (shaped.arm - y) * 0.5), (shaped.chest, shaped.arm, 1)]


def _side(design: Design, torso: Torso, hem: float) -> list[Point]:
    """From below the armhole over the waist to the middle of the hem."""
    at, waist = torso.waist_at, torso.waist
    fall = (hem - at) / 330
    flare = {"a-line": 62, "fitted": 12, "straight": 12, "tiered": 70, "shirt": 22, "wrap": 50}[
        design.model
    ] * (0.6 + 0.5 * fall)
    flare += 6 * design.shape
    hips = waist + flare * 0.42 + (18 if design.model == "fitted" else 6)
    low = waist + flare + (8 if design.model == "fitted" else 10)
    wave = 5.0 if design.model in ("a-line", "tiered", "wrap") else 2.0
    ends: list[Point] = [
        (low, hem, 1),
        (low * 0.72, hem + wave + 3),
        (low * 0.45, hem + wave),
        (low * 0.2, hem + wave + 4),
        (0, hem + wave + 1),
    ]
    return [(waist + 3, (torso.arm + at) / 2), (waist, at), (hips, at + (hem - at) * 0.4), *ends]


def _finished(design: Design, torso: Torso, edge: list[Point]) -> list[Part]:
    if design.sleeve == "straps":
        path = neck_path(edge[:-2])
        return [Stroke(offset(path, 5), ink=-0.2, width=0.9)]
    line = edge[:-3]
    parts = armholes(neck_of(design, torso)) if design.sleeve != "none" else []
    return parts if design.neckline == "shirt" else [*parts, *neck_rib(line, 4.5, "main", stitched=False)]


def _skirt_lines(design: Design, torso: Torso, hem: float) -> list[Part]:
    """The waist seam, folds that fall from it, tiers, the hem."""
    at, waist = torso.waist_at, torso.waist
    parts: list[Part] = []
    spread = {"a-line": 1.9, "tiered": 2.0, "wrap": 1.7}.get(design.model, 1.25)
    if design.model in ("a-line", "tiered", "wrap", "fitted"):
        parts.append(seam([(-waist, at), (0, at + 3), (waist, at)], ink=-0.26))
    if design.model in ("a-line", "tiered", "wrap"):
        for share in (-0.82, -0.55, -0.3, -0.08, 0.16, 0.4, 0.63, 0.86):
            x = waist * share
            parts.append(seam([(x, at + 3), (x * 1.1, at + 26 + 10 * abs(share))], ink=-0.16, width=1.3))
            parts.append(seam([(x * 1.15, at + 50), (x * spread, hem - 4)], ink=-0.06, width=3.4))
            parts.append(seam([(x * 1.15 + 5, at + 60), (x * spread + 7, hem - 4)], ink=0.05, width=3.0))
    if design.model == "tiered":
        for share in (0.42, 0.74):
            y = at + (hem - at) * share
            wide = waist + 66 * share
            parts.append(seam([(-wide, y), (0, y + 7), (wide, y)], ink=-0.28, width=1.3))
            for number in range(-9, 10):
                x = wide * number / 9.6
                parts.append(
                    seam(
                        [(x, y + 5 - 5 * abs(number) / 9), (x * 1.03, y + 18 + (number % 3) * 5)],
                        ink=-0.13,
                        width=1.1,
                    )
                )
    return parts


def jumpsuit(design: Design) -> list[Part]:
    short = design.model == "playsuit"
    top = 92.0 if short else 40.0
    scale = 1.1 if short else 0.86
    narrow = design.sleeve in ("straps", "none")
    torso = Torso(
        top=top,
        shoulder=(62 if narrow else 77) * scale,
        neck=34 * scale,
        slope=18 * scale,
        arm=top + 96 * scale,
        chest=76 * scale,
        waist=62 * scale,
        waist_at=top + 176 * scale,
    )
    parts, edge = _bodice(design, torso)
    at, waist = torso.waist_at, torso.waist
    low = 506.0 if short else 566.0
    parts += legs(
        waist=waist - 2,
        hip=waist + 20 * scale,
        top=at - 6,
        crotch=at + 116 * scale,
        bottom=low,
        hem=waist + 32 * scale if short else (46 + 8 * (design.fit == "loose")),
    )
    parts.append(middle([*edge, (waist + 3, (torso.arm + at) / 2), (waist, at, 1), (0, at + 4)], folds=1.2))
    parts += _finished(design, torso, edge)
    parts.append(seam([(-waist, at), (0, at + 4), (waist, at)], ink=-0.3))
    if "buttons" in design.details:
        parts += placket(edge[0][1] + 2, at, buttons=5, width=7)
    for share in (-0.7, -0.45, -0.2, 0.2, 0.45, 0.7):
        parts.append(seam([(waist * share, at + 4), (waist * share * 1.08, at + 26)], ink=-0.16, width=1.2))
    if "tie belt" in design.details:
        parts += [
            strip([(-waist - 1, at - 8), (0, at - 4), (waist + 1, at - 8)], 14, cast=0.45, folds=0.5),
            *bow(6, at + 2, 0.8),
        ]
    return parts


def skirt(design: Design) -> list[Part]:
    top, hem = {
        "short": (176.0, 420.0),
        "knee": (130.0, 462.0),
        "midi": (88.0, 520.0),
        "maxi": (60.0, 556.0),
    }[design.length]
    hem += 8 * design.drop
    waist = {"short": 78.0, "knee": 72.0, "midi": 66.0, "maxi": 62.0}[design.length] + 3 * design.width
    flare = {"a-line": 42.0, "pencil": 6.0, "pleated": 58.0, "tiered": 60.0, "wrap": 32.0}[
        design.model
    ] + 8 * design.shape
    hip, low = waist + 22 + flare * 0.25, waist + 20 + flare
    wave = 6.0 if design.model in ("pleated", "tiered") else 3.0
    parts: list[Part] = [
        middle(
            [(0, top - 8), (waist * 0.6, top - 7), (waist, top - 3, 1), (waist, top + 12, 1), (0, top + 18)],
            cloth="inside",
            round=0.5,
        )
    ]
    body: list[Point] = [
        (0, top + 8),
        (waist * 0.6, top + 6),
        (waist, top, 1),
        (hip, top + (hem - top) * 0.3),
        (low, hem, 1),
    ]
    if design.model == "pleated":
        body += [
            (low * share, hem + wave + (4 if number % 2 else -3))
            for number, share in enumerate((0.85, 0.7, 0.55, 0.4, 0.25, 0.1))
        ]
        body.append((0, hem + wave))
    else:
        body += [(low * 0.6, hem + wave + 2), (low * 0.3, hem + wave), (0, hem + wave + 2)]
    parts.append(middle(body, folds=1.1))
    parts += _skirt_body(design, top, hem, waist, low)
    parts.append(strip([(-waist, top), (0, top + 8), (waist, top)], 18, cast=0.3, folds=0.3))
    parts.append(seam([(-waist - 2, top + 18), (0, top + 26), (waist + 2, top + 18)], ink=-0.24))
    if design.fabric == "denim":
        parts += _denim_skirt(top, hem, waist)
    elif "buttons" in design.details and design.model in ("a-line", "pencil"):
        parts += placket(top + 6, hem + 3, buttons=6, width=9)
    if "tie belt" in design.details or design.model == "wrap":
        parts += (
            bow(-waist * 0.55 if design.model == "wrap" else 0, top + 22, 0.9)[:2]
            if design.model != "wrap"
            else bow(0, top + 20, 0.9)
        )
    return parts


def _skirt_body(design: Design, top: float, hem: float, waist: float, low: float) -> list[Part]:
    parts: list[Part] = []
    if design.model == "pleated":
        for number in range(-10, 11):
            share = number / 10.8
            parts.append(seam([(waist * share, top + 20), (low * share, hem + 3)], ink=-0.2, width=1.3))
            parts.append(
                seam([(waist * share + 3, top + 24), (low * share + 5, hem + 2)], ink=0.09, width=3.2)
            )
    elif design.model == "tiered":
        for share in (0.36, 0.68):
            y, wide = top + (hem - top) * share, waist + 16 + (low - waist - 14) * share
            parts.append(seam([(-wide, y), (0, y + 7), (wide, y)], ink=-0.3, width=1.3))
            for number in range(-10, 11):
                x = wide * number / 10.6
                parts.append(
                    seam(
                        [(x, y + 6 - 6 * abs(number) / 10), (x * 1.03, y + 20 + (number % 3) * 6)],
                        ink=-0.14,
                        width=1.1,
                    )
                )
    elif design.model == "wrap":
        parts.append(
            seam(
                [(waist * 0.4, top + 20), (waist * 0.62, (top + hem) / 2), (low * 0.5, hem)],
                ink=-0.4,
                width=1.4,
            )
        )
        parts.append(
            seam(
                [(waist * 0.4 + 4, top + 30), (waist * 0.62 + 4, (top + hem) / 2), (low * 0.5 + 5, hem)],
                ink=-0.12,
                width=4,
            )
        )
    else:
        parts += seams([(waist * 0.5, top + 22), (waist * 0.54, top + 70)], ink=-0.16)
        if "slit" in design.details:
            parts.append(seam([(low * 0.42, hem - 90), (low * 0.44, hem + 2)], ink=-0.55, width=2.2))
    if design.model in ("a-line", "wrap", "tiered"):
        for share in (-0.75, -0.4, 0.0, 0.35, 0.7):
            parts.append(seam([(waist * share * 1.1, top + 70), (low * share, hem)], ink=-0.06, width=4))
    parts.append(seam([(-low + 1, hem - 7), (0, hem - 1), (low - 1, hem - 7)], ink=-0.13, width=0.9))
    return parts


def _denim_skirt(top: float, hem: float, waist: float) -> list[Part]:
    return [
        seam([(0, top + 26), (0, hem)], ink=-0.25),
        *seams(
            [(waist * 0.5, top + 24), (waist * 0.62, top + 50), (waist + 10, top + 58)],
            cloth="thread",
            width=1.1,
        ),
        seam([(9, top + 26), (9, top + 72), (0, top + 84)], cloth="thread", width=1.0),
        *button(0, top + 16, 4.6, "metal"),
    ]
