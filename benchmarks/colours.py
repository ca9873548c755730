"""python -m benchmarks.colours --raw DIR --images DIR: the colours of photos against what H&M wrote down.

Names were chosen with the photos of even product codes in view; those of odd ones were left aside, and the first
table is of them alone. Neighbours are counted among all photos of the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from numpy.typing import NDArray

from benchmarks.timing import median_seconds
from stylo.vectors.nearest import nearest
from stylo.visual.colours import (
    COLOURS,
    colour_master,
    colour_name,
    colour_vectors,
    garment_colours,
    to_lab,
)
from stylo.visual.photos import Photos, open_image, open_photos

_SIDE, _K, _CATALOGUE = 224, 12, 105_542
_COLUMNS = {
    "colour group": "colour_group_name",
    "perceived colour": "perceived_colour_master_name",
    "product type": "product_type_name",
}
Names = NDArray[np.str_]
Floats = NDArray[np.float32]


def main(
    raw: Annotated[Path, typer.Option(help="The folder of articles.csv.")],
    images: Annotated[Path, typer.Option(help="The folder or zip of photos.")],
) -> None:
    """Prints the names that were met, the neighbours that share a colour, and the time."""
    photos = open_photos(images)
    written = _written(raw / "articles.csv", photos.articles)
    articles = written["article"].to_numpy()
    pixels = [_pixels(photos, article) for article in articles]
    colours = np.stack([garment_colours(photo) for photo in pixels])
    means = {
        "mean of the whole photo": _mean_colours(pixels),
        "mean of the middle third": _mean_colours([_middle(photo) for photo in pixels]),
    }
    _print_names(written, colours, means, articles // 1000 % 2 == 1)
    _print_neighbours(written, articles, pixels, colours)
    _print_times(pixels, colours)


def _written(path: Path, photographed: list[int]) -> pl.DataFrame:
    """The article number and the names of the articles with a photo, in ascending order of the number."""
    return (
        pl.scan_csv(path)
        .select(pl.col("article_id").cast(pl.Int64).alias("article"), *_COLUMNS.values())
        .filter(pl.col("article").is_in(photographed))
        .sort("article")
        .collect()
    )


def _pixels(photos: Photos, article: int) -> NDArray[np.uint8]:
    """A photo (h, w, 3) decoded as for the encoder."""
    return np.asarray(open_image(photos.read(article), _SIDE))


def _mean_colours(pixels: list[NDArray[np.uint8]]) -> Floats:
    """The mean of each photo, in CIELAB (n, 3)."""
    means = [photo.mean(axis=(0, 1)).round().astype(np.uint8) for photo in pixels]
    return to_lab(np.stack(means))


def _middle(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    return photo[height // 3 : -(height // 3), width // 3 : -(width // 3)]


def _print_names(
    written: pl.DataFrame, colours: Floats, means: dict[str, Floats], aside: NDArray[np.bool_]
) -> None:
    """The share of photos whose name is the one in articles.csv; metals and "Other ..." count as missed."""
    print(f"Names, {aside.sum():,} photos of odd product codes (all {len(aside):,})\n")
    print("| | colour group | perceived colour |")
    print("|---|--:|--:|")
    truths = [written[_COLUMNS[what]].to_numpy() for what in ("colour group", "perceived colour")]
    namings = (colour_name, colour_master)
    first = [naming(colours[:, 0, :3]) for naming in namings]
    every = [naming(colours[..., :3].reshape(-1, 3)).reshape(-1, COLOURS) for naming in namings]
    used = colours[..., 3] > 0
    met = {
        "first colour": [name == truth for name, truth in zip(first, truths, strict=True)],
        f"any of up to {COLOURS} colours": [
            ((name == truth[:, None]) & used).any(axis=1) for name, truth in zip(every, truths, strict=True)
        ],
        **{
            what: [naming(mean) == truth for naming, truth in zip(namings, truths, strict=True)]
            for what, mean in means.items()
        },
        "always the most frequent name": [truth == _most_frequent(truth) for truth in truths],
    }
    for what, hits in met.items():
        print(f"| {what} | {' | '.join(f'{hit[aside].mean():.3f} ({hit.mean():.3f})' for hit in hits)} |")


def _most_frequent(names: Names) -> str:
    values, counts = np.unique(names, return_counts=True)
    return str(values[np.argmax(counts)])


def _print_neighbours(
    written: pl.DataFrame, articles: NDArray[np.int64], pixels: list[NDArray[np.uint8]], colours: Floats
) -> None:
    """The share of the nearest that have the query's name, for our vectors and for simple ones."""
    whole = np.zeros((len(articles), COLOURS, 4), dtype=np.float32)
    whole[:, 0, :3], whole[:, 0, 3] = _mean_colours(pixels), 1
    kinds = {
        "colours of the garment": colour_vectors(colours),
        "mean of the whole photo": colour_vectors(whole),
        "histogram of the whole photo, 8 × 8 × 8": np.stack([_histogram(photo) for photo in pixels]),
        "16 × 16 pixels": np.stack([_tiny(photo) for photo in pixels]),
    }
    print(f"\nOf the {_K} nearest among {len(articles):,} photos, the share with the same\n")
    print(f"| | {' | '.join(_COLUMNS)} |")
    print(f"|---|{'--:|' * len(_COLUMNS)}")
    for what, vectors in kinds.items():
        near, _ = nearest(vectors, np.arange(len(articles)), articles, _K)
        print(f"| {what} | {' | '.join(f'{share:.3f}' for share in _same(written, near))} |")
    print(f"| any other photo | {' | '.join(f'{share:.3f}' for share in _by_chance(written))} |")


def _histogram(photo: NDArray[np.uint8]) -> Floats:
    red, green, blue = (photo.reshape(-1, 3) // 32).T.astype(np.int64)
    return np.bincount((red * 8 + green) * 8 + blue, minlength=512).astype(np.float32)


def _tiny(photo: NDArray[np.uint8]) -> Floats:
    rows, columns = (np.linspace(0, size - 1, 16).round().astype(np.int64) for size in photo.shape[:2])
    flat = photo[rows[:, None], columns].ravel().astype(np.float32)
    return flat - flat.mean()


def _same(written: pl.DataFrame, near: NDArray[np.int64]) -> list[float]:
    names = (written[column].to_numpy() for column in _COLUMNS.values())
    return [float((name[near] == name[:, None]).mean()) for name in names]


def _by_chance(written: pl.DataFrame) -> list[float]:
    """The chance that two different photos share a name."""
    count = written.height
    return [
        float(sum(n * (n - 1) for n in written[column].value_counts()["count"])) / (count * (count - 1))
        for column in _COLUMNS.values()
    ]


def _print_times(pixels: list[NDArray[np.uint8]], colours: Floats) -> None:
    some = pixels[:100]
    photo = median_seconds(lambda: [garment_colours(one) for one in some]) / len(some)
    catalogue = np.resize(colours, (_CATALOGUE, COLOURS, 4))
    vectors = colour_vectors(catalogue)
    making = median_seconds(lambda: colour_vectors(catalogue), runs=3)
    query = median_seconds(lambda: vectors @ vectors[0])
    print(f"\na photo: {photo * 1e3:.2f} ms; vectors of {_CATALOGUE:,} garments: {making:.2f} s; "
          f"one against all: {query * 1e3:.2f} ms")  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
