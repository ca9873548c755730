"""Uploads: decoded in a process of their own, and few of each visitor kept, whatever a browser or a script sends.

That none is larger than `site.OPTIONS` says, Streamlit sees to itself, for any file of a visitor who is there. How many
files a visitor sends, and under which ids, it does not ask.
"""

from __future__ import annotations

import re
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from stylo.visual.uploads import UploadDecoder

# The page shows one, from one box; while it is replaced there are two.
_FILES = 3
_ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?$")


@lru_cache(maxsize=1)
def decoder() -> UploadDecoder:
    """The one of this process."""
    return UploadDecoder()


class FewUploads:
    """ASGI middleware: of each visitor's files only the last are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and (upload := _ADDRESS.search(scope["path"])):
            _keep_last(upload[1])


def _keep_last(session: str) -> None:
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    for file_id in list(manager.file_storage.get(session, {}))[:-_FILES]:
        manager.remove_file(session, file_id)
