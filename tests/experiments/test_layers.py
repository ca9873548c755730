"""Layers: slots side by side, none that overlap, and no split that changes while it runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import experiment

from stylo.errors import ChangedSplit, LayerFull, SlotTaken
from stylo.experiments.assignment import changed, check_change, check_free, place
from stylo.experiments.experiment import Audience, Experiment, Variant


def running(*slots: tuple[float, float]) -> list[Experiment]:
    return [experiment(name=f"{slot}", slot=slot) for slot in slots]


@pytest.mark.parametrize(
    ("slots", "share", "free"),
    [
        ([], 1.0, (0.0, 1.0)),
        ([(0.0, 0.25)], 0.5, (0.25, 0.75)),
        ([(0.5, 1.0), (0.0, 0.25)], 0.25, (0.25, 0.5)),
        ([(0.25, 0.5)], 0.5, (0.5, 1.0)),  # the gap before it is too small
        ([(0.0, 0.1), (0.1, 0.3)], 0.7, (0.3, 1.0)),
    ],
)
def test_the_first_gap_that_is_wide_enough_is_taken(
    slots: list[tuple[float, float]], share: float, free: tuple[float, float]
) -> None:
    assert place(running(*slots), share) == free


def test_a_full_layer_says_how_much_is_left() -> None:
    with pytest.raises(LayerFull, match=r"No slot of 0\.5 is free\.\nThe widest has 0\.3\."):
        place(running((0.3, 0.7)), 0.5)


@given(st.lists(st.integers(1, 40), max_size=12))
def test_placed_experiments_never_overlap(percents: list[int]) -> None:
    placed: list[Experiment] = []
    for percent in percents:
        try:
            slot = place(placed, percent / 100)
        except LayerFull:
            assert sum(percents) > 100
            continue
        new = experiment(name=str(len(placed)), slot=slot)
        check_free(placed, new)
        placed.append(new)


def test_a_taken_slot_is_refused() -> None:
    with pytest.raises(SlotTaken, match=r"has 0 to 0\.3 of the layer 'ranking'"):
        check_free(running((0.0, 0.3)), experiment(slot=(0.25, 0.5)))


def test_slots_that_touch_and_other_layers_are_no_matter() -> None:
    check_free(running((0.0, 0.25), (0.5, 1.0)), experiment(slot=(0.25, 0.5)))
    check_free([experiment(name="mail", layer="mail", slot=(0.0, 1.0))], experiment())


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, ()),
        ({"slot": (0.2, 0.6)}, ()),  # grows
        ({"level": 0.99, "window_days": 14, "metric": "revenue"}, ()),
        ({"slot": (0.25, 0.4)}, ("slot",)),
        ({"slot": (0.5, 0.75)}, ("slot",)),
        (
            {"variants": (Variant("control", 0.4), Variant("blend", 0.6, settings={"visual": 0.4}))},
            ("variants",),
        ),
        (
            {"variants": (Variant("control", 0.5), Variant("blend", 0.5, settings={"visual": 0.9}))},
            ("variants",),
        ),
        ({"audience": Audience("new"), "layer": "mail"}, ("layer", "audience")),
    ],
)
def test_what_changes_the_customers_of_a_variant_is_told(
    changes: dict[str, Any], differs: tuple[str, ...]
) -> None:
    assert changed(experiment(), experiment(**changes)) == differs
    if differs:
        with pytest.raises(ChangedSplit, match=", ".join(differs)):
            check_change(experiment(), experiment(**changes))
    check_change(experiment(), experiment(**changes, salt="2020-10"))
