"""Pictures of articles as they are shown: the thumbnail that was kept, or one made of the photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from stylo.visual.photos import Photos, UnreadablePhoto
from stylo.visual.photos import thumbnail as shrink
from stylo.visual.thumbnails import Thumbnails

SMALL, LARGE = "small", "large"
SMALL_WIDTH, LARGE_WIDTH = 320, 720
_MADE = 500


@dataclass(frozen=True, eq=False)
class Pictures:
    """The photos and thumbnails of a shop.

    photos : None if they are not there.
    """

    photos: Photos | None
    thumbnails: Thumbnails

    def find(self, article: int, size: str) -> bytes | None:
        """The JPEG of an article; None if there is no photo, or none that can be read."""
        if size == LARGE:
            return self._shrunk(article, LARGE_WIDTH) or self.thumbnails.read(article)
        return self.thumbnails.read(article) or self._shrunk(article, SMALL_WIDTH)

    def any(self) -> bool:
        return self.photos is not None or self.thumbnails.any()

    @cached_property
    def _shrunk(self) -> Callable[[int, int], bytes | None]:
        """What was made of photos of late, by article and width."""

        @lru_cache(maxsize=_MADE)
        def made(article: int, width: int) -> bytes | None:
            try:
                return shrink(self.photos.read(article), width) if self.photos else None
            except (KeyError, UnreadablePhoto):
                return None

        return made
