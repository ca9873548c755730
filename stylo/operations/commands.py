"""The commands of `python -m stylo.operations`.

models list | show V | compare V W | promote V --reason … | rollback --reason … | sync
retrain [--new FILE.csv] [--weeks N]         once, for cron
watch                                        again and again: new days, a schedule, drift, quality
experiments define FILE | start | stop | list | show
drift · monitor · lineage
"""

from __future__ import annotations

from typing import Annotated

import typer

from stylo.operations.commands_experiments import EXPERIMENTS
from stylo.operations.commands_models import MODELS
from stylo.operations.commands_watching import WATCHING
from stylo.operations.workspace import Workspace
from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, DataOption, ImagesOption, command_line, edge
from stylo.service.commands import DatabaseOption, StateOption, TimeZoneOption, settings_of

RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="MLFLOW_TRACKING_URI",
        help="MLflow's address.",
        show_default="STATE/mlflow.sqlite",
    ),
]

app = command_line(no_args_is_help=True)
app.add_typer(MODELS, name="models", help="Versions of the model: which is live, which was better, and why.")
app.add_typer(EXPERIMENTS, name="experiments", help="Variants shown to groups of customers, and the results.")
for command in WATCHING.registered_commands:
    app.registered_commands.append(command)


@app.callback()
def main(
    context: typer.Context,
    data: DataOption = DEFAULT_DATA,
    images: ImagesOption = DEFAULT_IMAGES,
    state: StateOption = None,
    database: DatabaseOption = None,
    registry: RegistryOption = None,
    time_zone: TimeZoneOption = None,
) -> None:
    """Run a shop's models: versions, experiments, drift, retraining."""
    with edge():
        settings = settings_of(data, state, database, images=images, time_zone=time_zone)
        context.obj = Workspace(settings, registry)
