"""What a rehearsal with simulated shoppers did in a demo shop's state folder: `STATE/rehearsal.json`.

Where this file lies, nothing that was shown or bought there is real.
"""

from __future__ import annotations

from pydantic import Field

from stylo.records.record import Count, Day, Many, TypedRecord

REHEARSAL_FILE = "rehearsal.json"


class RehearsalNotes(TypedRecord):
    """Rewritten after each step, so that a rehearsal that was cut off goes on where it stopped."""

    began: Day = Field(description="The first simulated day: the day after the data.")
    done: Many[str] = Field((), description="Steps that are done, in their order.")
    finished: bool = False
    days: Count = Field(0, description="Simulated days so far.")
    visits: Count = Field(0, description="Lists that simulated shoppers were shown.")
    purchases: Count = Field(0, description="Articles that they bought.")
