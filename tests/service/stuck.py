"""An application that gets stuck when it is asked to, served as the environment says: PORT, WORKERS, SILENT_SECONDS."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Any

from uvicorn import Config

from stylo.service import worker_processes
from stylo.service.worker_processes import BoundedServer, WorkerProcesses

LONG = 100_000.0
if __name__ in ("__main__", "__mp_main__"):  # in every process, as `serve.py` has it
    signal.signal(signal.SIGTERM, signal.default_int_handler)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Says which process answers; then, at `/loop` and `/thread`, something never ends."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/thread":  # for which Python waits at its end
        threading.Thread(target=time.sleep, args=(LONG,)).start()
    content = str(os.getpid()).encode()
    headers = [(b"content-length", str(len(content)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
    if scope["path"] == "/loop":
        time.sleep(LONG)


if __name__ == "__main__":
    port, workers = int(os.environ["PORT"]), int(os.environ["WORKERS"])
    worker_processes.SILENT_SECONDS = float(os.environ["SILENT_SECONDS"])
    config = Config(
        "stuck:app",
        port=port,
        workers=workers,
        lifespan="off",
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    if workers > 1:
        raise SystemExit(not WorkerProcesses(config).run())
    with suppress(KeyboardInterrupt):
        BoundedServer(config).run()
