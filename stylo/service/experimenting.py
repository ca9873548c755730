"""Experiments that run: which variant a customer is shown, by which release, and that it was shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stylo.errors import StyloError
from stylo.experiments.assignment import assign
from stylo.experiments.experiment import Experiment, Variant
from stylo.experiments.json_form import from_json
from stylo.service.engine import Visit
from stylo.service.logs import told
from stylo.service.release import Release, Releases
from stylo.storage import experiments
from stylo.storage.database import Database
from stylo.storage.exposures import Exposure

LIVE = "live"


@dataclass(frozen=True)
class Shown:
    """What a customer's experiments make of a request.

    variant : `experiment:variant`, several with a comma between; "live" where there is none.
    release : None for the live one.
    blend : weights of strategies, see `Visit`.
    """

    variant: str = LIVE
    release: Release | None = None
    blend: Mapping[str, float] = field(default_factory=dict)
    assigned: Sequence[tuple[Experiment, Variant]] = ()

    def exposures(self, customer_id: str, model_version: str, now: datetime) -> list[Exposure]:
        """To be logged when the answer is sent. `now` is the shop's, as that of events."""
        return [
            Exposure(experiment.name, customer_id, variant.name, experiment.salt, now, model_version)
            for experiment, variant in self.assigned
        ]


NOBODYS = Shown()


@dataclass(frozen=True)
class Running:
    """The experiments that run, each with all of its releases open. It never changes."""

    definitions: tuple[str, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    releases: Mapping[str, Release] = field(default_factory=dict)

    def shown(self, customer_id: str, known: bool, days_since_purchase: float | None) -> Shown:
        """What this customer is to be shown. Of several experiments the first by layer that names a model decides."""
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
            return NOBODYS
        label = ",".join(f"{experiment.name}:{variant.name}" for experiment, variant in assigned)
        return Shown(label, release, blend, assigned)


def load(database: Database, releases: Releases, before: Running, live: Release | None) -> Running:
    """The experiments that run now; the same object where nothing has changed.

    An experiment of which a variant cannot be served is left out whole, so that its other variants are not shown to
    customers that nobody is compared with; it is told once. Raises StorageUnavailable.
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
            told("experiment left out", logging.ERROR, experiment=each.name, problem=error.problem)
    found.sort(key=lambda experiment: (experiment.layer, experiment.slot))
    told("experiments", running=[experiment.name for experiment in found])
    return Running(definitions, tuple(found), opened)


def _open(version: str, releases: Releases, before: Running, live: Release | None) -> Release:
    if version in before.releases:
        return before.releases[version]
    if live is not None and live.version == version:
        return live
    release = releases.open(version, checked=True)
    release.engine.recommend(
        [Visit(0, release.as_of)]
    )  # the first customer need not wait for what is made once
    return release
