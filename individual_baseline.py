"""Step 5: what a model must beat: last week's bestsellers, and what the customer bought before.

    python individual_baseline.py               # the split's week
    python individual_baseline.py --weeks 26    # and the 25 before it

Reads train_split.parquet, valid_split.parquet and articles.parquet; prints MAP@12, recall@12 and NDCG@12 with
95 % intervals. Next: final.py.
"""

from stylo.evaluation.scoring import TABLE_COLUMNS, facts, headline, score_baselines, table
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, WeeksOption, run
from stylo.tables.folder import DataFolder


def main(data: DataOption = DEFAULT_DATA, weeks: WeeksOption = 1) -> Report:
    """Score the baselines: popularity and personal history."""
    found = facts(score_baselines(DataFolder(data), weeks, Terminal()))
    return Report("individual_baseline", data, TABLE_COLUMNS, table(found), found, [headline(found)])


if __name__ == "__main__":
    run(main)
