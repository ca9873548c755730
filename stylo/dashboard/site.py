"""The site: one shop for everyone who looks at it, opened once, and opened again when its files were replaced."""

from __future__ import annotations

import gc
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import Route

from stylo.dashboard import first_load
from stylo.dashboard.first_load import FirstLoad
from stylo.dashboard.map import routes as map_routes
from stylo.dashboard.pictures import route
from stylo.dashboard.shop import Shop, open_shop, state
from stylo.dashboard.uploads import FewUploads
from stylo.errors import StyloError
from stylo.system.garbage import freeze_heap
from stylo.tables.folder import DataFolder
from stylo.user_paths import user_path
from stylo.visual.thumbnails import Pictures

#: Where data and photos lie, for pages that a server runs.
DATA, IMAGES = "STYLO_DATA", "STYLO_IMAGES"
#: Of an uploaded picture.
LARGEST_MB = 25
#: Streamlit's options for what comes from browsers, in MB: files, and messages, in which a pasted picture may be; and
#: for what goes to them. The same as in `.streamlit/config.toml`, which is not there where the package is installed.
OPTIONS = {
    "server.maxUploadSize": LARGEST_MB,
    "server.maxMessageSize": 40,
    "server.enableWebsocketCompression": True,
    # One run of a session at a time: two that overlap share one address, so one may show what the other was to show.
    "runner.fastReruns": False,
    # What widgets show is set from the address, beside a default that `st.pagination` cannot do without.
    "global.disableWidgetStateDuplicationWarning": True,
}
_LOOKED_AGAIN = 2.0


class Site:
    """A shop as it was when it was opened; it stays so until someone asks for the newer one.

    Threads may ask side by side.
    """

    def __init__(self, folder: DataFolder, images: Path) -> None:
        self.folder, self.images = folder, images
        self._lock = threading.Lock()
        self._shop: Shop | None = None
        self._state: object = None
        self._seen: object = None
        self._looked = -_LOOKED_AGAIN

    def shop(self) -> Shop:
        """Opened at the first call. Raises what `open_shop` raises, for as long as that is so."""
        with self._lock:
            if self._shop is None:
                self._state = state(self.folder, self.images)
                self._shop = open_shop(self.folder, self.images, _version(self._state))
            return self._shop

    def opened(self) -> Shop | None:
        """The shop, if it is open already."""
        return self._shop

    def changed(self) -> bool:
        """Whether files were replaced since the shop was opened. Looks every other second."""
        if self._shop is None:
            return False
        now = time.monotonic()
        if now - self._looked >= _LOOKED_AGAIN:
            self._looked, self._seen = now, state(self.folder, self.images)
        return self._seen != self._state

    def reload(self) -> None:
        """Opens the shop anew; if that cannot be done, the old one stays. Raises what `open_shop` raises."""
        with self._lock:
            now = state(self.folder, self.images)
            gc.unfreeze()
            self._shop = open_shop(self.folder, self.images, _version(now))
            self._state = self._seen = now
            freeze_heap()


def site() -> Site:
    """The site that this process serves."""
    return _site(os.environ.get(DATA) or "data", os.environ.get(IMAGES) or "images")


def routes(base: str) -> list[Route]:
    """What is served beside the pages, below the path at which the pages are (Streamlit's `server.baseUrlPath`)."""
    below = f"/{base.strip('/')}" if base.strip("/") else ""
    return [route(below, lambda: _pictures()), *map_routes.routes(below, lambda: site().shop())]


def middleware() -> list[Middleware]:
    """For Streamlit's application."""
    return [Middleware(FewUploads), Middleware(FirstLoad)]


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Opens the shop while the server starts, so that the first visitor need not wait for all of it."""
    # Plotly takes pandas from the modules that are loaded, even while another visitor's page is just loading it.
    import_module("pandas")
    threading.Thread(target=_open, daemon=True).start()
    yield


def _open() -> None:
    with suppress(StyloError):  # the page will tell what is wrong
        site().shop().warm_up()
        first_load.warm_up()
        freeze_heap()


def _pictures() -> Pictures | None:
    try:
        return site().shop().pictures
    except StyloError:
        return None


@lru_cache
def _site(data: str, images: str) -> Site:
    return Site(DataFolder(user_path(data)), user_path(images))


def _version(state: object) -> str:
    return hashlib.sha256(repr(state).encode()).hexdigest()[:10]
