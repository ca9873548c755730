"""What goes wrong, as the caller is told: RFC 9457 problem details, without a path, a secret or a stack trace."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
#: The type of a problem about which its status says all; and of one that leaves open what was done.
USUAL, OUTCOME_UNKNOWN = "about:blank", "urn:stylo:outcome-unknown"


class InvalidField(BaseModel):
    """One thing in a request that is not as it should be."""

    where: str = Field(examples=["query.k"])
    what: str = Field(examples=["Input should be less than or equal to 100"])


class Problem(BaseModel):
    """An answer that is none."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        examples=[USUAL],
        description=f"`{OUTCOME_UNKNOWN}`: it may be done yet. Else `{USUAL}`: nothing was done.",
    )
    status: int = Field(examples=[404])
    title: str = Field(examples=["Not Found"])
    detail: str = Field(examples=["There is no article 0999999999."])
    request_id: str = Field(examples=["5f0c7d1e9a2b4c3d8e6f7a8b9c0d1e2f"])
    errors: list[InvalidField] = Field(default_factory=list)
    find_out: str | None = Field(
        None,
        description="Where to ask what was done, if that is unknown.",
        examples=["/v1/events/outcome?idempotency_key=order-4711"],
    )


class ProblemError(Exception):
    """A request that cannot be served.

    retry_after : seconds after which it may be tried again.
    find_out : the address that tells later what was done; only where that is not known now.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        type_: str = USUAL,
        find_out: str | None = None,
    ) -> None:
        self.status, self.detail, self.errors = status, detail, errors or []
        self.type, self.find_out = type_, find_out
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["retry-after"] = str(retry_after)
        super().__init__(detail)

    def body(self, request_id: str) -> bytes:
        """The JSON of a Problem."""
        content: dict[str, Any] = {
            "type": self.type,
            "status": self.status,
            "title": HTTPStatus(self.status).phrase,
            "detail": self.detail,
            "request_id": request_id,
            "errors": self.errors,
        }
        if self.find_out is not None:
            content["find_out"] = self.find_out
        return json.dumps(content).encode()


def outcome_unknown(find_out: str | None = None) -> ProblemError:
    """Of a request that the database has begun to commit, and not ended in time."""
    return ProblemError(
        504,
        "The database did not answer in time. What was asked for may be done yet: send the same request with the same "
        "Idempotency-Key again, or ask for its outcome.",
        retry_after=2,
        type_=OUTCOME_UNKNOWN,
        find_out=find_out,
    )


_DESCRIPTIONS = {
    400: "The request cannot be read.",
    401: "The key is missing, wrong, expired or revoked.",
    403: "The key may not do this.",
    404: "There is no such customer, article or version.",
    405: "This address does not accept this method.",
    408: "The request did not arrive in time.",
    409: "It contradicts what is there; or the same idempotency key was sent with a different request.",
    413: "The body is too large.",
    415: "The body's content type is not supported.",
    422: "Something in the request is invalid; `errors` says what.",
    429: "The key has made too many requests; `Retry-After` says when to try again.",
    500: "A defect in the service; the log has details under the request's id.",
    503: "Overloaded, or a dependency is unavailable; nothing was done. `Retry-After` says when to try again.",
    504: "The database did not finish in time: it may be done yet. `find_out` is the address that tells.",
}


_AFTER = {
    "headers": {
        "Retry-After": {
            "description": "Seconds to wait.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    }
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: which problems a route may answer with, beside those that any route may."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **(_AFTER if status in (429, 503, 504) else {}),
        }
        for status in sorted({400, 401, 403, 408, 413, 422, 429, 500, 503, *statuses})
    }
