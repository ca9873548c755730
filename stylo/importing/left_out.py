"""What of an export does not become part of the tables, and why: counted, with an example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LeftOut:
    """why : as a plural ("orders that …").   example : as it stands in the export."""

    why: str
    count: int
    example: str = ""

    def __str__(self) -> str:
        shown = f" For example {self.example!r}." if self.example else ""
        return f"{self.count:,} {self.why}.{shown}"
