"""Boots as a pair, seen from the side with the toes to the left."""

from stylo.demo.article import Design
from stylo.demo.garments.parts import Part, moved
from stylo.demo.garments.shoe_parts import laces, shoe_line, shoe_panel, throat
from stylo.demo.geometry import Point


def boots(design: Design) -> list[Part]:
    makers = {"chelsea": _chelsea, "lace-up": _lace_up, "heeled": _heeled, "knee-high": _knee_high}
    boot = makers[design.model](design)
    return (
        _pair(boot)
        if design.model != "knee-high"
        else [*moved(boot, 40, -38, 0.94, tone=0.9), *moved(boot, -16, 14)]
    )


def _pair(shoe: list[Part]) -> list[Part]:
    """The other boot stands a little behind and to the right."""
    return [*moved(shoe, 62, -34, 0.92, tone=0.92), *moved(shoe, -22, 20)]


def _chunky_sole(thick: float = 24) -> list[Part]:
    y = 384.0
    return [
        shoe_panel(
            [
                (58, y - 8),
                (56, y + thick, 1),
                (206, y + thick, 1),
                (214, y + thick - 8, 1),
                (248, y + thick - 8, 1),
                (252, y + thick + 2, 1),
                (330, y + thick + 2, 1),
                (333, y - 10, 1),
                (200, y - 6),
            ],
            "black",
            folds=0.1,
        ),
        *[
            shoe_line([(66 + 15 * at, y + thick - 8), (66 + 15 * at, y + thick)], ink=0.18, width=3.0)
            for at in range(18)
            if not 9 < at < 12
        ],
        shoe_line([(60, y - 3), (200, y - 1), (332, y - 5)], cloth="thread", width=0.9),
    ]


def _shaft(top: float) -> list[Point]:
    """A boot's upper outline with its shaft from `top` down."""
    return [
        (60, 380),
        (62, 352),
        (92, 332),
        (140, 320),
        (176, 298),
        (192, 258),
        (194, (258 + top) / 2),
        (190, top, 1),
        (252, top - 6),
        (316, top, 1),
        (318, (top + 300) / 2),
        (324, 320),
        (332, 378, 1),
        (200, 384),
    ]


def _chelsea(design: Design) -> list[Part]:
    top = 196 - 14 * design.drop
    return [
        shoe_panel([(190, top, 1), (252, top - 14), (316, top, 1), (252, top + 10)], "inside"),
        shoe_line([(306, top + 6), (316, top - 16), (326, top + 4)], cloth="shade", width=6.0),
        shoe_panel(_shaft(top), round=1.4),
        shoe_panel(
            [
                (222, top + 2, 1),
                (238, top + 62),
                (250, top + 112, 1),
                (268, top + 62),
                (286, top, 1),
                (252, top - 3),
            ],
            "inside",
            cast=0.0,
            folds=0.1,
        ),
        *[
            shoe_line(
                [(228 + 6 * at, top + 4), (240 + 2.6 * at, top + 88 - 3 * abs(at - 4))], ink=-0.3, width=1.2
            )
            for at in range(9)
        ],
        shoe_line(
            [(176, 300), (230, 312), (250, 308), (300, 320), (328, 340)], ink=-0.2, width=0.9, dashed=True
        ),
        *_chunky_sole(20 + 8 * max(design.shape, 0)),
    ]


def _lace_up(design: Design) -> list[Part]:
    top = 182 - 14 * design.drop
    return [
        shoe_panel([(190, top, 1), (252, top - 14), (316, top, 1), (252, top + 10)], "inside"),
        shoe_panel(
            [(182, 250, 1), (178, top - 8), (206, top - 20), (226, top - 6, 1), (220, 260, 1)],
            "shade",
            folds=0.4,
        ),
        shoe_panel(_shaft(top), round=1.4),
        shoe_panel(
            [(168, 310, 1), (192, 262), (190, top + 1, 1), (228, top - 3, 1), (226, 258), (196, 322, 1)],
            cast=0.35,
            folds=0.4,
        ),
        shoe_panel(
            [(60, 380, 1), (62, 352), (92, 333), (122, 326, 1), (136, 350), (132, 384, 1)],
            cast=0.25,
            folds=0.4,
        ),
        shoe_line([(124, 328), (138, 350), (134, 380)], ink=-0.25, width=0.9, dashed=True),
        shoe_line([(300, top + 4), (304, 300), (312, 376)], ink=-0.25, width=1.0, dashed=True),
        *laces(throat(7, (178, 304), (196, top + 12)), "thread" if design.shape > 0.3 else "black"),
        *_chunky_sole(24),
    ]


def _heeled(design: Design) -> list[Part]:
    top = 190 - 16 * design.drop
    heel = 1 if design.shape > 0 else 0
    return [
        shoe_panel([(196, top, 1), (252, top - 13), (312, top, 1), (252, top + 10)], "inside"),
        shoe_panel(
            [(262, 352, 1), (334, 336, 1), (330 - 14 * heel, 410, 1), (282 + 12 * heel, 410, 1)],
            "black",
            folds=0.1,
        ),
        shoe_panel(
            [
                (44, 396),
                (50, 378),
                (96, 350),
                (150, 326),
                (186, 292),
                (198, 250),
                (196, top, 1),
                (252, top - 6),
                (312, top, 1),
                (316, 260),
                (334, 312),
                (334, 344, 1),
                (270, 358),
                (200, 384),
                (140, 402),
                (70, 404),
            ],
            round=1.5,
        ),
        shoe_panel(
            [
                (42, 396, 1),
                (70, 402),
                (140, 400),
                (206, 380),
                (264, 354, 1),
                (268, 360, 1),
                (206, 390),
                (140, 410),
                (60, 410, 1),
            ],
            "black",
            folds=0,
        ),
        shoe_line([(288, top + 6), (292, 300)], cloth="metal", width=2.0),
        shoe_line([(198, 256), (230, 262), (268, 258)], ink=-0.12, width=3.0),
    ]


def _knee_high(_: Design) -> list[Part]:
    top = 86.0
    return [
        shoe_panel([(186, top, 1), (250, top - 14), (320, top, 1), (250, top + 10)], "inside"),
        shoe_panel(
            [
                (66, 474),
                (70, 452),
                (104, 432),
                (156, 418),
                (190, 390),
                (200, 340),
                (190, 240),
                (184, 160),
                (186, top, 1),
                (252, top - 6),
                (320, top, 1),
                (322, 180),
                (314, 300),
                (318, 380),
                (336, 430),
                (338, 474, 1),
                (200, 480),
            ],
            round=1.6,
        ),
        shoe_panel(
            [
                (64, 470, 1),
                (62, 496, 1),
                (214, 496, 1),
                (222, 488, 1),
                (256, 488, 1),
                (260, 500, 1),
                (336, 500, 1),
                (339, 468, 1),
                (200, 476),
            ],
            "black",
            folds=0.1,
        ),
        shoe_line([(252, top), (256, 300), (262, 440)], ink=-0.3, width=1.1),
        shoe_line([(206, 346), (250, 354), (312, 344)], ink=-0.14, width=3.2),
        shoe_line([(202, 362), (250, 372), (314, 362)], ink=-0.12, width=3.0),
    ]
