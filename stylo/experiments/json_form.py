"""Experiments as JSON, and back: anything missing, misspelt or of the wrong type is rejected."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stylo.errors import BadExperiment
from stylo.experiments.experiment import Audience, Experiment, Guardrail, Variant

_PARTS: dict[Any, type] = {"variants": Variant, "audience": Audience, "guardrails": Guardrail}
_WANTED = {
    "string_type": "a text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "dataclass_type": "an object",
    "too_long": "a list of 2",
    "missing": "a list of 2",
}
_NAMES = {"missing": "is missing", "unexpected_keyword_argument": "is not known"}


def to_json(experiment: Experiment) -> str:
    """One object; `from_json` gives the same experiment back."""
    return json.dumps(asdict(experiment), ensure_ascii=False)


def from_json(text: str) -> Experiment:
    """Raises BadExperiment, with the place, for anything that is not an experiment."""
    try:
        return _reader().validate_json(text)
    except ValidationError as error:
        raise _refused(error.errors(include_url=False)) from error


@cache
def _reader() -> TypeAdapter[Experiment]:
    return TypeAdapter(Experiment)


def _refused(errors: list[Any]) -> BadExperiment:
    """The first error: missing or unknown names, outermost first; then values."""
    if errors[0]["type"] == "json_invalid":
        return BadExperiment("It is not JSON.", where=errors[0]["msg"], cure="Write one object.")
    named = [each for each in errors if each["type"] in _NAMES and isinstance(each["loc"][-1], str)]
    if not named:
        first = errors[0]
        wanted, value = _WANTED.get(first["type"], "what it should be"), json.dumps(first["input"])
        place = first["loc"][:-1] if first["type"] == "missing" else first["loc"]
        return BadExperiment(f"{value} is not {wanted}.", where=_where(place), cure=f"Give {wanted}.")
    first = min(named, key=lambda each: (len(each["loc"]), each["type"]))
    alike = [
        each["loc"][-1]
        for each in named
        if each["type"] == first["type"] and each["loc"][:-1] == first["loc"][:-1]
    ]
    kind = _PARTS.get(first["loc"][0], Experiment) if len(first["loc"]) > 1 else Experiment
    return BadExperiment(
        f"{', '.join(sorted(alike))} {_NAMES[first['type']]}.",
        where=_where(first["loc"][:-1]),
        cure=f"It may have {', '.join(each.name for each in fields(kind))}.",
    )


def _where(place: tuple[str | int, ...]) -> str:
    return "experiment" + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
