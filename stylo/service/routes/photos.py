"""Search by photo: a picture from outside finds articles that look like it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from stylo.errors import StyloError
from stylo.service.answers import Similar, VisualSearchAsked
from stylo.service.problems import Refused, responses
from stylo.service.release import Release
from stylo.service.routes.articles import among_looks, matches, weights_of
from stylo.service.routes.common import ScopedRoute, ServiceOf, allowed, needs, note
from stylo.storage.keys import Scope
from stylo.visual.encoder import SIZE
from stylo.visual.photos import UnreadablePhoto, open_image

ROUTER = APIRouter(tags=["articles"], route_class=ScopedRoute)
_TYPES = ("image/jpeg", "image/png", "image/webp")
_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@ROUTER.post(
    "/visual-search",
    dependencies=needs(Scope.READ),
    responses=responses(415),
    response_model=Similar,
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(_TYPES, _PICTURE)}},
)
async def visual_search(
    request: Request, service: ServiceOf, asked: Annotated[VisualSearchAsked, Query()]
) -> dict[str, Any]:
    """Articles that look like a picture: JPEG, PNG or WebP, sent as the body."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in _TYPES:
        raise Refused(415, f"Send a picture as the body, with one of the types {', '.join(_TYPES)}.")
    release = service.release
    note(request, model_version=release.version)
    picture: bytes = request.state._state["body"]
    return await service.see(lambda: _found(release, picture, asked))


def _found(release: Release, picture: bytes, asked: VisualSearchAsked) -> dict[str, Any]:
    lookalikes = release.assortment.lookalikes
    if lookalikes is None:
        raise Refused(
            503, "This shop's photos were not looked at: there are no visual vectors.", retry_after=60
        )
    among = among_looks(release, lookalikes, allowed(release, asked))
    try:
        open_image(picture, SIZE)  # what cannot be read is refused before the network is loaded
    except UnreadablePhoto as error:
        raise Refused(422, f"The picture cannot be read: {error}.") from error
    try:
        encoder = release.assortment.encoder
    except StyloError as error:
        raise Refused(
            503, "The network that made the visual vectors cannot be loaded.", retry_after=60
        ) from error
    try:
        found = lookalikes.find(
            lookalikes.of_photo(picture, encoder), asked.k, weights_of(asked), among=among
        )
    except UnreadablePhoto as error:
        raise Refused(422, f"The picture cannot be read: {error}.") from error
    except StyloError as error:
        raise Refused(422, error.problem) from error
    return {
        "article_id": None,
        "by": "visual",
        "model_version": release.version,
        "untrained": lookalikes.untrained,
        "articles": matches(found),
    }
