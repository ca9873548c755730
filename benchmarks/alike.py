"""python -m benchmarks.alike --data DIR: what the weights of look, shape, colour and pattern do, on real photos.

Share of the 12 found that have the query's product type, colour group and graphical appearance. Only articles whose
photo was looked at take part (visual_photos.parquet), so that no colour is taken from the words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from stylo.tables.folder import DataFolder
from stylo.visual.alike import Lookalikes, Weights, open_lookalikes
from stylo.visual.known import FILE as PHOTOS_FILE

K = 12
_ASKED = {
    "product type": "product_type_name",
    "colour group": "colour_group_name",
    "pattern": "graphical_appearance_name",
}
_WEIGHTS = {
    "look alone": Weights(),
    "look + shape": Weights(1, 1),
    "look + colour": Weights(1, 0, 1),
    "look + pattern": Weights(1, 0, 0, 1),
    "same shape, any colour: shape alone": Weights(0, 1),
    "same colour, any shape: colour alone": Weights(0, 0, 1),
    "pattern alone": Weights(0, 0, 0, 1),
    "all four": Weights(1, 1, 1, 1),
}


def main(
    data: Annotated[
        Path, typer.Option("--data", help="A data folder with vectors and visual_photos.parquet.")
    ],
    queries: Annotated[int, typer.Option("--queries", help="How many articles are asked for.")] = 1000,
) -> None:
    """Prints a table for questions by article, and one for questions by photo alone."""
    folder = DataFolder(data)
    alike = open_lookalikes(folder)
    pictured = folder.scan(PHOTOS_FILE).select("article").collect()["article"]
    seen = alike.articles["article"].is_in(pictured.implode()).to_numpy()
    asked = np.flatnonzero(seen)[:: max(1, np.count_nonzero(seen) // queries)]
    print(f"{np.count_nonzero(seen):,} articles with a photo, {len(asked):,} queries\n")
    for title, own in (
        ("the article's own type and pattern known", True),
        ("asked by the photo alone", False),
    ):
        print(f"\n| {title} | {' | '.join(_ASKED)} |\n|---|{'--:|' * len(_ASKED)}")
        for name, weights in _WEIGHTS.items():
            shares = _shares(alike, asked, seen, weights, own)
            print(f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} |", flush=True)


def _shares(
    alike: Lookalikes, asked: np.ndarray, seen: np.ndarray, weights: Weights, own: bool
) -> list[np.floating]:
    found = []
    row_of = dict(zip(alike.articles["article"].to_list(), range(len(seen)), strict=True))
    for row in asked.tolist():
        article = alike.articles["article"][row]
        query = (
            alike.of_article(article, among=seen)
            if own
            else alike.of_vector(alike.index.unit(row), alike.colours[row], among=seen, article=article)
        )
        near = alike.find(query, K, weights, among=seen)["article"].to_list()
        found += [(row, row_of[other]) for other in near]
    mine, theirs = (np.array(side) for side in zip(*found, strict=True))
    names = [alike.articles[column] for column in _ASKED.values()]
    return [np.mean(name.gather(mine).to_numpy() == name.gather(theirs).to_numpy()) for name in names]


if __name__ == "__main__":
    typer.run(main)
