"""What routes share: the worker, the scope that a key needs, and what the middleware knows of a request."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BeforeValidator

from stylo.service.context import RequestInfo
from stylo.service.identifiers import with_slashes
from stylo.service.problems import ProblemError
from stylo.service.schemas import ARTICLE_FORM, CUSTOMER_FORM
from stylo.service.worker import Worker
from stylo.storage.keys import Scope


async def worker_of(request: Request) -> Worker:
    return request.app.state.worker


WorkerOf = Annotated[Worker, Depends(worker_of)]
_WithSlashes = BeforeValidator(with_slashes)
#: An id in an address; `stylo/service/identifiers.py` says what it stands for.
ArticlePath = Annotated[str, _WithSlashes, Path(**ARTICLE_FORM)]
CustomerPath = Annotated[str, _WithSlashes, Path(**CUSTOMER_FORM)]
_BEARER = HTTPBearer(
    scheme_name="key", description="A key created by `python serve.py keys create`.", auto_error=False
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
            key = info_of(request).key
            for scope in needed:
                if key is None or scope not in key.scopes:
                    raise ProblemError(403, f"The key does not have the scope {scope.value!r}.")
            return await self.cached_response(request) or await handler(request)

        return checked

    async def cached_response(self, request: Request) -> Response | None:
        """The response to the same request as before, if it is still true: its parameters need not be read."""
        return None


def info_of(request: Request) -> RequestInfo:
    info: RequestInfo = request.state.info
    return info


def note(request: Request, **facts: Any) -> None:
    """Adds fields to the log line of a request."""
    info_of(request).log |= facts
