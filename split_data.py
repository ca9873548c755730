"""Step 2: cut the transactions in time.

    python split_data.py                             # the last seven days are held back
    python split_data.py --cutoff 2020-09-16 --days 7
    python split_data.py --folds 4                   # and the plan of four rolling weeks

Reads transactions.parquet; writes train_split.parquet (before the cutoff), valid_split.parquet (from it) and
folds.parquet, the rolling weeks that end with the split's own. Next: visual_features.py.
"""

from datetime import datetime
from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report, run
from stylo.tables.folder import DataFolder
from stylo.tables.split import split, timeline

CutoffOption = Annotated[
    datetime | None,
    typer.Option(
        "--cutoff", formats=["%Y-%m-%d"], help="First day held back.", show_default="the last --days days"
    ),
]
DaysOption = Annotated[int, typer.Option("--days", help="How many days are held back.")]
FoldsOption = Annotated[
    int, typer.Option("--folds", help="How many rolling weeks are planned, the split's own the last.")
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
        facts={**vars(cut), "folds": cut.folds.to_dicts()},
        lines=[*([short] if short else []), *(["", *timeline(cut)] if folds > 1 else [])],
    )


if __name__ == "__main__":
    run(main)
