"""What closes and trims a front: collars, plackets, zips, bows, frills, chest pockets."""

from stylo.demo.garments.parts import Panel, Part, button, middle, seam, seams, sides
from stylo.demo.garments.torso import Torso
from stylo.demo.geometry import CENTRE, curve


def placket(start: float, end: float, *, buttons: int, width: float = 9.5, cloth: str = "main") -> list[Part]:
    """The buttoned strip down the front."""
    parts: list[Part] = [
        middle(
            [(0, start), (width, start, 1), (width, end - 2, 1), (0, end)],
            cloth=cloth,
            cast=0.3,
            folds=0.35,
            round=0.35,
        ),
        *seams([(width - 3, start + 4), (width - 3, end - 4)], ink=-0.13, width=0.8),
    ]
    step = (end - start - 46) / max(buttons - 1, 1)
    for number in range(buttons):
        parts += button(0, start + 20 + step * number, 3.3)
    return parts


def zip_line(start: float, end: float, cloth: str = "metal") -> list[Part]:
    """A zip down the front with its pull."""
    return [
        middle([(0, start), (6.5, start, 1), (6.5, end, 1), (0, end)], cloth="shade", round=0.3, folds=0.1),
        seam([(0, start), (0, end)], cloth=cloth, width=2.6),
        seam([(0, start), (0, end)], ink=-0.4, width=2.4, dashed=True),
        *seams([(9, start + 2), (9, end)], ink=-0.2, width=0.9),
        middle(
            [(0, start + 2), (2.6, start + 3), (3, start + 16), (0, start + 19)],
            cloth=cloth,
            cast=0.6,
            folds=0,
        ),
    ]


def collar_leaves(torso: Torso, reach: float, cloth: str = "main", open_: float = 0.0) -> list[Part]:
    """A turn-down collar: the stand behind, two leaves in front, `reach` from the neck to the points."""
    neck, top_ = torso.neck, torso.top
    tip = (20 + open_ + reach * 0.28, top_ + 22 + reach)
    return [
        middle(
            [
                (0, top_ - 15),
                (neck * 0.7, top_ - 12),
                (neck, top_, 1),
                (neck * 0.5, top_ + 14),
                (0, top_ + 18),
            ],
            cloth="inside",
            round=0.6,
            folds=0.3,
        ),
        middle(
            [
                (0, top_ - 15),
                (neck * 0.7, top_ - 12),
                (neck * 0.98, top_ - 2, 1),
                (neck * 0.6, top_ - 2),
                (0, top_ - 3),
            ],
            cloth=cloth,
            round=0.8,
            folds=0.2,
        ),
        *sides(
            [
                (neck * 0.9, top_ - 9, 1),
                (neck + 8, top_ + 8),
                (neck + 10, top_ + 20, 1),
                (*tip, 1),
                (2 + open_, top_ + 24, 1),
                (neck * 0.55, top_ + 12),
            ],
            cloth=cloth,
            grain=24,
            cast=0.6,
            folds=0.25,
        ),
        *seams(
            [(neck + 6, top_ + 20), (tip[0] - 0.5, tip[1] - 4.5), (5 + open_, top_ + 25)],
            ink=-0.16,
            width=0.8,
            dashed=True,
        ),
    ]


def stand_collar(torso: Torso, cloth: str = "main") -> list[Part]:
    """A narrow collar that stands up, open a little in front."""
    neck, top = torso.neck, torso.top
    return [
        middle(
            [(0, top - 14), (neck * 0.7, top - 11), (neck, top, 1), (neck * 0.5, top + 20), (0, top + 24)],
            cloth="inside",
            round=0.6,
            folds=0.3,
        ),
        *sides(
            [
                (neck * 0.88, top - 8, 1),
                (neck + 4, top + 2, 1),
                (neck * 0.8, top + 19),
                (2, top + 40, 1),
                (0, top + 27, 1),
                (neck * 0.55, top + 12),
            ],
            cloth=cloth,
            cast=0.35,
            folds=0.2,
        ),
    ]


def frill_collar(torso: Torso) -> list[Part]:
    """A ruffle around a high neck."""
    neck, top = torso.neck, torso.top
    parts: list[Part] = [
        middle(
            [
                (0, top - 16),
                (neck * 0.7, top - 13),
                (neck + 3, top - 6),
                (neck + 8, top + 8, 1),
                (neck * 0.6, top + 30),
                (0, top + 36),
            ],
            cast=0.5,
            folds=1.2,
        )
    ]
    for share in (-0.85, -0.6, -0.35, -0.1, 0.15, 0.4, 0.65, 0.9):
        parts += [
            seam(
                [
                    (neck * share * 0.85, top - 10 + 6 * abs(share)),
                    (neck * share * 1.08, top + 33 - 24 * share**2),
                ],
                ink=-0.2,
                width=1.2,
            )
        ]
    return parts


def frill(side: int, x: float, start: float, end: float) -> list[Part]:
    """A ruffle that runs down one side of the front."""
    steps = 9
    step = (end - start) / steps
    wave = [(side * (x + (11 if number % 2 else 5)), start + step * number) for number in range(steps + 1)]
    inner = [(side * (x - 9), end, 1), (side * (x - 9), start, 1)]
    outline = curve(
        [(CENTRE + px, *rest) for px, *rest in [(*wave[0], 1), *wave[1:-1], (*wave[-1], 1), *inner]]
    )
    folds = [
        seam([(side * (x - 9), start + step * at), (side * (x + 6), start + step * (at + 0.3))], ink=-0.16)
        for at in range(steps)
    ]
    return [Panel(outline, cast=0.5, folds=1.2), *folds]


def bow(x: float, y: float, size: float = 1.0) -> list[Part]:
    """A tied bow with hanging ends."""
    s = size
    parts = sides(
        [(x, y, 1), (x + 20 * s, y - 15 * s), (x + 36 * s, y - 4 * s), (x + 26 * s, y + 12 * s)],
        cast=0.5,
        grain=30,
        folds=1.4,
    )
    parts += sides(
        [
            (x, y, 1),
            (x + 8 * s, y + 26 * s),
            (x + 12 * s, y + 84 * s, 1),
            (x + 25 * s, y + 78 * s, 1),
            (x + 18 * s, y + 30 * s),
        ],
        cast=0.4,
        grain=-8,
        folds=1.2,
    )
    parts.append(
        middle([(0, y - 7 * s), (6 * s, y - 6 * s), (7 * s, y + 5 * s), (0, y + 7 * s)], cast=0.5, round=1.3)
    )
    return parts


def chest_pocket(x: float, y: float, flap: bool = False, width: float = 19, height: float = 46) -> list[Part]:
    """A patch pocket on the wearer's left."""
    shape = [
        (x - width, y, 1),
        (x + width, y, 1),
        (x + width, y + height - 7, 1),
        (x, y + height, 1),
        (x - width, y + height - 7, 1),
    ]
    parts: list[Part] = [
        Panel(curve([(CENTRE + px, *rest) for px, *rest in shape]), cast=0.28, folds=0.3, round=0.45),
        seam(
            [point[:2] for point in [shape[1], shape[2], shape[3], shape[4], shape[0]]], ink=-0.22, width=0.9
        ),
    ]
    if flap:
        lid = [
            (x - width - 1, y - 5, 1),
            (x + width + 1, y - 5, 1),
            (x + width + 1, y + 10, 1),
            (x, y + 17, 1),
            (x - width - 1, y + 10, 1),
        ]
        parts.append(
            Panel(curve([(CENTRE + px, *rest) for px, *rest in lid]), cast=0.45, folds=0.2, round=0.6)
        )
        parts += button(x, y + 9, 2.8)
    else:
        parts.append(seam([(x - width, y + 7), (x + width, y + 7)], ink=-0.18, width=0.9))
    return parts
