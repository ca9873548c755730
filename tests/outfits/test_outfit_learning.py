"""What is learned of outfits: the counts against a loop over all pairs, the day, and what is kept in the file."""

from __future__ import annotations

import itertools
import json
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from wardrobe import AS_OF, articles, history

from stylo.artefacts import Manifest
from stylo.errors import DamagedArtefact, MissingArtefact, StaleArtefact
from stylo.outfits.learning import learn
from stylo.outfits.model import ATTRIBUTES, FEATURES, OutfitModel
from stylo.outfits.pairs import Baskets, Together, lift_table
from stylo.tables.folder import DataFolder


def drawn_baskets() -> Baskets:
    """A hundred baskets of one to five of twelve articles in four slots, one of them none."""
    random = np.random.default_rng(5)
    slot = np.array([0, 0, 0, 1, 1, 1, 4, 4, 4, -1, 5, 5], dtype=np.int8)
    rows = [
        (customer, date(2020, 9, 1), row)
        for customer in range(100)
        for row in random.choice(12, random.integers(1, 6), replace=False).tolist()
    ]
    bought = pl.DataFrame(rows, schema=["customer", "t_dat", "row"], orient="row")
    return Baskets.of(bought, slot, 30)


def pairs_of(baskets: Baskets) -> list[tuple[int, int]]:
    """Every ordered pair of a basket in two slots, by a loop."""
    found = []
    for number in range(len(baskets)):
        rows = baskets.row[baskets.basket == number].tolist()
        found += [
            (one, other)
            for one, other in itertools.permutations(rows, 2)
            if baskets.slot[one] != baskets.slot[other]
        ]
    return found


def test_articles_are_counted_together_as_a_loop_counts_them() -> None:
    baskets = drawn_baskets()
    pairs = pairs_of(baskets)
    together = Together.of(baskets, np.arange(12), 12)
    for one in range(12):
        expected = [pairs.count((one, other)) for other in range(12)]
        assert together.with_each(one, np.arange(12)).tolist() == expected
        assert together.partners(one).tolist() == [n for n in range(12) if expected[n]]
    assert together.bought.tolist() == [(baskets.row == row).sum() for row in range(12)]


def test_a_lift_is_what_was_seen_beside_what_chance_gives_slot_by_slot() -> None:
    baskets = drawn_baskets()
    code = np.array([1, 2, 3, 1, 2, 3, 1, 2, 0, 1, 2, 3])
    seen, expected = np.zeros((4, 4)), np.zeros((4, 4))
    by_slots: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for one, other in pairs_of(baskets):
        seen[code[one], code[other]] += 1
        slots = int(baskets.slot[one]), int(baskets.slot[other])
        by_slots.setdefault(slots, []).append((code[one], code[other]))
    for pairs in by_slots.values():
        mine = np.bincount([one for one, _ in pairs], minlength=4)
        theirs = np.bincount([other for _, other in pairs], minlength=4)
        expected += np.outer(mine, theirs) / len(pairs)
    wanted = np.log((seen + 10) / (expected + 10))
    wanted[0], wanted[:, 0] = 0, 0
    assert lift_table(baskets, code, 4) == pytest.approx(wanted, abs=1e-5)


def test_baskets_too_large_say_nothing() -> None:
    bought = pl.DataFrame({"customer": [1, 1, 1, 2, 2], "t_dat": [AS_OF] * 5, "row": [0, 1, 2, 0, 1]})
    baskets = Baskets.of(bought, np.array([0, 1, 2], dtype=np.int8), largest=2)
    assert (len(baskets), baskets.row.tolist()) == (1, [0, 1])


def test_nothing_on_or_after_the_day_is_learned_from() -> None:
    later = ((AS_OF, 300, 10), (AS_OF, 300, 41), (AS_OF + timedelta(days=9), 301, 12))
    same(learn(history(), AS_OF), learn(history(later), AS_OF))


def test_an_article_out_of_sale_is_not_offered_and_one_never_sold_is() -> None:
    model = learn(history(), AS_OF + timedelta(days=60))
    offered = dict(zip(model.articles.tolist(), model.offered.tolist(), strict=True))
    assert (offered[10], offered[12]) == (False, True)


def test_too_few_pairs_leave_the_usual_weights() -> None:
    model = learn(history(), AS_OF)
    assert model.learned == 0
    assert model.weights[FEATURES.index("together")] > 0


def test_a_shop_without_a_sale_or_an_attribute_has_a_model() -> None:
    nothing = history()
    empty = nothing.over(nothing.before(date(2000, 1, 1)))
    model = learn(empty, AS_OF)
    assert model.offered.sum() == len(model.articles)
    assert (model.codes[ATTRIBUTES.index("department_no")] == 0).all()


def same(one: OutfitModel, other: OutfitModel) -> None:
    for field in fields(OutfitModel):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "lifts":
            assert mine.keys() == theirs.keys()
            assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
        elif isinstance(mine, Together):
            for part in ("start", "partner", "times", "bought"):
                assert np.array_equal(getattr(mine, part), getattr(theirs, part))
            assert mine.baskets == theirs.baskets
        else:
            assert np.array_equal(mine, theirs), field.name


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """With a model of outfits in it."""
    found = DataFolder(tmp_path)
    write(found, Manifest("final.py"))
    return found


def write(folder: DataFolder, manifest: Manifest) -> None:
    path = folder.path("outfits.bin")
    learn(history(), AS_OF).write(path, path.with_suffix(".json"), manifest)


def test_a_model_comes_back_as_it_was_written(folder: DataFolder) -> None:
    same(OutfitModel.open(folder), learn(history(), AS_OF))


def test_a_folder_from_before_outfits_is_told_to_train_again(folder: DataFolder) -> None:
    folder.path("outfits.bin").unlink()
    with pytest.raises(MissingArtefact) as missing:
        OutfitModel.open(folder)
    assert "final.py" in missing.value.cure
    folder.path("model.bin").write_bytes(b"a model")
    with pytest.raises(MissingArtefact, match="before there were outfits") as old:
        OutfitModel.open(folder)
    assert "final.py" in old.value.cure


def test_a_model_of_other_tables_is_out_of_date(folder: DataFolder) -> None:
    articles().write_parquet(folder.path("articles.parquet"))
    write(folder, Manifest("final.py", {"articles.parquet": "of others"}))
    with pytest.raises(StaleArtefact, match=r"articles\.parquet") as stale:
        OutfitModel.open(folder)
    assert "final.py" in stale.value.cure


@pytest.mark.parametrize(
    "change", [lambda facts: facts.update(layout=0), lambda facts: facts.update(features=["x"])]
)
def test_a_model_of_another_version_is_out_of_date(folder: DataFolder, change: Any) -> None:
    path = folder.path("outfits.json")
    text = json.loads(path.read_text("utf-8"))
    change(text["facts"])
    path.write_text(json.dumps(text))
    with pytest.raises(StaleArtefact, match="another version"):
        OutfitModel.open(folder)


def test_a_damaged_model_is_told(folder: DataFolder) -> None:
    path = folder.path("outfits.bin")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DamagedArtefact, match="damaged"):
        OutfitModel.open(folder)
