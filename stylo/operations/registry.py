"""The registry: MLflow knows every training run, what it was made from, and which version is champion.

    run       parameters, fingerprints of the data, weekly metrics, reports
    version   a release of the service (`source`), aliases champion and challenger, the reason of each step

The service never asks it: who promotes tells the service's own storage. What was said to MLflow by others, in its own
page for instance, is taken over by `sync`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from stylo.errors import BadOption, MissingLibrary, RegistryUnavailable
from stylo.operations.workspace import Workspace
from stylo.system.room import no_room

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "stylo"
CHAMPION, CHALLENGER = "champion", "challenger"
_RELEASE, _REASON, _STEP = "release", "reason", "step"
# A server that does not answer is given up after seconds, not minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
_INSTALL = "Install the operations extra: pip install '.[operations]' -c constraints.txt"
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
_LONGEST = 500
_PROMOTED = ("promoted", "rolled back to")
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"  # a plus sign is no part of a tag


@dataclass(frozen=True)
class Trained:
    """What is registered of a training.

    release : the version that the service knows.
    source : its folder.
    metrics : of the whole run.   weekly : metric → (day of the week, value).
    reports : files to keep.
    """

    release: str
    source: Path
    parameters: Mapping[str, Any]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    weekly: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    reports: Sequence[Path] = ()


@dataclass(frozen=True)
class Registered:
    """A version in the registry, newest steps last: `steps` are (moment, what, reason)."""

    number: int
    release: str
    run_id: str
    made_at: datetime
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    steps: tuple[tuple[str, str, str], ...]


class Registry:
    """MLflow's tracking and registry at a URL. Every method raises RegistryUnavailable where it cannot be reached.

    MLflow is imported and asked with the first question.

    made_before : the registry is known to exist, so that a file that is gone is not made anew.
    """

    def __init__(self, url: str, artefacts_url: str, *, made_before: bool = False) -> None:
        self.url = url
        self._artefacts_url, self._made_before = artefacts_url, made_before

    @classmethod
    def of(cls, workspace: Workspace) -> Registry:
        """Of a shop's operations. Raises BadOption for a state folder that MLflow cannot name."""
        before = workspace.registered_before
        return cls(workspace.tracking_url, workspace.artefacts_url, made_before=before)

    def may_be_made(self) -> None:
        """From now on a file that is gone is made anew."""
        self._made_before = False

    def check(self) -> None:
        """Raises RegistryUnavailable where the file is gone, MissingLibrary. A server is not asked."""
        self._check_file()
        if importlib.util.find_spec("mlflow") is None:
            raise MissingLibrary("MLflow is not installed.", cure=_INSTALL)

    def register(self, trained: Trained, reason: str, *, challenger: bool = True) -> Registered:
        """Logs a run, and makes its release the challenger if that is asked for. A release that is there already is not
        made again, and the champion does not become its own challenger."""
        with self._reached():
            self._have_model()
            number = self._of_release(trained.release)
            if number is None:
                run_id = self._log(trained)
                made = self._client.create_model_version(
                    NAME, str(trained.source), run_id, tags={_RELEASE: trained.release}
                )
                number = int(made.version)
            champion = self._client.get_registered_model(NAME).aliases.get(CHAMPION)
            if challenger and (champion is None or int(champion) != number):
                self._client.set_registered_model_alias(NAME, CHALLENGER, str(number))
            self._note(number, CHALLENGER if challenger else "registered", reason)
        return self.version(trained.release)

    def versions(self) -> list[Registered]:
        """All, the newest first."""
        with self._reached():
            if not self._client.search_registered_models(f"name = '{NAME}'"):
                return []
            aliases: dict[int, list[str]] = {}
            for alias, number in self._client.get_registered_model(NAME).aliases.items():
                aliases.setdefault(int(number), []).append(alias)
            found = self._client.search_model_versions(f"name = '{NAME}'")
            return sorted((self._registered(each, aliases) for each in found), key=lambda each: -each.number)

    def version(self, release: str) -> Registered:
        """Raises BadOption for a release that is not registered."""
        known = self.versions()
        for each in known:
            if release in (each.release, str(each.number)):
                return each
        named = ", ".join(each.release for each in known) or "none"
        raise BadOption(f"There is no version {release[:80]!r} in the registry.", cure=f"There are: {named}.")

    def champion(self, known: Sequence[Registered] | None = None) -> Registered | None:
        """The version that has the alias; None if none has.

        known : what `versions` gave, where it was just asked.
        """
        versions = self.versions() if known is None else known
        return next((each for each in versions if CHAMPION in each.aliases), None)

    @staticmethod
    def left_as_champion(known: Sequence[Registered]) -> str | None:
        """The release that `make_champion` gave the alias last: another one that has it got it by hand, in MLflow."""
        given = [(at, each.release) for each in known for at, step, _ in each.steps if step in _PROMOTED]
        return max(given)[1] if given else None

    def make_champion(self, release: str, step: str, reason: str) -> None:
        """Gives a version the alias, with the reason.

        step : "promoted" or "rolled back to".
        """
        number = self.version(release).number
        with self._reached():
            self._client.set_registered_model_alias(NAME, CHAMPION, str(number))
            challenger = self._client.get_registered_model(NAME).aliases.get(CHALLENGER)
            if (
                challenger is not None and int(challenger) == number
            ):  # a text or a number, as the store gives it
                self._client.delete_registered_model_alias(NAME, CHALLENGER)
            self._note(number, step, reason)

    def note(self, release: str, step: str, reason: str) -> None:
        """Notes a step of a version's life."""
        number = self.version(release).number
        with self._reached():
            self._note(number, step, reason)

    @cached_property
    def _client(self) -> MlflowClient:
        self.check()
        for name, value in {**_PATIENCE, **_QUIET}.items():
            os.environ.setdefault(name, value)
        if self._file:  # else MLflow writes the working directory into an SQL text, where `:x` is a parameter
            os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = self._artefacts_url
        from mlflow import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        client = MlflowClient(self.url, self.url)
        self._made_before = True
        return client

    @cached_property
    def _file(self) -> Path | None:
        """Of a store in a file."""
        if not self.url.startswith(("sqlite:", "sqlite+")):
            return None
        return Path(str(make_url(self.url).database)).absolute()

    def _check_file(self) -> None:
        """A registry that was emptied or removed must not look like one in which nothing was ever registered."""
        if self._file is None or not self._made_before:
            return
        try:
            gone = not self._file.stat().st_size
        except FileNotFoundError:
            gone = True
        if gone:
            raise RegistryUnavailable(
                "The registry of models is gone; the service stays on its model.",
                where=f"{self._file} was there before, and is {'empty' if self._file.exists() else 'missing'}.",
                cure="Put it back from a backup, or name the one in use: --registry URL. If it is lost, make a new one "
                "of the versions that are here: python -m stylo.operations models register",
            )

    def _have_model(self) -> None:
        if not self._client.search_registered_models(f"name = '{NAME}'"):
            self._client.create_registered_model(NAME, description="StyloAI's releases.")

    def _of_release(self, release: str) -> int | None:
        found = self._client.search_model_versions(f"name = '{NAME}'")
        return next((int(each.version) for each in found if each.tags.get(_RELEASE) == release), None)

    def _log(self, trained: Trained) -> str:
        from mlflow.entities import Metric, Param, RunTag

        known = self._client.get_experiment_by_name(NAME)
        place = self._artefacts_url if self._file else None
        experiment = known.experiment_id if known else self._client.create_experiment(NAME, place)
        run = self._client.create_run(experiment, run_name=trained.release)
        run_id: str = run.info.run_id
        now = int(datetime.now(UTC).timestamp() * 1000)
        metrics = [Metric(_plain(name), value, now, 0) for name, value in trained.metrics.items()]
        metrics += [
            Metric(_plain(name), value, now, day)
            for name, values in trained.weekly.items()
            for day, value in values
        ]
        parameters = [
            Param(_plain(name), str(value)[:_LONGEST]) for name, value in trained.parameters.items()
        ]
        tags = [RunTag(name, value[:_LONGEST]) for name, value in trained.tags.items()]
        self._client.log_batch(run_id, metrics, parameters, tags)
        for path in trained.reports:
            if path.exists():
                self._client.log_artifact(run_id, str(path))
        self._client.set_terminated(run_id)
        return run_id

    def _note(self, number: int, step: str, reason: str) -> None:
        now = datetime.now(UTC).strftime(MOMENT)
        self._client.set_model_version_tag(
            NAME, str(number), f"{_STEP}.{now}", f"{step}: {reason}"[:_LONGEST]
        )

    def _registered(self, version: Any, aliases: Mapping[int, list[str]]) -> Registered:
        run = self._client.get_run(version.run_id)
        tags = dict(version.tags)
        steps = sorted(
            (name.removeprefix(f"{_STEP}."), said) for name, said in tags.items() if name.startswith(_STEP)
        )
        return Registered(
            number=int(version.version),
            release=tags.get(_RELEASE, ""),
            run_id=version.run_id,
            made_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
            aliases=tuple(sorted(aliases.get(int(version.version), ()))),
            metrics=dict(run.data.metrics),
            parameters=dict(run.data.params),
            tags={name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")},
            steps=tuple((at, *said.partition(": ")[::2]) for at, said in steps),
        )

    @contextmanager
    def _reached(self) -> Iterator[None]:
        self.check()
        from mlflow.exceptions import MlflowException
        from requests import RequestException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
            first = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            if full := no_room(error):
                raise RegistryUnavailable(
                    f"The registry of models cannot be written: {full}.",
                    where=shown(self.url),
                    cure="Free some space where it is stored, then try again.",
                ) from error
            raise RegistryUnavailable(
                "The registry of models cannot be reached; the service stays on its model.",
                where=f"{shown(self.url)}: {first}",
                cure="Start MLflow, or name another registry: --registry URL.",
            ) from error


def shown(url: str) -> str:
    """A URL without its password."""
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


def _plain(name: str) -> str:
    """A name that MLflow takes."""
    return "".join(each if each.isalnum() or each in "_-. /" else "_" for each in name.replace("@", "_at_"))
