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
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from stylo.errors import MissingArtefact, MissingFile, MissingWeights, NoPhotos, NothingTaken, StyloError
from stylo.evaluation.metrics import by_week
from stylo.evaluation.scoring import facts as scored_facts
from stylo.evaluation.scoring import score_hybrid
from stylo.operations import lineage, new_days
from stylo.operations.comparison import against_bestsellers, compare
from stylo.operations.gates import closed, judge, read_limits
from stylo.operations.inbox import Inbox
from stylo.operations.new_file import NewFile
from stylo.operations.promotion import promote
from stylo.operations.registry import Registry, Trained
from stylo.operations.workspace import Workspace, alone
from stylo.progress import SILENT, Progress
from stylo.recommender import HYBRID
from stylo.records.operations import (
    BacktestScores,
    CompareStep,
    GateResult,
    NewDaysStep,
    PublishStep,
    RetrainingRun,
    RetrainingSteps,
    Step,
    TrainStep,
    VersionLineage,
)
from stylo.records.scores import ScoresReport
from stylo.storage import deployments
from stylo.tables.split import split
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.encoder import encoder_of
from stylo.visual.extract import extract
from stylo.visual.photos import open_photos
from stylo.visual.twins import make_twins

STEPS = tuple(field.alias or name for name, field in RetrainingSteps.model_fields.items())
Finished = TypeVar("Finished", bound=Step)
_RUN = "run.json"


@dataclass(frozen=True)
class RetrainingRequest:
    """What a run is to do.

    new : CSVs of transactions with new days.
    weeks : scored by `final.py`.
    why : what set it off, "asked for" if somebody did.
    promotes : False stops at the challenger.
    only_for_new : without a file that can be taken there is nothing to do.
    """

    new: tuple[NewFile, ...] = ()
    weeks: int = 1
    why: str = "asked for"
    promotes: bool = True
    only_for_new: bool = False

    @property
    def digest(self) -> str:
        """Equal for the same request: by it a run that was cut off is known again."""
        files = [[str(file.path.resolve()), file.stamp] for file in self.new]
        return hashlib.sha256(json.dumps([files, self.weeks, self.promotes]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class RetrainingResult:
    """What a run came to. `version` is the challenger's, or the champion's if it was promoted; `taken` are new files
    whose days are in the tables."""

    folder: Path
    version: str
    promoted: bool
    verdict: str
    gates: tuple[GateResult, ...]
    taken: tuple[NewFile, ...] = ()


class _Run:
    """A run and its notes, which are written after each step."""

    def __init__(self, folder: Path, notes: RetrainingRun) -> None:
        self.folder, self.notes = folder, notes

    @classmethod
    def begin(cls, workspace: Workspace, asked: RetrainingRequest, progress: Progress) -> _Run:
        """Goes on with the last run if it was cut off and the same was asked for."""
        if (last := next(runs(workspace), None)) is not None:
            path, notes = last
            if notes.state != "done" and notes.digest == asked.digest:
                done = notes.steps.done()
                left = [step for step in STEPS if step not in done]
                progress.note(
                    f"Resuming the run of {notes.started.isoformat()}: {left[0] if left else 'its end'}."
                )
                return cls(path.parent, notes)
        started = datetime.now(UTC)
        notes = RetrainingRun(
            started=started.replace(microsecond=0),
            state="running",
            why=asked.why,
            digest=asked.digest,
            new=tuple(str(file.path) for file in asked.new),
            weeks=asked.weeks,
            code=lineage.code_version(),
            steps=RetrainingSteps(),
        )
        return cls(workspace.runs / started.strftime("%Y%m%d-%H%M%S-%f"), notes)

    def write(self) -> None:
        self.notes.save(self.folder / _RUN)

    def step(self, name: str, work: Callable[[], Finished], progress: Progress) -> Finished:
        """Does the step, or gives what it came to before."""
        done: Finished | None = getattr(self.notes.steps, name)
        if done is not None:
            return done
        progress.note(f"Step: {RetrainingSteps.model_fields[name].alias or name}")
        started = time.perf_counter()
        found = work()
        found = found.model_copy(update={"seconds": round(time.perf_counter() - started, 2)})
        self._change(steps=self.notes.steps.model_copy(update={name: found}))
        return found

    def end(self, state: str, verdict: str) -> None:
        self._change(state=state, verdict=verdict, ended=datetime.now(UTC).replace(microsecond=0))

    def _change(self, **fields: Any) -> None:
        self.notes = self.notes.model_copy(update=fields)
        self.write()


def runs(workspace: Workspace) -> Iterator[tuple[Path, RetrainingRun]]:
    """The notes of every run that left some that can be read, the newest first."""
    for path in sorted(workspace.runs.glob(f"*/{_RUN}"), reverse=True):
        with suppress(StyloError):
            yield path, RetrainingRun.load(path, "python -m stylo.operations retrain")


def retrain(
    workspace: Workspace,
    registry: Registry,
    asked: RetrainingRequest,
    progress: Progress = SILENT,
    inbox: Inbox | None = None,
) -> RetrainingResult:
    """One run. Raises what a step raises, which is noted; the champion stays, and the next run goes on there.

    inbox : is told which files cannot be taken.

    Raises Busy where another run is under way.
    """
    _ = workspace.database  # before the long work it is found out whether there is one
    with alone("retraining", workspace.state):
        run = _Run.begin(workspace, asked, progress)
        run.write()
        try:
            return _steps(workspace, registry, asked, run, progress, inbox)
        except StyloError as error:
            run.end("failed", f"{error.problem} The champion stays.")
            raise
        except KeyboardInterrupt:
            run.end("interrupted", "Interrupted; the same command resumes it. The champion stays.")
            raise


def _steps(
    workspace: Workspace,
    registry: Registry,
    asked: RetrainingRequest,
    run: _Run,
    progress: Progress,
    inbox: Inbox | None,
) -> RetrainingResult:
    folder = workspace.folder
    new = run.step("new_days", lambda: _new_days(workspace, asked, progress, inbox), progress)
    run.step("split", lambda: _split(workspace), progress)
    run.step("photos", lambda: _photos(workspace, progress), progress)
    run.step("twins", lambda: _twins(workspace, progress), progress)
    trained = run.step("train", lambda: _train(workspace, asked, progress), progress)
    published = run.step("publish", lambda: PublishStep(version=workspace.releases.publish(folder)), progress)
    release = published.version
    live = deployments.live(workspace.database)
    champion = live.version if live is not None and live.version in workspace.releases.versions() else None
    gates = run.step("compare", lambda: _compare(workspace, champion, release), progress).gates
    run.step(
        "registered",
        lambda: _register(workspace, registry, run, release, trained, gates, asked.why),
        progress,
    )
    verdict, promoted = _verdict(release, champion, gates, asked)
    if promoted:
        run.step("promote", lambda: _promote(workspace, registry, release, verdict), progress)
    else:
        registry.note(release, "not promoted", verdict)
    run.end("done", verdict)
    taken = tuple(NewFile(Path(path), stamp) for path, stamp in new.taken)
    return RetrainingResult(run.folder, release, promoted, verdict, gates, taken)


def _new_days(
    workspace: Workspace, asked: RetrainingRequest, progress: Progress, inbox: Inbox | None
) -> NewDaysStep:
    found = new_days.take(asked.new, workspace.settings.data, workspace.folder, progress)
    if inbox is not None:
        inbox.refuse(found.refused)
    passed_over = {file.name: why for file, why in (*found.refused, *found.held_back)}
    if asked.only_for_new and not found.files:
        raise NothingTaken(
            f"None of the new files can be taken in: {', '.join(passed_over)}.",
            where=next(iter(passed_over.values())),
        )
    return NewDaysStep(
        files=len(found.files),
        rows=found.rows,
        taken=tuple((str(file.path), file.stamp) for file in found.files),
        passed_over=passed_over,
    )


def _split(workspace: Workspace) -> Step:
    cut = split(workspace.folder)
    return Step(cutoff=cut.cutoff, train_rows=cut.train_rows, valid_rows=cut.valid_rows)


def _photos(workspace: Workspace, progress: Progress) -> Step:
    """New and changed photos, by the network that made the vectors that are there."""
    try:
        open_photos(workspace.settings.images)
        before = open_embeddings(workspace.folder)
        load = partial(encoder_of, before.facts, progress)
        done = extract(workspace.folder, workspace.settings.images, load, None, progress)
    except (MissingFile, NoPhotos, MissingArtefact, MissingWeights) as error:
        return Step(skipped=error.problem)
    return Step(encoded=done.encoded, reused=done.reused, dropped=done.dropped)


def _twins(workspace: Workspace, progress: Progress) -> Step:
    if not workspace.folder.has("visual_features.npy"):
        return Step(skipped="There are no visual vectors.")
    made = make_twins(workspace.folder, progress=progress)
    return Step(articles=made.articles, twins=made.twins)


def _train(workspace: Workspace, asked: RetrainingRequest, progress: Progress) -> TrainStep:
    result, diagnosis = score_hybrid(workspace.folder, asked.weeks, None, progress)
    report = ScoresReport.model_validate(scored_facts(result) | diagnosis)
    report.save(workspace.settings.data / "reports" / "final.json")
    hybrid = report.models[HYBRID]
    assert hybrid.ci95 is not None and report.customers is not None
    weekly = by_week(result.scores).filter(model=HYBRID).select("cutoff", "map@12").rows()
    return TrainStep(
        map_12=hybrid.map_12,
        ci95=hybrid.ci95,
        recall_12=hybrid.recall_12,
        ndcg_12=hybrid.ndcg_12,
        customers=report.customers,
        weekly=tuple((day.toordinal(), value) for day, value in weekly),
    )


def _compare(workspace: Workspace, champion: str | None, release: str) -> CompareStep:
    limits = read_limits(workspace.settings.data)
    if champion == release:
        same = GateResult(
            name="new", open=False, said="Nothing has changed: the result is the champion itself."
        )
        return CompareStep(champion=champion, gates=(same,))
    found = compare(workspace.folder, workspace.releases, champion, release) if champion else None
    if champion and found is None:
        none = "The champion was trained on the days it would be compared on; there are no newer ones."
        return CompareStep(champion=champion, gates=(GateResult(name="new days", open=False, said=none),))
    found = found or against_bestsellers(workspace.folder, workspace.releases, release)
    return CompareStep(champion=champion, shown=found, gates=tuple(judge(found, limits)))


def _register(
    workspace: Workspace,
    registry: Registry,
    run: _Run,
    release: str,
    trained: TrainStep,
    gates: Sequence[GateResult],
    why: str,
) -> Step:
    manifest = lineage.manifest_of(workspace, release)
    reports = workspace.settings.data / "reports"
    registered = registry.register(
        Trained(
            release,
            workspace.settings.state_folder.release(release),
            {**manifest.parameters, "why": why},
            {"code": run.notes.code, **{f"data.{name}": value for name, value in manifest.inputs.items()}},
            {"map@12": trained.map_12, "recall@12": trained.recall_12, "ndcg@12": trained.ndcg_12},
            {"map@12 by week": trained.weekly},
            [reports / "final.json", reports / "data_optim.json", run.folder / _RUN],
        ),
        why,
    )
    noted = VersionLineage(
        run_id=registered.run_id,
        registry=registered.number,
        retraining=run.folder.name,
        code=run.notes.code,
        why=why,
        new=run.notes.new,
        scores=BacktestScores(map_12=trained.map_12, ci95=trained.ci95, customers=trained.customers),
        gates=tuple(gates),
        data=lineage.data_files(workspace),
    )
    noted.save(lineage.path_of(workspace, release))
    return Step(registry=registered.number, run_id=registered.run_id)


def _verdict(
    release: str, champion: str | None, gates: Sequence[GateResult], asked: RetrainingRequest
) -> tuple[str, bool]:
    """Why, and whether it is promoted."""
    if shut := closed(gates):
        reasons = "; ".join(f"{gate.name}: {gate.said}" for gate in shut)
        return f"{release} stays challenger. {reasons}", False
    if not asked.promotes:
        return f"{release} is challenger: all gates are open, and promotion was not asked for.", False
    return f"All gates are open: {release} takes the workspace of {champion or 'nobody'}.", True


def _promote(workspace: Workspace, registry: Registry, release: str, verdict: str) -> Step:
    deployed = promote(workspace, registry, release, verdict, "retraining")
    return Step(previous=deployed.previous, at=deployed.at.isoformat())
