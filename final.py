"""Step 6: the hybrid, scored beside the baselines.

    python final.py                              # the split's week
    python final.py --weeks 26                   # and the 25 before it
    python final.py --submission submission.csv  # twelve articles for every customer, as Kaggle wants them

Reads train_split.parquet, valid_split.parquet, articles.parquet, customers.parquet and, if it is there,
visual_reccs.parquet; writes predictions.parquet and article_reccs.parquet, and text_features.npy and
style_features.npy when the articles have changed. Next: streamlit run app.py.
"""

from pathlib import Path
from typing import Annotated

import typer

from stylo.evaluation.scoring import TABLE_COLUMNS, facts, headline, score_hybrid, table
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, WeeksOption, run
from stylo.tables.folder import DataFolder

SubmissionOption = Annotated[
    Path | None,
    typer.Option("--submission", help="CSV file of predictions for every customer.", show_default="none"),
]


def main(
    data: DataOption = DEFAULT_DATA, weeks: WeeksOption = 1, submission: SubmissionOption = None
) -> Report:
    """Score the hybrid beside the baselines, and write what it recommends."""
    found = facts(score_hybrid(DataFolder(data), weeks, submission, Terminal()))
    return Report("final", data, TABLE_COLUMNS, table(found), found, [headline(found)])


if __name__ == "__main__":
    run(main)
