"""The way of the catalogue map to the browser, which keeps it for as long as the shop stays the same.

/map/places.bin          where the points are, see MapPoints.packed
/map/colour.bin          the code of each point's group, a byte for each; so for all COLOURINGS
/map/labels.json         for each level the names of its regions: [[name, x, y, how many articles], ...]
/map/article/0706016001  the words about a point
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stylo.dashboard.cards import picture_of
from stylo.dashboard.links import ARTICLE
from stylo.dashboard.map.points import COLOURINGS, MapPoints
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.dashboard.visits import DISCOVER, link
from stylo.errors import StyloError
from stylo.tables.ids import article_number

PLACES, LABELS = "places", "labels"
_LEVEL = 6


def routes(below: str, shop: Callable[[], Shop]) -> list[Route]:
    """Answers below a path about a shop's map; 404 where there is none, or the address is of another version."""

    def part(request: Request) -> Response:
        here, what = _of(shop, request), request.path_params.get("what", LABELS)
        if here is None or here.map is None or what not in (PLACES, LABELS, *COLOURINGS):
            return _nothing()
        kind = "application/json" if what == LABELS else "application/octet-stream"
        headers = _headers(request) | {"Vary": "Accept-Encoding"}
        packed = _packed(here)(what)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(gzip.decompress(packed), media_type=kind, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(packed, media_type=kind, headers=headers)

    def article(request: Request) -> Response:
        here = _of(shop, request)
        try:
            # The browser knows the numbers alone, whatever people call the articles.
            rows = here.rows([article_number(request.path_params["article"])]) if here else []
        except StyloError:
            rows = []
        if here is None or not rows:
            return _nothing()
        row = rows[0]
        words = {
            "name": row["prod_name"] or row["article_id"],
            "facts": " · ".join(filter(None, (row["product_type_name"], row["colour_group_name"]))),
            "alt": picture_of(here, row),
            "href": link(DISCOVER, {ARTICLE: [row["article_id"]]}),
        }
        return JSONResponse(words, headers=_headers(request))

    return [
        Route(f"{below}/map/article/{{article:str}}", article),
        Route(f"{below}/map/{LABELS}.json", part),
        Route(f"{below}/map/{{what:str}}.bin", part),
    ]


@once_a_shop
def _packed(shop: Shop) -> Callable[[str], bytes]:
    """What is sent, compressed, each when it is first asked for."""
    made: dict[str, bytes] = {}

    def packed(what: str) -> bytes:
        if what not in made:
            made[what] = gzip.compress(_raw(shop.map, what), _LEVEL, mtime=0)
        return made[what]

    return packed


def _raw(points: MapPoints | None, what: str) -> bytes:
    assert points is not None
    if what == LABELS:
        levels = [[(label.name, label.x, label.y, label.count) for label in level] for level in points.labels]
        return json.dumps(levels, ensure_ascii=False, separators=(",", ":")).encode()
    return points.packed if what == PLACES else points.colouring(what).codes.tobytes()


def _of(shop: Callable[[], Shop], request: Request) -> Shop | None:
    try:
        here = shop()
    except StyloError:
        return None
    return here if request.query_params.get("v", here.version) == here.version else None


def _headers(request: Request) -> dict[str, str]:
    # What has the shop's version in its address never changes.
    kept = "public, max-age=604800, immutable" if "v" in request.query_params else "no-cache"
    return {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}


def _nothing() -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response("The map has no such part.\n", 404, media_type="text/plain", headers=headers)
