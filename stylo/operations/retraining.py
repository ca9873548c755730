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
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from stylo.errors import GoneBackFrom, Held, NothingTaken, Overtaken, StyloError
from stylo.operations import lineage, new_days
from stylo.operations.gates import closed, read_limits, reasons
from stylo.operations.inbox import Inbox
from stylo.operations.new_file import NewFile
from stylo.operations.nothing_new import nothing_new
from stylo.operations.promotion import promote
from stylo.operations.registry import Registry
from stylo.operations.run_notes import RUN_FILE, read_runs
from stylo.operations.workspace import Workspace, alone
from stylo.progress import SILENT, Progress
from stylo.records.operations import (
    DONE,
    KILLED,
    NOTHING_NEW,
    RUNNING,
    GateResult,
    NewDaysStep,
    RetrainingRun,
    RetrainingSteps,
    Step,
)
from stylo.records.rules import GateLimits
from stylo.storage.deployments import RETRAINING
from stylo.system import processes

Finished = TypeVar("Finished", bound=Step)


@dataclass(frozen=True)
class RetrainingRequest:
    """What a run is to do.

    new : CSVs of transactions with new days.
    weeks : scored by `final.py`.
    why : what set it off, "asked for" if somebody did.
    promotes : False stops at the challenger.
    only_for_new : without a file that can be taken there is nothing to do.
    forced : trains also where nothing is new.
    """

    new: tuple[NewFile, ...] = ()
    weeks: int = 1
    why: str = "asked for"
    promotes: bool = True
    only_for_new: bool = False
    forced: bool = False

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
            if notes.state not in (DONE, NOTHING_NEW) and notes.digest == asked.digest:
                left = notes.next_step or "its end"
                progress.note(f"Resuming the run of {notes.started.isoformat()}: {left}.")
                ours = {"state": RUNNING, "process": processes.mark(), "verdict": "", "ended": None}
                return cls(path.parent, notes.model_copy(update=ours))
            if notes.state == RUNNING:  # only one runs at a time, and that is this one
                killed = {"state": KILLED, "verdict": "Killed. The champion stays."}
                notes.model_copy(update=killed).save(path)
        started = datetime.now(UTC)
        notes = RetrainingRun(
            started=started.replace(microsecond=0),
            state=RUNNING,
            process=processes.mark(),
            why=asked.why,
            digest=asked.digest,
            new=tuple(str(file.path) for file in asked.new),
            weeks=asked.weeks,
            code=lineage.code_version(),
            steps=RetrainingSteps(),
        )
        return cls(workspace.runs / started.strftime("%Y%m%d-%H%M%S-%f"), notes)

    def write(self) -> None:
        self.notes.save(self.folder / RUN_FILE)

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
    return read_runs(workspace.runs)


def retrain(
    workspace: Workspace,
    registry: Registry,
    asked: RetrainingRequest,
    progress: Progress = SILENT,
    inbox: Inbox | None = None,
) -> RetrainingResult:
    """One run. Raises what a step raises, which is noted; the champion stays, and the next run goes on there.

    inbox : is told which files cannot be taken.

    Where nothing is new, nothing is trained, and registry and lineage stay as they are.

    Raises Busy where another run is under way, BadOption for limits of gates that make no sense.
    """
    # Before the long work it is found out whether there is a database, a registry, and limits that make sense.
    _ = workspace.database
    limits = read_limits(workspace.settings.data)
    with alone("retraining", workspace.state):
        run = _Run.begin(workspace, asked, progress)
        run.write()
        try:
            return _steps(workspace, registry, asked, limits, run, progress, inbox)
        except StyloError as error:
            run.end("failed", f"{error.problem} The champion stays.")
            raise
        except Exception as error:  # a defect of ours, or of the machine
            run.end("failed", f"{type(error).__name__}: {error}. The champion stays.")
            raise
        except KeyboardInterrupt:
            run.end("interrupted", "Interrupted; the same command resumes it. The champion stays.")
            raise


def _steps(
    workspace: Workspace,
    registry: Registry,
    asked: RetrainingRequest,
    limits: GateLimits,
    run: _Run,
    progress: Progress,
    inbox: Inbox | None,
) -> RetrainingResult:
    new = run.step("new_days", lambda: _new_days(workspace, asked, progress, inbox), progress)
    taken = tuple(NewFile(Path(path), stamp) for path, stamp in new.taken)
    if run.notes.steps.split is None and not asked.forced:
        last = next((each for _, each in runs(workspace) if each.steps.split is not None), None)
        same = nothing_new(workspace, last, asked.weeks, limits, promotes=asked.promotes)
        if same is not None:
            version, why = same
            verdict = (
                f"Nothing is new: {version} was made of the same days, photos, settings and code; {why} "
                "Nothing was trained. To train all the same: retrain --force"
            )
            run.end(NOTHING_NEW, verdict)
            return RetrainingResult(run.folder, version, False, verdict, (), taken)
    registry.check()

    from stylo.operations import retraining_steps as steps  # loads all that training needs

    run.step("split", lambda: steps.split_again(workspace), progress)
    photos = run.step("photos", lambda: steps.encode_photos(workspace, progress), progress)
    run.step("twins", lambda: steps.find_twins(workspace, progress), progress)
    run.step("train", lambda: steps.train(workspace, asked.weeks, progress), progress)
    release = run.step("publish", lambda: steps.publish(workspace), progress).version
    live = workspace.control.live()
    champion = live.version if live is not None and live.version in workspace.releases.versions() else None
    compare = partial(steps.compare_with_champion, workspace, champion, release, limits)
    gates = run.step("compare", compare, progress).gates
    register = partial(steps.register, workspace, registry, run.folder)
    run.step("registered", lambda: register(run.notes, release, champion), progress)
    verdict, promoted = _verdict(release, champion, gates, asked)
    if promoted:
        try:
            run.step("promote", lambda: _promote(workspace, registry, release, verdict), progress)
        except (Held, GoneBackFrom, Overtaken) as error:  # somebody has decided meanwhile
            verdict, promoted = f"{release} stays challenger. {error.problem} {error.cure}", False
    if not promoted and release != champion:
        registry.note(release, "not promoted", verdict)
    if skipped := (photos.model_extra or {}).get("skipped"):
        verdict += f" Trained without new photos: {skipped}"
    run.end(DONE, verdict)
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


def _verdict(
    release: str, champion: str | None, gates: Sequence[GateResult], asked: RetrainingRequest
) -> tuple[str, bool]:
    """Why, and whether it is promoted."""
    if release == champion:
        return f"Nothing has changed: the result is the champion itself, {release}.", False
    if shut := closed(gates):
        return f"{release} stays challenger. {reasons(shut)}", False
    if not asked.promotes:
        return f"{release} is challenger: all gates are open, and promotion was not asked for.", False
    return f"All gates are open: {release} takes the place of {champion or 'nobody'}.", True


def _promote(workspace: Workspace, registry: Registry, release: str, verdict: str) -> Step:
    deployed = promote(workspace, registry, release, verdict, RETRAINING)
    return Step(previous=deployed.previous, at=deployed.at.isoformat())
