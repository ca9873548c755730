"""The service's settings: from options of `serve.py`, and from the environment (`STYLO_SERVICE_…`)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from stylo.deployment.state_folder import PREFIX, StateFolder
from stylo.time_zone import TimeZone
from stylo.user_paths import user_path

_Hours = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
_UserPath = Annotated[Path, BeforeValidator(user_path)]

# What the service itself answers at: a path that begins so could not be told from it.
_OWN = ("v1", "health", "version", "metrics", "openapi.json")


def _rooted(path: str) -> str:
    """`shop/`, `/shop` → `/shop`; an empty path stays empty."""
    parts = [part for part in path.split("/") if part]
    if parts and (parts[0] in _OWN or not all(re.fullmatch(r"[\w.~-]+", part, re.ASCII) for part in parts)):
        raise ValueError(
            f"it must be letters, digits, . _ ~ - and slashes, and not begin with {', '.join(_OWN)}"
        )
    return "".join(f"/{part}" for part in parts)


class ServiceSettings(BaseSettings):
    """Every field can be set as an environment variable: `STYLO_SERVICE_RATE=50`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: _UserPath = Field(Path("data"), description="Folder with the tables and artefacts.")
    images: _UserPath = Field(Path("images"), description="Photos: a folder of 0XX/ folders, or one .zip.")
    state: _UserPath | None = Field(
        None, description="Where releases and the database are stored; default: DATA/service."
    )
    database: str | None = Field(
        None, description="sqlite:///FILE or postgresql://…; default: service.sqlite in the state folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every network.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    root_path: Annotated[str, AfterValidator(_rooted)] = Field(
        "",
        description="Path under which a proxy serves the service, whether or not the proxy strips it.",
    )
    workers: int = Field(1, ge=1, le=64, description="Number of worker processes.")
    today: Literal["clock", "data"] | date | None = Field(
        None,
        description="The shop's current day: by the clock, the day after the data, or a date. "
        "Default: the clock's, unless the data end more than 60 days ago.",
    )
    time_zone: str | None = Field(
        None,
        description="The shop's time zone (IANA name, Europe/Stockholm): when a day begins. Default: the machine's.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Recommendation threads in each process. Default: two for one process, one for several.",
    )

    rate: float = Field(
        500.0, gt=0, description="Requests per second allowed for a key that has no rate of its own."
    )
    open_health: bool = Field(True, description="Whether /health and /version need no key.")
    open_metrics: bool = Field(True, description="Whether /metrics needs no key.")
    cors_origins: list[str] = Field(
        [], description="Origins whose pages may call the service (CORS), as a JSON list; none by default."
    )
    largest_body: int = Field(2_000_000, gt=0, description="Maximum size of a request body, in bytes.")
    largest_picture: int = Field(
        10_000_000, gt=0, description="Maximum size of a picture to search by, in bytes."
    )
    picture_seconds: float = Field(
        5.0, gt=0, description="Seconds of a processor that decoding one uploaded picture may take."
    )
    picture_megabytes: int = Field(
        300, ge=50, description="Megabytes of memory that decoding one uploaded picture may take."
    )
    pseudonyms: str = Field(
        "", description="A secret: with it, customer ids in logs are replaced by keyed hashes."
    )

    cache_bytes: int = Field(
        100_000_000,
        ge=0,
        description="Memory of each process for answers that may be asked for again, in bytes.",
    )
    upload_bytes: int = Field(
        32_000_000,
        gt=0,
        description="Bytes of request bodies that each process holds at a time, and as many of pictures; "
        "any more get 503.",
    )
    waiting: int = Field(
        256,
        ge=1,
        description="Requests that may wait for the model in each process, and as many each for a search, a picture "
        "or a batch; any more get 503.",
    )
    patience: float = Field(2.0, gt=0, description="Seconds after which a waiting request gets 503.")
    body_seconds: float = Field(
        10.0, gt=0, description="Seconds within which a request must have arrived completely."
    )
    stop_seconds: int = Field(
        20, ge=0, description="Seconds allowed for finishing open requests on shutdown."
    )
    follow_seconds: float = Field(
        1.0, gt=0, description="How often each process checks which version is live."
    )
    predictions: bool = Field(True, description="Whether what was recommended is logged in the database.")
    new_articles: bool = Field(
        False, description="Whether events may name articles that are not in the model's catalogue yet."
    )
    view_hours: _Hours = Field(24.0, description="How long a view of an article counts, in hours.")
    view_weight: _Weight = Field(0.5, description="Weight of a view's vote; the list's own is 1.")
    click_hours: _Hours | None = Field(
        None, description="How long a click counts, in hours. Default: as long as a view."
    )
    click_weight: _Weight = Field(0.5, description="Weight of a click's vote.")
    basket_hours: _Hours = Field(
        72.0, description="How long an article put into the basket counts, in hours."
    )
    basket_weight: _Weight = Field(1.0, description="Weight of the vote of an article put into the basket.")
    dismiss_hours: _Hours | None = Field(
        None, description="For how long a dismissed article is not recommended, in hours. Default: for good."
    )

    @property
    def threads_of_each(self) -> int:
        """Two threads get half as much again from two cores; processes of one thread each get twice as much."""
        return self.threads or (2 if self.workers == 1 else 1)

    @property
    def zone(self) -> TimeZone:
        """The shop's. Raises BadOption for a name that does not exist."""
        return TimeZone.named(self.time_zone) if self.time_zone else TimeZone.of_machine()

    @property
    def state_folder(self) -> StateFolder:
        return StateFolder.of(self.data, self.state, self.database)
