"""The commands of `python -m stylo.operations`.

status                                       what is live and why, the last run, the inbox, alarms, what to type next
models list | show V | compare V W | promote V --reason … | rollback --reason … | hold | unhold | sync | register
retrain [--new FILE.csv] [--weeks N]         once, for cron
watch                                        again and again: new days, a schedule, drift, quality
health                                       whether watch looks: exit status 0 or 1
experiments define FILE | start | stop | list | show
drift · monitor · lineage
rehearse                                     two weeks of simulated shoppers, in a demo shop

A command is imported when it is called, so that `status` answers at once.
"""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from stylo.operations.workspace import Workspace
from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, RayOption, command_line, edge
from stylo.service.options import (
    DatabaseOption,
    ServiceDataOption,
    ServiceImagesOption,
    StateOption,
    TimeZoneOption,
    settings_of,
)

RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="MLFLOW_TRACKING_URI",
        help="MLflow's address.",
        show_default="STATE/mlflow.sqlite",
    ),
]
# Name of a command line of several commands → where it is, and what it is for.
_GROUPS = {
    "models": (
        "commands_models",
        "MODELS",
        "Versions of the model: which is live, which was better, and why.",
    ),
    "experiments": (
        "commands_experiments",
        "EXPERIMENTS",
        "Variants shown to groups of customers, and the results.",
    ),
}
_COMMANDS = {
    "status": ("commands_status", "STATUS"),
    "retrain": ("commands_retraining", "RETRAIN"),
    "health": ("commands_health", "HEALTH"),
    "rehearse": ("commands_rehearsal", "REHEARSE"),
    **dict.fromkeys(("watch", "drift", "monitor", "lineage"), ("commands_watching", "WATCHING")),
}


class _WhenCalled(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return ["status", *_GROUPS, *(name for name in _COMMANDS if name != "status")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _GROUPS:
            module, attribute, told = _GROUPS[cmd_name]
            found = _command_of(module, attribute)
            found.name, found.help = cmd_name, told
            return found
        if cmd_name in _COMMANDS:
            found = _command_of(*_COMMANDS[cmd_name])
            return found.commands.get(cmd_name) if isinstance(found, TyperGroup) else found
        return None


def _command_of(module: str, attribute: str) -> Any:
    found = getattr(importlib.import_module(f"stylo.operations.{module}"), attribute)
    return typer.main.get_command(found)


app = command_line(cls=_WhenCalled, no_args_is_help=True)


@app.callback()
def main(
    context: typer.Context,
    data: ServiceDataOption = DEFAULT_DATA,
    images: ServiceImagesOption = DEFAULT_IMAGES,
    state: StateOption = None,
    database: DatabaseOption = None,
    registry: RegistryOption = None,
    time_zone: TimeZoneOption = None,
    ray: RayOption = None,
) -> None:
    """Run a shop's models: versions, experiments, drift, retraining."""
    with edge():
        settings = settings_of(data, state, database, images=images, time_zone=time_zone)
        context.obj = Workspace(settings, registry, ray)
