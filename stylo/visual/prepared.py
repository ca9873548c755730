"""A photo made ready: what the network and the colours need of it, in so few bytes that it can be handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylo.visual.colours import garment_colours
from stylo.visual.decoding import UnreadablePhoto, open_image, refusing, squeeze

#: Left, top, width and height of a part of a picture, as shares of it.
WHOLE = (0.0, 0.0, 1.0, 1.0)
_LARGEST_BYTES = 25_000_000
# A part is cut from a picture decoded so large, in pixels.
_CUT_FROM = 1280


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo ready for the network: uint8 (side, side, 3), and the colours of its garment, float32 (COLOURS, 4)."""

    pixels: NDArray[np.uint8]
    colours: NDArray[np.float32]

    @classmethod
    def of(cls, data: bytes, side: int, part: Sequence[float] = WHOLE) -> PreparedPhoto:
        """Decodes a JPEG, PNG or WebP of at most 25 MB, or a part of it. Raises UnreadablePhoto."""
        if len(data) > _LARGEST_BYTES:
            raise UnreadablePhoto(
                f"{len(data) / 1e6:,.0f} MB is too large: at most {_LARGEST_BYTES / 1e6:.0f} MB can be read"
            )
        whole = part[2] >= 1 and part[3] >= 1
        picture = open_image(data, side if whole else max(side, _CUT_FROM))
        return cls.of_picture(picture if whole else _cut(picture, part), side)

    @classmethod
    def of_picture(cls, picture: Image.Image, side: int) -> PreparedPhoto:
        """Of a decoded one. Raises UnreadablePhoto."""
        with refusing():
            return cls(squeeze(picture, side), garment_colours(np.asarray(picture)))

    def to_bytes(self) -> bytes:
        return self.colours.tobytes() + self.pixels.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes, side: int) -> PreparedPhoto:
        """The way back from `to_bytes`. Raises ValueError for bytes that are none."""
        pixels = side * side * 3
        colours = np.frombuffer(data[:-pixels], np.float32)
        return cls(np.frombuffer(data[-pixels:], np.uint8).reshape(side, side, 3), colours.reshape(-1, 4))


def _cut(picture: Image.Image, part: Sequence[float]) -> Image.Image:
    """A part of a picture, of one pixel at least."""
    left, top, width, height = part
    x, y = (min(int(share * size), size - 1) for share, size in zip((left, top), picture.size, strict=True))
    right = max(x + 1, round((left + width) * picture.width))
    bottom = max(y + 1, round((top + height) * picture.height))
    return picture.crop((x, y, min(right, picture.width), min(bottom, picture.height)))
