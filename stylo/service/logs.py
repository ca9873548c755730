"""The log: JSON lines on standard output, one for each request and each event of the service. The platform rotates
them."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOGGER = logging.getLogger("stylo.service")
# Whatever stands where an address names a customer, and what may be an id, whole or in part, anywhere else.
_CUSTOMER = re.compile(r"(?<=/customers/).+?(?=/recommendations$|$)|[0-9a-f]{16,}", re.IGNORECASE | re.DOTALL)
_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s/]+/)*")
_SHOWN = 16


class JsonLines(logging.Formatter):
    """`time`, `level`, `message`, and the fields of the record; with an exception its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def to_standard_output() -> None:
    """Sends the logs of the service and of uvicorn there, as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):
        server = logging.getLogger(name)
        server.handlers, server.propagate = [handler], False
        server.setLevel(logging.WARNING)


def log_line(message: str, level: int = logging.INFO, **fields: Any) -> None:
    """Logs a line with fields."""
    LOGGER.log(level, message, extra={"fields": fields})


def pseudonym(text: str, secret: str) -> str:
    """Replaces customer ids by pseudonyms that only the secret can compute; without a secret nothing changes.

    An id that is mistyped, cut off or in upper case is one as well; the case makes no difference to the pseudonym.
    """
    if not secret:
        return text

    def replaced(found: re.Match[str]) -> str:
        known_as = found.group().lower().encode("utf-8", "surrogatepass")
        digest = hmac.new(secret.encode(), known_as, hashlib.sha256).hexdigest()
        return f"customer-{digest[:_SHOWN]}"

    return _CUSTOMER.sub(replaced, text)


def traced(error: BaseException) -> str:
    """Where an error was raised, without the values of variables: they may be personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames[::-1])
    return f"{type(error).__name__} in {where}"


def without_folders(text: str) -> str:
    """`/srv/data/model.bin is no model` → `model.bin is no model`."""
    return _FOLDERS.sub("", text)
