"""The HTTP service: recommendations, similar articles, search, events.

    python serve.py                                     # serves what final.py left in data/, at 127.0.0.1:8000
    python serve.py keys create --name shop --scope read --scope events
    python serve.py models list                         # versions of the model, and which is live

Every setting of docs/service.md that is no option here comes from the environment: STYLO_SERVICE_RATE=50.
"""

from typing import Annotated

import typer

from stylo.errors import MissingLibrary
from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, DataOption, ImagesOption, Terminal, command_line, edge

with edge():
    try:
        from stylo.service.commands import KEYS, MODELS, DatabaseOption, StateOption, settings_of
        from stylo.service.serving import require_state, serve
    except ModuleNotFoundError as error:
        problem = f"The library {error.name} is not installed."
        cure = "Install what the service needs: pip install '.[serve]' -c constraints.txt"
        raise MissingLibrary(problem, cure=cure) from error

HostOption = Annotated[
    str | None, typer.Option(help="Address to listen at; 0.0.0.0 is every network.", show_default="127.0.0.1")
]
PortOption = Annotated[int | None, typer.Option(help="Port to listen at.", show_default="8000")]
WorkersOption = Annotated[int | None, typer.Option(help="How many processes answer.", show_default="1")]
TodayOption = Annotated[
    str | None,
    typer.Option(
        help="The day on which the shop lives: clock, data (the day after the last purchase), or a date.",
        show_default="clock, or data where they end over 60 days ago",
    ),
]

app = command_line(invoke_without_command=True, no_args_is_help=False)
app.add_typer(KEYS, name="keys", help="Keys of those who may ask.")
app.add_typer(MODELS, name="models", help="Versions of the model.")


@app.callback()
def main(
    context: typer.Context,
    data: DataOption = DEFAULT_DATA,
    images: ImagesOption = DEFAULT_IMAGES,
    state: StateOption = None,
    database: DatabaseOption = None,
    host: HostOption = None,
    port: PortOption = None,
    workers: WorkersOption = None,
    today: TodayOption = None,
) -> None:
    """Serve recommendations over HTTP."""
    with edge():
        options = {"host": host, "port": port, "workers": workers, "today": today, "images": images}
        settings = settings_of(data, state, database, **options)
        context.obj = settings
        if context.invoked_subcommand is None:
            require_state(settings)
            serve(settings, Terminal())


if __name__ == "__main__":
    app()
