"""`final.py` and `stylo train`: the hybrid, scored beside the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylo.evaluation import tuning
from stylo.evaluation.diagnosis import remarks
from stylo.evaluation.rules_cost import remark
from stylo.evaluation.scoring import TABLE_COLUMNS, facts, headline, score_hybrid, table
from stylo.parallel.connecting import workers_at
from stylo.records.merchandising import read_rules, read_text
from stylo.script import DEFAULT_DATA, DataOption, RayOption, Report, Terminal, WeeksOption, path_option
from stylo.tables.folder import DataFolder
from stylo.tables.outputs import check_output

SubmissionOption = Annotated[
    Path | None,
    path_option(
        "--submission",
        help="Predictions for every customer: a .csv, or .csv.gz or .zip.",
        show_default="none",
    ),
]
RulesOption = Annotated[
    Path | None,
    path_option(
        "--rules",
        help="A file of merchandising rules: score the hybrid with them, too, and say what they cost.",
        show_default="none",
    ),
]
TuneOption = Annotated[
    bool, typer.Option("--tune", help="First tune the ranker's settings on weeks before those scored.")
]
TrialsOption = Annotated[int, typer.Option("--trials", help="How many settings the search tries in total.")]


def main(
    data: DataOption = DEFAULT_DATA,
    weeks: WeeksOption = 1,
    submission: SubmissionOption = None,
    tune: TuneOption = False,
    trials: TrialsOption = 40,
    rules: RulesOption = None,
    ray: RayOption = None,
) -> Report:
    """Score the hybrid beside the baselines, and write what it recommends."""
    folder, progress = DataFolder(data).for_cluster(ray), Terminal()
    if submission is not None:
        check_output(submission, folder)  # before the search, which takes hours
    file = None if rules is None else (read_text(rules), str(rules))
    if file is not None:
        read_rules(*file)  # before the search
    with workers_at(ray, progress) as workers:
        lines = [tuning.remark(tuning.tune(folder, weeks, trials, progress, workers))] if tune else []
        result, diagnosis = score_hybrid(folder, weeks, submission, progress, workers, file)
    found = facts(result) | diagnosis
    costs = [remark(found["rules"])] if file is not None else []
    lines = [headline(found), *remarks(diagnosis), *costs, *lines]
    return Report("final", data, TABLE_COLUMNS, table(found), found, lines)
