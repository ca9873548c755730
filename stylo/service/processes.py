"""Several processes that answer at one port."""

from __future__ import annotations

import socket

from uvicorn import Config
from uvicorn.supervisors import Multiprocess


class Processes(Multiprocess):
    """Uvicorn's processes, each with a socket of its own.

    The kernel deals connections out among the sockets of one port. With one socket for all, the process that is
    quickest takes most of them, and keeps them as long as they stay open.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config, [])

    @property
    def sockets(self) -> list[socket.socket]:
        """A new one, for the process that is about to start."""
        family = socket.AF_INET6 if ":" in self.config.host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((self.config.host, self.config.port))
        listening.set_inheritable(True)
        return [listening]

    @sockets.setter
    def sockets(self, given: list[socket.socket]) -> None:
        """Uvicorn sets one for all."""
