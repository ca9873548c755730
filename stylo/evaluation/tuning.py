"""Tuning: a search for the ranker's settings on weeks before the reported ones.

    first day                              validation weeks       reported weeks
    ├──── learned from ────┤──fold──┤──fold──┤──fold──┤ ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ │

Each fold of four weeks is scored by a ranker trained on weeks that end before the fold starts. The reported weeks
are never used. Every trial is kept in `tuning.log`, from which the next run continues.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.artefacts import Manifest, writing
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.similar_articles import article_vectors
from stylo.errors import BadOption, DamagedArtefact, EmptySplit, MissingLibrary
from stylo.evaluation.metrics import METRICS, score_customers
from stylo.progress import SILENT, Progress
from stylo.ranking.features import Features
from stylo.ranking.pool import Pool, reciprocal_rank_fusion
from stylo.ranking.ranker import Examples, Ranker, RankerSettings, settings_for
from stylo.ranking.snapshot import Snapshot
from stylo.ranking.training import TOO_FEW, Training
from stylo.recommender import Recommender
from stylo.tables.folder import MODEL_INPUTS, DataFolder
from stylo.tables.schemas import LIST_LENGTH
from stylo.tables.split import read_cut, weekly_cutoffs
from stylo.user_paths import quoted
from stylo.vectors.embeddings import Embeddings

SETTINGS, STUDY = "ranker_settings.json", "tuning.log"
_SCRIPT = "final.py"
#: Parameter → lowest, highest, and whether it is drawn on a logarithmic scale.
SPACE: Mapping[str, tuple[float, float, bool]] = {
    "rounds": (30, 400, True),
    "learning_rate": (0.02, 0.15, True),
    "num_leaves": (3, 63, True),
    "min_data_in_leaf": (20, 1000, True),
    "feature_fraction": (0.1, 1.0, False),
    "bagging_fraction": (0.4, 1.0, False),
    "lambda_l2": (0.1, 100.0, True),
    "lambdarank_truncation_level": (12, 200, False),
}
_WEEKS, _LEAST_WEEKS, _FOLD = 12, 2, 4
_WEEK = 7
# How many lists it takes to tell settings apart. Each holds about 300 articles of about 100 numbers: 120 kB each,
# 2.4 GB together.
_ENOUGH = 20_000
_SHOPPERS_AT_A_TIME = 4_000
_BOOSTERS, _SEED = 2, 1
# Standard errors by which the best trial must be ahead of the default: among many trials, one is lucky.
_CAUTION = 2.0
# How many trials run to the end before one that is behind their median at a fold is stopped.
_NEVER_PRUNED = 5


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    settings : those of the best trial if they are significantly better than the default, else the default.
    adopted : whether it is the former.
    score, default_score : mean MAP@12 of the best trial and of the default settings, each with the boosters of a
        full training, on the validation weeks; the best was chosen on them, so its score is optimistic.
    trials : how many the study holds, including those of earlier runs and those stopped half-way.
    cutoffs, lists : the validation weeks, and how many lists of buyers were scored in them.
    study : Optuna's journal.
    """

    settings: RankerSettings
    adopted: bool
    score: float
    default_score: float
    trials: int
    cutoffs: Sequence[date]
    lists: int
    study: Path


def tune(folder: DataFolder, weeks: int, trials: int, progress: Progress = SILENT) -> Tuned:
    """Searches until the study holds `trials`, starting with the default settings, and writes the settings to use.

    `weeks` are the weekly cutoffs that will be reported, the split's own the last. Writes `ranker_settings.json`;
    an interrupt leaves the finished trials in `tuning.log`. A run that continues a study finds what a single run
    would have found.

    Raises MissingLibrary, BadOption, EmptySplit, MissingArtefact, StaleArtefact, DamagedArtefact, CannotWrite,
    Busy.
    """
    if trials < 1:
        raise BadOption(f"{trials} trials are not possible: choose 1 or more.")
    optuna = _optuna()
    cutoff, days = read_cut(folder)
    reported = weekly_cutoffs(cutoff, weeks)[0]
    with writing(folder.path(SETTINGS)) as (target,):
        history = History.open(folder, embeddings=article_vectors(folder, progress))
        folds = _folds(history, reported, days, progress)
        validation = sorted(week.as_of for fold in folds for week in fold.weeks)
        parameters = {
            "features": _digest(folds[0].examples.names),
            "candidates": Recommender().candidates,
            "boosters": _BOOSTERS,
            "cutoffs": [week.isoformat() for week in validation],
            "until": (validation[-1] + timedelta(days=days)).isoformat(),
        }
        manifest = Manifest(_SCRIPT, folder.fingerprints(*MODEL_INPUTS), parameters)
        default = settings_for(len(folds[0].examples.lists))
        with _quiet(optuna):
            study = _study(optuna, folder.path(STUDY), manifest.fingerprint)
            _search(optuna, study, folds, default, trials, progress)
        tried = _settings(study.best_trial.params, default)
        best, usual = (_scores(folds, settings) for settings in (tried, default))
        gain = best - usual
        adopted = bool(gain.mean() > _CAUTION * gain.std() / np.sqrt(len(gain)))
        tuned = Tuned(
            tried if adopted else default,
            adopted,
            float(best.mean()),
            float(usual.mean()),
            _finished(optuna, study),
            validation,
            len(gain),
            folder.path(STUDY),
        )
        facts = {
            "manifest": asdict(manifest),
            "settings": asdict(tuned.settings),
            "adopted": tuned.adopted,
            METRICS[0]: tuned.score,
            f"{METRICS[0]} of the default": tuned.default_score,
            "trials": tuned.trials,
            "lists": tuned.lists,
        }
        target.write_text(json.dumps(facts, indent=1) + "\n")
    return tuned


def tuned_settings(
    folder: DataFolder, reported: date | None = None, progress: Progress = SILENT
) -> RankerSettings | None:
    """The settings that `tune` wrote; None if it did not, or if they do not fit, which is reported as a note.

    They fit if they were found with these data and these features, and without using the weeks from
    `reported` on, the first cutoff to be reported. Raises DamagedArtefact.
    """
    path = folder.path(SETTINGS)
    if not path.exists():
        return None
    again = f"python {_SCRIPT} --tune --data {quoted(folder.root)}"
    try:
        facts = json.loads(path.read_text("utf-8"))
        found, manifest = facts["settings"], Manifest(**facts["manifest"])
        settings = RankerSettings(**{**found, "without": tuple(found["without"])})
        until = date.fromisoformat(manifest.parameters["until"])
        features = manifest.parameters["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedArtefact(
            f"{path} is damaged.", where=repr(error), cure=f"Delete it, or make it again: {again}"
        ) from error
    reason = None
    if manifest.inputs != folder.fingerprints(*MODEL_INPUTS):
        reason = "they were tuned on other data"
    elif features != _digest(_feature_names()):
        reason = "they were tuned with other features"
    elif reported is not None and until > reported:
        reason = f"they were chosen on weeks up to {until}, and weeks from {reported} on are reported"
    if reason is None:
        return settings
    progress.note(f"NOTICE: the settings in {path} are not used: {reason}. Tune again: {again}")
    return None


def remark(tuned: Tuned) -> str:
    """The outcome of a search, as one line for people."""
    outcome = "adopted" if tuned.adopted else "not significant: keeping the default"
    return (
        f"Tuned: MAP@12 {tuned.score:.5f} against the default's {tuned.default_score:.5f} on {tuned.lists:,} lists of "
        f"{len(tuned.cutoffs)} weeks before those reported, {outcome} ({tuned.trials} trials: {tuned.study})."
    )


@dataclass(frozen=True)
class _TuningWeek:
    """What could be recommended to the buyers of a week, and what they bought.

    parts : pools; the fusion's score of their rows, by which newcomers get theirs whatever the settings; the features
        of the other rows.
    """

    as_of: date
    truth: pl.DataFrame
    articles: np.ndarray
    parts: Sequence[tuple[Pool, np.ndarray, Features]]

    def scores(self, ranker: Ranker) -> np.ndarray:
        """Average precision of each buyer's list."""
        ranked = []
        for pool, fused, features in self.parts:
            score = fused.copy()
            score[pool.known] = ranker.score(features)
            ranked.append(pool.ranked(score, LIST_LENGTH, self.articles))
        return score_customers(pl.concat(ranked), self.truth)[METRICS[0]].to_numpy()


@dataclass(frozen=True)
class _Fold:
    """Weeks, and the examples that a ranker for the first of them may learn from."""

    examples: Examples
    weeks: Sequence[_TuningWeek]

    def scores(self, settings: RankerSettings, boosters: int = _BOOSTERS) -> np.ndarray:
        """Average precision of each list of its weeks."""
        ranker = Ranker.train(self.examples, settings, boosters)
        return np.concatenate([week.scores(ranker) for week in self.weeks])


def _folds(history: History, reported: date, days: int, progress: Progress) -> list[_Fold]:
    """The latest fold first: of the weeks whose windows end by `reported`, and that have enough before them."""
    model = Recommender()
    training = Training(history, model.strategies, model.candidates, days)
    truths = _truths(history, reported, days)
    planned: list[tuple[Examples, list[date]]] = []
    cutoffs = list(truths)
    while cutoffs:
        fold = cutoffs[:_FOLD]
        while fold and not _enough(examples := training.lists(fold[-1], progress)):
            fold.pop()
        if fold:
            assert examples is not None
            planned.append((examples, fold))
        cutoffs = cutoffs[_FOLD:] if len(fold) == _FOLD else []
    weeks = sum(len(fold) for _, fold in planned)
    lists = sum(truths[cutoff]["customer"].n_unique() for _, fold in planned for cutoff in fold)
    if weeks < _LEAST_WEEKS and lists < _ENOUGH:
        raise EmptySplit(
            f"Before {reported}, the first cutoff that is reported, there is too little data to tune on.",
            where=f"The data begin on {history.first_day}. {_LEAST_WEEKS} weeks are needed to try settings on, "
            f"eight before them to look back at, and between these {TOO_FEW} lists to learn from.",
            cure="Use fewer --weeks, or leave out --tune: the default settings are meant for small data.",
        )
    without = settings_for(len(planned[0][0].lists)).without
    with progress.task("Weeks to try settings on", weeks) as advance:
        folds = []
        for examples, fold in planned:
            tried = []
            for cutoff in fold:
                tried.append(_week(history, model, cutoff, truths[cutoff], without))
                advance(1)
            folds.append(_Fold(examples, tried))
    return folds


def _scores(folds: Sequence[_Fold], settings: RankerSettings) -> np.ndarray:
    """The scores of each list of all folds, with as many boosters as the final ranker has."""
    return np.concatenate([fold.scores(settings, settings.boosters) for fold in folds])


def _enough(examples: Examples | None) -> bool:
    return examples is not None and len(examples.lists) >= TOO_FEW


def _truths(history: History, reported: date, days: int) -> dict[date, pl.DataFrame]:
    """What was bought in the weeks before `reported`, the latest first, by at most _ENOUGH buyers together."""
    last, found = reported - timedelta(weeks=-(-days // _WEEK)), 0
    truths: dict[date, pl.DataFrame] = {}
    for cutoff in itertools.islice(history.cutoffs(last, _WEEK, days, known=1), _WEEKS):
        if found >= _ENOUGH:
            break
        truth = history.bought(cutoff, cutoff + timedelta(days=days))
        buyers = truth["customer"].unique().sort()
        # Spread evenly where there are too many: their numbers say nothing of what they like.
        drawn = np.linspace(0, len(buyers) - 1, min(len(buyers), _ENOUGH - found)).round().astype(np.int64)
        truths[cutoff] = truth.join(buyers[drawn].to_frame(), on="customer", how="semi")
        found += len(drawn)
    return truths


def _week(
    history: History, model: Recommender, as_of: date, truth: pl.DataFrame, without: Sequence[str]
) -> _TuningWeek:
    snapshot = Snapshot.take(history, as_of, model.strategies)
    everyone = Customers.read(history, truth["customer"].unique().sort(), as_of)
    pools = [snapshot.pool(some, model.candidates) for some in everyone.slices(_SHOPPERS_AT_A_TIME)]
    parts = [
        (
            pool,
            reciprocal_rank_fusion(pool, model.weights, model.constant),
            snapshot.features(pool.only(np.flatnonzero(pool.known)), without),
        )
        for pool in pools
    ]
    return _TuningWeek(as_of, truth, history.catalogue.articles, parts)


def _study(optuna: Any, path: Path, name: str) -> Any:
    """The study of these data, weeks and features: the one that is there, or a new one."""
    journals = optuna.storages.journal
    # Optuna's usual lock is a symbolic link, which Windows allows to few.
    journal = journals.JournalFileBackend(str(path), journals.JournalFileOpenLock(str(path)))
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_NEVER_PRUNED)
    try:
        return optuna.create_study(
            storage=optuna.storages.JournalStorage(journal),
            study_name=name,
            direction="maximize",
            pruner=pruner,
            load_if_exists=True,
        )
    except (ValueError, KeyError) as error:
        raise DamagedArtefact(
            f"{path} is damaged.", where=repr(error), cure="Delete it and tune from scratch."
        ) from error


def _search(
    optuna: Any, study: Any, folds: Sequence[_Fold], default: RankerSettings, trials: int, progress: Progress
) -> None:
    def objective(trial: Any) -> float:
        settings = _settings(_drawn(trial), default)
        scores = np.zeros(0)
        for number, fold in enumerate(folds, start=1):
            scores = np.append(scores, fold.scores(settings))
            trial.report(scores.mean(), number)
            given_up = number < len(folds) and "default" not in trial.user_attrs and trial.should_prune()
            if given_up:
                raise optuna.TrialPruned
        return float(scores.mean())

    waiting = optuna.trial.TrialState.WAITING
    if not _of_default(optuna, study) and not study.get_trials(deepcopy=False, states=(waiting,)):
        known = {"rounds": default.rounds, **default.parameters}
        study.enqueue_trial({name: known[name] for name in SPACE}, user_attrs={"default": True})
    with progress.task("Trials", trials) as advance:
        done = _finished(optuna, study)
        advance(min(done, trials))
        for number in range(done, trials):
            # Seeded by its number, so that a trial is the same whether the search was interrupted or not.
            study.sampler = optuna.samplers.TPESampler(seed=_SEED + number)
            study.optimize(objective, n_trials=1)
            advance(1)


def _drawn(trial: Any) -> dict[str, Any]:
    def draw(name: str, low: float, high: float, log: bool) -> float:
        suggest = trial.suggest_int if isinstance(low, int) else trial.suggest_float
        return suggest(name, low, high, log=log)

    return {name: draw(name, *limits) for name, limits in SPACE.items()}


def _settings(drawn: Mapping[str, Any], default: RankerSettings) -> RankerSettings:
    parameters = {name: value for name, value in drawn.items() if name != "rounds"}
    return RankerSettings(
        drawn["rounds"], {**default.parameters, **parameters}, default.boosters, default.without
    )


def _of_default(optuna: Any, study: Any) -> list[Any]:
    """The trial of the default settings, if it is done."""
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    return [trial for trial in complete if "default" in trial.user_attrs]


def _finished(optuna: Any, study: Any) -> int:
    states = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED
    return len(study.get_trials(deepcopy=False, states=states))


def _feature_names() -> tuple[str, ...]:
    """The feature names, taken from an empty shop."""
    rows = {"t_dat": pl.Date, "customer": pl.UInt32, "article": pl.Int32, "price": pl.Float32}
    transactions = pl.DataFrame(schema={**rows, "sales_channel_id": pl.UInt8})
    empty = Embeddings(np.zeros(0, dtype=np.int32), np.zeros((0, 1), dtype=np.float32))
    articles = pl.DataFrame(schema={"article": pl.Int32})
    history = History(transactions, articles, embeddings={"text": empty, "style": empty})
    model, nobody = Recommender(), Customers.nobody(np.zeros(0, dtype=np.uint32))
    snapshot = Snapshot.take(history, date(2020, 1, 1), model.strategies)
    return snapshot.features(snapshot.pool(nobody, model.candidates)).names


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()[:16]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingLibrary(
            "--tune needs Optuna, which is not installed.", cure="pip install optuna"
        ) from error
    return optuna


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(verbosity)
