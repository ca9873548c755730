"""Drawings of garments, patterns and prints: SVG files in `drawings/`, styled by CSS and rendered by resvg.

A drawing says what a part is by its class (`cloth`, `rib`, `seam`, `button` …) and for which designs it is there
by `data-when` (`sleeve-long`, `neck-v`). No article's colour is in it: it is rendered as a plan (red is height,
green the direction of the cloth, blue the material), as shares of the article's colours, and as trims.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from stylo_demo.article import CatalogueArticle, Design
from stylo_demo.vocabulary import Rgb

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 400, 600

_FOLDER = Path(__file__).parent / "drawings"

# Materials that no article's colour changes.
_FIXED: dict[str, Rgb] = {
    "white": (242, 241, 238), "rubber": (236, 233, 226), "gum": (186, 138, 92), "black": (40, 39, 41),
    "metal": (178, 178, 182), "gold": (204, 170, 104), "label": (232, 230, 226), "wood": (132, 96, 66),
    "lining": (214, 206, 192), "thread": (206, 160, 84), "tan": (176, 122, 76), "lens": (58, 52, 50),
    "skin": (226, 214, 200), "leaf": (92, 122, 84),
}  # fmt: skip
# Parts in the article's colour: how bright against it.
_TONES = {
    "cloth": 1.0, "plain": 1.0, "rib": 0.98, "shade": 0.86, "inside": 0.7, "deep": 0.5, "accent": 0.86,
}  # fmt: skip
_BLOOMS: tuple[Rgb, ...] = (
    (222, 116, 122), (238, 182, 90), (246, 236, 222), (150, 160, 206), (198, 84, 92), (240, 168, 160),
    (120, 150, 190),
)  # fmt: skip

# Lines drawn on the cloth: how strongly they darken it, below 0 how strongly they lighten it.
_LINES = {"seam": 0.3, "crease": 0.16, "stitch": 0.2, "slit": 0.5, "light": -0.3}
# Soft folds, which are shape rather than line: the height of their middle.
_FOLDS = {"fold": 0, "shine": 255}

_TRIM: Rgb = (0, 0, 255)
_LIGHT: Rgb = (250, 250, 250)

#: In the plan: blue of cloth with the pattern, of other cloth in the fabric, of ribbing; 0 is smooth.
PATTERNED, FABRIC, RIBBED = 255, 192, 96
#: Green of cloth that hangs straight; so many degrees more where it is turned clockwise.
STRAIGHT = 128
_HEIGHTS = {"inside": 58, "deep": 36, "lining": 76, "skin": 76, "under": 100, "raised": 160, "high": 190}
# The height of a part, and how much lower its edge lies.
_HEIGHT, _GROOVE = 128, 46


@dataclass(frozen=True)
class Styling:
    """What a drawing shows beyond its design: colour blocks, or a print."""

    appearance: str
    motif: str
    word: int


@cache
def drawing(group: str, name: str) -> str:
    """What stands between the root tags of a drawing."""
    text = (_FOLDER / group / f"{name}.svg").read_text("utf-8")
    return text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]


@cache
def _extent(group: str, name: str) -> Box:
    text = (_FOLDER / group / f"{name}.svg").read_text("utf-8")
    x, y, width, height = re.findall(r"-?[\d.]+", text.partition('viewBox="')[2].partition('"')[0])
    return float(x), float(y), float(width), float(height)


def extent(design: Design) -> Box:
    """Where the garment lies in its drawing, which is as large as a photo: x, y, width, height."""
    return _extent("garments", file_name(design.kind))


def pattern_name(article: CatalogueArticle) -> str:
    """The file of an article's pattern; empty where the cloth is of one colour."""
    kind, appearance = article.product.design.kind, article.appearance
    if "print" in appearance or (appearance == "Colour blocking" and kind == "Sneakers"):
        return ""
    if appearance == "Colour blocking" and kind == "Leggings/Tights":
        return "legs"
    return file_name(article.motif) or {"Dot": "dot", "Argyle": "argyle"}.get(appearance, "")


def file_name(words: str) -> str:
    """The name under which something with this name is filed: `Cap/peaked` is `cap-peaked`."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower())


def words_of(design: Design) -> tuple[str, ...]:
    """What `data-when` may ask for: the words of a design, and its choice between two cuts and finishes."""
    named = {
        "model": design.model, "neck": design.neckline, "sleeve": design.sleeve, "length": design.length,
        "fabric": design.fabric,
    }  # fmt: skip
    return (
        *(f"{what}-{file_name(word)}" for what, word in named.items() if word),
        *(f"with-{file_name(detail)}" for detail in sorted(design.details)),
        "cut-a" if design.width > 0 else "cut-b",
        "finish-a" if design.shape > 0 else "finish-b",
    )


def plan(design: Design, view: Box, size: tuple[int, int]) -> Pixels:
    """Height, direction, material and coverage of a design in a view of its drawing: (h, w, 4)."""
    body = drawing("garments", file_name(design.kind))
    return _rendered(body, _style(body, _plan_rule), words_of(design), view, size)


def styling_of(article: CatalogueArticle, word: int) -> Styling:
    """What an article's drawing shows beyond its design; `word` is for prints with one."""
    printed = "print" in article.appearance
    return Styling(
        appearance=article.appearance if printed or article.appearance == "Colour blocking" else "",
        motif=file_name(article.motif) if printed else "",
        word=word if article.motif == "word" else 0,
    )


def trim_colours(article: CatalogueArticle) -> tuple[Rgb, Rgb]:
    """The colours of buttons and of a print's second ink, which stand out from the ground."""
    ground = article.colour.luma
    warm, pale, deep = (224, 122, 76), (246, 240, 226), (38, 44, 66)
    return (
        (236, 232, 224) if ground < 150 else (120, 104, 88),
        warm if "print" not in article.appearance or 60 < ground < 235 else pale if ground < 60 else deep,
    )


@lru_cache(maxsize=4)
def shares(design: Design, view: Box, size: tuple[int, int], styling: Styling) -> Pixels:
    """How much of its two colours and of trims each pixel of a view shows, and its coverage: (h, w, 4)."""
    body = _body(design, styling)
    style = _style(body, partial(_share_rule, blocked=styling.appearance == "Colour blocking"))
    return _rendered(_GLOWS + body, style, (*words_of(design), *_styling_words(styling)), view, size)


@lru_cache(maxsize=4)
def trims(
    design: Design, view: Box, size: tuple[int, int], styling: Styling, colours: tuple[Rgb, Rgb]
) -> Pixels:
    """The colours of trims, each a little larger than it is, and of light lines elsewhere: (h, w, 3)."""
    body = _body(design, styling)
    words = (*words_of(design), *_styling_words(styling))
    inks = {
        **_FIXED,
        "button": colours[0],
        "flash": _FIXED["white"],
        "ink-2": colours[1],
        "ink-mixed": colours[1],
    }
    return _rendered(body, _style(body, partial(_trim_rule, inks=inks)), words, view, size, _LIGHT)[..., :3]


def _body(design: Design, styling: Styling) -> str:
    body = drawing("garments", file_name(design.kind))
    if styling.motif:
        body = f'<symbol id="print" viewBox="0 0 100 100">{drawing("prints", styling.motif)}</symbol>{body}'
    return body


def _styling_words(styling: Styling) -> tuple[str, ...]:
    return f"look-{file_name(styling.appearance)}", f"word-{styling.word + 1}"


@cache
def tile(name: str, zoom: int) -> Pixels:
    """A pattern's tile, `zoom` times enlarged: how much of the second colour, of blooms and of leaves, (h, w, 3).

    What is left to 255 is the ground.
    """
    _, _, width, height = _extent("patterns", name)
    inks = {"second": "#f00", "bloom": "#0f0", "leaf": "#00f"}
    style = "".join(
        f".{ink}{{fill:{share}}}.{ink}-line{{fill:none;stroke:{share}}}" for ink, share in inks.items()
    )
    size = (round(width * zoom), round(height * zoom))
    return _rendered(drawing("patterns", name), style, (), (0, 0, width, height), size, (0, 0, 0))[..., :3]


def pattern_colours(article: CatalogueArticle, bloom: int) -> list[tuple[int, ...]]:
    """What a tile's shares add to the ground: red, green and blue of each."""
    ground, second = article.colour.rgb, article.second.rgb
    flower = _BLOOMS[bloom]
    if float(np.linalg.norm(np.subtract(flower, ground))) < 90:
        flower = second
    leaf = (92, 122, 84) if sum(ground) > 300 else (58, 88, 72)
    return [tuple(a - b for a, b in zip(ink, ground, strict=True)) for ink in (second, flower, leaf)]


_GLOWS = "".join(
    f'<radialGradient id="{name}"><stop stop-color="{ink}" stop-opacity="{share}"/>'
    f'<stop offset="1" stop-color="{ink}" stop-opacity="0"/></radialGradient>'
    for name, ink, share in (("glow", "#00f", 0.28), ("gloom", "#000", 0.16))
)


def _rendered(
    body: str, style: str, words: tuple[str, ...], view: Box, size: tuple[int, int], ground: Rgb | None = None
) -> Pixels:
    """A view of a drawing: red, green, blue and, where there is no ground, coverage, (h, w, 4)."""
    shown = "".join(f'[data-when~="{word}"]{{display:inline}}' for word in words)
    box = " ".join(f"{number:.3f}" for number in view)
    png = resvg_py.svg_to_bytes(
        svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" class="{" ".join(words)}" viewBox="{box}" '
        f'width="{size[0]}" height="{size[1]}" preserveAspectRatio="none" stroke-width="1.1">{body}</svg>',
        style_sheet=f"[data-when]{{display:none}}{shown}{style}",
        background=_css(ground) if ground else None,
        skip_system_fonts=True,
    )
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image)


@cache
def _classes(body: str) -> tuple[str, ...]:
    """The classes of what is drawn, not of groups that are only moved."""
    return tuple(sorted(set(re.findall(r'<(?!g class="(?!ink))\w+ class="([^"]+)"', body))))


def _style(body: str, rule: Callable[[list[str]], str]) -> str:
    """A rule for each class of a drawing, made from the words of the class."""
    return "".join(f'[class="{name}"]{{{rule(name.split())}}}' for name in _classes(body))


def _material(words: list[str]) -> tuple[str, bool]:
    """What a part is made of, and whether it is a line of it: `line gold`, `ink-1-line`."""
    first = words[0]
    return (words[1], True) if first == "line" else (first.removesuffix("-line"), first.endswith("-line"))


def _paint(ink: Rgb, is_line: bool) -> str:
    return f"fill:none;stroke:{_css(ink)};stroke-linejoin:round" if is_line else f"fill:{_css(ink)}"


def _plan_rule(words: list[str]) -> str:
    """How a part is painted in a plan. Its edge lies a little lower, so that parts stand out from each other."""
    if words[0] in _FOLDS:
        return _paint((_FOLDS[words[0]], STRAIGHT, PATTERNED), True) + ";stroke-opacity:0.14"
    if words[0] in (*_LINES, "glow", "gloom"):
        return "display:none"
    material, is_line = _material(words)
    height = next((_HEIGHTS[word] for word in reversed(words) if word in _HEIGHTS), _HEIGHT)
    direction = STRAIGHT + next((int(word[4:]) for word in words if word.startswith("turn")), 0)
    fabric = FABRIC if material in (*_TONES, "second", "flash") else 0
    blue = {"cloth": PATTERNED, "rib": RIBBED}.get(material, fabric)
    paint = _paint((height, direction, blue), is_line)
    edge = _css((height - _GROOVE, direction, blue))
    return paint if is_line else f"{paint};stroke:{edge};stroke-width:2"


def _share_rule(words: list[str], blocked: bool) -> str:
    """How a part is painted in shares: red for the first colour, green for the second, blue for trims."""
    first = words[0]
    if first in _FOLDS:
        return "display:none"
    if first in _LINES:
        dashes = ";stroke-dasharray:3.2 2.2" if first == "stitch" else ""
        ink = _TRIM if _LINES[first] < 0 else (0, 0, 0)
        return _paint(ink, True) + f";stroke-opacity:{abs(_LINES[first])}{dashes}"
    if first in ("glow", "gloom"):
        return f"fill:url(#{first})"
    material, is_line = _material(words)
    if material in ("second", "ink-1") or (material in ("accent", "flash") and blocked):
        return _paint((0, 255, 0), is_line)
    if material == "ink-mixed":
        return _paint((0, 153, 102), is_line)
    return _paint((round(255 * _TONES[material]), 0, 0) if material in _TONES else _TRIM, is_line)


def _trim_rule(words: list[str], inks: dict[str, Rgb]) -> str:
    material, is_line = _material(words)
    if material not in inks:
        return "display:none"
    return (
        f"{_paint(inks[material], is_line)};stroke:{_css(inks[material])};stroke-width:{8 if is_line else 3}"
    )


def _css(rgb: Rgb) -> str:
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"
