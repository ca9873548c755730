"""The search for the ranker's settings, on a small demo shop."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stylo.candidates.history import History
from stylo.content.vectors import content_vectors
from stylo.errors import BadOption, DamagedArtefact, EmptySplit, MissingLibrary
from stylo.evaluation.backtest import backtest
from stylo.evaluation.tuning import SETTINGS, SPACE, STUDY, tune, tuned_settings
from stylo.progress import Silent
from stylo.ranking.ranker import Ranker, settings_for
from stylo.recommender import Recommender
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

WEEKS = 11
REPORTED = date(2020, 7, 8)  # the first of the 11 weekly cutoffs up to 2020-09-16


@pytest.fixture(scope="module")
def shop(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo shop without photos, split, with two trials of a search."""
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


def test_the_best_settings_are_no_worse_than_the_default_and_are_read_back(folder: DataFolder) -> None:
    tuned = tune(folder, WEEKS, 2)
    assert tuned.trials == 2
    assert 0 < tuned.default_score <= tuned.score <= 1
    assert tuned_settings(folder, REPORTED) == tuned.settings
    drawn = {"rounds": tuned.settings.rounds, **tuned.settings.parameters}
    assert all(low <= drawn[name] <= high for name, (low, high, _) in SPACE.items())
    assert set(drawn) == {"rounds", *settings_for(0).parameters}


def test_every_window_ends_before_the_reported_weeks(folder: DataFolder) -> None:
    tuned = tune(folder, WEEKS, 2)
    assert tuned.cutoffs[-1] == date(2020, 7, 1)
    assert json.loads(folder.path(SETTINGS).read_text())["manifest"]["parameters"]["until"] == "2020-07-08"


def test_the_score_of_the_default_is_what_a_backtest_of_the_same_weeks_finds(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fold's ranker learned up to the fold's first week."""
    monkeypatch.setattr("stylo.evaluation.tuning._BOOSTERS", 3)
    tuned = tune(folder, WEEKS, 1)
    content = content_vectors(folder)
    history = History.open(folder, embeddings={"text": content.text, "style": content.style})
    firsts = {max(tuned.cutoffs[-4 * fold - 4 :][:1]) for fold in range(-(-len(tuned.cutoffs) // 4))}
    hybrid = Recommender.train(history, sorted(firsts), 7)
    scores = backtest([hybrid], history, tuned.cutoffs, 7).scores
    assert scores.height == tuned.lists
    assert tuned.default_score == pytest.approx(scores["map@12"].mean(), rel=1e-12)


def test_what_is_bought_in_the_reported_weeks_changes_nothing(
    demo_shop: Path, shop: Path, tmp_path: Path
) -> None:
    corrupted = made(demo_shop, tmp_path, str(REPORTED))
    before, after = (json.loads((root / SETTINGS).read_text()) for root in (shop, corrupted))
    assert before["manifest"]["inputs"] != after["manifest"]["inputs"]
    for facts in (before, after):
        del facts["manifest"]
    assert before == after


def test_a_study_goes_on_where_it_stopped(folder: DataFolder, trained: list[int]) -> None:
    went_on = tune(folder, WEEKS, 4)
    rankers = len(trained)
    folder.path(STUDY).unlink()
    at_once = tune(folder, WEEKS, 4)
    assert went_on == at_once
    assert len(trained) - rankers == 2 * rankers  # four trials against two
    tune(folder, WEEKS, 3)
    assert len(trained) == 3 * rankers
    assert tune(folder, WEEKS, 3).trials == 4


def test_an_interrupt_keeps_the_trials_that_were_finished(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = tune(folder, WEEKS, 4)
    folder.path(STUDY).unlink()
    folder.path(SETTINGS).unlink()
    train, calls = Ranker.train, 0

    def interrupted(*arguments: Any) -> Ranker:
        nonlocal calls
        calls += 1
        # In the midst of the first trial, and of one later on.
        if calls in (1, 8):
            raise KeyboardInterrupt
        return train(*arguments)

    monkeypatch.setattr(Ranker, "train", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune(folder, WEEKS, 4)
        assert not folder.has(SETTINGS)
    assert tune(folder, WEEKS, 4) == uninterrupted


def test_settings_of_other_data_are_left_out(folder: DataFolder) -> None:
    split(folder, date(2020, 9, 9))
    heard = Heard()
    assert tuned_settings(folder, progress=heard) is None
    assert "other data" in heard.notes[0]
    assert tune(folder, WEEKS - 1, 1).trials == 1  # a study of its own


def test_settings_of_other_features_are_left_out(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylo.evaluation.tuning._feature_names", lambda: ("rank",))
    heard = Heard()
    assert tuned_settings(folder, progress=heard) is None
    assert "other features" in heard.notes[0]


def test_settings_that_were_chosen_on_weeks_to_be_reported_are_left_out(folder: DataFolder) -> None:
    heard = Heard()
    assert tuned_settings(folder, date(2020, 7, 7), heard) is None
    assert "2020-07-08" in heard.notes[0]
    assert tuned_settings(folder, date(2020, 7, 8), heard) is not None
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


def test_a_damaged_study_names_the_cure(folder: DataFolder) -> None:
    with folder.path(STUDY).open("a") as file:
        file.write('{"op_code":\n\n')
    with pytest.raises(DamagedArtefact, match="Delete it"):
        tune(folder, WEEKS, 2)


def test_too_little_before_the_reported_weeks_names_the_cure(folder: DataFolder) -> None:
    with pytest.raises(EmptySplit, match="fewer --weeks"):
        tune(folder, 20, 2)


def test_no_trials_make_no_sense(folder: DataFolder) -> None:
    with pytest.raises(BadOption):
        tune(folder, WEEKS, 0)


def test_optuna_is_asked_for_when_it_is_needed(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingLibrary, match="pip install optuna"):
        tune(folder, WEEKS, 2)
    assert tuned_settings(folder) is not None
