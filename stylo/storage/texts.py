"""Texts that people write and every database keeps as they are."""

from __future__ import annotations

from typing import Any

from stylo.errors import BadOption


def unkept(content: Any, place: str = "") -> str | None:
    """What one database or another refuses in a text, or in the texts of JSON, with its place; None if nothing is.

    `salt contains a NUL character, which no database keeps`.
    """
    if isinstance(content, str):
        if (character := _unkept(content)) is None:
            return None
        return f"{place or 'It'} contains {character}, which no database keeps"
    parts: dict[Any, Any] = {}
    if isinstance(content, dict):
        if any(unkept(str(name)) for name in content):
            return f"A name in {place or 'it'} contains a character that no database keeps"
        parts = {f"{place}.{name}" if place else name: each for name, each in content.items()}
    elif isinstance(content, list | tuple):
        parts = {f"{place}[{number}]": each for number, each in enumerate(content)}
    return next((found for place, each in parts.items() if (found := unkept(each, place))), None)


def check_text(text: str, what: str) -> None:
    """Raises BadOption for a text that cannot be kept; `what` says which one it is: `The reason`."""
    if (problem := unkept(text, what)) is not None:
        raise BadOption(f"{problem}.", cure="Leave it out.")


def _unkept(text: str) -> str | None:
    if "\0" in text:
        return "a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "half of a surrogate pair"
    return None
