"""The first visit over a slow line: what has to come before the first card is small, and something is seen at once.

Streamlit serves its scripts as they are and leaves it to a proxy in front to compress them; most shops have none. Here
each is compressed once and kept. The page that loads them has a skeleton of what will be there, until they draw it, and
a script that has the fonts wait until then where the line is slow (`fonts.js`).
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

import brotli
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from stylo.dashboard import text

_HERE = Path(__file__).parent
_STATIC = re.compile(r"/static/((?:js|css)/[\w.-]+\.(js|css))$")
_TYPES = {"js": "text/javascript", "css": "text/css"}
#: Names hold a hash of the content, so that what has a name never changes.
_FOREVER = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}
# Of 11. What the first page needs becomes a fifth of what it is, in two seconds of work before anyone asks for it.
# Anybody who asks for another script waits while it is compressed: Plotly takes 0.5 s at 5 (1.24 MB), and 10 s at 10
# (1.08 MB).
_QUALITY, _ASKED_FOR = 10, 5
_ROOT = '<div id="root"></div>'
_FONT = re.compile(r'<link\s+rel="preload"[^>]*as="font"[^>]*/>')
#: Of what Discover shows, each with what it imports. Streamlit asks for them only when it comes upon the need.
LANDING = (
    "BidiComponent", "serialization", "recordbatch", "TextInput", "TextField", "Autocomplete", "Input", "useField",
    "useFormValidation", "useFormReset", "useTextField", "useDebouncedCallback", "useBasicWidgetState", "WidgetLabel",
    "WidgetLabelHelpIcon", "InputInstructions", "inputUtils", "requiredField", "styled-components", "_arrayReduce",
    "useLoadMoreSentinel", "useUpdateUiValue", "useCollator", "useSyncComboBoxEnterTargetFocus", "useMenuTrigger",
    "Selectbox", "sortBy", "_baseMap", "Html", "Pagination", "useFilter", "purify.es", "Cancel.esm", "ErrorOutline.esm",
)  # fmt: skip


class FirstLoad:
    """ASGI middleware around Streamlit's application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = _STATIC.search(scope["path"])
        if asked and asked[1] in _files() and _takes_brotli(headers) and "range" not in headers:
            packed = await to_thread.run_sync(_packed, asked[1])
            said = {**_FOREVER, "Content-Encoding": "br"}
            await Response(packed, media_type=_TYPES[asked[2]], headers=said)(scope, receive, send)
        elif "text/html" in headers.get("accept", ""):
            # Streamlit knows the page only as it was before the skeleton.
            asking = [
                pair for pair in scope["headers"] if pair[0] not in (b"if-none-match", b"if-modified-since")
            ]
            await self._app({**scope, "headers": asking}, receive, _Drawing(send, _takes_brotli(headers)))
        else:
            await self._app(scope, receive, send)


def drawn(page: str) -> str:
    """Streamlit's page with the skeleton in it; another page as it is."""
    if _ROOT not in page:
        return page
    head, body = _parts()
    page = _FONT.sub("", page).replace("</head>", f"{head}</head>", 1)
    return page.replace(_ROOT, _ROOT.replace("></", f">{body}</"), 1)


def soon() -> list[str]:
    """The scripts that Discover will need beside those which Streamlit's page names."""
    found = (name for name in sorted(_files()) if re.sub(r"^js/(.+)\.[^.]+\.js$", r"\1", name) in LANDING)
    return [name for name in found if name not in _named()]


def warm_up() -> None:
    """Compresses at once what the first visitor's browser will ask for."""
    for name in _first():
        _packed(name)


class _Drawing:
    """Sends an answer on; if it is Streamlit's page, with the skeleton in it."""

    def __init__(self, send: Send, brotli: bool) -> None:
        self._send, self._brotli = send, brotli
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            page = headers.get("content-type", "").startswith("text/html")
            if page and message["status"] == 200 and "content-encoding" not in headers:
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body", False):
                return
            await self._send({**self._start, "headers": self._headers()})
            message = {"type": "http.response.body", "body": self._body}
        await self._send(message)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        """Those of the page that was drawn, which takes the place of the other."""
        assert self._start is not None
        headers = MutableHeaders(raw=list(self._start["headers"]))
        self._body = drawn(self._body.decode("utf-8")).encode()
        if self._brotli:
            self._body = brotli.compress(self._body, quality=5)
            headers["Content-Encoding"] = "br"
        headers["Vary"] = "Accept-Encoding"
        headers["Content-Length"] = str(len(self._body))
        for stamp in ("ETag", "Last-Modified"):
            if stamp in headers:
                del headers[stamp]
        return headers.raw


def _takes_brotli(headers: Headers) -> bool:
    return "br" in re.split(r"\s*,\s*", headers.get("accept-encoding", ""))


@lru_cache(maxsize=1)
def _parts() -> tuple[str, str]:
    """What stands in the page's head, and where the scripts will draw."""
    style, script, body = (
        (_HERE / name).read_text("utf-8") for name in ("skeleton.css", "fonts.js", "skeleton.html")
    )
    script = script.replace("$SOON", json.dumps([f"./static/{name}" for name in soon()]))
    return f"<style>{style}</style><script>{script}</script>", body.replace("$LOADING", text.LOADING)


@lru_cache(maxsize=1)
def _named() -> list[str]:
    """The scripts and style sheets that Streamlit's page names."""
    page = Path(get_static_dir(), "index.html").read_text("utf-8")
    return re.findall(r"\./static/((?:js|css)/[\w.-]+)", page)


@lru_cache(maxsize=1)
def _files() -> frozenset[str]:
    """Streamlit's scripts and style sheets."""
    static = Path(get_static_dir(), "static")
    return frozenset(f"{kind}/{path.name}" for kind in _TYPES for path in (static / kind).glob(f"*.{kind}"))


@cache
def _packed(name: str) -> bytes:
    """One of these files, compressed."""
    quality = _QUALITY if name in _first() else _ASKED_FOR
    return brotli.compress(Path(get_static_dir(), "static", name).read_bytes(), quality=quality)


@cache
def _first() -> list[str]:
    """What the first page needs."""
    return [*_named(), *soon()]
