"""Uploads: how many bytes of request bodies a process holds at a time, over all requests."""

from __future__ import annotations

from stylo.service.batching import Overloaded


class Uploads:
    """Counts bytes from their arrival until their request is answered. For one event loop.

    most : bytes; who brings more is turned away.
    """

    def __init__(self, most: int) -> None:
        self._most, self.held = most, 0

    def take(self, count: int) -> None:
        """Raises Overloaded where there is no room for them."""
        if self.held + count > self._most:
            raise Overloaded
        self.held += count

    def give_back(self, count: int) -> None:
        self.held -= count
