"""Writes a demo shop: `python -m stylo_demo --out data/demo`.

python -m stylo_demo --out data/demo
python -m stylo_demo --out data/small --articles 40 --customers 60 --days 120
python -m stylo_demo --out data/tenth --scale 0.1
python -m stylo_demo --out data/full --scale 1.0 --images 3000 --image-size 1166x1750
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from stylo.script import Report, Terminal, path_option, run
from stylo_demo.shop import MARKER, write_shop
from stylo_demo.size import size_of


def main(
    out: Annotated[Path, path_option(help="Folder for the CSVs and images/; created if missing.")],
    scale: Annotated[
        float | None,
        typer.Option(help="ShopSize against H&M's: 0.001 to 1.0 (1,371,980 customers, 105,542 articles)."),
    ] = None,
    articles: Annotated[
        int | None, typer.Option(help="How many articles.", show_default="1000, or the scale's")
    ] = None,
    customers: Annotated[
        int | None, typer.Option(help="How many customers.", show_default="5000, or the scale's")
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="Days of sales, to 2020-09-22.", show_default="734")
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(help="How many photos, best sellers first.", show_default="all; none with --scale"),
    ] = None,
    image_size: Annotated[
        str, typer.Option(help="Width x height of the photos; Kaggle's are 1166x1750.")
    ] = "400x600",
    seed: Annotated[int, typer.Option(help="A different seed gives a different shop.")] = 1,
) -> Report:
    """Write an H&M-shaped shop that is made here: Kaggle's three CSVs and drawn photos of its articles."""
    size = size_of(
        scale, articles=articles, customers=customers, days=days, images=images, image_size=image_size
    )
    shop = write_shop(out, **asdict(size), seed=seed, progress=Terminal())
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
        lines=(
            f"Synthetic data, not H&M's: scores on it say nothing about real shoppers. Options: {out / MARKER}",
        ),
    )


if __name__ == "__main__":
    run(main)
