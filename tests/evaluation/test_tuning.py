"""The search for the ranker's settings, on a small demo shop."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import optuna
import pytest
from boutique import few_trees
from clusters import Elsewhere

from stylo.candidates.history import History
from stylo.content.vectors import content_vectors
from stylo.errors import BadOption, DamagedArtefact, EmptySplit, MissingLibrary
from stylo.evaluation import tuning
from stylo.evaluation.backtest import backtest
from stylo.evaluation.tuning import SETTINGS, SPACE, STUDY, tune, tuned_settings
from stylo.progress import Silent
from stylo.ranking.ranker import Ranker, settings_for
from stylo.recommender import Recommender
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

WEEKS = 2
REPORTED = date(2020, 9, 9)  # the first of the two weekly cutoffs up to 2020-09-16


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Rankers of few trees: nobody asks here how well they rank."""
    with few_trees(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(SPACE, "rounds", (5, 30, True))  # type: ignore[arg-type]
        yield


@pytest.fixture(scope="module")
def folds() -> list[tuning._Fold]:
    """Those of the shop, once it was searched for."""
    return []


@pytest.fixture(scope="module")
def shop(demo_shop: Path, folds: list[tuning._Fold], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo shop without photos, split, with two trials of a search."""
    prepare = tuning._folds

    def kept(*arguments: Any) -> list[tuning._Fold]:
        folds.extend(prepare(*arguments))
        return folds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "_folds", kept)
        return made(demo_shop, tmp_path_factory.mktemp("tuned"))


def made(demo_shop: Path, target: Path, corrupted_from: str = "9999") -> Path:
    """A shop of the demo's CSVs, one article all that is bought from a day on, after two trials."""
    for name in ("articles", "customers"):
        shutil.copyfile(demo_shop / f"{name}.csv", target / f"{name}.csv")
    with (demo_shop / "transactions_train.csv").open() as file:
        header, *rows = csv.reader(file)
    other = rows[0][2]
    rows = [row if row[0] < corrupted_from else [*row[:2], other, "9.99", "1"] for row in rows]
    with (target / "transactions_train.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    folder = DataFolder(target)
    convert(target, folder)
    split(folder)
    tune(folder, WEEKS, 2)
    return target


@pytest.fixture
def folder(shop: Path, tmp_path: Path) -> DataFolder:
    """A copy that a test may change."""
    shutil.copytree(shop, tmp_path / "shop")
    return DataFolder(tmp_path / "shop")


@pytest.fixture
def prepared(folder: DataFolder, folds: list[tuning._Fold], monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A copy whose weeks, the slow part, are prepared once for several tests."""
    monkeypatch.setattr(tuning, "_folds", lambda *_: folds)
    return folder


class Heard(Silent):
    """Remembers the remarks."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each ranker that is trained."""
    calls: list[int] = []
    train = Ranker.train

    def counted(*arguments: Any) -> Ranker:
        calls.append(1)
        return train(*arguments)

    monkeypatch.setattr(Ranker, "train", counted)
    return calls


def test_the_best_settings_are_no_worse_than_the_default_and_are_read_back(prepared: DataFolder) -> None:
    tuned = tune(prepared, WEEKS, 2)
    assert tuned.trials == 2
    assert 0 < tuned.default_score <= 1
    assert tuned.adopted == (tuned.settings != settings_for(0))
    assert tuned_settings(prepared, REPORTED) == tuned.settings
    drawn = {"rounds": tuned.settings.rounds, **tuned.settings.parameters}
    assert all(low <= drawn[name] <= high for name, (low, high, _) in SPACE.items())
    assert set(drawn) == {"rounds", *settings_for(0).parameters}


def test_every_window_ends_before_the_reported_weeks(prepared: DataFolder) -> None:
    tuned = tune(prepared, WEEKS, 2)
    assert tuned.cutoffs[-1] == date(2020, 9, 2)
    assert json.loads(prepared.path(SETTINGS).read_text())["manifest"]["parameters"]["until"] == "2020-09-09"


def test_the_score_of_the_default_is_what_a_backtest_of_the_same_weeks_finds(
    prepared: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fold's ranker learned up to the fold's first week."""
    monkeypatch.setattr(tuning, "_BOOSTERS", settings_for(0).boosters)
    tuned = tune(prepared, WEEKS, 1)
    content = content_vectors(prepared)
    history = History.open(prepared, embeddings={"text": content.text, "style": content.style})
    cutoffs = tuned.cutoffs
    assert 4 < len(cutoffs) <= 8  # two folds, the latest of four weeks
    hybrid = Recommender.train(history, [cutoffs[0], cutoffs[-4]], 7)
    scores = backtest([hybrid], history, cutoffs, 7).scores
    assert scores.height == tuned.lists
    assert tuned.default_score == pytest.approx(scores["map@12"].mean(), rel=1e-12)


@pytest.mark.slow
def test_what_is_bought_in_the_reported_weeks_changes_nothing(
    demo_shop: Path, shop: Path, tmp_path: Path
) -> None:
    corrupted = made(demo_shop, tmp_path, str(REPORTED))
    before, after = (json.loads((root / SETTINGS).read_text()) for root in (shop, corrupted))
    assert before["manifest"]["inputs"] != after["manifest"]["inputs"]
    for facts in (before, after):
        del facts["manifest"]
    assert before == after


@pytest.mark.slow
def test_a_study_goes_on_where_it_stopped(
    prepared: DataFolder, folds: list[tuning._Fold], trained: list[int]
) -> None:
    """Beside a ranker for each trial and fold there are those of the best and the default in the end."""
    in_the_end = 2 * len(folds)
    went_on = tune(prepared, WEEKS, 3)
    assert len(trained) == len(folds) + in_the_end  # two trials are the fixture's
    prepared.path(STUDY).unlink()
    at_once = tune(prepared, WEEKS, 3)
    assert went_on == at_once
    assert len(trained) == 4 * len(folds) + 2 * in_the_end
    assert tune(prepared, WEEKS, 2).trials == 3
    assert len(trained) == 4 * len(folds) + 3 * in_the_end


@pytest.mark.slow
def test_an_interrupt_keeps_the_trials_that_were_finished(
    prepared: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = tune(prepared, WEEKS, 3)
    prepared.path(STUDY).unlink()
    prepared.path(SETTINGS).unlink()
    train, calls = Ranker.train, 0

    def interrupted(*arguments: Any) -> Ranker:
        nonlocal calls
        calls += 1
        # In the midst of the first trial, and of the third: a trial is two folds.
        if calls in (2, 8):
            raise KeyboardInterrupt
        return train(*arguments)

    monkeypatch.setattr(Ranker, "train", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune(prepared, WEEKS, 3)
        assert not prepared.has(SETTINGS)
    assert tune(prepared, WEEKS, 3) == uninterrupted


@pytest.mark.slow
def test_settings_of_other_data_are_left_out(prepared: DataFolder) -> None:
    split(prepared, date(2020, 9, 9))
    heard = Heard()
    assert tuned_settings(prepared, progress=heard) is None
    assert "other data" in heard.notes[0]
    assert tune(prepared, WEEKS - 1, 1).trials == 1  # a study of its own


def test_settings_of_other_features_are_left_out(
    prepared: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "_feature_names", lambda: ("rank",))
    heard = Heard()
    assert tuned_settings(prepared, progress=heard) is None
    assert "other features" in heard.notes[0]


def test_settings_that_were_chosen_on_weeks_to_be_reported_are_left_out(prepared: DataFolder) -> None:
    heard = Heard()
    assert tuned_settings(prepared, date(2020, 9, 8), heard) is None
    assert "2020-09-09" in heard.notes[0]
    assert tuned_settings(prepared, date(2020, 9, 9), heard) is not None
    assert len(heard.notes) == 1


def test_where_nothing_was_tuned_there_are_no_settings(tmp_path: Path) -> None:
    heard = Heard()
    assert tuned_settings(DataFolder(tmp_path), progress=heard) is None
    assert not heard.notes


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", json.dumps({"settings": {}, "manifest": {"made_by": "x"}})]
)
def test_damaged_settings_name_the_cure(tmp_path: Path, text: str) -> None:
    (tmp_path / SETTINGS).write_text(text)
    with pytest.raises(DamagedArtefact, match="--tune"):
        tuned_settings(DataFolder(tmp_path))


def test_a_damaged_study_names_the_cure(prepared: DataFolder) -> None:
    with prepared.path(STUDY).open("a") as file:
        file.write('{"op_code":\n\n')
    with pytest.raises(DamagedArtefact, match="Delete it"):
        tune(prepared, WEEKS, 2)


def test_in_a_large_shop_some_buyers_of_the_last_week_are_enough(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.open(folder)
    weeks = {
        day: history.bought(day, day + timedelta(days=7)) for day in (date(2020, 8, 26), date(2020, 9, 2))
    }
    buyers = {day: truth["customer"].n_unique() for day, truth in weeks.items()}
    assert min(buyers.values()) > 3
    monkeypatch.setattr(tuning, "_ENOUGH", buyers[date(2020, 9, 2)] + 3)
    truths = tuning._truths(history, REPORTED, 7)
    assert list(truths) == [date(2020, 9, 2), date(2020, 8, 26)]
    assert truths[date(2020, 9, 2)].equals(weeks[date(2020, 9, 2)])
    some = truths[date(2020, 8, 26)]
    assert some["customer"].n_unique() == 3
    whole = weeks[date(2020, 8, 26)].join(some.select("customer").unique(), on="customer", how="semi")
    assert some.sort("customer", "article").equals(whole.sort("customer", "article"))


def test_too_little_before_the_reported_weeks_names_the_cure(folder: DataFolder) -> None:
    with pytest.raises(EmptySplit, match="fewer --weeks"):
        tune(folder, 20, 2)


def test_no_trials_make_no_sense(prepared: DataFolder) -> None:
    with pytest.raises(BadOption):
        tune(prepared, WEEKS, 0)


def test_optuna_is_asked_for_when_it_is_needed(prepared: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingLibrary, match="pip install optuna"):
        tune(prepared, WEEKS, 2)
    assert tuned_settings(prepared) is not None


def trials_of(folder: DataFolder) -> list[tuple[Any, ...]]:
    """Settings, end and scores of the last study's trials."""
    backend = optuna.storages.journal.JournalFileBackend(str(folder.path(STUDY)))
    storage = optuna.storages.JournalStorage(backend)
    study = max(storage.get_all_studies(), key=lambda study: study._study_id)
    trials = storage.get_all_trials(study._study_id)
    return [(each.params, each.state, each.value, each.intermediate_values) for each in trials]


def test_a_cluster_tries_what_this_process_tries_however_often_it_is_interrupted(
    prepared: DataFolder, tmp_path: Path
) -> None:
    shutil.copytree(prepared.root, tmp_path / "cluster")
    cluster = DataFolder(tmp_path / "cluster")
    here = tune(prepared, WEEKS, 7)
    tune(cluster, WEEKS, 3, workers=Elsewhere())
    there = tune(cluster, WEEKS, 7, workers=Elsewhere())
    assert trials_of(cluster) == trials_of(prepared)
    assert (there.settings, there.score, there.trials) == (here.settings, here.score, 7)
