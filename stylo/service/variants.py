"""The variants of running experiments: which one a customer gets, which release answers, and the exposure to it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stylo.deployment.release import Release
from stylo.deployment.releases import Releases
from stylo.errors import StyloError
from stylo.experiments.assignment import assign
from stylo.experiments.experiment import Experiment, Variant
from stylo.experiments.json_form import from_json
from stylo.service.logs import log_line
from stylo.storage import experiments
from stylo.storage.database import Database
from stylo.storage.exposures import Exposure

LIVE = "live"


@dataclass(frozen=True)
class AssignedVariants:
    """The variants that a customer gets.

    variant : `experiment:variant`, several with a comma between; "live" where there is none.
    release : None for the live one.
    blend : weights of strategies, see `RequestContext`.
    """

    variant: str = LIVE
    release: Release | None = None
    blend: Mapping[str, float] = field(default_factory=dict)
    assigned: Sequence[tuple[Experiment, Variant]] = ()

    def exposures(self, customer_id: str, model_version: str, now: datetime) -> list[Exposure]:
        """To be logged when the answer is sent. `now` is the shop's, like that of events."""
        return [
            Exposure(experiment.name, customer_id, variant.name, experiment.salt, now, model_version)
            for experiment, variant in self.assigned
        ]


NO_VARIANT = AssignedVariants()


@dataclass(frozen=True)
class RunningExperiments:
    """The experiments that run, each with all of its releases open. It never changes."""

    definitions: tuple[str, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    releases: Mapping[str, Release] = field(default_factory=dict)

    def assigned(self, customer_id: str, known: bool, days_since_purchase: float | None) -> AssignedVariants:
        """The variants of this customer. Of several experiments, the first by layer that names a model decides."""
        assigned: list[tuple[Experiment, Variant]] = []
        release: Release | None = None
        blend: dict[str, float] = {}
        for experiment in self.experiments:
            if not experiment.audience.includes(known, days_since_purchase):
                continue
            if (variant := assign(experiment, customer_id)) is None:
                continue
            assigned.append((experiment, variant))
            if release is None and variant.model is not None:
                release = self.releases[variant.model]
            blend = {**variant.settings, **blend}
        if not assigned:
            return NO_VARIANT
        label = ",".join(f"{experiment.name}:{variant.name}" for experiment, variant in assigned)
        return AssignedVariants(label, release, blend, assigned)


def load_running(
    database: Database, releases: Releases, before: RunningExperiments, live: Release | None
) -> RunningExperiments:
    """The experiments that run now; the same object where nothing has changed.

    An experiment of which a variant cannot be served is left out whole, so that its other variants are not shown to
    customers that nobody is compared with; it is logged once. Raises StorageUnavailable.
    """
    kept = experiments.running(database)
    definitions = tuple(each.definition for each in kept)
    if definitions == before.definitions:
        return before
    found: list[Experiment] = []
    opened: dict[str, Release] = {}
    for each in kept:
        try:
            experiment = from_json(each.definition)
            for variant in experiment.variants:
                if variant.model is not None and variant.model not in opened:
                    opened[variant.model] = _open(variant.model, releases, before, live)
            found.append(experiment)
        except StyloError as error:
            log_line("experiment left out", logging.ERROR, experiment=each.name, problem=error.problem)
    found.sort(key=lambda experiment: (experiment.layer, experiment.slot))
    log_line("experiments", running=[experiment.name for experiment in found])
    return RunningExperiments(definitions, tuple(found), opened)


def _open(version: str, releases: Releases, before: RunningExperiments, live: Release | None) -> Release:
    if version in before.releases:
        return before.releases[version]
    if live is not None and live.version == version:
        return live
    release = releases.open(version, checked=True)
    release.model.warm_up()
    return release
