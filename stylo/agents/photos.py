"""Photos that an agent hands over: base64 within the request, or a file below a folder that was opened to it."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path

from stylo.agents.refusals import ToolRefusal

#: Bytes of a photo; the service takes as many unless it is set otherwise.
LARGEST_PHOTO = 10_000_000
_DATA_URL = "data:"
_CURE = "Send a JPEG, PNG or WebP."


def from_base64(text: str) -> bytes:
    """The bytes of base64, with or without `data:image/jpeg;base64,` before it. Raises ToolRefusal."""
    if text.startswith(_DATA_URL):
        text = text.partition(",")[2]
    if len(text) > LARGEST_PHOTO * 4 // 3 + 4:
        raise _too_large()
    try:
        photo = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ToolRefusal(f"The photo is not base64. {_CURE}") from None
    media_type(photo)
    return photo


def from_file(name: str, folder: Path) -> bytes:
    """The bytes of a photo below a folder: `name` is relative to it, or absolute. Raises ToolRefusal.

    Links are followed before it is decided whether the file lies below the folder, and nothing but a regular file of a
    photo's size whose first bytes are those of a photo is handed on. Of what lies elsewhere nothing is told.
    """
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise ToolRefusal(f"{name} does not lie in the folder of photos that this server may read.")
        # O_NONBLOCK: a pipe that nobody writes to would hold the tool for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise ToolRefusal(f"{name} is not a file.")
            photo = file.read(LARGEST_PHOTO + 1)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        raise ToolRefusal(f"There is no readable photo {name} in the folder of photos.") from None
    if len(photo) > LARGEST_PHOTO:
        raise _too_large()
    media_type(photo)
    return photo


def media_type(photo: bytes) -> str:
    """Of a photo, by its first bytes. Raises ToolRefusal for anything but JPEG, PNG and WebP."""
    if photo.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if photo.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if photo[:4] == b"RIFF" and photo[8:12] == b"WEBP":
        return "image/webp"
    raise ToolRefusal(f"This is no photo that can be searched by. {_CURE}")


def _too_large() -> ToolRefusal:
    return ToolRefusal(
        f"The photo is too large: at most {LARGEST_PHOTO:,} bytes. 1,000 pixels a side are plenty; save it smaller."
    )
