"""Clients that send slowly, too much, or no HTTP: each is told or cut off, and the others are served."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from offline import event
from serving import SLOW, Server, linked

ARTICLE = "0794071001"
GOOD = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = linked(demo_shop, tmp_path_factory.mktemp("slow") / "shop")
    settings = {"body_seconds": 1, "largest_body": 100_000, "rate": 1e6}
    with Server(data, demo_shop / "images", **settings) as server:
        yield server


@pytest.fixture(autouse=True)
def unharmed(server: Server) -> Iterator[None]:
    """Afterwards the server answers, and has logged no defect."""
    yield
    with server.client() as client:
        assert client.get("/health/ready").json()["ready"]
    assert [line for line in server.logged() if line["level"] == "error" or "exception" in line] == []
    assert "Traceback" not in server.log.read_text()


class Connection:
    """Bytes to the server and back."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), SLOW)
        self._read = self._socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self._socket.close()

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def hang_up(self) -> None:
        """At once, with a reset: what was on its way is thrown away."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._read.close()
        self._socket.close()

    def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = int(self._read.readline().split()[1])
        headers = {}
        while line := self._read.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        if not body:
            return status, headers, b""
        return status, headers, self._body(headers)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self._read.read(int(headers["content-length"]))
        parts = []
        while size := int(self._read.readline(), 16):
            parts.append(self._read.read(size))
            self._read.readline()
        self._read.readline()
        return b"".join(parts)

    @property
    def closed(self) -> bool:
        """Waits until the server says something or hangs up; True if it hangs up."""
        try:
            return self._read.read(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with Connection(server) as connection:
        yield connection


def post(server: Server, *headers: str) -> bytes:
    """The head of a request that stores events."""
    lines = ["POST /v1/events HTTP/1.1", "host: x", f"authorization: Bearer {server.token}", *headers]
    return "\r\n".join([*lines, "content-type: application/json", "", ""]).encode()


@pytest.mark.parametrize("size", [70_000, 1_000_000])
@pytest.mark.parametrize("where", ["one header", "many headers", "the address", "no end"])
def test_a_head_of_more_than_64_kilobytes_is_too_large(connection: Connection, where: str, size: int) -> None:
    heads = {
        "one header": b"GET /health/live HTTP/1.1\r\nhost: x\r\nx: %s\r\n\r\n" % (b"x" * size),
        "many headers": b"GET /health/live HTTP/1.1\r\nhost: x\r\n%s\r\n" % (b"x: y\r\n" * (size // 5)),
        "the address": b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n" % (b"x" * size),
        "no end": b"GET /" + b"x" * size,
    }
    try:
        connection.send(heads[where])
        status, headers, _ = connection.answer()
    except ConnectionError:  # it hangs up while more is sent, and the answer may be lost
        assert size == 1_000_000
        return
    assert status == (414 if where in ("the address", "no end") else 431)
    assert headers["connection"] == "close"
    assert connection.closed


def test_an_address_of_more_than_16_kilobytes_is_too_long(connection: Connection) -> None:
    asked = b"GET /health/live?%s HTTP/1.1\r\nhost: x\r\n\r\n"
    longest = 16_384 - len("/health/live?")
    connection.send(asked % (longest * b"x"))
    assert connection.answer()[0] == 200
    connection.send(asked % ((longest + 1) * b"x"))
    assert connection.answer()[0] == 414
    assert connection.closed


def test_what_follows_a_body_is_no_header(server: Server, connection: Connection) -> None:
    head = b"GET /v1/articles HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n%s\r\n"
    key = f"authorization: Bearer {server.token}\r\n".encode()
    connection.send(head % b"trailer: authorization\r\n" + b"0\r\n" + key + b"\r\n")
    assert connection.answer()[0] == 401
    connection.send(head % key + b"0\r\nx-request-id: of-the-end\r\n\r\n")
    status, headers, _ = connection.answer()
    assert (status, headers["x-request-id"] == "of-the-end") == (200, False)


def test_a_head_of_nearly_64_kilobytes_is_read(connection: Connection) -> None:
    connection.send(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx: %s\r\n\r\n" % (b"x" * 60_000))
    assert connection.answer()[0] == 200


def test_heads_of_requests_on_one_connection_do_not_add_up(connection: Connection) -> None:
    for _ in range(5):
        connection.send(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx: %s\r\n\r\n" % (b"x" * 40_000))
        assert connection.answer()[0] == 200


def test_half_a_body_and_then_nothing_is_a_request_that_did_not_arrive(
    server: Server, connection: Connection
) -> None:
    connection.send(post(server, "content-length: 1000") + b'{"events": [')
    status, headers, body = connection.answer()
    assert (status, headers["connection"]) == (408, "close")
    assert json.loads(body)["detail"] == "The request did not arrive in time."
    assert connection.closed


def test_a_body_that_says_that_it_is_too_large_is_refused_before_it_comes(
    server: Server, connection: Connection
) -> None:
    connection.send(post(server, "content-length: 100001", "expect: 100-continue"))
    status, headers, _ = connection.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert connection.closed


def test_a_chunked_body_that_grows_too_large_is_refused(server: Server, connection: Connection) -> None:
    connection.send(post(server, "transfer-encoding: chunked") + 11 * (b"2710\r\n" + b" " * 10_000 + b"\r\n"))
    status, headers, _ = connection.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert connection.closed


def test_a_chunked_body_is_read_whole(server: Server, connection: Connection) -> None:
    body = json.dumps({"events": [event("ab" * 32, ARTICLE)]}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    connection.send(post(server, "transfer-encoding: chunked") + chunks)
    assert connection.answer()[0] == 201


@pytest.mark.parametrize("beside", [b"0\r\nx: " + 70_000 * b"x", 16_000 * b"1;x=yz\r\n \r\n"])
def test_what_comes_beside_a_chunked_body_is_limited_too(
    server: Server, connection: Connection, beside: bytes
) -> None:
    connection.send(post(server, "transfer-encoding: chunked") + beside)
    assert connection.answer()[0] == 431
    assert connection.closed


def test_requests_that_come_at_once_are_answered_in_their_order(
    server: Server, connection: Connection
) -> None:
    body = json.dumps({"events": [event("ab" * 32, ARTICLE)]}).encode()
    stored = post(server, f"content-length: {len(body)}") + body
    unknown = b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n"
    connection.send(3 * (GOOD + stored + unknown))
    assert [connection.answer()[0] for _ in range(9)] == 3 * [200, 201, 404]


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing_behind(
    server: Server, customers: list[str]
) -> None:
    key = f"authorization: Bearer {server.token}\r\n".encode()
    asked = b"GET /v1/customers/%s/recommendations?explain=true HTTP/1.1\r\nhost: x\r\n%s\r\n"
    for content in (
        b"",
        b"GET /v1/arti",
        post(server, "content-length: 1000"),
        post(server, "content-length: 1000") + b"{",
        asked % (customers[0].encode(), key),
        100 * (asked % (customers[1].encode(), key)),
    ):
        with Connection(server) as connection:
            connection.send(content)
            connection.hang_up()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the first bytes of TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT shop.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://shop.example HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nna\x00me: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nname : y\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1e3\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    ids=lambda garbage: repr(garbage[:40]),
)
def test_what_is_no_request_is_answered_with_400(connection: Connection, garbage: bytes) -> None:
    connection.send(garbage)
    status, headers, _ = connection.answer()
    assert status == 400
    assert headers["connection"] == "close"
    assert connection.closed


def test_a_chunk_that_is_none_ends_the_connection(server: Server, connection: Connection) -> None:
    connection.send(post(server, "transfer-encoding: chunked") + b"xyz\r\n")
    assert connection.answer()[0] == 400
    assert connection.closed


@pytest.mark.parametrize("path", ["/health/live", "/v1/articles", "/nothing"])
def test_a_client_of_http_1_0_gets_an_answer_that_it_can_read(connection: Connection, path: str) -> None:
    connection.send(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    status, headers, body = connection.answer()
    assert status == {"/health/live": 200, "/v1/articles": 401, "/nothing": 404}[path]
    assert "transfer-encoding" not in headers
    assert int(headers["content-length"]) == len(body)
    assert connection.closed


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "DELETE"])
def test_other_methods_are_refused_and_the_connection_goes_on(connection: Connection, method: str) -> None:
    connection.send(f"{method} /health/live HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    status, headers, _ = connection.answer(body=method != "HEAD")
    assert (status, headers["allow"]) == (405, "GET")
    connection.send(GOOD)
    assert connection.answer()[0] == 200


def test_a_websocket_is_not_opened(connection: Connection) -> None:
    upgrade = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n"
    connection.send(b"GET /health/live HTTP/1.1\r\nhost: x\r\n" + upgrade)
    assert connection.answer()[0] == 200
