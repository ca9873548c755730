"""What an article is cut from: colours, pattern, surface, creases, sampled where a panel lies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylo.demo.article import Article
from stylo.demo.patterns import pattern
from stylo.demo.texture import FOLDS, MARGIN, SHEEN, folds, texture
from stylo.demo.vocabulary import Rgb

Field = NDArray[np.floating[Any]]
Box = tuple[int, int, int, int]

# Materials that no article's colour changes, and their surface.
_FIXED: dict[str, tuple[Rgb, str]] = {
    "white": (((242, 241, 238)), "smooth"),
    "rubber": ((236, 233, 226), "smooth"),
    "gum": ((186, 138, 92), "smooth"),
    "black": ((40, 39, 41), "smooth"),
    "metal": ((178, 178, 182), "smooth"),
    "gold": ((204, 170, 104), "smooth"),
    "label": ((232, 230, 226), "smooth"),
    "wood": ((132, 96, 66), "smooth"),
    "lining": ((214, 206, 192), "satin"),
    "thread": ((206, 160, 84), "smooth"),
    "tan": ((176, 122, 76), "leather"),
    "lens": ((58, 52, 50), "plastic"),
    "skin": ((226, 214, 200), "leather"),
}
_TONES = {"inside": 0.7, "deep": 0.5, "shade": 0.86, "accent": 0.86}


@dataclass(frozen=True)
class Sample:
    """Cloth in a box: colour (h, w, 3), creases (h, w) scaled by the fabric, sheen 0 to 1."""

    colour: Field
    folds: Field
    sheen: float


class Fabric:
    """One article's cloths. The pattern is drawn when it is first needed."""

    def __init__(self, article: Article, rng: np.random.Generator) -> None:
        design = article.product.design
        self._article = article
        # Drawn from the product, so that a pattern keeps its scale in another colour.
        scale = np.random.default_rng([8, article.product.code])
        self._pattern = pattern(
            article.appearance, article.motif, design.kind, article.colour.rgb, article.second.rgb, scale
        )
        self._surface = design.fabric if design.fabric in FOLDS else "jersey"
        self._melange = article.appearance == "Melange"
        self._folds = folds(int(rng.integers(0, 4)))

    @property
    def inks(self) -> tuple[Rgb, Rgb]:
        """The two colours of a print: they stand out from the ground."""
        ground = self._article.colour
        warm, pale, deep = (224, 122, 76), (246, 240, 226), (38, 44, 66)
        return self._article.second.rgb, warm if 60 < ground.luma < 235 else (
            pale if ground.luma < 60 else deep
        )

    def flat(self, cloth: str) -> Field:
        """A cloth's colour without pattern or surface, (3,)."""
        rgb, _, tone = self._look(cloth)
        return np.array(rgb, dtype=np.float32) * np.float32(tone)

    def sample(self, cloth: str, box: Box, grain: float, rng: np.random.Generator) -> Sample:
        """The cloth that lies in a box of the photo, turned by its grain; creases lie anew for each panel."""
        _, surface, _ = self._look(cloth)
        jitter = rng.uniform(-12, 12, 2) + MARGIN
        colour: Field
        if cloth == "main" and self._pattern is not None:
            # Unshifted, so that stripes meet at the seams.
            colour = np.asarray(_cut(self._pattern, box, grain, (MARGIN, MARGIN)), dtype=np.float32)
        else:
            colour = np.broadcast_to(self.flat(cloth), (box[3] - box[1], box[2] - box[0], 3))
        shade = np.asarray(_cut(texture(surface), box, grain, (jitter[0], jitter[1])), dtype=np.float32)
        if self._melange and cloth not in _FIXED:
            shade = shade * np.asarray(
                _cut(texture("melange"), box, grain, (jitter[1], jitter[0])), dtype=np.float32
            )
        creases = np.asarray(_cut(self._folds, box, grain, (jitter[1], jitter[0])), dtype=np.float32)
        amount = FOLDS.get(surface, 0.4)
        return Sample(colour * shade[..., None], creases * amount, SHEEN.get(surface, 0.0))

    def _look(self, cloth: str) -> tuple[Rgb, str, float]:
        article = self._article
        if cloth in _FIXED:
            return *_FIXED[cloth], 1.0
        if cloth == "button":
            return ((236, 232, 224) if article.colour.luma < 150 else (120, 104, 88)), "smooth", 1.0
        if cloth == "second":
            return article.second.rgb, self._surface, 1.0
        if cloth in ("accent", "flash") and article.appearance == "Colour blocking":
            return article.second.rgb, self._surface, 1.0
        if cloth == "flash":
            return _FIXED["white"] + (1.0,)
        if cloth == "rib":
            return article.colour.rgb, "cuff", 0.98
        return article.colour.rgb, self._surface, _TONES.get(cloth, 1.0)


def _cut(image: Image.Image, box: Box, grain: float, shift: tuple[float, float]) -> Image.Image:
    """The part of an image under a box, the image turned clockwise by `grain` about the box's middle."""
    left, top, right, bottom = box
    if not grain:
        x, y = round(left + shift[0]), round(top + shift[1])
        return image.crop((x, y, x + right - left, y + bottom - top))
    angle = np.deg2rad(grain)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    mx, my = (right - left) / 2, (bottom - top) / 2
    cx, cy = left + mx + shift[0], top + my + shift[1]
    coefficients = (cosine, sine, cx - cosine * mx - sine * my, -sine, cosine, cy + sine * mx - cosine * my)
    return image.transform(
        (right - left, bottom - top), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
