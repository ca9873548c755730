"""Which column of an export is which of ours: by what the shop says, else by name; and what to tell of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stylo.errors import BadHeader, BadOption
from stylo.importing.export_file import Export
from stylo.importing.templates import ROLES, TEMPLATES, ExportTemplate

_MOST_OPTIONS, _SHOWN = 10, 1_000
#: Without one of each group nothing can be done.
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("date",), ("sku", "name", "product_id")),
    "products": (("sku", "product", "name"),),
    "customers": (("customer", "email"),),
}


@dataclass(frozen=True)
class MatchedColumns:
    """columns : our name → the file's.   unused : columns of the file that nothing is taken from."""

    columns: dict[str, str]
    unused: list[str]


def matched(file: Export, table: str, template: ExportTemplate, given: Mapping[str, str]) -> MatchedColumns:
    """Finds the columns of `orders`, `products` or `customers`.

    given : our name → the file's, as the shop says; an empty one leaves a column out.

    Raises BadOption for a name that does not exist, BadHeader where a column that is needed is not found.
    """
    columns: dict[str, str] = {}
    for ours, theirs in given.items():
        if ours not in ROLES[table]:
            raise BadOption(
                f"[columns.{table}] names {ours!r}, which is no column of {table}.",
                cure=f"There are: {', '.join(ROLES[table])}.",
            )
        if theirs and theirs not in file.header:
            near = difflib.get_close_matches(theirs, file.header, n=1)
            raise BadOption(
                f"{file.path} has no column {theirs!r}, which [columns.{table}] names for {ours!r}.",
                where=f"Is {near[0]!r} meant?" if near else _header(file),
            )
        if theirs:
            columns[ours] = theirs
    by_name = {plain(name): name for name in reversed(file.header)}
    taken = set(columns.values())
    for ours, names in template.names(table).items():
        if ours in given:
            continue
        found = next((by_name[plain(name)] for name in names if plain(name) in by_name), "")
        if found and found not in taken:
            columns[ours] = found
            taken.add(found)
    missing = [group for group in _NEEDED[table] if not any(ours in columns for ours in group)]
    if missing:
        raise _wrong_file(file, table, missing)
    if table == "products":
        columns |= dict(_options(by_name, template))
    return MatchedColumns(columns, [name for name in file.header if name not in columns.values()])


def plain(name: str) -> str:
    """A name without case, and with a blank for every run of other signs."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _options(by_name: Mapping[str, str], template: ExportTemplate) -> Iterator[tuple[str, str]]:
    for n in range(1, _MOST_OPTIONS + 1):
        name, value = (by_name.get(plain(each.format(n=n))) for each in template.options)
        if name and value:
            yield f"option{n}_name", name
            yield f"option{n}_value", value


def _wrong_file(file: Export, table: str, missing: Sequence[tuple[str, ...]]) -> BadHeader:
    lacks = " and ".join(
        " or ".join(f"{ours!r} ({ROLES[table][ours]})" for ours in group) for group in missing
    )
    best, likely = 0, ""
    for name, template in TEMPLATES.items():
        for other in ROLES:
            names = {plain(each) for alias in template.names(other).values() for each in alias}
            found = len(names & set(map(plain, file.header)))
            if found > best:
                best, likely = found, f"{other} of --from {name}"
    guess = f" It looks like {likely}." if best > 2 else ""
    return BadHeader(
        f"{file.path}: no column was found for {lacks}.",
        where=_header(file),
        cure=f"Is it the right file?{guess} Or say which column it is: [columns.{table}] in shop.toml.",
    )


def _header(file: Export) -> str:
    return f"Line 1 names {', '.join(file.header)}"[:_SHOWN]
