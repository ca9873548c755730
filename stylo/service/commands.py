"""The commands of `serve.py` beside serving: keys, versions of the model, and the log of recommendations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from stylo.deployment.control_plane import COMMAND_LINE, ControlPlane, held_lines
from stylo.deployment.releases import Releases
from stylo.errors import BadOption
from stylo.script import Terminal, command_line, edge, show
from stylo.service.options import DatabaseOption, DataOption, ReasonOption, StateOption, settings_before
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments, idempotency, keys, predictions
from stylo.storage.database import Database
from stylo.storage.keys import Key, Scope
from stylo.user_paths import printable

_NEVER, _MOMENT = "never", "%Y-%m-%d %H:%M"
_HISTORY = 20

KEYS = command_line(no_args_is_help=True)
MODELS = command_line(no_args_is_help=True)
LOG = command_line(no_args_is_help=True)


@KEYS.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Who the key is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What the key may do; may be given several times.")],
    days: Annotated[
        int | None, typer.Option(help="Days until the key expires.", show_default="never")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests per second.", show_default="the service's default")
    ] = None,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a key. It is shown once: only a digest of it is kept."""
    with edge():
        opened = _database(context, data, state, database)
        now = datetime.now(UTC)
        if days is not None and not 0 < days <= 36_500:
            raise BadOption(f"A key cannot expire after {days} days.", cure="Choose 1 to 36,500 days.")
        expires = None if days is None else now + timedelta(days=days)
        key, token = keys.create(opened, name, scope, now=now, expires_at=expires, rate=rate)
        Terminal().note(
            f"Key {key.id} of {key.name}, for {', '.join(sorted(key.scopes))}. Save it: it will not be shown again."
        )
        show((), (), token)


@KEYS.command("list")
def listed(
    context: typer.Context,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the keys, without their secrets."""
    with edge():
        found = keys.listed(_database(context, data, state, database))
        rows = [_row(key) for key in found]
        show(
            ("key", "name", "scopes", "rate", "made (UTC)", "expires (UTC)", "state"),
            rows,
            f"{len(rows)} keys.",
        )


@KEYS.command("revoke")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """End a key, for good. Processes that serve know it within three seconds."""
    with edge():
        ended = keys.revoke(_database(context, data, state, database), key, datetime.now(UTC))
        show((), (), f"Key {ended.id} of {ended.name} is revoked.")


@MODELS.command("list")
def versions(
    context: typer.Context,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """List what was live when, and why; the newest first."""
    with edge():
        opened = _database(context, data, state, database)
        history = deployments.history(opened, _HISTORY)
        rows = [
            (each.version, each.action.value, each.at.strftime(_MOMENT), each.who, each.reason)
            for each in history
        ]
        decision = deployments.decide(history)
        live = (
            f"Live: {decision.live.version}"
            if decision
            else "No version is live yet; python serve.py publishes one."
        )
        others = settings_before(context, data, state, database).state_folder.other_folders()
        notes = [
            f"No version, and ignored: {printable(each)} in the models of the state folder."
            for each in others
        ]
        show(("version", "by", "since (UTC)", "who", "why"), rows, live, *held_lines(decision), *notes)


@MODELS.command("publish")
def published(
    context: typer.Context,
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make what final.py left in the data folder the live version."""
    with edge():
        settings, control = _control_plane(context, data, state, database)
        folder = settings.state_folder.data_folder
        control.publish(folder, who=COMMAND_LINE, reason="published by command")
        _show_decision(control)


@MODELS.command("activate")
def choose(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="A version of `models list`.")],
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a version the live one; services take it up within two seconds."""
    with _deciding(context, data, state, database) as control:
        control.promote(version, who=COMMAND_LINE, reason=reason)


@MODELS.command("rollback")
def rollback(
    context: typer.Context,
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Go back to the version that was live before."""
    with _deciding(context, data, state, database) as control:
        control.rollback(who=COMMAND_LINE, reason=reason)


@MODELS.command("hold")
def hold(
    context: typer.Context,
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Keep the live version: retraining, watch and a restart leave it live."""
    with _deciding(context, data, state, database) as control:
        control.hold(who=COMMAND_LINE, reason=reason)


@MODELS.command("unhold")
def unhold(
    context: typer.Context,
    reason: ReasonOption = "",
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let retraining, watch and a restart replace the live version again."""
    with _deciding(context, data, state, database) as control:
        control.unhold(who=COMMAND_LINE, reason=reason)


@LOG.command("prune")
def prune(
    context: typer.Context,
    older_than: Annotated[
        int, typer.Option(min=1, max=36_500, help="Days to keep, counted back from the last of each kind.")
    ],
    data: DataOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> None:
    """Delete what was noted of old recommendations and of requests that changed something; the service may go on."""
    with edge():
        opened = _database(context, data, state, database)
        # Not by the clock of this machine: the shop's day may be another.
        last = predictions.last(opened)
        age = timedelta(days=older_than)
        deleted = 0 if last is None else predictions.prune(opened, last - age)
        outcomes = idempotency.prune(opened, age)
        show(
            (),
            (),
            f"{deleted:,} recommendations deleted from the log, and {outcomes:,} outcomes of requests.",
        )


@contextmanager
def _deciding(
    context: typer.Context, data: Path | None, state: Path | None, database: str | None
) -> Iterator[ControlPlane]:
    """The control plane, for one decision; shows what stands then."""
    with edge():
        _, control = _control_plane(context, data, state, database)
        yield control
        _show_decision(control)


def _show_decision(control: ControlPlane) -> None:
    decision = control.decision()
    show((), (), f"Live: {decision.live.version}" if decision else "No version is live yet.")
    for line in held_lines(decision):
        Terminal().note(line)


def _database(
    context: typer.Context, data: Path | None, state: Path | None, database: str | None
) -> Database:
    return settings_before(context, data, state, database).state_folder.open_database(migrate=True)


def _control_plane(
    context: typer.Context, data: Path | None, state: Path | None, database: str | None
) -> tuple[ServiceSettings, ControlPlane]:
    settings = settings_before(context, data, state, database)
    folder = settings.state_folder
    return settings, ControlPlane(folder.open_database(migrate=True), Releases.of(folder))


def _row(key: Key) -> tuple[str, ...]:
    expires = _NEVER if key.expires_at is None else key.expires_at.strftime(_MOMENT)
    return (
        key.id,
        key.name,
        ", ".join(sorted(key.scopes)),
        "usual" if key.rate is None else f"{key.rate:g}/s",
        key.created_at.strftime(_MOMENT),
        expires,
        key.refusal(datetime.now(UTC)) or "good",
    )
