"""What is known of photos already: `visual_photos.parquet`, the vectors beside it, and the journal of a run.

visual_photos.parquet     article, bytes, mark (time of last change in ns, or CRC in a zip), digest, colours
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars._typing import PolarsDataType

from stylo.artefacts import Manifest
from stylo.errors import StyloError
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.journal import Records

FILE = "visual_photos.parquet"
_COLOURS = 12  # three colours: L, a, b and share of each
_SCHEMA: dict[str, PolarsDataType] = {
    "article": pl.Int32,
    "bytes": pl.Int64,
    "mark": pl.Int64,
    "digest": pl.UInt64,
    "colours": pl.Array(pl.Float32, _COLOURS),
}


@dataclass(frozen=True)
class Made:
    """What an earlier run made of photos: table and vectors, row by row, and the facts of the JSON."""

    photos: pl.DataFrame
    vectors: NDArray[np.float32]
    facts: dict[str, Any]
    manifest: Manifest


def read_made(folder: DataFolder) -> Made | None:
    """The artefact that lies there; None unless table and vectors are whole and belong together."""
    try:
        embeddings = open_embeddings(folder)
        photos = folder.scan(FILE).collect()
        manifest = Manifest(**embeddings.facts["manifest"])
    except (StyloError, KeyError, TypeError):
        return None
    same_rows = np.array_equal(photos["article"].to_numpy(), embeddings.articles)
    if not same_rows or manifest.inputs != {"photos": content(photos)}:
        return None
    return Made(photos, embeddings.vectors, embeddings.facts, manifest)


def content(photos: pl.DataFrame) -> str:
    """Digest of which photos these are, wherever they lie: 16 hex digits."""
    digest = hashlib.sha256()
    for column in ("article", "digest"):
        digest.update(photos[column].to_numpy().tobytes())
    return digest.hexdigest()[:16]


def digest_of(photo: bytes) -> int:
    """Digest of a photo's bytes: BLAKE2b, 8 bytes."""
    return int.from_bytes(hashlib.blake2b(photo, digest_size=8).digest(), "little")


class Photo(NamedTuple):
    """A known photo: state of its file, and where colours and vector are."""

    size_and_mark: tuple[int, int]
    digest: int
    colours: NDArray[np.float32]
    vectors: NDArray[np.float32]
    row: int


class Known:
    """Photos whose vector need not be computed again, by article number."""

    def __init__(self) -> None:
        self._photos: dict[int, Photo] = {}

    def add_made(self, made: Made) -> None:
        """The rows of an artefact."""
        columns = [made.photos[name].to_list() for name in ("article", "bytes", "mark", "digest")]
        colours = made.photos["colours"].to_numpy()
        for row, (article, size, mark, digest) in enumerate(zip(*columns, strict=True)):
            self._photos[article] = Photo((size, mark), digest, colours, made.vectors, row)

    def add_records(self, records: Records) -> None:
        """Records of a journal; the last of an article counts."""
        columns = [records[name].tolist() for name in ("article", "bytes", "mark", "digest")]
        for row, (article, size, mark, digest) in enumerate(zip(*columns, strict=True)):
            self._photos[article] = Photo((size, mark), digest, records["colours"], records["vector"], row)

    def get(self, article: int) -> Photo | None:
        return self._photos.get(article)

    def digests(self) -> dict[int, int]:
        """Article → digest of the photo of which the vector is known."""
        return {article: photo.digest for article, photo in self._photos.items()}

    def vectors(self, articles: list[int]) -> NDArray[np.float32]:
        """The vectors of known articles: float32 (n, dimensions)."""
        found = [self._photos[article] for article in articles]
        return np.stack([photo.vectors[photo.row] for photo in found])

    def table(self, articles: list[int], states: list[tuple[int, int]]) -> pl.DataFrame:
        """Known articles as `visual_photos.parquet` has them, with the files' present states."""
        found = [self._photos[article] for article in articles]
        colours = np.array([photo.colours[photo.row] for photo in found], dtype=np.float32)
        return pl.DataFrame(
            {
                "article": articles,
                "bytes": [size for size, _ in states],
                "mark": [mark for _, mark in states],
                "digest": [photo.digest for photo in found],
                "colours": colours.reshape(-1, _COLOURS),
            },
            schema=_SCHEMA,
        )
