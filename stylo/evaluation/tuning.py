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
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from stylo.parallel.workers import LOCAL, Shared, Workers
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
# How many trials are drawn at a time. More would learn less from each other.
_ABREAST = 4


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


def tune(
    folder: DataFolder, weeks: int, trials: int, progress: Progress = SILENT, workers: Workers = LOCAL
) -> Tuned:
    """Searches until the study holds `trials`, starting with the default settings, and writes the settings to use.

    `weeks` are the weekly cutoffs that will be reported, the split's own the last. Writes `ranker_settings.json`;
    an interrupt leaves the finished trials in `tuning.log`. A run that continues a study finds what a single run
    would have found, and so does a cluster of `workers`, which tries several settings side by side.

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
            _TrialSearch(optuna, study, folds, default, workers).run(trials, progress)
        tried = _settings(study.best_trial.params, default)
        best, usual = (_scores(folds, settings) for settings in (tried, default))
        gain = best - usual
        adopted = bool(gain.mean() > _CAUTION * gain.std() / np.sqrt(len(gain)))
        tuned = Tuned(
            tried if adopted else default,
            adopted,
            float(best.mean()),
            float(usual.mean()),
            len(_finished(optuna, study)),
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


@dataclass(frozen=True)
class _FoldScores:
    """A `Work`: the scores of settings on one fold, given by its number."""

    folds: Shared[Sequence[_Fold]]

    def open(self) -> Callable[[tuple[int, RankerSettings]], np.ndarray]:
        folds = self.folds.get()
        return lambda part: folds[part[0]].scores(part[1])


@dataclass(frozen=True)
class _TrialSearch:
    """The trials of a study. Some are drawn at a time, from what all before these have shown, whoever tries them.

    So each is the same whether the search was interrupted or not, and whether it ran on a cluster or not.
    """

    optuna: Any
    study: Any
    folds: Sequence[_Fold]
    default: RankerSettings
    workers: Workers

    def run(self, trials: int, progress: Progress) -> None:
        """Until the study holds so many."""
        with progress.task("Trials", trials) as advance:
            done = len(_finished(self.optuna, self.study))
            advance(min(done, trials))
            while done < trials:
                last = min(trials, done - done % _ABREAST + _ABREAST)
                drawn = [self._drawn(number) for number in range(done, last)]
                for trial, scores in zip(drawn, self._scores(drawn), strict=True):
                    self._judge(trial, scores)
                    advance(1)
                done = last

    def _drawn(self, number: int) -> Any:
        """A trial with its settings, the default's the first; nothing of it is in the study yet."""
        before = _finished(self.optuna, self.study)[: number - number % _ABREAST]
        sampler = self.optuna.samplers.TPESampler(seed=_SEED + number)
        aside = self.optuna.create_study(direction="maximize", sampler=sampler)
        aside.add_trials(before)
        if number == 0:
            known = {"rounds": self.default.rounds, **self.default.parameters}
            aside.enqueue_trial({name: known[name] for name in SPACE}, user_attrs={"default": True})
        trial = aside.ask()
        _draw(trial)
        return trial

    def _scores(self, drawn: Sequence[Any]) -> Iterator[Iterator[np.ndarray]]:
        """Of each trial the scores on one fold after the other: on a cluster of all, else of as many as are taken."""
        tried = [_settings(trial.params, self.default) for trial in drawn]
        if not self.workers.is_cluster:
            yield from ((fold.scores(settings) for fold in self.folds) for settings in tried)
            return
        parts = [(fold, settings) for settings in tried for fold in range(len(self.folds))]
        found = list(self.workers.map(_FoldScores(self.workers.share(self.folds)), parts))
        for number in range(len(tried)):
            yield iter(found[number * len(self.folds) :][: len(self.folds)])

    def _judge(self, trial: Any, found: Iterator[np.ndarray]) -> None:
        """Adds a trial to the study: given up where it is behind the others after some folds, else to the end."""
        states, scores, means = self.optuna.trial.TrialState, np.zeros(0), dict[int, float]()
        facts = {"params": trial.params, "distributions": trial.distributions, "user_attrs": trial.user_attrs}
        create = self.optuna.trial.create_trial
        for number, some in enumerate(found, start=1):
            scores = np.append(scores, some)
            means[number] = float(scores.mean())
            running = create(state=states.RUNNING, intermediate_values=means, **facts)
            hopeless = number < len(self.folds) and self.study.pruner.prune(self.study, running)
            if hopeless and "default" not in trial.user_attrs:
                self.study.add_trial(create(state=states.PRUNED, intermediate_values=means, **facts))
                return
        value = float(scores.mean())
        self.study.add_trial(create(state=states.COMPLETE, value=value, intermediate_values=means, **facts))


def _draw(trial: Any) -> None:
    """Settings for a trial, which keeps them."""
    for name, (low, high, log) in SPACE.items():
        suggest = trial.suggest_int if isinstance(low, int) else trial.suggest_float
        suggest(name, low, high, log=log)


def _settings(drawn: Mapping[str, Any], default: RankerSettings) -> RankerSettings:
    parameters = {name: value for name, value in drawn.items() if name != "rounds"}
    return RankerSettings(
        drawn["rounds"], {**default.parameters, **parameters}, default.boosters, default.without
    )


def _finished(optuna: Any, study: Any) -> list[Any]:
    """The trials that ran to the end or were given up, in their order."""
    states = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED
    return list(study.get_trials(deepcopy=False, states=states))


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
