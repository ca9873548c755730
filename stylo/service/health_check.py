"""python -m stylo.service.health_check: exit status 0 while the service of this machine is ready, else 1.

For the health check of a container. With `STYLO_SERVICE_OPEN_HEALTH=false` the service asks this, too, for a key: that
it does so shows that it answers.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from http import HTTPStatus

_SECONDS = 2
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def problem(port: int) -> str | None:
    """Why the service at a port of this machine is not ready; None if it is."""
    try:
        with _DIRECTLY.open(f"http://127.0.0.1:{port}/health/ready", timeout=_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return None if error.code == HTTPStatus.UNAUTHORIZED else f"{error.code} {error.read(500).decode()}"
    except OSError as error:
        return str(error)


if __name__ == "__main__":
    raise SystemExit(problem(int(os.environ.get("STYLO_SERVICE_PORT", "8000"))))
