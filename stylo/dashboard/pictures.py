"""Pictures of articles, and their way to the browser, which loads them when they come into view and keeps them.

/picture/small/0706016001.jpg    the thumbnail that was kept, else one made from the photo
/picture/large/0706016001.jpg    made from the photo, else the thumbnail
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stylo.errors import BadIdentifier
from stylo.tables.ids import article_id, article_number
from stylo.visual.photos import Photos, UnreadablePhoto
from stylo.visual.photos import thumbnail as shrink
from stylo.visual.thumbnails import Thumbnails

SMALL, LARGE = "small", "large"
SMALL_WIDTH, LARGE_WIDTH = 320, 720
ICON = Path(__file__).parent / "hanger.svg"
_NO_PHOTO = ICON.read_bytes()
_MADE = 500
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


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


def address(article: int, version: str, size: str = SMALL) -> str:
    """Where the browser finds a picture: relative, so that it works behind any prefix; another version is another."""
    return f"picture/{size}/{article_id(article)}.jpg?v={version}"


def route(pictures: Callable[[], Pictures | None]) -> Route:
    """Answers with a JPEG, or with the neutral tile where there is no photo."""

    def answer(request: Request) -> Response:
        name, size = request.path_params["name"], request.path_params["size"]
        shown = pictures()
        try:
            article = article_number(name.removesuffix(".jpg"))
        except BadIdentifier:
            return Response("No article has such a number.\n", 404, media_type="text/plain", headers=_SAFE)
        found = shown.find(article, size) if shown else None
        if found is None:
            tile = {"Cache-Control": "no-cache", **_SAFE}
            return Response(_NO_PHOTO, media_type="image/svg+xml", headers=tile)
        # What has the shop's version in its address never changes.
        kept = "public, max-age=604800, immutable" if "v" in request.query_params else "no-cache"
        return Response(found, media_type="image/jpeg", headers={"Cache-Control": kept, **_SAFE})

    return Route("/picture/{size:str}/{name:str}", answer)
