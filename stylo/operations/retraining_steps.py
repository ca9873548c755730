"""The steps of a retraining that take their time. Each gives what `run.json` keeps of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stylo.deployment.control_plane import check_may_replace
from stylo.errors import GoneBackFrom, Held, MissingArtefact, MissingFile, MissingWeights, NoPhotos
from stylo.evaluation.metrics import by_week
from stylo.evaluation.scoring import facts as scored_facts
from stylo.evaluation.scoring import score_hybrid
from stylo.operations import lineage
from stylo.operations.comparison import against_bestsellers, compare
from stylo.operations.gates import judge
from stylo.operations.nothing_new import photos_digest
from stylo.operations.registering import registered
from stylo.operations.registry import Registered, Registry, Trained
from stylo.operations.workspace import Workspace
from stylo.progress import Progress
from stylo.recommender import HYBRID
from stylo.records.operations import (
    BacktestScores,
    CompareStep,
    GateResult,
    PublishStep,
    RetrainingRun,
    Step,
    TrainStep,
    VersionLineage,
)
from stylo.records.rules import GateLimits
from stylo.records.scores import ScoresReport
from stylo.tables.split import split
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.encoder import open_encoder
from stylo.visual.extract import extract
from stylo.visual.photos import open_photos
from stylo.visual.twins import make_twins


def split_again(workspace: Workspace) -> Step:
    cut = split(workspace.folder)
    return Step(cutoff=cut.cutoff, train_rows=cut.train_rows, valid_rows=cut.valid_rows)


def encode_photos(workspace: Workspace, progress: Progress) -> Step:
    """New and changed photos, by the network that made the vectors that are there."""
    seen = photos_digest(workspace.settings.images)
    try:
        open_photos(workspace.settings.images)
        before = open_embeddings(workspace.folder)
        load = partial(open_encoder, workspace.folder, before, progress)
        with workspace.workers(progress) as workers:
            images = workspace.settings.images
            done = extract(workspace.folder, images, load, None, progress, workers=workers)
    except (MissingFile, NoPhotos, MissingArtefact, MissingWeights) as error:
        progress.note(f"NOTICE: no photos are encoded: {error}")
        return Step(skipped=error.problem, photos=seen)
    return Step(encoded=done.encoded, reused=done.reused, dropped=done.dropped, photos=seen)


def find_twins(workspace: Workspace, progress: Progress) -> Step:
    if not workspace.folder.has("visual_features.npy"):
        return Step(skipped="There are no visual vectors.")
    with workspace.workers(progress) as workers:
        made = make_twins(workspace.folder, progress=progress, workers=workers)
    return Step(articles=made.articles, twins=made.twins)


def train(workspace: Workspace, weeks: int, progress: Progress) -> TrainStep:
    with workspace.workers(progress) as workers:
        result, diagnosis = score_hybrid(workspace.folder, weeks, None, progress, workers)
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


def publish(workspace: Workspace) -> PublishStep:
    return PublishStep(version=workspace.releases.publish(workspace.folder))


def compare_with_champion(
    workspace: Workspace, champion: str | None, release: str, limits: GateLimits
) -> CompareStep:
    if champion == release:
        same = GateResult(
            name="new", open=False, said="Nothing has changed: the result is the champion itself."
        )
        return CompareStep(champion=champion, gates=(same,))
    decided = _decision_gates(workspace, release)
    found = compare(workspace.folder, workspace.releases, champion, release) if champion else None
    if champion and found is None:
        none = "The champion was trained on the days it would be compared on; there are no newer ones."
        newer = GateResult(name="new days", open=False, said=none)
        return CompareStep(champion=champion, gates=(newer, *decided))
    found = found or against_bestsellers(workspace.folder, workspace.releases, release)
    return CompareStep(champion=champion, shown=found, gates=(*judge(found, limits), *decided))


def _decision_gates(workspace: Workspace, release: str) -> list[GateResult]:
    """Whether what people decided lets the challenger go live. It is looked at once more when it is promoted."""
    shut: dict[str, str] = {}
    try:
        check_may_replace(workspace.control.decision(), release)
    except Held as held:
        shut["not held"] = f"{held.problem} {held.cure}"
    except GoneBackFrom as fled:
        shut["not gone back from"] = f"{fled.problem} {fled.cure}"
    open_ones = {
        "not held": "Nobody holds the live version.",
        "not gone back from": "Nobody went back from this version.",
    }
    return [
        GateResult(name=name, open=name not in shut, said=shut.get(name, said))
        for name, said in open_ones.items()
    ]


def register(
    workspace: Workspace,
    registry: Registry,
    folder: Path,
    notes: RetrainingRun,
    release: str,
    champion: str | None,
) -> Step:
    """Makes the release the challenger, and keeps what it was made from.

    A champion that was made once more stays what it is, and what was kept of a release is never overwritten.

    folder : of the run.
    """
    if release == champion:
        known = registered(workspace, registry, release, notes.why)
        return Step(registry=known.number, run_id=known.run_id)
    found = registry.register(_trained(workspace, folder, notes, release), notes.why)
    if not lineage.path_of(workspace, release).exists():
        _lineage(workspace, folder, notes, found).save(lineage.path_of(workspace, release))
    return Step(registry=found.number, run_id=found.run_id)


def _trained(workspace: Workspace, folder: Path, notes: RetrainingRun, release: str) -> Trained:
    manifest, trained = lineage.manifest_of(workspace, release), notes.steps.train
    assert trained is not None
    reports = workspace.settings.data / "reports"
    return Trained(
        release,
        workspace.settings.state_folder.release(release),
        {**manifest.parameters, "why": notes.why},
        {"code": notes.code, **lineage.data_tags(manifest)},
        {"map@12": trained.map_12, "recall@12": trained.recall_12, "ndcg@12": trained.ndcg_12},
        {"map@12 by week": trained.weekly},
        [reports / "final.json", reports / "data_optim.json", folder / "run.json"],
    )


def _lineage(workspace: Workspace, folder: Path, notes: RetrainingRun, found: Registered) -> VersionLineage:
    steps = notes.steps
    assert steps.train is not None and steps.compare is not None and steps.photos is not None
    return VersionLineage(
        run_id=found.run_id,
        registry=found.number,
        retraining=folder.name,
        code=notes.code,
        why=notes.why,
        new=notes.new,
        photos=(steps.photos.model_extra or {}).get("photos"),
        scores=BacktestScores(
            map_12=steps.train.map_12, ci95=steps.train.ci95, customers=steps.train.customers
        ),
        gates=steps.compare.gates,
        data=lineage.data_files(workspace),
    )
