"""Recommendations for a file of customers, or for all, as the service would give them at this moment.

python -m stylo.service.batch --customers all --out lists.parquet
python -m stylo.service.batch --customers some.txt --out submission.csv --k 12 --exclude-purchased
"""

from stylo.script import run, with_libraries

with with_libraries("serve"):
    from stylo.service.batch.command import main

if __name__ == "__main__":
    run(main)
