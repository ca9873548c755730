"""The way of pictures to the browser, which loads them when they come into view and keeps them.

/picture/small/0706016001.jpg    the thumbnail that was kept, else one made from the photo
/picture/large/0706016001.jpg    made from the photo, else the thumbnail
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stylo.errors import BadIdentifier
from stylo.tables.ids import article_id, article_number
from stylo.visual.thumbnails import SMALL, Pictures

ICON = Path(__file__).parent / "hanger.svg"
_NO_PHOTO = ICON.read_bytes()
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


def address(article: int, version: str, size: str = SMALL) -> str:
    """Where the browser finds a picture, seen from a page, whatever path lies before both; each version anew."""
    return f"picture/{size}/{article_id(article)}.jpg?v={version}"


def route(below: str, pictures: Callable[[], Pictures | None]) -> Route:
    """Answers below a path with a JPEG, or with the neutral tile where there is no photo."""

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

    return Route(f"{below}/picture/{{size:str}}/{{name:str}}", answer)
