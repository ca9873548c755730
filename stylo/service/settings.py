"""The service's settings: from options of `serve.py`, and from the environment (`STYLO_SERVICE_…`)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "STYLO_SERVICE_"


class Settings(BaseSettings):
    """Every field can be set as an environment variable: `STYLO_SERVICE_RATE=50`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="Folder of the tables and artefacts.")
    images: Path = Field(Path("images"), description="Photos: a folder of 0XX/ folders, or one .zip.")
    state: Path | None = Field(
        None, description="Where releases and the database lie; default: DATA/service."
    )
    database: str | None = Field(
        None, description="sqlite:///FILE or postgresql://…; default: service.sqlite in the state folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen at; 0.0.0.0 for every network.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen at.")
    workers: int = Field(1, ge=1, le=64, description="How many processes answer.")
    today: Literal["clock", "data"] | date | None = Field(
        None,
        description="The day on which the shop lives: of the clock, the one after the data, or a date. "
        "Default: the clock's, unless the data end more than 60 days ago.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Threads that recommend, in each process. Default: two for one process, one for several.",
    )

    rate: float = Field(
        500.0, gt=0, description="Requests a second that a key may make, if it has no rate of its own."
    )
    open_health: bool = Field(True, description="Whether /health and /version need no key.")
    open_metrics: bool = Field(True, description="Whether /metrics needs no key.")
    cors_origins: list[str] = Field(
        [], description="Origins whose pages may call, as a JSON list; none by default."
    )
    largest_body: int = Field(2_000_000, gt=0, description="Bytes of a request's body.")
    largest_picture: int = Field(10_000_000, gt=0, description="Bytes of a picture to search by.")
    pseudonyms: str = Field(
        "", description="A secret: with it, customer ids in logs are replaced by what only it can compute."
    )

    cached: int = Field(50_000, ge=0, description="Answers that each process keeps.")
    waiting: int = Field(
        256, ge=1, description="Requests that may wait for the model in each process; more get 503."
    )
    patience: float = Field(2.0, gt=0, description="Seconds after which a request that waits gets 503.")
    body_seconds: float = Field(10.0, gt=0, description="Seconds in which a request must have arrived whole.")
    stop_seconds: int = Field(20, ge=0, description="Seconds to finish what was begun when asked to stop.")
    follow_seconds: float = Field(
        1.0, gt=0, description="How often each process looks which version is live."
    )
    predictions: bool = Field(True, description="Whether what was recommended is logged in the database.")
    new_articles: bool = Field(
        False, description="Whether events may name articles that are not in the model's catalogue yet."
    )
    view_hours: float = Field(24.0, ge=0, description="How long a view or click of an article counts.")

    @property
    def threads_of_each(self) -> int:
        """Two threads get half as much again from two cores; processes of one thread each get twice as much."""
        return self.threads or (2 if self.workers == 1 else 1)

    @property
    def state_folder(self) -> Path:
        return self.state or self.data / "service"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{(self.state_folder / 'service.sqlite').resolve()}"
