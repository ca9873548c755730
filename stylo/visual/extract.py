"""Every photo of the catalogue → `visual_features.npy`: find, decode ahead, encode in batches, write."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from stylo.artefacts import Manifest, writing
from stylo.errors import BadOption, NoPhotos
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.vectors.embeddings import FILE, EmbeddingWriter, json_beside
from stylo.visual.encoder import DIMENSIONS, PREPROCESSING, SIZE, Encoder
from stylo.visual.photos import Photos, UnreadablePhoto, decode, open_photos

_SCRIPT = "visual_features.py"
_BATCH = 32
_AHEAD = 3 * _BATCH
_THREADS = 4


@dataclass(frozen=True)
class Extraction:
    """What became of the photos; articles by id. `corrupt` gives the reason, `unknown` is not in the catalogue,
    `left_out` counts photos beyond the limit."""

    encoded: int
    absent: list[str]
    corrupt: dict[str, str]
    unknown: list[str]
    left_out: int
    encoder: Encoder


def extract(
    folder: DataFolder,
    images: Path,
    load: Callable[[], Encoder],
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Extraction:
    """Writes `visual_features.npy` and its JSON: a row for each article with a photo, in the order of the ids.

    `load` gives the network; it is called once there is something to encode, since it may have to fetch weights.
    Articles without a photo and photos that cannot be read are counted and left out. `limit` takes the first
    N photos only. Memory is bounded, whatever the number of photos.

    Raises MissingArtefact without `articles.parquet`, MissingFile, NoPhotos, CannotWrite.
    """
    if limit is not None and limit < 1:
        raise BadOption(f"--limit {limit}: at least one photo must be read.")
    catalogue = set(folder.scan("articles.parquet").select("article").collect().to_series())
    photos = open_photos(images)
    pictured = [article for article in photos.articles if article in catalogue]
    wanted = pictured[:limit]
    if not wanted:
        raise NoPhotos(
            f"None of the {len(photos.articles):,} photos in {images} is of an article in articles.parquet.",
            cure="Are the photos and the tables from the same shop?",
        )
    encoder = load()
    corrupt: dict[str, str] = {}
    targets = folder.path(FILE), json_beside(folder.path(FILE))
    with writing(*targets) as (matrix, beside):
        with EmbeddingWriter(matrix, DIMENSIONS) as writer, progress.task("Photos", len(wanted)) as advance:
            decoded = _decoded(photos, wanted)
            while batch := list(islice(decoded, _BATCH)):
                readable = [(article, pixels) for article, pixels in batch if isinstance(pixels, np.ndarray)]
                corrupt |= {article_id(a): str(p) for a, p in batch if isinstance(p, UnreadablePhoto)}
                if readable:
                    vectors = encoder.encode(np.stack([pixels for _, pixels in readable]))
                    writer.append([article for article, _ in readable], vectors)
                advance(len(batch))
        if len(corrupt) == len(wanted):
            raise NoPhotos(
                f"None of the {len(wanted):,} photos in {images} can be read.",
                where=f"The first: {next(iter(corrupt.items()))}",
                cure="Are they whole? Fetch them again.",
            )
        manifest = Manifest(
            _SCRIPT, {"photos": photos.fingerprint(wanted)}, {"weights": encoder.weights, "limit": limit}
        )
        writer.write_json(beside, manifest, _facts(encoder, images))
    return Extraction(
        encoded=len(wanted) - len(corrupt),
        absent=[article_id(article) for article in sorted(catalogue - set(photos.articles))],
        corrupt=corrupt,
        unknown=[article_id(article) for article in photos.articles if article not in catalogue],
        left_out=len(pictured) - len(wanted),
        encoder=encoder,
    )


def _facts(encoder: Encoder, images: Path) -> dict[str, object]:
    return {
        "model": "ResNet50, average pooling",
        "weights": encoder.weights,
        "weights_sha256": encoder.weights_sha256,
        "trained": encoder.trained,
        "preprocessing": PREPROCESSING,
        "precision": encoder.precision,
        "photos": str(images),
    }


def _decoded(photos: Photos, articles: list[int]) -> Iterator[tuple[int, np.ndarray | UnreadablePhoto]]:
    """Photos in order, decoded by threads a bounded number ahead; Pillow lets them run side by side."""

    def pixels(article: int) -> np.ndarray | UnreadablePhoto:
        try:
            return decode(photos.read(article), SIZE)
        except UnreadablePhoto as error:
            return error

    waiting: deque[tuple[int, Future[np.ndarray | UnreadablePhoto]]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for article in articles:
            waiting.append((article, threads.submit(pixels, article)))
            if len(waiting) > _AHEAD:
                ready, future = waiting.popleft()
                yield ready, future.result()
        for ready, future in waiting:
            yield ready, future.result()
