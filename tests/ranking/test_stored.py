"""What was learned is the same after it was taken apart, written as JSON and arrays, and put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from boutique import END

from stylo.artefacts import Manifest, open_arrays, write_arrays
from stylo.candidates.customers import Customers, CustomerStore
from stylo.candidates.history import History
from stylo.errors import DamagedArtefact
from stylo.ranking.model import Model, put_together, take_apart
from stylo.recommender import Recommender


def assert_same(one: Any, other: Any, where: str = "") -> None:
    """Equal in kind, dtype and bits, all the way down."""
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.shape == other.shape, where
        assert one.tobytes() == other.tobytes(), where
    elif is_dataclass(one):
        assert type(one) is type(other), where
        for each in fields(one):
            assert_same(getattr(one, each.name), getattr(other, each.name), f"{where}/{each.name}")
    elif isinstance(one, Mapping):
        assert list(one) == list(other), where
        for key in one:
            assert_same(one[key], other[key], f"{where}/{key}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for number, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{where}/{number}")
    else:
        assert type(one) is type(other) and one == other, where


@pytest.fixture(scope="module")
def model(trained_boutique: Recommender, boutique: History) -> Model:
    return trained_boutique.model(boutique, END)


def test_a_model_is_the_same_to_the_last_bit(model: Model) -> None:
    assert model.ranker is not None
    arrays: dict[str, np.ndarray] = {}
    facts = take_apart(model, arrays, "model")
    assert_same(model, put_together(json.loads(json.dumps(facts)), arrays))


def test_a_model_is_the_same_after_it_was_in_a_file(model: Model, boutique: History, tmp_path: Path) -> None:
    arrays: dict[str, np.ndarray] = {}
    store = CustomerStore.of(boutique, END)
    facts = {"model": take_apart(model, arrays, "model"), "store": take_apart(store, arrays, "store")}
    write_arrays(tmp_path / "a.bin", tmp_path / "a.json", arrays, facts, Manifest("final.py"))
    opened, text, manifest = open_arrays(tmp_path / "a.bin", "again")
    assert manifest.made_by == "final.py"
    assert_same(model, put_together(text["model"], opened))
    assert_same(store, put_together(text["store"], opened))
    asked = Customers.read(boutique, pl.Series([1, 7, 50], dtype=pl.UInt32), END)
    found = put_together(text["model"], opened).recommend(asked, 12)
    assert found.equals(model.recommend(asked, 12))


def test_what_is_part_of_two_things_is_stored_once_and_one_object_again(model: Model) -> None:
    """Strategy and feature share the factorisation: what it computes of a customer, it computes once."""
    arrays: dict[str, np.ndarray] = {}
    facts = take_apart(model, arrays, "model")
    assert len({id(array) for array in arrays.values()}) == len(arrays)
    snapshot = put_together(json.loads(json.dumps(facts)), arrays).snapshot
    assert snapshot.known.factors is snapshot.strategies["matrix factorisation"]


def test_a_model_without_a_ranker_stays_without_one(boutique: History) -> None:
    fusion = Recommender().model(boutique, END)
    arrays: dict[str, np.ndarray] = {}
    again = put_together(json.loads(json.dumps(take_apart(fusion, arrays))), arrays)
    assert again.ranker is None
    assert_same(fusion, again)


def test_small_things_come_back_too() -> None:
    whole = {"day": date(2020, 2, 29), "none": None, "pair": (1, 2.5), "nobody": (), "none at all": {}}
    whole["arrays"] = (np.zeros((0, 3), np.float32), np.array(["a"]), np.arange(6).reshape(2, 3).T)
    arrays: dict[str, np.ndarray] = {}
    assert_same(whole, put_together(json.loads(json.dumps(take_apart(whole, arrays))), arrays))


def test_arrays_of_any_shape_and_kind_come_back_from_the_file(tmp_path: Path) -> None:
    arrays = {
        "nothing": np.zeros((0, 4), np.float32),
        "one": np.array(3, np.int64),
        "bytes": np.arange(5, dtype=np.uint8),
        "turned": np.arange(6, dtype=np.float64).reshape(2, 3).T,
        "last": np.array([True, False]),
    }
    path, beside = tmp_path / "a.bin", tmp_path / "a.json"
    write_arrays(path, beside, arrays, {"x": 1}, Manifest("final.py"))
    opened, facts, _ = open_arrays(path, "again")
    assert facts == {"x": 1}
    assert list(opened) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(opened[name], array)
        assert opened[name].dtype == array.dtype and not opened[name].flags.writeable

    write_arrays(path, beside, {}, {}, Manifest("final.py"))
    assert open_arrays(path, "again")[:2] == ({}, {})


@pytest.mark.parametrize(
    "place",
    [
        {"at": 0, "dtype": "<f4", "shape": [99]},
        {"at": 0, "dtype": "no", "shape": [1]},
        {"at": 0},
        [0, "<f4", [1]],
        7,
    ],
)
def test_an_array_that_is_not_where_the_json_says_is_damage(place: Any, tmp_path: Path) -> None:
    path, beside = tmp_path / "a.bin", tmp_path / "a.json"
    write_arrays(path, beside, {"x": np.zeros(2, np.float32)}, {}, Manifest("final.py"))
    text = json.loads(beside.read_text())
    beside.write_text(json.dumps(text | {"arrays": {"x": place}}))
    with pytest.raises(DamagedArtefact) as raised:
        open_arrays(path, "Do it again.")
    assert raised.value.cure == "Do it again."


@pytest.mark.parametrize(
    "facts",
    [
        {},
        None,
        {"mapping": None},
        {"array": "not here"},
        {"kind": "Elephant", "fields": {}},
        {"kind": "Model"},
        {"kind": "Model", "fields": {}},
        {"kind": "Model", "fields": {"trunk": {"value": 1}}},
        {"date": "tomorrow"},
        {"elephant": 1},
    ],
    ids=str,
)
def test_what_was_never_taken_apart_cannot_be_put_together(facts: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        put_together(facts, {})
