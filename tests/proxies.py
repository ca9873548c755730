"""A proxy as it stands before a server: what is asked for below a path goes on, with the path or without."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def proxied(server: str, path: str, *, strips: bool) -> Iterator[str]:
    """A proxy before a server on this machine; gives the address of the path at the proxy, without a slash."""
    where = urlsplit(server)
    assert where.hostname
    assert where.port
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(
                        target=_answer, args=(client, where.port, path, strips), daemon=True
                    ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://localhost:{listening.getsockname()[1]}{path}"
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _answer(client: socket.socket, port: int, path: str, strips: bool) -> None:
    with client, suppress(OSError):
        head, rest = _head(client)
        if not head:
            return
        first, *fields = head.split(b"\r\n")
        method, target, version = first.split(b" ")
        below = path.encode()
        if not target.startswith(below + b"/") and target != below:
            client.sendall(_NOT_HERE)
            return
        if strips:
            target = target.removeprefix(below) or b"/"
        if not any(field.lower().startswith(b"upgrade:") for field in fields):
            fields = [field for field in fields if not field.lower().startswith(b"connection:")]
            fields.append(b"Connection: close")
        with socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(b"\r\n".join([b" ".join([method, target, version]), *fields]) + b"\r\n\r\n" + rest)
            onward = threading.Thread(target=_pour, args=(client, server), daemon=True)
            onward.start()
            _pour(server, client)


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """The lines of a request, and what has come of its body."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = client.recv(65536)
        if not more:
            return b"", b""
        read += more
    head, _, rest = read.partition(b"\r\n\r\n")
    return head, rest


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while more := source.recv(65536):
            sink.sendall(more)
        sink.shutdown(socket.SHUT_WR)
