"""Ballerinas as a pair, seen from above with the toes down."""

from stylo.demo.article import Design
from stylo.demo.garments.parts import Panel, Part, Stroke, button, moved
from stylo.demo.garments.shoe_parts import shoe_panel
from stylo.demo.geometry import Point, curve


def ballerinas(design: Design) -> list[Part]:
    """A pair from above, toes down."""
    left = _ballerina(design)
    return [*moved(left, -66, 0), *[_mirrored(part, 66) for part in left]]


def _ballerina(design: Design) -> list[Part]:
    toe = 452.0 + (22 if design.model == "pointed" else 0)
    sharp: Point = (196, toe, 1) if design.model == "pointed" else (196, toe)
    outline: list[Point] = [
        (200, 140),
        (238, 152),
        (252, 196),
        (246, 262),
        (254, 330),
        (252, 394),
        (228, 438),
        sharp,
        (164, 434),
        (146, 388),
        (150, 322),
        (160, 256),
        (150, 196),
        (164, 152),
    ]
    opening: list[Point] = [
        (200, 156),
        (230, 166),
        (241, 200),
        (234, 262),
        (236, 326),
        (222, 368),
        (196, 380),
        (172, 364),
        (164, 322),
        (172, 256),
        (162, 198),
        (172, 166),
    ]
    parts: list[Part] = [
        shoe_panel(outline, round=1.4, folds=0.5),
        shoe_panel(opening, "skin", folds=0.3, round=1.4),
        Stroke(curve([*opening, opening[0]], closed=False), ink=-0.3, width=1.6),
        shoe_panel([(188, 196, 1), (212, 196, 1), (212, 204, 1), (188, 204, 1)], "label", folds=0, round=0.2),
    ]
    if design.model == "bow":
        parts += [
            shoe_panel([(196, 394, 1), (176, 380), (166, 392), (174, 406)], cast=0.5),
            shoe_panel([(196, 394, 1), (216, 380), (228, 392), (220, 406)], cast=0.5),
            shoe_panel([(190, 388), (202, 388), (203, 401), (190, 401)], cast=0.5),
        ]
    elif design.model == "strap":
        parts += [
            shoe_panel([(160, 282, 1), (240, 276, 1), (240, 294, 1), (160, 300, 1)], cast=0.6, folds=0.1),
            *button(32, 285, 4.2, "gold")[:1],
        ]
    return parts


def _mirrored(part: Part, dx: float) -> Part:
    """The part seen in a mirror that stands in the middle, then moved."""
    flip, shift = (-1.0, 1.0), (400.0 + dx, 0.0)
    if isinstance(part, Panel):
        return Panel(
            part.outline * flip + shift, part.cloth, -part.grain, part.tone, part.round, part.cast, part.folds
        )
    if isinstance(part, Stroke):
        return Stroke(part.path * flip + shift, part.ink, part.width, part.dashed, part.cloth)
    return part
