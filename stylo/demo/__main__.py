"""Writes a demo shop: `python -m stylo.demo --out data/demo`.

python -m stylo.demo --out data/demo
python -m stylo.demo --out data/small --articles 40 --customers 60 --days 120
"""

from pathlib import Path
from typing import Annotated

import typer

from stylo.demo.shop import MARKER, write_shop
from stylo.script import Report, Terminal, run


def main(
    out: Annotated[Path, typer.Option(help="Folder for the CSVs and images/; made if it is not there.")],
    articles: Annotated[int, typer.Option(help="How many articles.")] = 1000,
    customers: Annotated[int, typer.Option(help="How many customers.")] = 5000,
    days: Annotated[int, typer.Option(help="Days of sales, ending on 2020-09-22.")] = 734,
    seed: Annotated[int, typer.Option(help="Another seed is another shop.")] = 1,
) -> Report:
    """Write an H&M-shaped shop that is made here: Kaggle's three CSVs and a drawn photo of each article."""
    shop = write_shop(out, articles=articles, customers=customers, days=days, seed=seed, progress=Terminal())
    return Report(
        script="demo",
        folder=out,
        columns=("In the shop", "Count"),
        rows=(
            ("articles", f"{shop.articles:,}"),
            ("photos", f"{shop.photos:,}"),
            ("articles never sold", f"{shop.never_sold:,}"),
            ("customers", f"{shop.customers:,}"),
            ("customers who bought", f"{shop.buyers:,}"),
            ("transactions", f"{shop.transactions:,}"),
        ),
        facts={
            "articles": shop.articles,
            "photos": shop.photos,
            "never_sold": shop.never_sold,
            "customers": shop.customers,
            "buyers": shop.buyers,
            "transactions": shop.transactions,
        },
        lines=(f"Made up, not H&M's: scores on it say nothing about real shoppers. Options: {out / MARKER}",),
    )


if __name__ == "__main__":
    run(main)
