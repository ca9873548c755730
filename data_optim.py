"""Step 1: Kaggle's three CSVs become Parquet tables.

    python data_optim.py                          # reads data/*.csv, writes data/*.parquet
    python data_optim.py --raw ~/kaggle --data data
    python data_optim.py --quarantine             # sets bad rows aside in data/rejects.parquet
    python data_optim.py --append new_days.csv    # adds days to the transactions that are there
    python data_optim.py --restore-leading-zero   # reads article ids of nine digits as 0 and these nine

Reads transactions_train.csv, articles.csv and customers.csv (also as .gz or .zip); writes
transactions.parquet (a folder of monthly parts), articles.parquet and customers.parquet. Next: split_data.py.
"""

from stylo.commands.convert import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
