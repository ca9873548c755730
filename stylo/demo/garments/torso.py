"""The upper body that shirts, jumpers, jackets and dresses share: trunk, necklines, sleeves."""

from dataclasses import dataclass, replace

import numpy as np

from stylo.demo.article import Design
from stylo.demo.garments.parts import Panel, Part, Stroke, middle, seam, seams, sides
from stylo.demo.geometry import CENTRE, Path, Point, band, curve, offset

_FIT = {"slim": -9.0, "regular": 0.0, "loose": 8.0, "oversized": 15.0}


@dataclass(frozen=True)
class Torso:
    """Half widths and heights of a trunk, in photo pixels; x from the middle."""

    top: float = 118
    neck: float = 35
    shoulder: float = 97
    slope: float = 24
    arm: float = 226
    chest: float = 97
    waist: float = 94
    waist_at: float = 330
    hem: float = 98
    bottom: float = 470
    curve: float = 5

    @property
    def tip(self) -> tuple[float, float]:
        return self.shoulder, self.top + self.slope


def torso_of(design: Design, base: Torso) -> Torso:
    """The trunk in a design's fit and length, with the product's own deviations."""
    wider = _FIT.get(design.fit, 0.0) + 4 * design.width
    length = {"cropped": -78.0, "long": 32.0}.get(design.length, 0.0) + 9 * design.drop
    snug = 6.0 if design.fit == "slim" else 0.0
    return replace(
        base,
        neck=base.neck + 2.5 * design.shape,
        shoulder=base.shoulder + wider * 0.8,
        slope=base.slope + (6 if design.fit == "oversized" else 0),
        arm=base.arm + wider * 0.5,
        chest=base.chest + wider,
        waist=base.waist + wider - snug,
        hem=base.hem + wider - snug / 2,
        waist_at=min(base.waist_at, base.bottom + length - 50),
        bottom=base.bottom + length,
    )


def trunk(torso: Torso, neckline: list[Point], **how: object) -> Panel:
    """The front: from the neckline's points over shoulder, armhole and waist to the hem."""
    shoulder, tip_y = torso.tip
    right: list[Point] = [
        *neckline,
        (shoulder, tip_y, 1),
        (shoulder - 7, tip_y + (torso.arm - tip_y) * 0.5),
        (torso.chest, torso.arm, 1),
        (torso.waist + (torso.chest - torso.waist) * 0.25, (torso.arm + torso.waist_at) / 2),
        (torso.waist, torso.waist_at),
        (torso.hem, torso.bottom, 1),
        (torso.hem * 0.5, torso.bottom + torso.curve),
        (0, torso.bottom + torso.curve * 1.2),
    ]
    return middle(right, **how)


def armholes(torso: Torso) -> list[Part]:
    shoulder, tip_y = torso.tip
    return seams(
        [(shoulder, tip_y), (shoulder - 7, tip_y + (torso.arm - tip_y) * 0.5), (torso.chest, torso.arm)],
        ink=-0.28,
    )


DEPTHS = {
    "round": 26.0, "scoop": 62.0, "v": 78.0, "square": 58.0, "boat": 12.0, "turtle": 16.0, "band": 24.0,
    "tie": 24.0, "frill": 22.0,
}  # fmt: skip


def neck_of(design: Design, torso: Torso) -> Torso:
    """The trunk with its neck as wide as the neckline asks for."""
    wider = {
        "scoop": 12.0,
        "boat": 30.0,
        "square": 16.0,
        "v": 4.0,
        "turtle": -4.0,
        "band": -5.0,
        "tie": -5.0,
        "frill": -5.0,
    }
    return replace(torso, neck=torso.neck + wider.get(design.neckline, 0.0))


def neckline(design: Design, torso: Torso) -> list[Point]:
    """The front edge from the middle to the shoulder point, x from the middle."""
    depth = DEPTHS.get(design.neckline, 26.0) + 4 * design.shape
    neck, top = torso.neck, torso.top
    # A wide neck starts lower on the shoulder's slope.
    start = top + max(neck - 35, 0) / max(torso.shoulder - 35, 1) * torso.slope
    if design.neckline == "v":
        return [(0, top + depth, 1), (neck * 0.55, top + depth * 0.5), (neck, start, 1)]
    if design.neckline == "square":
        return [(0, top + depth), (neck * 0.86, top + depth, 1), (neck, start, 1)]
    return [
        (0, top + depth),
        (neck * 0.52, top + depth * 0.86),
        (neck * 0.9, top + depth * 0.38),
        (neck, start, 1),
    ]


def neck_path(points: list[Point]) -> Path:
    """The whole front edge from left to right."""
    left = [(-x, *rest) for x, *rest in reversed(points) if x > 0]
    return curve([(CENTRE + x, *rest) for x, *rest in [*left, *points]], closed=False)


def inside_back(torso: Torso, depth: float, *, label: bool = True) -> list[Part]:
    """What shows of the back's inside through the neckline, with the neck tape and a label."""
    neck, top = torso.neck, torso.top
    start = top + max(neck - 35, 0) / max(torso.shoulder - 35, 1) * torso.slope
    back = [
        (CENTRE - neck, start),
        (CENTRE - neck * 0.5, start + 5),
        (CENTRE, start + 7),
        (CENTRE + neck * 0.5, start + 5),
        (CENTRE + neck, start),
    ]
    edge = curve(back, closed=False)
    lower = np.array([[CENTRE + neck + 4, top + depth + 26], [CENTRE - neck - 4, top + depth + 26]])
    parts: list[Part] = [
        Panel(np.concatenate([edge, lower]), "inside", round=0.5, folds=0.5),
        Panel(band(edge, 6), "shade", round=0.5, folds=0.2),
        Stroke(offset(edge, 6), ink=-0.35, width=1),
    ]
    if label and depth > 20:
        box = [(-8, start + 11, 1), (8, start + 11, 1), (8, start + 19, 1), (-8, start + 19, 1)]
        parts.append(Panel(curve([(CENTRE + x, *rest) for x, *rest in box]), "label", round=0.2, folds=0))
    return parts


def neck_rib(points: list[Point], width: float, cloth: str = "rib", *, stitched: bool = True) -> list[Part]:
    """A band along the front edge."""
    path = neck_path(points)
    parts: list[Part] = [
        Panel(band(path, width), cloth, round=0.8, folds=0.2),
        Stroke(offset(path, width), ink=-0.3),
    ]
    if stitched:
        parts.append(Stroke(offset(path, width + 2.4), ink=-0.18, width=0.8, dashed=True))
    return parts


def roll_neck(torso: Torso, height: float = 40) -> list[Part]:
    """A turned-down polo neck."""
    neck, top = torso.neck, torso.top
    return [
        middle(
            [
                (0, top - height * 0.72),
                (neck * 0.7, top - height * 0.7),
                (neck * 0.92, top - height * 0.5),
                (neck, top + 2),
                (neck * 0.9, top + 14),
                (0, top + 24),
            ],
            cloth="rib",
            folds=0.5,
            cast=0.5,
            round=1.3,
        ),
        seam(
            [(-neck * 0.9, top - height * 0.55), (0, top - height * 0.42), (neck * 0.9, top - height * 0.55)],
            ink=-0.25,
            width=1.4,
        ),
    ]


def sleeves(design: Design, torso: Torso, *, cuff: str = "") -> list[Part]:
    """Both sleeves in the design's length; `cuff` is `rib`, `shirt`, or empty for a stitched hem."""
    if design.sleeve in ("none", "straps", ""):
        return []
    if design.sleeve == "puff":
        return _puff(torso)
    if design.sleeve == "cap":
        return _straight(torso, 46, 66 + 3 * design.width, 44, "", -4)
    if design.sleeve == "short":
        return _straight(
            torso, 40, 94 + 8 * design.drop, 66 + 4 * design.width, "rib" if cuff == "rib" else "", 0
        )
    if design.sleeve == "elbow":
        return _straight(torso, 27, 160, 62, "", 0)
    reach = 312 if design.kind != "Coat" else 335
    angle = 14.5 + 2.0 * design.shape
    if design.sleeve == "balloon":
        return _straight(torso, angle + 1, reach - 6, 38, cuff or "gathered", 17)
    return _straight(torso, angle, reach, 47 + 3 * design.width, cuff, 3)


def _straight(torso: Torso, angle: float, length: float, width: float, cuff: str, bulge: float) -> list[Part]:
    """A sleeve that leaves the shoulder at an angle from the vertical, `bulge` wider below the elbow."""
    theta = np.deg2rad(angle)
    along, outward = np.array([np.sin(theta), np.cos(theta)]), np.array([np.cos(theta), -np.sin(theta)])
    tip, pit = np.array(torso.tip), np.array([torso.chest, torso.arm])
    end = tip + along * length
    under = end - outward * width
    band_width = {"rib": 24.0, "shirt": 27.0, "gathered": 15.0}.get(cuff, 0.0)
    cuff_top, cuff_top_under = end - along * band_width, under - along * band_width
    roomy = 1.0 if cuff in ("rib", "gathered") else 0.0
    outer = cuff_top + outward * (3 + bulge * 0.3) * roomy
    inner = cuff_top_under - outward * (3 + bulge * 0.3) * roomy
    elbow = tip + along * length * 0.55 + outward * (4 + bulge)
    lower = tip + along * (length - band_width) * 0.86 + outward * (2 + bulge)
    lower_under = lower - outward * (width + bulge * 1.6)
    mid_under = (pit + inner) / 2 - outward * bulge * 0.2
    inward = (torso.shoulder - 16, torso.top + torso.slope + 20)
    # The cap starts on the shoulder line and passes just outside its end, so that the trunk lies inside it.
    rise = torso.slope / (torso.shoulder - torso.neck)
    points: list[Point] = [
        (torso.shoulder - 16, torso.top + torso.slope - 16 * rise, 1),
        (torso.shoulder - 1, torso.top + torso.slope - 2.5 * rise),
        tuple(tip + along * 20 + outward * 4),
        *([tuple(elbow)] if length > 120 else []),
        *([tuple(lower)] if length > 200 and bulge > 5 else []),
        (*outer, 1),
        (*inner, 1),
        *([tuple(lower_under)] if length > 200 and bulge > 5 else []),
        tuple(mid_under),
        (*pit, 1),
        (*inward, 1),
    ]
    parts = sides(points, grain=-angle)
    if band_width:
        parts += sides(
            [(*cuff_top, 1), (*end, 1), (*under, 1), (*cuff_top_under, 1)],
            grain=-angle,
            cloth="rib" if cuff == "rib" else "main",
            folds=0.3,
            cast=0.25,
        )
        parts += seams([tuple(cuff_top), tuple(cuff_top_under)], ink=-0.32)
        if cuff == "shirt":
            parts += seams(
                [tuple(end - along * 3), tuple(under - along * 3)], ink=-0.18, width=0.8, dashed=True
            )
    else:
        for inset in (6.0, 8.5) if length < 200 else (9.0,):
            parts += seams([tuple(end - along * inset), tuple(under - along * inset)], ink=-0.17, width=0.9)
    if length > 200:
        fold = tip + along * length * 0.5 - outward * width * 0.4
        for reach in (0.0, 16.0, 30.0):
            start = fold + along * reach
            parts += seams(
                [tuple(start - outward * 16), tuple(start + outward * 4 + along * 4)], ink=-0.07, width=2.2
            )
    return parts


def _puff(torso: Torso) -> list[Part]:
    """A short gathered sleeve that ends in a narrow band."""
    x, y = torso.tip
    parts = sides(
        [
            (x - 8, y - 2, 1),
            (x + 20, y - 14),
            (x + 60, y + 16),
            (x + 70, y + 68),
            (x + 46, y + 98, 1),
            (x - 2, y + 108, 1),
            (torso.chest, torso.arm, 1),
            (x - 16, y + 30, 1),
        ],
        grain=-30,
        folds=1.3,
    )
    parts += sides(
        [(x + 49, y + 90, 1), (x + 52, y + 104, 1), (x - 1, y + 117, 1), (x - 3, y + 104, 1)],
        grain=-12,
        folds=0.3,
    )
    for share in (0.15, 0.4, 0.65, 0.9):
        parts += seams(
            [(x - 2 + 52 * share, y + 104 - 12 * share), (x + 4 + 56 * share, y + 82 - 14 * share)], ink=-0.16
        )
        parts += seams(
            [(x - 6 + 14 * share, y + 22 * share), (x + 12 + 14 * share, y + 6 + 18 * share)], ink=-0.14
        )
    return parts


def hem_stitches(torso: Torso, inset: float = 8.0) -> list[Part]:
    """Two lines above the hem."""
    return [
        seam(
            [
                (-torso.hem + 1, torso.bottom - at),
                (0, torso.bottom + torso.curve * 1.2 - at),
                (torso.hem - 1, torso.bottom - at),
            ],
            ink=-0.17,
            width=0.9,
        )
        for at in (inset, inset + 2.6)
    ]


def hem_rib(torso: Torso, height: float = 30, narrower: float = 5) -> list[Part]:
    """Ribbing below the trunk's end: call it with the bottom that the garment shall have."""
    bottom, hem, sag = torso.bottom, torso.hem, torso.curve
    return [
        middle(
            [
                (0, bottom - height + sag),
                (hem * 0.6, bottom - height + sag * 0.7),
                (hem, bottom - height, 1),
                (hem - narrower + 2, bottom - height / 2),
                (hem - narrower, bottom, 1),
                (hem * 0.5, bottom + sag),
                (0, bottom + sag * 1.2),
            ],
            cloth="rib",
            folds=0.4,
            cast=0.15,
        ),
        seam([(-hem, bottom - height), (0, bottom - height + sag), (hem, bottom - height)], ink=-0.28),
    ]
