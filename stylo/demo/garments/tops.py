"""Jersey and knitwear pulled over the head: T-shirts, vest tops, tops, polo shirts, sweaters."""

from dataclasses import replace

from stylo.demo.article import Design
from stylo.demo.garments.fastenings import chest_pocket, collar_leaves
from stylo.demo.garments.parts import Panel, Part, Print, Stroke, button, middle, seam, sides
from stylo.demo.garments.torso import (
    DEPTHS,
    Torso,
    armholes,
    hem_rib,
    hem_stitches,
    inside_back,
    neck_of,
    neck_path,
    neck_rib,
    neckline,
    roll_neck,
    sleeves,
    torso_of,
    trunk,
)
from stylo.demo.geometry import CENTRE, Point, band, curve, offset


def t_shirt(design: Design) -> list[Part]:
    torso = neck_of(design, torso_of(design, Torso()))
    edge = neckline(design, torso)
    parts = inside_back(torso, DEPTHS[design.neckline])
    parts += sleeves(design, torso)
    parts += [trunk(torso, edge), *armholes(torso), *neck_rib(edge, 7.5), *hem_stitches(torso)]
    parts.append(Print(CENTRE, 262, 98))
    if "chest pocket" in design.details:
        parts += chest_pocket(38, 226)
    return parts


def top(design: Design) -> list[Part]:
    torso = neck_of(design, torso_of(design, Torso(shoulder=86, chest=86, waist=79, hem=87, bottom=456)))
    edge = neckline(design, torso)
    parts = inside_back(torso, DEPTHS[design.neckline]) if design.neckline != "turtle" else []
    parts += [*sleeves(design, torso), trunk(torso, edge), *armholes(torso)]
    parts += roll_neck(torso) if design.neckline == "turtle" else neck_rib(edge, 5, "plain")
    if "buttons" in design.details and design.neckline in ("round", "v"):
        deep = torso.top + DEPTHS[design.neckline] + 12
        parts.append(seam([(0, deep - 8), (0, deep + 78)], ink=-0.25))
        for number in range(4):
            parts += button(0, deep + 4 + 20 * number, 3.0)
    return [*parts, *hem_stitches(torso), Print(CENTRE, 270, 90)]


def vest_top(design: Design) -> list[Part]:
    straps = design.sleeve == "straps"
    base = Torso(shoulder=62, neck=44, slope=14, arm=222, chest=89, waist=83, hem=92, bottom=456)
    torso = replace(torso_of(design, base), shoulder=62.0, slope=14.0)
    wide = 7.0 if straps else 22.0
    low = {"scoop": 64.0, "v": 84.0, "square": 56.0}[design.neckline] + 6 * design.shape
    inner, top_ = 44 + 3 * design.width, 104.0
    front = 172.0 if straps else top_ + low
    parts = _vest_back(torso, inner, top_, wide)
    if straps:
        edges: dict[str, list[Point]] = {
            "v": [(0, front + 34, 1), (inner, front - 22, 1)],
            "square": [(0, front), (inner - 3, front - 2), (inner, front - 6, 1)],
            "scoop": [(0, front + 16), (inner * 0.6, front + 8), (inner, front - 16, 1)],
        }
        edge = edges[design.neckline]
    else:
        edges = {
            "v": [(0, front, 1), (inner * 0.6, front - low * 0.48), (inner, top_, 1)],
            "square": [(0, front), (inner * 0.86, front - 2, 1), (inner, top_, 1)],
            "scoop": [
                (0, front),
                (inner * 0.6, front - low * 0.18),
                (inner * 0.93, front - low * 0.6),
                (inner, top_, 1),
            ],
        }
        edge = [*edges[design.neckline], (inner + wide, top_ + 6, 1)]
    last = edge[-1]
    side = [
        (last[0] + (5 if straps else 0), last[1] + 2, 1),
        (torso.chest - 20, torso.arm - 42),
        (torso.chest, torso.arm, 1),
    ]
    hem = [
        (torso.waist, torso.waist_at),
        (torso.hem, torso.bottom, 1),
        (torso.hem * 0.5, torso.bottom + torso.curve),
        (0, torso.bottom + torso.curve * 1.2),
    ]
    body = [*edge, *side, *hem]
    if straps:
        parts += sides(
            [
                (inner - 1, last[1] + 3, 1),
                (inner - 3, top_, 1),
                (inner + 4, top_, 1),
                (inner + 6, last[1] + 5, 1),
            ],
            folds=0.1,
            cast=0.3,
        )
    parts.append(middle(body))
    path = neck_path(edge[: None if straps else -1])
    parts += [Panel(band(path, 5), "plain", round=0.7, folds=0.1), Stroke(offset(path, 5.5), ink=-0.25)]
    arm = curve([(CENTRE + x, *rest) for x, *rest in side], closed=False)
    for mirror in (arm, (arm * (-1, 1) + (2 * CENTRE, 0))):
        parts.append(Stroke(offset(mirror, 5 if mirror is arm else -5), ink=-0.22))
    if "lace edge" in design.details and design.neckline != "v":
        parts += [
            Panel(band(path, -5), "shade", round=0.5, folds=0),
            Stroke(offset(path, -3), ink=0.3, width=2, dashed=True),
        ]
    if "buttons" in design.details:
        for number in range(3):
            parts += button(0, edge[0][1] + 14 + 18 * number, 2.8)
    return [*parts, *hem_stitches(torso), Print(CENTRE, 282, 84)]


def _vest_back(torso: Torso, inner: float, top_: float, wide: float) -> list[Part]:
    """The back as it shows through the neckline, with its straps."""
    low = top_ + (78 if wide < 10 else 34)
    right = [
        (0, low),
        (inner * 0.7, low - 6),
        (inner, top_, 1),
        (inner + wide, top_, 1),
        (torso.chest - 12, torso.arm - 8, 1),
        (0, torso.arm + 20),
    ]
    parts: list[Part] = [middle(right, cloth="inside", folds=0.4)]
    parts.append(seam([(-inner * 0.9, low - 22), (0, low + 4), (inner * 0.9, low - 22)], ink=-0.2))
    return parts


def polo_shirt(design: Design) -> list[Part]:
    torso = torso_of(design, Torso())
    parts = inside_back(torso, 30)
    edge = neckline(replace(design, neckline="round"), torso)
    parts += [*sleeves(design, torso, cuff="rib"), trunk(torso, edge), *armholes(torso), *hem_stitches(torso)]
    start = torso.top + 22
    parts.append(
        middle(
            [(0, start), (9, start, 1), (9, start + 88, 1), (0, start + 88)],
            cloth="plain",
            cast=0.25,
            folds=0.2,
        )
    )
    parts.append(middle([(0, start - 2), (5, start + 2), (0, start + 34, 1)], cloth="inside", round=0.3))
    for number in range(2):
        parts += button(0, start + 44 + 26 * number, 3.2)
    parts += collar_leaves(torso, 30, cloth="rib")
    return [*parts, Print(CENTRE, 290, 84)]


def sweater(design: Design) -> list[Part]:
    chunky = design.fabric in ("chunky knit", "cable knit")
    base = Torso(shoulder=98, chest=101, waist=102, hem=99, bottom=458, slope=28, arm=240)
    torso = neck_of(design, torso_of(design, base))
    edge = neckline(design, torso)
    turtle = design.neckline == "turtle"
    parts = [] if turtle else inside_back(torso, DEPTHS[design.neckline])
    parts += [*sleeves(design, torso, cuff="rib"), trunk(torso, edge), *armholes(torso)]
    parts += roll_neck(torso, 46) if turtle else neck_rib(edge, 13 if chunky else 10, stitched=False)
    return [*parts, *hem_rib(torso, 36 if chunky else 28), Print(CENTRE, 280, 100)]
