"""The batch command: `python -m stylo.service.batch`.

The model is the live version of the service's state folder where there is one, else DATA/model.bin. Events since it was
made count where there is a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stylo import __version__
from stylo.artefacts import destination, digest_of, read_manifest, writing
from stylo.deployment.release import Release, unpublished
from stylo.deployment.releases import Releases
from stylo.deployment.rule_book import compiled_for, live_rules
from stylo.errors import BadOption, BadRows, DamagedArtefact, MissingArtefact, MissingFile
from stylo.parallel.connecting import workers_at
from stylo.progress import Progress
from stylo.records.merchandising import RulesFile
from stylo.rules.compiled import CompiledRules
from stylo.script import (
    DEFAULT_DATA,
    RayOption,
    Report,
    Terminal,
    path_option,
    peak_memory,
    word_or_path_option,
)
from stylo.service.batch.customers import BatchCustomers, BatchSelection, BatchStart, read_ids
from stylo.service.batch.parts import NAME, BatchCounts, BatchLists, Parts, write_output
from stylo.service.event_meaning import EventMeaning
from stylo.service.options import DatabaseOption, ServiceDataOption, StateOption, TimeZoneOption, settings_of
from stylo.service.schemas import MOST
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder
from stylo.tables.outputs import CSV_ENDINGS, check_output, holds_lists

ALL = "all"
_FORMATS = (".parquet", *CSV_ENDINGS)

CustomersOption = Annotated[
    str,
    word_or_path_option(
        "--customers", words=[ALL], help="A file of customer ids, one per line, or Parquet; or: all."
    ),
]
OutOption = Annotated[
    Path,
    path_option("--out", help="The file to write: .parquet, or in Kaggle's format .csv, .csv.gz or .zip."),
]
KOption = Annotated[int, typer.Option("--k", min=1, max=MOST, help="Number of articles per customer.")]
ExcludeOption = Annotated[
    bool, typer.Option("--exclude-purchased", help="Exclude what a customer has already bought.")
]
AtATimeOption = Annotated[
    int,
    typer.Option(
        "--at-a-time", min=1, max=1_000_000, help="Customers per part: the work lost if the run is killed."
    ),
]
NoEventsOption = Annotated[bool, typer.Option("--no-events", help="Ignore events since the model was made.")]


def main(
    customers: CustomersOption,
    out: OutOption,
    data: ServiceDataOption = DEFAULT_DATA,
    k: KOption = 12,
    exclude_purchased: ExcludeOption = False,
    at_a_time: AtATimeOption = 4_000,
    state: StateOption = None,
    database: DatabaseOption = None,
    no_events: NoEventsOption = False,
    time_zone: TimeZoneOption = None,
    ray: RayOption = None,
) -> Report:
    """Write recommendations for a file of customers, or for all."""
    settings, progress = settings_of(data, state, database, time_zone=time_zone), Terminal()
    zone = settings.zone
    _check(settings, customers, out)
    with _database(settings) as opened, writing(out) as (temporary,):
        release = _release(settings, opened, progress)
        log = None if no_events else opened
        rules = _rules(settings, opened, release)
        start = BatchStart.now(settings.today, release.as_of, log, datetime.now(UTC), zone)
        meaning = EventMeaning.of(settings)
        request = {
            "stylo": __version__,
            "model": release.version,
            "customers": ALL if customers == ALL else digest_of(Path(customers)),
            "k": k,
            "exclude_purchased": exclude_purchased,
            "rules": rules.version,
            "at_a_time": at_a_time,
            "events": log.url_shown if log else None,
            "event_meaning": meaning.plain,
            "day": zone.day(start.at).isoformat(),
            "time_zone": zone.name,
        }
        place = destination(out)
        parts = Parts(place.with_name(f".{place.name}.parts"), request)
        start = parts.start or start
        progress.note(f"Model {release.version}. {_events_note(opened, log, start)}")
        for said in [f"Rules {rules.version}.", *rules.notes(zone.day(start.at))] if rules.version else []:
            progress.note(said)
        everyone = BatchCustomers(release, log, start, meaning, zone)
        chosen = everyone.all() if customers == ALL else _chosen(everyone, customers, release)
        if not chosen.rows:
            raise BadRows(f"{customers} contains no customer ids.", cure="Give at least one.")
        with workers_at(ray, progress) as workers:
            lists = BatchLists(release, everyone, k, exclude_purchased, workers, rules)
            with parts.begun(start, progress):
                made = lists.run(chosen.numbers, parts, at_a_time, progress)
        write_output(temporary, out, parts.files(), request, release.assortment.ids)
    parts.remove()
    return _report(data, out, chosen, made, release.version, start)


def _chosen(everyone: BatchCustomers, customers: str, release: Release) -> BatchSelection:
    return everyone.choose(read_ids(Path(customers), own=release.own_customer_ids))


def _check(settings: ServiceSettings, customers: str, out: Path) -> None:
    """Raises BadOption, MissingFile or MissingArtefact for what cannot come to anything."""
    if not out.absolute().parent.is_dir():
        raise MissingFile(
            f"There is no folder {out.parent} for the output.", cure="Make it, or name another."
        )
    if not settings.data.is_dir():
        raise MissingArtefact(f"There is no data folder {settings.data}.", cure="Name another: --data DIR.")
    if customers != ALL and not Path(customers).is_file():
        raise MissingFile(f"There is no file {customers}.", cure="Name a file of customer ids, or: all.")
    if customers != ALL and out.exists() and out.samefile(customers):
        raise BadOption(f"{out} would replace the customers' file.", cure="Choose another output.")
    check_output(out, DataFolder(settings.data), _FORMATS, _is_earlier)


def _is_earlier(path: Path) -> bool:
    if holds_lists(path):
        return True
    try:
        manifest = read_manifest(path)
    except DamagedArtefact:
        return False
    return manifest is not None and manifest.made_by == NAME


@contextmanager
def _database(settings: ServiceSettings) -> Iterator[Database | None]:
    """The service's; None if there is none yet. Raises MissingFile for one that was named and is not there."""
    state = settings.state_folder
    if (missing := state.missing_database()) is not None:
        if settings.database:
            raise MissingFile(f"There is no database {missing}.", cure="Leave out --database, or correct it.")
        yield None
        return
    database = state.open_database()
    try:
        database.check()
        yield database
    finally:
        database.close()


def _release(settings: ServiceSettings, database: Database | None, progress: Progress) -> Release:
    """The live model, else the data folder's. Raises MissingArtefact, StaleArtefact or DamagedArtefact."""
    folder = DataFolder(settings.data)
    live = deployments.live(database) if database else None
    releases = Releases.of(settings.state_folder)
    if live is None or live.version not in releases.versions():
        if live is not None:
            progress.note(
                f"NOTICE: the live version {live.version} is not in {settings.state_folder.path}; "
                f"the model of {folder.root} is used."
            )
        return unpublished(folder)
    release = releases.open(live.version)
    if "model" in release.problems:
        raise release.problems["model"]
    return release


def _rules(settings: ServiceSettings, database: Database | None, release: Release) -> CompiledRules:
    """Those that are live; none where there is no database."""
    if database is None:
        return compiled_for(release.assortment, settings.data, RulesFile())
    return live_rules(database, release.assortment, settings.data)


def _events_note(database: Database | None, log: Database | None, start: BatchStart) -> str:
    if log is not None:
        return f"Events up to number {start.last_event:,} count."
    why = "left out, as requested" if database is not None else "unknown: there is no database"
    return f"Events since it was made are {why}."


def _report(
    data: Path, out: Path, chosen: BatchSelection, made: BatchCounts, version: str, start: BatchStart
) -> Report:
    pace = made.lists / made.seconds if made.seconds else 0.0
    lists, memory = len(chosen.numbers), peak_memory()
    rows = (
        ("customers", f"{lists + chosen.unknown:,}"),
        ("listed more than once", f"{chosen.repeated:,}"),
        ("unknown", f"{chosen.unknown:,}"),
        ("lists", f"{lists:,}"),
        ("made by an earlier run", f"{made.before:,}"),
        ("seconds", f"{made.seconds:,.1f}"),
        ("customers a second", f"{pace:,.0f}"),
        ("peak memory, MiB", f"{memory / 2**20:,.0f}" if memory else "not known"),
    )
    facts = {
        "customers": lists + chosen.unknown,
        "repeated": chosen.repeated,
        "unknown": chosen.unknown,
        "lists": lists,
        "made_before": made.before,
        "customers_a_second": round(pace, 1),
        "model_version": version,
        "last_event": start.last_event,
        "out": str(out),
    }
    lines = [f"Written: {out}, by model {version}."]
    if chosen.unknown:
        lines.append(
            f"Unknown customers: {', '.join(chosen.named)}{' …' if chosen.unknown > len(chosen.named) else ''}"
        )
    return Report("batch", data, ("In the batch", "Count"), rows, facts, lines)
