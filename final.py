"""Step 6: the hybrid, scored beside the baselines.

    python final.py                              # the split's week
    python final.py --weeks 26                   # and the 25 before it
    python final.py --submission submission.csv  # twelve articles for every customer, as Kaggle wants them
    python final.py --tune                       # search for the ranker's settings first

Reads train_split.parquet, valid_split.parquet, articles.parquet, customers.parquet and, if they are there,
visual_reccs.parquet, visual_features.npy and visual_index.npy; writes predictions.parquet, article_reccs.parquet and
model.bin; text_features.npy and style_features.npy when the articles have changed; with --tune ranker_settings.json
and tuning.log. Next: streamlit run app.py.
"""

from pathlib import Path
from typing import Annotated

import typer

from stylo.evaluation import tuning
from stylo.evaluation.diagnosis import remarks
from stylo.evaluation.scoring import TABLE_COLUMNS, facts, headline, score_hybrid, table
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, WeeksOption, run
from stylo.tables.folder import DataFolder

SubmissionOption = Annotated[
    Path | None,
    typer.Option("--submission", help="CSV file of predictions for every customer.", show_default="none"),
]
TuneOption = Annotated[
    bool, typer.Option("--tune", help="First search for the ranker's settings on weeks before those scored.")
]
TrialsOption = Annotated[int, typer.Option("--trials", help="How many settings the search tries in all.")]


def main(
    data: DataOption = DEFAULT_DATA,
    weeks: WeeksOption = 1,
    submission: SubmissionOption = None,
    tune: TuneOption = False,
    trials: TrialsOption = 40,
) -> Report:
    """Score the hybrid beside the baselines, and write what it recommends."""
    folder, progress = DataFolder(data), Terminal()
    lines = [tuning.remark(tuning.tune(folder, weeks, trials, progress))] if tune else []
    result, diagnosis = score_hybrid(folder, weeks, submission, progress)
    found = facts(result) | diagnosis
    lines = [headline(found), *remarks(diagnosis), *lines]
    return Report("final", data, TABLE_COLUMNS, table(found), found, lines)


if __name__ == "__main__":
    run(main)
