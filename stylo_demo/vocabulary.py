"""The names and codes of H&M's articles.csv that the demo shop uses, read from `vocabulary.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rgb = tuple[int, int, int]
Weights = dict[str, float]


@dataclass(frozen=True)
class Colour:
    """One colour group: its code, the perceived value and master that go with it, and its sRGB."""

    name: str
    code: int
    value: str
    master: str
    rgb: Rgb

    @property
    def luma(self) -> float:
        """Perceived brightness, 0 (black) to 255 (white), by Rec. 601."""
        red, green, blue = self.rgb
        return 0.299 * red + 0.587 * green + 0.114 * blue


_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

COLOURS = {
    name: Colour(name, colour["code"], colour["value"], colour["master"], tuple(colour["rgb"]))
    for name, colour in _WORDS["colours"].items()
}
#: Which colours articles come in: `usual`, or those of a material.
COLOUR_WEIGHTS: dict[str, Weights] = _WORDS["colour_weights"]
#: What an appearance may show.
MOTIFS: dict[str, list[str]] = _WORDS["motifs"]

VALUE_IDS: dict[str, int] = _WORDS["value_ids"]
MASTER_IDS: dict[str, int] = _WORDS["master_ids"]
APPEARANCE_NOS: dict[str, int] = _WORDS["appearance_nos"]
INDEX_CODES: dict[str, str] = _WORDS["index_codes"]
INDEX_GROUPS: dict[str, str] = _WORDS["index_groups"]
INDEX_GROUP_NOS: dict[str, int] = _WORDS["index_group_nos"]
GARMENT_GROUP_NOS: dict[str, int] = _WORDS["garment_group_nos"]
#: For whom articles are made: `index`, `department`, sections of its `own`, and those of all else.
AUDIENCE_FACTS: dict[str, dict[str, Any]] = _WORDS["audiences"]
SECTION_NOS = {name: 11 + 2 * at for at, name in enumerate(_WORDS["sections"]["names"])}
