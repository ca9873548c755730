"""The options that the service's and operations' command lines share, and the settings that come of them."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from stylo.deployment.state_folder import PREFIX
from stylo.errors import BadOption
from stylo.script import DEFAULT_DATA, path_option
from stylo.service.settings import ServiceSettings

#: As of the scripts, and by the service's own variables, which come first.
ServiceDataOption = Annotated[
    Path,
    path_option(
        "--data", envvar=[f"{PREFIX}DATA", "STYLO_DATA"], help="Folder with the tables and artefacts."
    ),
]
ServiceImagesOption = Annotated[
    Path,
    path_option(
        "--images",
        envvar=[f"{PREFIX}IMAGES", "STYLO_IMAGES"],
        help="Photos: a folder of 0XX/ folders, or one .zip.",
    ),
]
#: For a command that stands behind others, which may have been told already.
DataOption = Annotated[
    Path | None, path_option("--data", help="Folder with the tables and artefacts.", show_default="data")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; recorded in the history.")]
StateOption = Annotated[
    Path | None,
    path_option("--state", help="Where versions and the database are stored.", show_default="DATA/service"),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", help="sqlite:///FILE or postgresql://…", show_default="STATE/service.sqlite"),
]
TimeZoneOption = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        help="The shop's time zone, which defines its days: Europe/Stockholm.",
        show_default="the machine's",
    ),
]


def settings_before(
    context: typer.Context, data: Path | None, state: Path | None, database: str | None
) -> ServiceSettings:
    """Options of a command, else those before it, else the defaults. Raises BadOption, or that there are no data."""
    before: ServiceSettings | None = context.obj
    settings = settings_of(
        data or (before.data if before else DEFAULT_DATA),
        state or (before.state if before else None),
        database or (before.database if before else None),
    )
    settings.state_folder.require_data()
    return settings


def cannot_listen(host: str, port: int, error: OSError) -> BadOption:
    """What to tell of an address that cannot be listened on."""
    taken = error.errno == errno.EADDRINUSE
    return BadOption(
        f"Port {port} of {host} is taken."
        if taken
        else f"Cannot listen on {host}, port {port}: {error.strerror}.",
        cure="Choose another: --port, --host.",
    )


def settings_of(data: Path, state: Path | None, database: str | None, **more: Any) -> ServiceSettings:
    """Options where they were given, else the environment. Raises BadOption for invalid values."""
    known = {PREFIX + name.upper() for name in ServiceSettings.model_fields}
    if strange := sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known):
        raise BadOption(
            f"There is no setting {strange[0]}.",
            cure="docs/service.md lists them all. Kubernetes creates some for a Service called stylo: rename it.",
        )
    given = {"state": state, "database": database, **more}
    try:
        settings = ServiceSettings(
            data=data, **{name: value for name, value in given.items() if value is not None}
        )
        _ = settings.zone  # it exists
        return settings
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]) if wrong["loc"] else "a setting"
        problem = f"{name} cannot be {str(wrong['input'])[:80]!r}: {wrong['msg']}."
        raise BadOption(problem, cure=_set_by(name)) from error
    except SettingsError as error:  # a list that is no JSON
        found = re.search(r'field "(\w+)"', str(error))
        name = found[1] if found else "a setting"
        raise BadOption(f"{name} cannot be read: it is not JSON.", cure=_set_by(name)) from error


def _set_by(name: str) -> str:
    return f"Set it by --{name.replace('_', '-')} or {PREFIX}{name.upper()}; docs/service.md lists them all."
