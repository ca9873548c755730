"""python -m benchmarks.photo_search --data DIR --images PATH: photos as customers take them, looked up.

Articles' own photos are disturbed one way each, with fixed seeds: cropped, turned, dimmed, blurred, squeezed by JPEG,
laid smaller on a part of another photo, or on a patchwork of colours, a ground that nothing was learned from. Is the
article, or a variant of its product, among the first 1 and the first 12? The table compares the plain vectors with the
space that `visual_reccs.py` learned for photos from outside, where there is one; articles of products that it learned
from are not looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image, ImageFilter

from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.disturbances import SIMPLE, Disturb, on_ground, part_of
from stylo.visual.encoder import SIZE, open_encoder
from stylo.visual.photo_space import open_photo_space, read_photo_space
from stylo.visual.photos import Photos, open_image, open_photos, squeeze
from stylo.visual.projection import units

K = 12


def cluttered(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """The garment at two thirds of its size on a patchwork of colours that run into each other at the edges."""
    patchwork = Image.fromarray(draw.integers(0, 256, (6, 4, 3), dtype=np.uint8))
    ground = patchwork.resize(image.size, Image.Resampling.NEAREST).filter(ImageFilter.GaussianBlur(4))
    return on_ground(image, ground, 2 / 3, draw)


def on_another_photo(photos: Photos) -> Disturb:
    """The garment at two thirds of its size on a part of another photo of the catalogue."""

    def on_part(image: Image.Image, draw: np.random.Generator) -> Image.Image:
        other = photos.articles[int(draw.integers(0, len(photos.articles)))]
        return on_ground(image, part_of(open_image(photos.read(other), SIZE), image.size, draw), 2 / 3, draw)

    on_part.__name__ = "on_another_photo"
    return on_part


def as_it_is(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Undisturbed."""
    return image


WAYS: tuple[Disturb, ...] = (as_it_is, *SIMPLE, cluttered)


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after visual_features.py.")],
    images: Annotated[Path, typer.Option("--images", help="Its photos: a folder or a zip.")],
    photos: Annotated[int, typer.Option("--photos", help="How many articles are looked up.")] = 300,
) -> None:
    """Prints the share that is found among the first 1 and 12, for each way to disturb a photo."""
    folder = DataFolder(data)
    plain, source = open_embeddings(folder), open_photos(images)
    encoder = open_encoder(folder, plain)
    catalogue = folder.scan("articles.parquet").collect()
    product_of = dict(catalogue.select("article", "product_code").iter_rows())
    codes = np.array([product_of.get(article, -1) for article in plain.articles.tolist()])
    galleries: dict[str, tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]] = {
        "plain": (units, units(plain.vectors[:]))
    }
    kept, opened = read_photo_space(folder), open_photo_space(folder, plain)
    learned_from = np.zeros(0, np.int64)
    if kept is not None and opened is not None:
        learned_from = codes[np.isin(plain.articles, kept[0].learned_from)]
        galleries["learned"] = opened[1], np.asarray(opened[0].vectors)
    pictured = np.flatnonzero(np.isin(plain.articles, source.articles) & ~np.isin(codes, learned_from))
    asked = np.random.default_rng(0).permutation(pictured)[:photos]
    print(f"{len(plain.articles):,} articles, {len(asked)} looked up, {encoder.model}\n")
    print(f"| photo | {' | '.join(f'{name}: article @1 | @{K} | product @{K}' for name in galleries)} |")
    print(f"|---|{'--:|' * 3 * len(galleries)}")
    for way in (*WAYS, on_another_photo(source)):
        draw = np.random.default_rng(1)
        pixels = [
            squeeze(way(open_image(source.read(int(plain.articles[row])), SIZE), draw), SIZE) for row in asked
        ]
        vectors = encoder.encode(np.stack(pixels))
        cells = [_found(gallery, project(vectors), asked, codes) for project, gallery in galleries.values()]
        print(f"| {way.__name__.replace('_', ' ')} | {' | '.join(cells)} |", flush=True)


def _found(gallery: np.ndarray, queries: np.ndarray, asked: np.ndarray, codes: np.ndarray) -> str:
    near = np.argsort(-(queries @ gallery.T), axis=1)[:, :K]
    right, kin = near == asked[:, None], codes[near] == codes[asked][:, None]
    return f"{right[:, 0].mean():.3f} | {right.any(axis=1).mean():.3f} | {kin.any(axis=1).mean():.3f}"


if __name__ == "__main__":
    typer.run(main)
