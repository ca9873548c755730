"""Definitions: what makes no sense is refused with the place, and JSON gives the same experiment back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import HALVES, experiment

from stylo.errors import BadExperiment
from stylo.experiments.experiment import AUDIENCES, METRICS, Audience, Experiment, Guardrail, Variant
from stylo.experiments.json_form import from_json, to_json


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"variants": (Variant("control", 0.5), Variant("new", 0.4))}, "The shares add up to 0.9, not 1."),
        ({"variants": (Variant("control", 0.5), Variant("control", 0.5))}, "control is listed twice."),
        ({"variants": (Variant("new", 1.0),)}, "There is nothing to compare."),
        ({"variants": ()}, "There is nothing to compare."),
        ({"metric": "clicks"}, "There is no metric 'clicks'."),
        ({"guardrails": (Guardrail("revenue", 0.1), Guardrail("revenue", 0.2))}, "revenue is listed twice."),
        ({"slot": (0.5, 1.2)}, "(0.5, 1.2) is not a slot of a layer."),
        ({"slot": (0.5, 0.5)}, "(0.5, 0.5) is not a slot of a layer."),
        ({"slot": (-0.1, 0.5)}, "(-0.1, 0.5) is not a slot of a layer."),
        ({"slot": (float("nan"), 0.5)}, "(nan, 0.5) is not a slot of a layer."),
        ({"salt": ""}, "It has no salt."),
        ({"minimum_effect": 0.0}, "0.0 is not valid."),
        ({"level": 95.0}, "95.0 is not valid."),
        ({"window_days": 0}, "0 is not valid."),
        ({"planned_customers": 0}, "0 is not valid."),
    ],
)
def test_what_does_not_hold_together_is_refused_and_told(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadExperiment, match=re.escape(told)) as refused:
        experiment(**changes)
    assert "experiment 'more looks'" in refused.value.where and refused.value.cure


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Variant("", 0.5), "no name"),
        (lambda: Variant("new", 0.0), "share of 0.0"),
        (lambda: Variant("new", float("nan")), "share of nan"),
        (lambda: Variant("new", 0.5, settings={"visual": float("inf")}), "not a finite number"),
        (lambda: Guardrail("latency", 0.1), "no such metric"),
        (lambda: Guardrail("revenue", 1.0), "margin of 1.0"),
        (lambda: Audience("rich"), "no such audience"),
        (lambda: Audience("active"), "needs days"),
        (lambda: Audience("new", 30), "has no days"),
    ],
)
def test_a_part_that_makes_no_sense_is_refused(make: Any, told: str) -> None:
    with pytest.raises(BadExperiment, match=told):
        make()


def test_three_thirds_add_to_one() -> None:
    thirds = tuple(Variant(name, 1 / 3) for name in "abc")
    assert experiment(variants=thirds).control.name == "a"


@pytest.mark.parametrize(
    ("audience", "known_10_days_ago", "known_90_days_ago", "known_without_purchase", "new"),
    [
        (Audience(), True, True, True, True),
        (Audience("known"), True, True, True, False),
        (Audience("new"), False, False, False, True),
        (Audience("active", 30), True, False, False, False),
        (Audience("dormant", 30), False, True, True, False),
    ],
)
def test_an_audience_includes_whom_it_is_named_after(
    audience: Audience,
    known_10_days_ago: bool,
    known_90_days_ago: bool,
    known_without_purchase: bool,
    new: bool,
) -> None:
    assert audience.includes(True, 10) is known_10_days_ago
    assert audience.includes(True, 90) is known_90_days_ago
    assert audience.includes(True, None) is known_without_purchase
    assert audience.includes(False, None) is new


names = st.text(min_size=1, max_size=8)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    parts = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4))
    settings = st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False), max_size=2)
    return experiment(
        name=draw(names),
        variants=tuple(
            Variant(f"{place} {draw(names)}", part / sum(parts), draw(st.none() | names), draw(settings))
            for place, part in enumerate(parts)
        ),
        slot=tuple(sorted(draw(st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True)))),
        audience=draw(st.sampled_from([Audience(), Audience("active", 7)])),
        guardrails=tuple(Guardrail(metric, 0.1) for metric in draw(st.sets(st.sampled_from(METRICS)))),
    )


@given(experiments())
def test_json_gives_the_same_experiment_back(trial: Experiment) -> None:
    assert from_json(to_json(trial)) == trial


def test_json_may_leave_out_what_has_a_usual_value() -> None:
    record = json.loads(to_json(experiment()))
    for name in ("audience", "guardrails", "power", "level", "window_days"):
        del record[name]
    del record["variants"][0]["settings"]
    assert from_json(json.dumps(record)) == experiment()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"slott": [0, 1]}, "slott is not known."),
        ({"salt": 3}, "3 is not a text."),
        ({"slot": [0, 0.5, 1]}, "is not a list of 2."),
        ({"slot": 0.5}, "0.5 is not a list."),
        ({"level": True}, "true is not a number."),
        ({"window_days": 7.0}, "7.0 is not a whole number."),
        ({"window_days": True}, "true is not a whole number."),
        ({"audience": "all"}, '"all" is not an object.'),
        ({"variants": [{"name": "a"}]}, "share is missing."),
        (
            {"variants": [{"name": "a", "share": 0.5, "settings": {"visual": "much"}}]},
            '"much" is not a number.',
        ),
    ],
)
def test_json_of_another_form_is_refused_and_the_place_told(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadExperiment, match=re.escape(told)) as refused:
        from_json(json.dumps(json.loads(to_json(experiment())) | changes))
    assert refused.value.where.startswith("experiment")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"experiment"'])
def test_what_is_no_object_is_no_experiment(text: str) -> None:
    with pytest.raises(BadExperiment):
        from_json(text)


def test_the_audiences_are_those_that_are_tested_here() -> None:
    assert set(AUDIENCES) == {"all", "known", "new", "active", "dormant"}
    assert HALVES[0] == experiment().control
