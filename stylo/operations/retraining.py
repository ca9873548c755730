"""Retraining: from new days to a challenger, and to a champion if the gates are open.

    new days ─▶ split ─▶ photos ─▶ twins ─▶ train ─▶ publish ─▶ compare ─▶ register ─▶ promote
    STATE/retraining/20261121-101500/run.json    what each step did, the gates, and why it was promoted or not

A run that was cut off goes on at the step where it stopped. Two at once exclude each other. Whatever fails, the
champion stays.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from stylo.artefacts import writing
from stylo.errors import MissingArtefact, MissingFile, MissingWeights, NoPhotos, StyloError
from stylo.evaluation.by_week import by_week
from stylo.evaluation.scoring import facts as scored_facts
from stylo.evaluation.scoring import score_hybrid
from stylo.operations import lineage
from stylo.operations.comparison import against_bestsellers, compare
from stylo.operations.exclusion import alone
from stylo.operations.gates import Gate, Limits, closed, judge
from stylo.operations.place import Place
from stylo.operations.promotion import promote
from stylo.operations.registry import Registry, Trained
from stylo.progress import SILENT, Progress
from stylo.recommender import HYBRID
from stylo.storage import deployments
from stylo.tables.append import append
from stylo.tables.split import split
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.encoder import encoder_of
from stylo.visual.extract import extract
from stylo.visual.photos import open_photos
from stylo.visual.twins import make_twins

STEPS = ("new days", "split", "photos", "twins", "train", "publish", "compare", "register", "promote")
_RUN = "run.json"


@dataclass(frozen=True)
class Asked:
    """What a run is to do.

    new : CSVs of transactions with new days.
    weeks : scored by `final.py`.
    why : what set it off, "asked for" if somebody did.
    promotes : False stops at the challenger.
    """

    new: tuple[Path, ...] = ()
    weeks: int = 1
    why: str = "asked for"
    promotes: bool = True

    @property
    def digest(self) -> str:
        """Equal for the same request: by it a run that was cut off is known again."""
        files = [[str(path.resolve()), path.stat().st_size] for path in self.new if path.exists()]
        return hashlib.sha256(json.dumps([files, self.weeks, self.promotes]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Done:
    """What a run came to. `version` is the challenger's, or the champion's if it was promoted."""

    folder: Path
    version: str
    promoted: bool
    verdict: str
    gates: tuple[Gate, ...]


class _Run:
    """A run and its notes, which are written after each step."""

    def __init__(self, folder: Path, notes: dict[str, Any]) -> None:
        self.folder, self.notes = folder, notes

    @classmethod
    def begin(cls, place: Place, asked: Asked, progress: Progress) -> _Run:
        """Goes on with the last run if it was cut off and the same was asked for."""
        runs = sorted(place.runs.glob(f"*/{_RUN}")) if place.runs.exists() else []
        if runs:
            notes = json.loads(runs[-1].read_text())
            if notes["state"] != "done" and notes["digest"] == asked.digest:
                left = [step for step in STEPS if step not in notes["steps"]]
                progress.note(
                    f"Going on with the run of {notes['started']}: {left[0] if left else 'its end'}."
                )
                return cls(runs[-1].parent, notes)
        started = datetime.now(UTC)
        folder = place.runs / started.strftime("%Y%m%d-%H%M%S-%f")
        return cls(
            folder,
            {
                "started": started.isoformat(timespec="seconds"),
                "state": "running",
                "why": asked.why,
                "digest": asked.digest,
                "new": [str(path) for path in asked.new],
                "weeks": asked.weeks,
                "code": lineage.code_version(),
                "steps": {},
            },
        )

    def write(self) -> None:
        with writing(self.folder / _RUN) as (target,):
            target.write_text(json.dumps(self.notes, indent=2, default=str) + "\n")

    def step(self, name: str, work: Callable[[], Mapping[str, Any]], progress: Progress) -> dict[str, Any]:
        """Does the step, or gives what it came to before."""
        done: dict[str, Any] | None = self.notes["steps"].get(name)
        if done is not None:
            return done
        progress.note(f"Step: {name}")
        started = time.perf_counter()
        found = dict(work())
        self.notes["steps"][name] = {**found, "seconds": round(time.perf_counter() - started, 2)}
        self.write()
        return self.notes["steps"][name]

    def end(self, state: str, verdict: str) -> None:
        self.notes |= {
            "state": state,
            "verdict": verdict,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self.write()


def retrain(place: Place, registry: Registry, asked: Asked, progress: Progress = SILENT) -> Done:
    """One run. Raises what a step raises, which is noted; the champion stays, and the next run goes on there.

    Raises Busy where another run is under way.
    """
    for path in asked.new:
        if not path.is_file():
            raise MissingFile(f"{path} is not there.", cure="Name a CSV of transactions with new days.")
    _ = place.database  # before the long work it is found out whether there is one
    with alone("retraining", place.state):
        run = _Run.begin(place, asked, progress)
        run.write()
        try:
            return _steps(place, registry, asked, run, progress)
        except StyloError as error:
            run.end("failed", f"{error.problem} The champion stays.")
            raise
        except KeyboardInterrupt:
            run.end("interrupted", "Interrupted; the same command goes on. The champion stays.")
            raise


def _steps(place: Place, registry: Registry, asked: Asked, run: _Run, progress: Progress) -> Done:
    folder = place.folder
    run.step("new days", lambda: _new_days(place, asked, progress), progress)
    run.step("split", lambda: _told(vars(split(folder)), "cutoff", "train_rows", "valid_rows"), progress)
    run.step("photos", lambda: _photos(place, progress), progress)
    run.step("twins", lambda: _twins(place, progress), progress)
    trained = run.step("train", lambda: _train(place, asked, progress), progress)
    release = run.step("publish", lambda: {"version": place.releases.publish(folder)}, progress)["version"]
    live = deployments.live(place.database)
    champion = live.version if live is not None and live.version in place.releases.versions() else None
    compared = run.step("compare", lambda: _compare(place, champion, release), progress)
    gates = tuple(Gate(**each) for each in compared["gates"])
    run.step(
        "register", lambda: _register(place, registry, run, release, trained, gates, asked.why), progress
    )
    verdict, promoted = _verdict(release, champion, gates, asked)
    if promoted:
        run.step("promote", lambda: _promote(place, registry, release, verdict), progress)
    else:
        registry.note(release, "not promoted", verdict)
    run.end("done", verdict)
    return Done(run.folder, release, promoted, verdict, gates)


def _new_days(place: Place, asked: Asked, progress: Progress) -> dict[str, Any]:
    rows = 0
    for path in asked.new:
        tables, _ = append(path, place.settings.data, place.folder, progress=progress)
        rows += sum(table.rows for table in tables if table.table == "transactions")
    return {"files": len(asked.new), "rows": rows}


def _photos(place: Place, progress: Progress) -> dict[str, Any]:
    """New and changed photos, by the network that made the vectors that are there."""
    try:
        open_photos(place.settings.images)
        before = open_embeddings(place.folder)
        load = partial(encoder_of, before.facts, progress)
        done = extract(place.folder, place.settings.images, load, None, progress)
    except (MissingFile, NoPhotos, MissingArtefact, MissingWeights) as error:
        return {"skipped": error.problem}
    return {"encoded": done.encoded, "reused": done.reused, "dropped": done.dropped}


def _twins(place: Place, progress: Progress) -> dict[str, Any]:
    if not place.folder.has("visual_features.npy"):
        return {"skipped": "There are no visual vectors."}
    made = make_twins(place.folder, progress=progress)
    return {"articles": made.articles, "twins": made.twins}


def _train(place: Place, asked: Asked, progress: Progress) -> dict[str, Any]:
    result, diagnosis = score_hybrid(place.folder, asked.weeks, None, progress)
    found = scored_facts(result) | diagnosis
    with writing(place.settings.data / "reports" / "final.json") as (target,):
        target.write_text(json.dumps(found, indent=2, default=str) + "\n")
    hybrid = found["models"][HYBRID]
    weekly = by_week(result.scores).filter(model=HYBRID).select("cutoff", "map@12").rows()
    return {
        "map@12": hybrid["map@12"],
        "ci95": list(hybrid["ci95"]),
        "recall@12": hybrid["recall@12"],
        "ndcg@12": hybrid["ndcg@12"],
        "customers": found["customers"],
        "weekly": [[day.toordinal(), value] for day, value in weekly],
    }


def _compare(place: Place, champion: str | None, release: str) -> dict[str, Any]:
    limits = Limits.read(place.settings.data)
    if champion == release:
        return {
            "champion": champion,
            "gates": [asdict(Gate("new", False, "Nothing has changed: it is the champion."))],
        }
    shown = compare(place.folder, place.releases, champion, release) if champion else None
    if champion and shown is None:
        same = "The champion was made of the days that would be compared on: there are no newer ones."
        return {"champion": champion, "gates": [asdict(Gate("new days", False, same))]}
    shown = shown or against_bestsellers(place.folder, place.releases, release)
    gates = judge(shown, limits)
    return {"champion": champion, "shown": asdict(shown), "gates": [asdict(gate) for gate in gates]}


def _register(
    place: Place,
    registry: Registry,
    run: _Run,
    release: str,
    trained: Mapping[str, Any],
    gates: Sequence[Gate],
    why: str,
) -> dict[str, Any]:
    manifest = lineage.manifest_of(place, release)
    reports = place.settings.data / "reports"
    registered = registry.register(
        Trained(
            release,
            place.state / "models" / release,
            {**manifest.parameters, "why": why},
            {"code": run.notes["code"], **{f"data.{name}": value for name, value in manifest.inputs.items()}},
            {name: trained[name] for name in ("map@12", "recall@12", "ndcg@12")},
            {"map@12 by week": [(day, value) for day, value in trained["weekly"]]},
            [reports / "final.json", reports / "data_optim.json", run.folder / _RUN],
        ),
        why,
    )
    lineage.note(
        place,
        release,
        {
            "run_id": registered.run_id,
            "registry": registered.number,
            "retraining": run.folder.name,
            "code": run.notes["code"],
            "why": why,
            "new": run.notes["new"],
            "scores": {name: trained[name] for name in ("map@12", "ci95", "customers")},
            "gates": [asdict(gate) for gate in gates],
            "data": lineage.data_files(place),
        },
    )
    return {"registry": registered.number, "run_id": registered.run_id}


def _verdict(release: str, champion: str | None, gates: Sequence[Gate], asked: Asked) -> tuple[str, bool]:
    """Why, and whether it is promoted."""
    if shut := closed(gates):
        reasons = "; ".join(f"{gate.name}: {gate.said}" for gate in shut)
        return f"{release} stays challenger. {reasons}", False
    if not asked.promotes:
        return f"{release} is challenger: all gates are open, and promotion was not asked for.", False
    return f"All gates are open: {release} takes the place of {champion or 'nobody'}.", True


def _promote(place: Place, registry: Registry, release: str, verdict: str) -> dict[str, Any]:
    deployed = promote(place, registry, release, verdict, "retraining")
    return {"previous": deployed.previous, "at": deployed.at.isoformat()}


def _told(facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: facts[name] for name in names}
