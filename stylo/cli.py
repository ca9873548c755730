"""The command `stylo`: everything that the scripts and `python -m` forms do, in one place.

    stylo convert --data data        # python data_optim.py --data data
    stylo train --weeks 26           # python final.py --weeks 26
    stylo batch --customers all --out lists.parquet
    stylo models list

A command is imported when it is called, so that `stylo --help` answers at once.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from stylo import __version__
from stylo.errors import MissingLibrary
from stylo.script import command_line, edge, reporting, show

_Shared = Annotated[str | None, typer.Option(hidden=True)]
# The command's own help and its own mistakes are told by the command.
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
_CURE = "Install it with the extras for the service and operations: pip install '.[operations]' -c constraints.txt"


@dataclass(frozen=True)
class _Entry:
    """Where a command lives: a module, and in it a script's function or a command line.

    under : the name of the command within that command line; empty if the whole of it is the command.
    """

    help: str
    module: str
    attribute: str
    under: str = ""

    def command_line(self) -> typer.Typer:
        """Imports it. Raises MissingLibrary."""
        try:
            found = getattr(importlib.import_module(self.module), self.attribute)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("stylo"):
                raise
            raise MissingLibrary(f"The library {error.name} is not installed.", cure=_CURE) from error
        return found if isinstance(found, typer.Typer) else reporting(found)


_COMMANDS = {
    "convert": _Entry(
        "Turn Kaggle's three CSVs into Parquet tables (data_optim.py).", "stylo.commands.convert", "main"
    ),
    "import": _Entry(
        "Import a shop's own orders, products, customers and photos.", "stylo.commands.import_shop", "main"
    ),
    "split": _Entry("Split the transactions in time (split_data.py).", "stylo.commands.split", "main"),
    "encode": _Entry("Turn photos into vectors (visual_features.py).", "stylo.commands.encode", "main"),
    "twins": _Entry(
        "Find the visual twins of every article (visual_reccs.py).", "stylo.commands.twins", "main"
    ),
    "baseline": _Entry("Score the baselines (individual_baseline.py).", "stylo.commands.baseline", "main"),
    "train": _Entry("Train and score the hybrid (final.py).", "stylo.commands.train", "main"),
    "dashboard": _Entry("Open the dashboard in the browser (app.py).", "stylo.commands.dashboard", "app"),
    "serve": _Entry("Serve recommendations over HTTP (serve.py).", "stylo.commands.serve", "app"),
    "mcp": _Entry("Offer the shop to AI agents (Model Context Protocol).", "stylo.commands.mcp", "app"),
    "keys": _Entry("Create, list and revoke the service's keys.", "stylo.commands.serve", "app", "keys"),
    "rules": _Entry(
        "Check, set, roll back and preview merchandising rules.", "stylo.commands.serve", "app", "rules"
    ),
    "batch": _Entry(
        "Write recommendations for many customers to a file.", "stylo.service.batch.command", "main"
    ),
    "models": _Entry(
        "List, compare, promote and roll back versions.", "stylo.operations.commands", "app", "models"
    ),
    "status": _Entry(
        "Show what is live and why, and what to do next.", "stylo.operations.commands", "app", "status"
    ),
    "retrain": _Entry(
        "Ingest new days, train, compare, promote.", "stylo.operations.commands", "app", "retrain"
    ),
    "watch": _Entry(
        "Retrain when new days arrive, or on a schedule.", "stylo.operations.commands", "app", "watch"
    ),
    "experiments": _Entry(
        "Define, start, stop and read A/B tests.", "stylo.operations.commands", "app", "experiments"
    ),
    "drift": _Entry("Compare recent weeks with earlier ones.", "stylo.operations.commands", "app", "drift"),
    "monitor": _Entry(
        "Compare what was shown with what was bought.", "stylo.operations.commands", "app", "monitor"
    ),
    "lineage": _Entry(
        "Trace an answer to version, run, data and code.", "stylo.operations.commands", "app", "lineage"
    ),
    "rehearse": _Entry(
        "Fill a demo shop's operations with simulated shoppers.",
        "stylo.operations.commands",
        "app",
        "rehearse",
    ),
    "demo": _Entry("Generate an H&M-shaped shop to try everything with.", "stylo_demo.__main__", "main"),
}
app = command_line(no_args_is_help=True)


def _whole(name: str, entry: _Entry) -> Callable[..., None]:
    def call(context: typer.Context) -> None:
        with edge():
            command = entry.command_line()
        command(args=context.args, prog_name=f"stylo {name}")

    return call


def _part(entry: _Entry) -> Callable[..., None]:
    """A command of a command line whose shared options stand before it; here they may stand behind it, too."""

    def call(
        context: typer.Context,
        data: _Shared = None,
        images: _Shared = None,
        state: _Shared = None,
        database: _Shared = None,
        registry: _Shared = None,
        time_zone: _Shared = None,
    ) -> None:
        shared: dict[str, Any] = {
            "--data": data,
            "--images": images,
            "--state": state,
            "--database": database,
            "--registry": registry,
            "--time-zone": time_zone,
        }
        before = [word for option, value in shared.items() if value is not None for word in (option, value)]
        with edge():
            command = entry.command_line()
        command(args=[*before, entry.under, *context.args], prog_name="stylo")

    return call


for _name, _entry in _COMMANDS.items():
    app.command(_name, help=_entry.help, context_settings=_PASSED_ON, add_help_option=False)(
        _part(_entry) if _entry.under else _whole(_name, _entry)
    )


def _show_version(asked: bool) -> None:
    if asked:
        show((), (), f"StyloAI {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Fashion discovery from what people buy, what articles are, and how they look."""


def main() -> None:
    """The entry point of the command `stylo`."""
    app()
