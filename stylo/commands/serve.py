"""`serve.py` and `stylo serve`: the HTTP service, its keys, versions and log."""

from __future__ import annotations

from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, Terminal, command_line, edge
from stylo.service.commands import KEYS, LOG, MODELS
from stylo.service.commands_rules import RULES
from stylo.service.options import (
    DatabaseOption,
    ServiceDataOption,
    ServiceImagesOption,
    StateOption,
    TimeZoneOption,
    settings_of,
)
from stylo.service.server import serve

HostOption = Annotated[
    str | None, typer.Option(help="Address to listen on; 0.0.0.0 is every network.", show_default="127.0.0.1")
]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")]
WorkersOption = Annotated[int | None, typer.Option(help="Number of worker processes.", show_default="1")]
TodayOption = Annotated[
    str | None,
    typer.Option(
        help="The shop's current day: clock, data (the day after the last purchase), or a date.",
        show_default="clock; data if they end over 60 days ago",
    ),
]

app = command_line(invoke_without_command=True, no_args_is_help=False)
app.add_typer(KEYS, name="keys", help="Keys of those who may ask.")
app.add_typer(MODELS, name="models", help="Versions of the model.")
app.add_typer(RULES, name="rules", help="Merchandising rules.")
app.add_typer(LOG, name="log", help="What was recommended, as the database has it.")


@app.callback()
def main(
    context: typer.Context,
    data: ServiceDataOption = DEFAULT_DATA,
    images: ServiceImagesOption = DEFAULT_IMAGES,
    state: StateOption = None,
    database: DatabaseOption = None,
    host: HostOption = None,
    port: PortOption = None,
    workers: WorkersOption = None,
    today: TodayOption = None,
    time_zone: TimeZoneOption = None,
) -> None:
    """Serve recommendations over HTTP."""
    with edge():
        options = {"host": host, "port": port, "workers": workers, "today": today, "images": images}
        options["time_zone"] = time_zone
        settings = settings_of(data, state, database, **options)
        context.obj = settings
        if context.invoked_subcommand is None:
            settings.state_folder.require_data()
            serve(settings, Terminal())
