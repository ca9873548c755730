"""What routes share: the service, the scope that a key needs, and filters."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

import numpy as np
from fastapi import Depends, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from stylo.search.facets import NO, YES, Narrowed
from stylo.service.answers import Narrowing
from stylo.service.problems import Refused
from stylo.service.release import Release
from stylo.service.service import Service
from stylo.storage.keys import Key, Scope
from stylo.tables.ids import article_id

_FACETS = ("section", "product_type", "colour", "pattern", "season")


async def service_of(request: Request) -> Service:
    return request.app.state.service


ServiceOf = Annotated[Service, Depends(service_of)]
_BEARER = HTTPBearer(
    scheme_name="key", description="A key of `python serve.py keys create`.", auto_error=False
)


def needs(scope: Scope) -> list[Any]:
    """For the dependencies of a ScopedRoute: the key must have this scope."""
    return [Security(_BEARER, scopes=[scope.value])]


class ScopedRoute(APIRoute):
    """A route that a key without its scope does not open: nothing of the request is read before."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        needed = [Scope(name) for each in self.dependencies for name in getattr(each, "scopes", ())]

        async def checked(request: Request) -> Response:
            key: Key | None = request.state._state.get("key")
            for scope in needed:
                if key is None or scope not in key.scopes:
                    raise Refused(403, f"The key does not have the scope {scope.value!r}.")
            return await self.answered_before(request) or await handler(request)

        return checked

    async def answered_before(self, request: Request) -> Response | None:
        """The answer to a request that was answered before and is still true: its parameters need not be read."""
        return None


def note(request: Request, **facts: Any) -> None:
    """Adds facts to the log line of a request."""
    request.state._state.setdefault("log", {}).update(facts)


def request_id(request: Request) -> str:
    return request.state._state["request_id"]


def key_id(request: Request) -> str:
    key: Key | None = request.state._state.get("key")
    return key.id if key else ""


def narrow(release: Release, asked: Narrowing, found: np.ndarray | None = None) -> Narrowed:
    """Of the articles found, bool (articles,), or of all: those that pass, and what else could be chosen.

    Of a yes or no that no article has nothing is left; labels that none has are told, and passed over.
    """
    facets = release.assortment.facets
    chosen = {name: list(getattr(asked, name)) for name in _FACETS if getattr(asked, name)}
    for name in ("new", "photo"):
        if (wanted := getattr(asked, name)) is not None:
            label = YES if wanted else NO
            if label in facets.facets[name].labels:
                chosen[name] = [label]
            else:
                found = np.zeros(len(facets.prices), dtype=bool)
    return facets.narrow(found, chosen, (asked.price_min, asked.price_max))


def allowed(release: Release, asked: Narrowing) -> np.ndarray | None:
    """bool (articles,), which articles of the assortment pass; None if nothing was asked for.

    Raises Refused for a label that no article has: a filter that filters nothing would be mistaken for one that did.
    """
    if all(getattr(asked, name) in (None, []) for name in Narrowing.model_fields):
        return None
    narrowed = narrow(release, asked)
    if narrowed.unknown:
        wrong = [
            {"where": f"query.{facet}", "what": f"No article has {label[:80]!r}."}
            for facet, labels in narrowed.unknown.items()
            for label in labels
        ]
        raise Refused(
            422, "There is no such label; GET /v1/articles lists those that are there.", errors=wrong
        )
    return narrowed.mask


def facts_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """An `Article` from a row of the assortment."""
    return {
        "article_id": article_id(row["article"]),
        "name": row.get("prod_name"),
        "description": row.get("detail_desc"),
        "product_type": row.get("product_type_name"),
        "section": row.get("section_name"),
        "department": row.get("department_name"),
        "colour": row.get("colour_group_name"),
        "pattern": row.get("graphical_appearance_name"),
        "season": row.get("season"),
        "price": None if row["price"] is None else round(row["price"], 2),
        "sales_last_week": row["sales"],
        "first_sold": row["first_sold"],
        "new": row["is_new"],
        "photo": row["has_photo"],
    }
