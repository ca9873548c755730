"""What is known of photos already: `visual_photos.parquet`, the vectors beside it, and the journal of a run.

visual_photos.parquet     article, bytes, mark (time of last change in ns, or CRC in a zip), digest, colours

Its manifest says which version of the colours they are; vectors do not depend on it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars._typing import PolarsDataType

from stylo.artefacts import Manifest, read_manifest
from stylo.errors import StyloError
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.colours import COLOURS_VERSION
from stylo.visual.journal import Records

#: The parameter of the manifest that says which version of the colours is in the table.
VERSION = "colours_version"
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
class EncodedCatalogue:
    """What an earlier run made of photos: table and vectors, row by row, and the facts of the JSON."""

    photos: pl.DataFrame
    vectors: NDArray[np.float32]
    facts: dict[str, Any]
    manifest: Manifest
    colours_version: object

    @property
    def colours_hold(self) -> bool:
        """Whether the colours are those that would be found now."""
        return self.colours_version == COLOURS_VERSION


def read_made(folder: DataFolder) -> EncodedCatalogue | None:
    """The artefact that lies there; None unless table and vectors are whole and belong together."""
    try:
        embeddings = open_embeddings(folder)
        photos = folder.scan(FILE).collect()
        manifest = Manifest(**embeddings.facts["manifest"])
        of_table = read_manifest(folder.path(FILE))
    except (StyloError, KeyError, TypeError):
        return None
    same_rows = np.array_equal(photos["article"].to_numpy(), embeddings.articles)
    if not same_rows or manifest.inputs != {"photos": content(photos)}:
        return None
    version = None if of_table is None else of_table.parameters.get(VERSION)
    return EncodedCatalogue(photos, embeddings.vectors, embeddings.facts, manifest, version)


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
    """A known photo: state of its file, and where colours (None: to be found anew) and vector are."""

    size_and_mark: tuple[int, int]
    digest: int
    colours: NDArray[np.float32] | None
    vectors: NDArray[np.float32]
    row: int


class KnownVectors:
    """Photos whose vector need not be computed again, by article number."""

    def __init__(self) -> None:
        self._photos: dict[int, Photo] = {}

    def add_made(self, made: EncodedCatalogue) -> None:
        """The rows of an artefact."""
        columns = [made.photos[name].to_list() for name in ("article", "bytes", "mark", "digest")]
        colours = made.photos["colours"].to_numpy() if made.colours_hold else None
        for row, (article, size, mark, digest) in enumerate(zip(*columns, strict=True)):
            self._photos[article] = Photo((size, mark), digest, colours, made.vectors, row)

    def add_records(self, records: Records) -> None:
        """Records of a journal; the last of an article counts."""
        columns = [records[name].tolist() for name in ("article", "bytes", "mark", "digest")]
        for row, (article, size, mark, digest) in enumerate(zip(*columns, strict=True)):
            self._photos[article] = Photo((size, mark), digest, records["colours"], records["vector"], row)

    def get(self, article: int) -> Photo | None:
        return self._photos.get(article)

    def whole(self) -> set[int]:
        """Articles of which vector and colours are known."""
        return {article for article, photo in self._photos.items() if photo.colours is not None}

    def digests(self) -> dict[int, int]:
        """Article → digest of the photo of which colours and vector are known."""
        return {article: self._photos[article].digest for article in self.whole()}

    def all_digests(self) -> dict[int, int]:
        """Article → digest of the photo of which at least the vector is known."""
        return {article: photo.digest for article, photo in self._photos.items()}

    def vector(self, article: int, digest: int) -> NDArray[np.float32] | None:
        """The vector of a photo; None if it is not known."""
        photo = self._photos.get(article)
        return photo.vectors[photo.row] if photo is not None and photo.digest == digest else None

    def vectors(self, articles: list[int]) -> NDArray[np.float32]:
        """The vectors of known articles: float32 (n, dimensions)."""
        found = [self._photos[article] for article in articles]
        return np.stack([photo.vectors[photo.row] for photo in found])

    def table(self, articles: list[int], states: list[tuple[int, int]]) -> pl.DataFrame:
        """KnownVectors articles as `visual_photos.parquet` has them, with the files' present states.

        Their colours must be known.
        """
        found = [self._photos[article] for article in articles]
        colours = np.array([_colours(photo) for photo in found], dtype=np.float32)
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


def _colours(photo: Photo) -> NDArray[np.float32]:
    if photo.colours is None:
        raise ValueError("These colours were made by another version.")
    return np.asarray(photo.colours[photo.row])
