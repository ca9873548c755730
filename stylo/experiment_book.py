"""The book of a shop's experiments: defined, started, stopped, each checked against the others and what there is."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from stylo.errors import BadExperiment
from stylo.experiments.assignment import check_change, check_free
from stylo.experiments.experiment import Experiment
from stylo.experiments.json_form import from_json, to_json
from stylo.storage import experiments
from stylo.storage.database import Database
from stylo.storage.experiments import State, StoredExperiment
from stylo.storage.idempotency import NamedRequest
from stylo.storage.texts import unkept

_NAME = re.compile(r"\w[\w .-]{0,59}")


@dataclass(frozen=True)
class ExperimentBook:
    """versions : of the model, that variants may show.   strategies : to which a blend may give weights."""

    database: Database
    versions: Collection[str]
    strategies: Collection[str]

    def define(
        self, text: str, *, who: str, reason: str, request: NamedRequest | None = None
    ) -> StoredExperiment:
        """Keeps a definition in JSON; a new one of the same name takes the place of the old.

        request : for every step: what asked for it, if that may be sent again; see `idempotency`.

        Raises BadExperiment for what does not hold together or names a model or strategy that is not here, SlotTaken
        where another has its customers, ChangedSplit where a running one would change sides under the same salt.
        """
        experiment = from_json(text)
        if not _NAME.fullmatch(experiment.name):
            problem = f"An experiment cannot be called {experiment.name[:60]!r}: its name is used in files and labels."
            raise BadExperiment(
                problem, where="name", cure="Use up to 60 letters, digits, spaces, full stops or hyphens."
            )
        if (unkept_text := unkept(asdict(experiment))) is not None:
            raise BadExperiment(f"{unkept_text}.", where="experiment", cure="Leave it out.")
        self._check(experiment)
        kept = {each.name: each for each in experiments.listed(self.database)}
        before = kept.get(experiment.name)
        if before is not None and before.state is State.RUNNING:
            check_change(from_json(before.definition), experiment)
        others = [each for each in kept.values() if each.state is not State.STOPPED]
        check_free([from_json(each.definition) for each in others], experiment)
        now = datetime.now(UTC)
        text = to_json(experiment)
        return experiments.define(
            self.database, experiment.name, text, who=who, reason=reason, now=now, request=request
        )

    def start(
        self, name: str, *, who: str, reason: str, request: NamedRequest | None = None
    ) -> StoredExperiment:
        """From the next second or two on customers are exposed. Raises as `define`, and UnknownExperiment."""
        experiment = from_json(experiments.one(self.database, name).definition)
        self._check(experiment)
        running = [from_json(each.definition) for each in experiments.running(self.database)]
        check_free(running, experiment)
        now = datetime.now(UTC)
        return experiments.start(self.database, name, who=who, reason=reason, now=now, request=request)

    def stop(
        self, name: str, *, who: str, reason: str, request: NamedRequest | None = None
    ) -> StoredExperiment:
        """Nobody is exposed any more; purchases within the window still count. Raises UnknownExperiment."""
        now = datetime.now(UTC)
        return experiments.stop(self.database, name, who=who, reason=reason, now=now, request=request)

    def _check(self, experiment: Experiment) -> None:
        for variant in experiment.variants:
            where = f"experiment {experiment.name!r}, variant {variant.name!r}"
            if variant.model is not None and variant.model not in self.versions:
                there = ", ".join(sorted(self.versions)) or "none"
                problem = f"There is no version {variant.model!r} of the model."
                raise BadExperiment(problem, where=where, cure=f"There are: {there}.")
            if strange := sorted(set(variant.settings) - set(self.strategies)):
                problem = f"{', '.join(strange)}: there is no such strategy."
                cure = f"A blend gives weights to {', '.join(sorted(self.strategies))}."
                raise BadExperiment(problem, where=where, cure=cure)
            if any(value < 0 for value in variant.settings.values()):
                raise BadExperiment("A weight is negative.", where=where, cure="Use 0 or more.")
