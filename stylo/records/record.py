"""What all records have in common: strict types, `save`, `load`, and one way to refuse a damaged file."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sized
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from stylo.errors import BadOption, DamagedArtefact, MissingArtefact

T = TypeVar("T")

_READING = "reading"
_MOST_PROBLEMS = 3
_ROUNDING = 1e-9


class TypedRecord(BaseModel):
    """A JSON object on disk. Numbers and texts are never converted into each other; unknown fields are ignored.

    A field's alias is its name in the file, where Python cannot have that name.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        protected_namespaces=(),
    )
    #: Spaces for each level in the file; None writes one line.
    indent: ClassVar[int | None] = 2

    def to_json(self) -> str:
        """The record as JSON text, without fields that nobody set; dates and times as `str` gives them.

        JSON has no NaN and no Infinity: they become null.
        """
        return json.dumps(_plain(self.model_dump(exclude_unset=True)), indent=self.indent, default=str)

    def save(self, path: Path) -> None:
        """Writes the file: complete, or not at all. Raises CannotWrite, Busy."""
        from stylo.artefacts.writing import writing  # loads what reads tables

        with writing(path) as (temporary,):
            temporary.write_text(self.to_json() + "\n")

    @classmethod
    def load(cls, path: Path, command: str) -> Self:
        """Reads the file.

        command : makes the file again; it is named in what is raised.

        Raises MissingArtefact where there is no file, DamagedArtefact where it is cut off or holds something else.
        """
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise MissingArtefact(f"{path} does not exist yet.", cure=f"Run {command}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise DamagedArtefact(
                f"{path} is not readable JSON.", where=str(error), cure=f"Make it again: {command}"
            ) from error
        try:
            return cls.model_validate(found, context=_READING)
        except ValidationError as error:
            raise DamagedArtefact(
                f"{path} does not have the expected contents.",
                where=problems(error),
                cure=f"Make it again: {command}",
            ) from error


class TomlFile(TypedRecord):
    """A TOML file that a person writes: a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", validate_by_name=False)

    @classmethod
    def read(cls, path: Path, cure: str) -> Self:
        """What the file says; the defaults where there is none. Raises BadOption, with the cure."""
        if not path.exists():
            return cls()
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8")), context=_READING)
        except ValidationError as error:
            raise BadOption(f"{path} is not valid.", where=problems(error), cure=cure) from error
        except (OSError, ValueError, RecursionError) as error:
            raise BadOption(f"{path} cannot be read.", where=str(error), cure=cure) from error


def problems(error: ValidationError) -> str:
    """What does not fit and where, in one line; of many the first three."""
    found = error.errors(include_url=False, include_input=False)
    named = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in found]
    more = [f"and {len(named) - _MOST_PROBLEMS} more"] if len(named) > _MOST_PROBLEMS else []
    return "; ".join([*named[:_MOST_PROBLEMS], *more])


def same_lengths(**lists: Sized) -> None:
    """For validators: raises ValueError unless lists that belong together are equally long."""
    if len({len(each) for each in lists.values()}) > 1:
        raise ValueError(f"{', '.join(lists)} differ in length")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else _finite(value)


def _finite(value: Any) -> Any:
    """Python writes NaN and Infinity, which JSON does not have: they stand for no value."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _share(value: float) -> float:
    if not -_ROUNDING <= value <= 1 + _ROUNDING:
        raise ValueError("A share lies between 0 and 1")
    return value


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _in_a_zone(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _or_nothing(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """A part of another form counts as missing when it is read; it is never written."""
    try:
        return check(value)
    except ValidationError:
        if info.context == _READING:
            return None
        raise


#: A finite number.
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_finite)]
#: A finite number, or None where there is none.
OptionalNumber = Annotated[float | None, BeforeValidator(_finite)]
#: A number from 0 to 1.
Share = Annotated[Number, AfterValidator(_share)]
OptionalShare = Annotated[Share | None, BeforeValidator(_finite)]
#: A number of things; tables hold 64 bits.
Count = Annotated[int, Field(ge=0, lt=2**63)]
#: (low, high); None is an end that is not known, or infinite.
Interval = Annotated[tuple[OptionalNumber, OptionalNumber], Field(strict=False)]
#: (mean, low, high).
Estimate = Annotated[tuple[Number, Number, Number], Field(strict=False)]
Day = Annotated[date, BeforeValidator(_day)]
#: Written as `str` gives it.
Moment = Annotated[datetime, BeforeValidator(_moment)]
#: Written with a T between day and time; without a zone it is UTC.
IsoMoment = Annotated[Moment, AfterValidator(_in_a_zone), PlainSerializer(datetime.isoformat)]
#: A list.
Many = Annotated[tuple[T, ...], Field(strict=False)]
#: A part of a file that is read as None where it is missing or of another form, so that the rest can be shown.
Part = Annotated[T | None, WrapValidator(_or_nothing)]
