"""The saved model: the same lists whichever way they are asked for, and a plain word where the file is no good."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from boutique import CUSTOMERS, END, few_trees, with_another_future
from helpers import slow
from polars.testing import assert_frame_equal

from stylo.artefacts import Manifest, write_parquet
from stylo.candidates.history import History
from stylo.errors import DamagedArtefact, MissingArtefact, StaleArtefact, StyloError
from stylo.ranking.pool import RANKED
from stylo.recommender import Recommender, SavedModel
from stylo.tables.folder import DataFolder

#: All customers of the boutique, and one who is unknown.
EVERYONE = [*range(1, CUSTOMERS + 1), 99_999]
SERIES = pl.Series(EVERYONE, dtype=pl.UInt32)


@pytest.fixture(scope="module")
def saved(trained_boutique: Recommender, boutique: History) -> SavedModel:
    return SavedModel.of(trained_boutique, boutique)


@pytest.fixture(scope="module")
def batch(saved: SavedModel) -> pl.DataFrame:
    return saved.recommend(EVERYONE)


def write(saved: SavedModel, root: Path) -> DataFolder:
    """A data folder with a model of its articles."""
    folder = DataFolder(root)
    write_parquet(pl.DataFrame({"article": [1]}), folder.path("articles.parquet"), Manifest("data_optim.py"))
    manifest = Manifest("final.py", folder.fingerprints("articles.parquet"))
    saved.write(folder.path("model.bin"), folder.path("model.json"), manifest)
    return folder


@pytest.fixture(scope="module")
def opened(saved: SavedModel, tmp_path_factory: pytest.TempPathFactory) -> SavedModel:
    return SavedModel.open(write(saved, tmp_path_factory.mktemp("saved")))


def test_everybody_gets_twelve_articles_by_a_ranker(saved: SavedModel, batch: pl.DataFrame) -> None:
    assert saved.as_of == END
    assert saved.model.ranker is not None
    assert batch.schema == RANKED
    assert batch.group_by("customer").len().sort("customer")["customer"].to_list() == EVERYONE
    assert set(batch.group_by("customer").len()["len"]) == {12}


@pytest.mark.parametrize("size", [50, 241])
def test_the_backtest_gives_the_same_lists_in_chunks_of_any_size(
    size: int, trained_boutique: Recommender, boutique: History, batch: pl.DataFrame
) -> None:
    chunks = [SERIES[first : first + size] for first in range(0, len(SERIES), size)]
    found = pl.concat([trained_boutique.recommend(boutique, chunk, END) for chunk in chunks])
    assert_frame_equal(found, batch, check_exact=True)
    focused = boutique.focus(SERIES)
    assert_frame_equal(trained_boutique.recommend(focused, SERIES, END), batch, check_exact=True)


def test_one_customer_at_a_time_gives_the_same_lists(saved: SavedModel, batch: pl.DataFrame) -> None:
    alone = pl.concat([saved.recommend([customer], threads=1) for customer in EVERYONE])
    assert_frame_equal(alone, batch, check_exact=True)


def test_the_file_gives_the_same_lists_together_and_alone(opened: SavedModel, batch: pl.DataFrame) -> None:
    assert_frame_equal(opened.recommend(EVERYONE), batch, check_exact=True)
    alone = pl.concat([opened.recommend([customer]) for customer in EVERYONE[::7]])
    some = batch.filter(pl.col("customer").is_in(EVERYONE[::7]))
    assert_frame_equal(alone, some, check_exact=True)


def test_a_shorter_list_is_the_beginning_of_the_longer(saved: SavedModel, batch: pl.DataFrame) -> None:
    assert_frame_equal(saved.recommend(EVERYONE, k=3), batch.filter(pl.col("rank") <= 3), check_exact=True)


def test_the_explanations_are_of_the_articles_recommended(saved: SavedModel, opened: SavedModel) -> None:
    for customer in (1, 30, 99_999):
        mine = saved.recommend([customer])
        found = opened.explain(customer)
        assert [each.article for each in found] == mine["article"].to_list()
        proposed_by = [[name for name, _ in each.proposed_by] for each in found]
        assert proposed_by == mine["proposed_by"].to_list()
        assert repr(found) == repr(saved.explain(customer))  # in which what is unknown equals itself


@pytest.mark.parametrize("back", [0, *slow(7)])
def test_neither_trees_nor_lists_know_what_happens_from_the_day_on(back: int, boutique: History) -> None:
    trained_on, as_of = END - timedelta(days=14), END - timedelta(days=14 - back)
    changed = with_another_future(boutique, as_of)
    assert changed.bought(as_of, END).height != boutique.bought(as_of, END).height
    with few_trees():
        one, other = (Recommender.train(each, [trained_on]) for each in (boutique, changed))
    trees = [[model.tobytes() for model in each.ranker(as_of).models] for each in (one, other)]  # type: ignore[union-attr]
    assert trees[0] == trees[1]
    assert_frame_equal(
        one.recommend(boutique, SERIES, as_of), other.recommend(changed, SERIES, as_of), check_exact=True
    )


def test_a_ranker_of_a_later_day_is_not_used_for_an_earlier_one(trained_boutique: Recommender) -> None:
    assert trained_boutique.ranker(END) is trained_boutique.ranker(END + timedelta(days=30)) is not None
    assert trained_boutique.ranker(END - timedelta(days=1)) is None


def json_with(**change: Any) -> Callable[[DataFolder], None]:
    def damage(folder: DataFolder) -> None:
        beside = folder.path("model.json")
        beside.write_text(json.dumps(json.loads(beside.read_text()) | change))

    return damage


def facts_with(**change: Any) -> Callable[[DataFolder], None]:
    def damage(folder: DataFolder) -> None:
        beside = folder.path("model.json")
        text = json.loads(beside.read_text())
        beside.write_text(json.dumps(text | {"facts": text["facts"] | change}))

    return damage


def cut_short(folder: DataFolder) -> None:
    path = folder.path("model.bin")
    path.write_bytes(path.read_bytes()[:-1])


def empty(folder: DataFolder) -> None:
    folder.path("model.bin").write_bytes(b"")


def text(content: bytes) -> Callable[[DataFolder], None]:
    return lambda folder: folder.path("model.json").write_bytes(content) and None


def of_other_tables(folder: DataFolder) -> None:
    frame = pl.DataFrame({"article": [2]})
    write_parquet(frame, folder.path("articles.parquet"), Manifest("data_optim.py", parameters={"x": 1}))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (cut_short, DamagedArtefact),
        (empty, DamagedArtefact),
        (lambda folder: folder.path("model.json").unlink(), DamagedArtefact),
        (text(b""), DamagedArtefact),
        (text(b"[1, 2]"), DamagedArtefact),
        (text(b"{}"), DamagedArtefact),
        (text(b"\xff\xfe{"), DamagedArtefact),
        (json_with(bytes="many"), DamagedArtefact),
        (json_with(arrays={}), DamagedArtefact),
        (json_with(arrays=[]), DamagedArtefact),
        (json_with(manifest={"maker": "me"}), DamagedArtefact),
        (json_with(manifest=None), DamagedArtefact),
        (json_with(facts=None), DamagedArtefact),
        (facts_with(model={}), DamagedArtefact),
        (facts_with(model=None), DamagedArtefact),
        (facts_with(store={"kind": "Elephant", "fields": {}}), DamagedArtefact),
        (json_with(facts={}), StaleArtefact),
        (facts_with(layout=0), StaleArtefact),
        (of_other_tables, StaleArtefact),
        (lambda folder: folder.path("model.bin").unlink(), MissingArtefact),
    ],
)
def test_a_file_that_is_no_good_is_refused_and_the_script_to_run_is_named(
    damage: Callable[[DataFolder], None], error: type[StyloError], saved: SavedModel, tmp_path: Path
) -> None:
    folder = write(saved, tmp_path)
    SavedModel.open(folder)
    damage(folder)
    with pytest.raises(error) as raised:
        SavedModel.open(folder)
    assert "model.bin" in raised.value.problem
    assert f"python final.py --data {tmp_path}" in raised.value.cure


def test_a_model_stays_good_when_the_tables_are_not_there(saved: SavedModel, tmp_path: Path) -> None:
    folder = write(saved, tmp_path)
    folder.path("articles.parquet").unlink()
    assert SavedModel.open(folder).as_of == END
