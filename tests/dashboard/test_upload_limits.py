"""What the dashboard's server takes from those who do not keep to its page: a real server, and files sent by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from unittest.mock import patch

import httpx2
import pytest
from browsing import served
from helpers import REPOSITORY, SLOW
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from typer.testing import CliRunner
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from stylo.commands.dashboard import app as dashboard
from stylo.dashboard.site import LARGEST_MB, OPTIONS

MB = 1024 * 1024
_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
_TAIL = b"\r\n--x--\r\n"


class Sender:
    """A visitor who is there, and sends files without the page."""

    def __init__(self, address: str, client: httpx2.Client, session: str) -> None:
        self._address, self._client, self._session = address, client, session
        client.get("/_stcore/health")  # gives the token against forged requests
        self._headers = {
            "content-type": "multipart/form-data; boundary=x",
            "x-xsrftoken": client.cookies["_streamlit_xsrf"],
        }

    def put(self, name: str, size: int, *, told: bool = True, session: str = "") -> int:
        """Sends a file of so many bytes under a name of its own; the status. `told`: whether its length is."""
        body = _HEAD + bytes(size) + _TAIL
        content = body if told else iter([body[start : start + MB] for start in range(0, len(body), MB)])
        path = f"/_stcore/upload_file/{session or self._session}/{name}"
        return self._client.put(path, content=content, headers=self._headers).status_code

    def kept_megabytes(self) -> float:
        """What Streamlit says that it holds of all uploads."""
        lines = self._client.get("/_stcore/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if "UploadedFileManager" in line) / MB


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """Visits a dashboard without data: nothing of it is needed."""
    data = tmp_path_factory.mktemp("nothing")
    with served(data, data) as address, httpx2.Client(base_url=address, timeout=SLOW, verify=False) as client:
        where = address.replace("http", "ws") + "/_stcore/stream"
        protocol, origin = Subprotocol("streamlit"), Origin(address)
        with connect(where, subprotocols=[protocol], origin=origin, max_size=None) as socket:
            said = BackMsg()
            said.rerun_script.query_string = ""
            socket.send(said.SerializeToString())
            while (heard := ForwardMsg.FromString(socket.recv(SLOW))).WhichOneof("type") != "new_session":
                pass
            yield Sender(address, client, heard.new_session.initialize.session_id)


@pytest.mark.slow
@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
def test_a_file_of_more_than_25_mb_is_refused_whatever_its_id(sender: Sender, told: bool) -> None:
    assert sender.put("invented", LARGEST_MB * MB - 10_000, told=told) == 204
    assert sender.put("another", (LARGEST_MB + 2) * MB, told=told) == 413
    assert sender.put("invented", 150 * MB, told=told) == 413


def test_who_is_not_there_can_leave_nothing(sender: Sender) -> None:
    assert sender.put("x", 10, session="nobody") == 400


def test_of_many_files_under_invented_ids_three_are_kept(sender: Sender) -> None:
    for number in range(12):
        assert sender.put(f"file-{number}", 10 * MB) == 204
    assert sender.kept_megabytes() == pytest.approx(30, abs=1)


def test_the_limits_are_the_same_however_the_dashboard_is_started() -> None:
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text())
    split = {name: name.split(".") for name in OPTIONS}
    assert {name: config[section][option] for name, (section, option) in split.items()} == OPTIONS
    with patch("subprocess.run") as run:
        run.return_value.returncode = 0
        CliRunner().invoke(dashboard, ["--port", "1"])
    command = " ".join(run.call_args.args[0])
    assert all(f"--{name} {value}" in command for name, value in OPTIONS.items())


def test_a_pasted_picture_of_25_mb_fits_into_a_message() -> None:
    assert OPTIONS["server.maxMessageSize"] > LARGEST_MB * 4 / 3
