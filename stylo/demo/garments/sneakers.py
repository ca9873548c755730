"""Sneakers from the side, the toe to the left."""

from stylo.demo.article import Design
from stylo.demo.garments.parts import Part, moved
from stylo.demo.garments.shoe_parts import laces, shoe_line, shoe_panel, throat


def sneakers(design: Design) -> list[Part]:
    makers = {"court": _court, "runner": _runner, "high-top": _high_top, "slip-on": _slip_on}
    return moved(makers[design.model](design), 0, 10, 1.13)


def _sole(thick: float, cloth: str) -> list[Part]:
    y = 366.0
    return [
        shoe_panel(
            [
                (50, y - 10),
                (48, y + thick * 0.55),
                (66, y + thick, 1),
                (334, y + thick, 1),
                (348, y + thick * 0.5),
                (347, y - 12, 1),
                (300, y - 12),
                (140, y - 8),
            ],
            cloth,
            folds=0.2,
            round=0.8,
        ),
        shoe_line(
            [(50, y + thick * 0.42), (140, y + thick * 0.5), (346, y + thick * 0.36)], ink=-0.2, width=1.2
        ),
        shoe_line(
            [(56, y + thick * 0.78), (200, y + thick * 0.82), (342, y + thick * 0.74)], ink=-0.12, width=2.2
        ),
    ]


def _court(design: Design) -> list[Part]:
    sole = "gum" if design.shape > 0.55 else "rubber"
    lace = "white" if design.width > -0.5 else "black"
    return [
        shoe_panel(
            [(176, 262, 1), (196, 234), (222, 226, 1), (238, 240, 1), (240, 290, 1), (190, 300, 1)],
            "shade",
            folds=0.5,
        ),
        shoe_panel(
            [(236, 262, 1), (262, 282), (300, 270), (326, 250, 1), (300, 300, 1), (240, 300, 1)], "inside"
        ),
        shoe_panel(
            [
                (50, 362),
                (52, 338),
                (78, 318),
                (120, 304),
                (150, 286),
                (178, 256, 1),
                (196, 264),
                (222, 246, 1),
                (240, 272),
                (276, 284),
                (306, 268),
                (330, 246, 1),
                (340, 262),
                (338, 300),
                (347, 362, 1),
                (200, 366),
            ],
            folds=0.8,
            round=1.2,
        ),
        shoe_panel(
            [(50, 360, 1), (54, 336), (80, 318), (112, 307, 1), (126, 330), (124, 364, 1)],
            "accent",
            cast=0.3,
            folds=0.4,
        ),
        shoe_panel(
            [(298, 364, 1), (296, 318), (312, 286), (333, 270, 1), (338, 300), (347, 362, 1)],
            "accent",
            cast=0.3,
            folds=0.4,
        ),
        shoe_panel(
            [(134, 316, 1), (180, 258, 1), (222, 248, 1), (214, 284), (172, 326), (140, 332, 1)],
            cast=0.35,
            folds=0.4,
        ),
        shoe_line([(140, 330), (172, 324), (212, 282)], ink=-0.2, width=0.9, dashed=True),
        shoe_panel(
            [(200, 352, 1), (236, 300, 1), (256, 300, 1), (224, 352, 1)],
            "accent",
            cast=0.25,
            folds=0.2,
        ),
        *[
            shoe_line([(x, 326 + dy), (x + 0.5, 326 + dy + 0.6)], ink=-0.5, width=2.4)
            for x, dy in ((72, 4), (84, -2), (80, 10), (94, 4), (92, -8))
        ],
        *laces(throat(5, (150, 296), (204, 252)), lace),
        *_sole(26 + 5 * design.drop, sole),
    ]


def _runner(design: Design) -> list[Part]:
    return [
        shoe_panel(
            [(182, 252, 1), (196, 228), (226, 218, 1), (240, 240, 1), (240, 290, 1), (190, 300, 1)],
            "shade",
            folds=0.5,
        ),
        shoe_panel(
            [(236, 258, 1), (262, 276), (300, 264), (324, 238, 1), (300, 300, 1), (240, 300, 1)], "inside"
        ),
        shoe_panel(
            [
                (44, 356),
                (50, 330),
                (84, 312),
                (130, 296),
                (160, 276),
                (186, 244, 1),
                (202, 252),
                (226, 238, 1),
                (242, 264),
                (276, 278),
                (306, 258),
                (330, 230, 1),
                (340, 250),
                (336, 300),
                (350, 352, 1),
                (200, 362),
            ],
            folds=0.8,
            round=1.2,
        ),
        shoe_panel(
            [(44, 356, 1), (50, 330), (80, 314, 1), (104, 330), (160, 340), (150, 362, 1)],
            "accent",
            cast=0.3,
            folds=0.3,
        ),
        shoe_panel(
            [(270, 358, 1), (282, 318), (310, 296), (336, 286, 1), (338, 310), (350, 354, 1)],
            "accent",
            cast=0.3,
            folds=0.3,
        ),
        shoe_panel(
            [(150, 300, 1), (188, 246, 1), (226, 240, 1), (218, 276), (180, 318), (158, 322, 1)],
            cast=0.3,
            folds=0.4,
        ),
        shoe_panel(
            [(184, 352, 1), (214, 316), (262, 296), (296, 292, 1), (256, 312), (222, 352, 1)],
            "flash",
            cast=0.3,
            folds=0.2,
        ),
        *laces(throat(5, (160, 290), (208, 246)), "white"),
        shoe_panel(
            [
                (40, 352),
                (40, 376),
                (62, 390, 1),
                (180, 386),
                (250, 392),
                (336, 392, 1),
                (358, 376),
                (352, 344, 1),
                (300, 356),
                (180, 364),
            ],
            "rubber",
            folds=0.2,
            round=0.9,
        ),
        shoe_panel(
            [
                (58, 386, 1),
                (180, 384),
                (250, 390),
                (344, 386, 1),
                (338, 400),
                (250, 402),
                (180, 396),
                (70, 400),
            ],
            "gum" if design.shape > 0 else "black",
            folds=0.1,
        ),
        shoe_line([(44, 368), (180, 374), (356, 362)], ink=-0.18, width=1.4),
    ]


def _high_top(design: Design) -> list[Part]:
    rubber = "white"
    return [
        shoe_panel(
            [(196, 188, 1), (214, 160), (242, 158, 1), (252, 200, 1), (230, 250, 1)], "shade", folds=0.4
        ),
        shoe_panel([(238, 192, 1), (282, 198), (328, 186, 1), (320, 220, 1), (240, 220, 1)], "inside"),
        shoe_panel(
            [
                (52, 362),
                (56, 338),
                (86, 318),
                (130, 304),
                (162, 280),
                (186, 230),
                (198, 186, 1),
                (220, 198),
                (242, 190, 1),
                (282, 206),
                (328, 184, 1),
                (334, 260),
                (338, 320),
                (342, 362, 1),
                (200, 366),
            ],
            folds=0.9,
            round=1.2,
        ),
        shoe_panel(
            [(148, 306, 1), (186, 236), (200, 188, 1), (232, 194, 1), (226, 250), (196, 306), (160, 328, 1)],
            cast=0.3,
            folds=0.4,
        ),
        shoe_panel(
            [(306, 362, 1), (310, 260), (314, 192), (328, 186, 1), (334, 260), (342, 362, 1)],
            "accent",
            cast=0.25,
            folds=0.3,
        ),
        shoe_panel(
            [(50, 364, 1), (54, 338), (82, 322), (104, 326), (116, 364, 1)], rubber, cast=0.25, folds=0.1
        ),
        *laces(throat(7, (156, 298), (204, 196)), "white"),
        *_sole(22, rubber),
        shoe_line([(52, 376), (200, 378), (346, 372)], cloth="accent", width=2.2),
    ]


def _slip_on(design: Design) -> list[Part]:
    return [
        shoe_panel(
            [(196, 270, 1), (250, 290), (300, 272), (326, 256, 1), (320, 300, 1), (210, 300, 1)], "inside"
        ),
        shoe_panel(
            [
                (50, 362),
                (54, 336),
                (86, 314),
                (130, 296),
                (166, 276),
                (198, 258, 1),
                (222, 282),
                (262, 290),
                (300, 276),
                (330, 252, 1),
                (340, 280),
                (346, 362, 1),
                (200, 366),
            ],
            round=1.3,
            folds=0.8,
        ),
        shoe_panel(
            [(186, 320, 1), (206, 268), (222, 282), (238, 287, 1), (230, 322, 1)], "accent", folds=0.3
        ),
        *[
            shoe_line([(194 + 8 * at, 318), (206 + 7 * at, 276 + 4 * at)], ink=-0.25, width=1.2)
            for at in range(5)
        ],
        shoe_line([(70, 330), (140, 312), (186, 318)], ink=-0.18, width=0.9, dashed=True),
        *_sole(27, "rubber"),
    ]
