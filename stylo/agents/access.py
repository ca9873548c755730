"""Whose key the service is asked with: one for all over stdio, over HTTP each caller's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from stylo.agents.refusals import MAKE_A_KEY, ToolRefusal
from stylo.service.client import Client

# An agent waits for an answer: what takes longer is told to it instead.
_SECONDS, _ATTEMPTS, _LONGEST_WAIT = 10.0, 2, 2.0


class ShopAccess:
    """Opens the service for a request.

    Parameters
    ----------
    address : of the service.
    key : with which everything is asked; None: each request brings its own, and one that brings none is refused.

    Raises ValueError for an address or a key that cannot be one.
    """

    def __init__(self, address: str, key: str | None) -> None:
        self._address = address
        self._shared = _client(address, key) if key is not None else None
        if key is None:
            _client(address, "any")

    @contextmanager
    def opened(self, headers: Mapping[str, str] | None) -> Iterator[Client]:
        """The service with the key of a request, whose headers are None over stdio. Raises ToolRefusal."""
        if self._shared is not None:
            yield self._shared
            return
        try:
            client = _client(self._address, bearer(headers or {}) or "")
        except ValueError:
            raise ToolRefusal(
                "Send a key of the service: Authorization: Bearer stylo_…. Whoever runs the service makes one with: "
                f"{MAKE_A_KEY}."
            ) from None
        with client:
            yield client


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of `Authorization: Bearer TOKEN`; None where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _client(address: str, key: str) -> Client:
    return Client(address, key, timeout=_SECONDS, attempts=_ATTEMPTS, longest_wait=_LONGEST_WAIT)
