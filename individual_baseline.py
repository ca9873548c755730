"""Step 5: what a model must beat: last week's bestsellers, and what the customer bought before.

    python individual_baseline.py               # the split's week
    python individual_baseline.py --weeks 26    # and the 25 before it

Reads train_split.parquet, valid_split.parquet and articles.parquet; prints MAP@12, recall@12 and NDCG@12 with
95 % intervals. Next: final.py.
"""

from stylo.commands.baseline import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
