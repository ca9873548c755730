"""`split_data.py` and `stylo split`: cut the transactions in time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report
from stylo.tables.folder import DataFolder
from stylo.tables.split import split, timeline

CutoffOption = Annotated[
    datetime | None,
    typer.Option(
        "--cutoff", formats=["%Y-%m-%d"], help="First day held out.", show_default="the last --days days"
    ),
]
DaysOption = Annotated[int, typer.Option("--days", help="How many days are held out.")]
FoldsOption = Annotated[
    int, typer.Option("--folds", help="How many rolling weeks to plan, ending with the split's own.")
]


def main(
    data: DataOption = DEFAULT_DATA, cutoff: CutoffOption = None, days: DaysOption = 7, folds: FoldsOption = 1
) -> Report:
    """Cut the transactions in time: what a model may know, and what it must foresee."""
    cut = split(DataFolder(data), cutoff.date() if cutoff else None, days, folds)
    short = f"The data end on {cut.last}: the window is cut short." if cut.last < cut.last_held_back else ""
    return Report(
        script="split_data",
        folder=data,
        columns=["part", "rows", "from", "to"],
        rows=[
            ["train_split", f"{cut.train_rows:,}", f"{cut.first}", f"{cut.last_trained_on}"],
            ["valid_split", f"{cut.valid_rows:,}", f"{cut.cutoff}", f"{cut.last_held_back}"],
        ],
        facts={**vars(cut), "folds": cut.folds.to_dicts(), "odd": [vars(each) for each in cut.odd]},
        lines=[
            *([short] if short else []),
            *(each.warning for each in cut.odd),
            *(["", *timeline(cut)] if folds > 1 else []),
        ],
    )
