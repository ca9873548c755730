"""`individual_baseline.py` and `stylo baseline`: what a model must beat."""

from __future__ import annotations

from stylo.evaluation.scoring import TABLE_COLUMNS, facts, headline, score_baselines, table
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, WeeksOption
from stylo.tables.folder import DataFolder


def main(data: DataOption = DEFAULT_DATA, weeks: WeeksOption = 1) -> Report:
    """Score the baselines: popularity and personal history."""
    found = facts(score_baselines(DataFolder(data), weeks, Terminal()))
    return Report("individual_baseline", data, TABLE_COLUMNS, table(found), found, [headline(found)])
