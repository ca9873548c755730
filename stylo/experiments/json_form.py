"""Experiments as JSON, and back: what is missing, misspelt or of another type is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from stylo.errors import BadExperiment
from stylo.experiments.experiment import Experiment


def to_json(experiment: Experiment) -> str:
    """One object; `from_json` gives the same experiment back."""
    return json.dumps(asdict(experiment), ensure_ascii=False)


def from_json(text: str) -> Experiment:
    """Raises BadExperiment for what is no experiment, with the place."""
    try:
        record = json.loads(text)
    except ValueError as error:
        raise BadExperiment("It is not JSON.", where=str(error), cure="Write one object.") from error
    made: Experiment = _read(record, Experiment, "experiment")
    return made


def _read(value: Any, kind: Any, where: str) -> Any:
    """A value of JSON as the type that a field has."""
    if isinstance(kind, UnionType):
        return None if value is None else _read(value, get_args(kind)[0], where)
    if is_dataclass(kind):
        return _record(value, kind, where)
    if get_origin(kind) is tuple:
        return _several(value, get_args(kind), where)
    if get_origin(kind) is Mapping:
        _check(isinstance(value, dict), value, "an object", where)
        return {name: _read(each, get_args(kind)[1], f"{where}.{name}") for name, each in value.items()}
    if kind is float:
        _check(isinstance(value, int | float) and not isinstance(value, bool), value, "a number", where)
        return float(value)
    _check(type(value) is kind, value, {str: "a text", int: "a whole number"}[kind], where)
    return value


def _several(value: Any, kinds: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    _check(isinstance(value, list), value, "a list", where)
    if kinds[-1] is not Ellipsis:
        _check(len(value) == len(kinds), value, f"a list of {len(kinds)}", where)
    return tuple(_read(each, kinds[0], f"{where}[{place}]") for place, each in enumerate(value))


def _record(value: Any, kind: Any, where: str) -> Any:
    _check(isinstance(value, dict), value, "an object", where)
    hints = get_type_hints(kind)
    needed = {
        each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING
    }
    for problem, names in [("is missing", needed - set(value)), ("is not known", set(value) - set(hints))]:
        if names:
            one_of = f"It may have {', '.join(hints)}."
            raise BadExperiment(f"{', '.join(sorted(names))} {problem}.", where=where, cure=one_of)
    return kind(**{name: _read(each, hints[name], f"{where}.{name}") for name, each in value.items()})


def _check(holds: bool, value: Any, wanted: str, where: str) -> None:
    if not holds:
        raise BadExperiment(f"{json.dumps(value)} is not {wanted}.", where=where, cure=f"Give {wanted}.")
