"""`stylo dashboard`: the pages of `streamlit run app.py`."""

from __future__ import annotations

import os
import socket
import subprocess  # Streamlit, with arguments of our own  # nosec B404
import sys
from pathlib import Path
from typing import Annotated

import typer

from stylo.dashboard.site import DATA, IMAGES, OPTIONS
from stylo.errors import BadOption
from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, DataOption, ImagesOption, command_line, edge
from stylo.user_paths import as_typed

_PAGES = Path(__file__).parent.parent / "dashboard" / "app.py"
PortOption = Annotated[int, typer.Option("--port", help="Port to listen on.")]

app = command_line()


@app.command()
def main(
    data: DataOption = DEFAULT_DATA, images: ImagesOption = DEFAULT_IMAGES, port: PortOption = 8501
) -> None:
    """Open the dashboard in the browser."""
    with edge():
        with socket.socket() as listening:
            if listening.connect_ex(("localhost", port)) == 0:
                raise BadOption(f"Port {port} is taken.", cure="Choose another: --port 8502")
        where = {DATA: as_typed(data), IMAGES: as_typed(images)}
        options = [part for name, value in OPTIONS.items() for part in (f"--{name}", str(value))]
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(_PAGES),
            "--server.port",
            str(port),
            *options,
        ]
        done = subprocess.run(command, env={**os.environ, **where}, check=False)  # nosec B603
    raise typer.Exit(done.returncode)
