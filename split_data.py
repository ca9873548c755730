"""Step 2: cut the transactions in time.

    python split_data.py                             # the last seven days are held back
    python split_data.py --cutoff 2020-09-16 --days 7
    python split_data.py --folds 4                   # and the plan of four rolling weeks

Reads transactions.parquet; writes train_split.parquet (before the cutoff), valid_split.parquet (from it) and
folds.parquet, the rolling weeks that end with the split's own. Next: visual_features.py.
"""

from stylo.commands.split import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
