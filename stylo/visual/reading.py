"""Photos are read and encoded, some dozens at a time: the part of the work that takes the time, for any worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stylo.parallel.workers import Shared
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.known import digest_of
from stylo.visual.photos import Photos, UnreachablePhoto, UnreadablePhoto, open_image
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.thumbnails import Thumbnails


@dataclass(frozen=True)
class Picture:
    """A photo ready for the network: digest of its bytes, uint8 (224, 224, 3), colours float32 (12,)."""

    digest: int
    pixels: NDArray[np.uint8]
    colours: NDArray[np.float32]


@dataclass(frozen=True)
class EncodedPhoto:
    """Digest of a photo's bytes, colours float32 (12,), and its vector; None if that is known."""

    digest: int
    colours: NDArray[np.float32]
    vector: NDArray[np.float32] | None


#: What reading gives: a picture, None if the photo is one whose vector is known, or why it cannot be read or reached.
Reading = Picture | None | UnreadablePhoto | UnreachablePhoto
#: What comes of it.
Outcome = EncodedPhoto | None | UnreadablePhoto | UnreachablePhoto


@dataclass(frozen=True)
class Reader:
    """Reads photos and keeps thumbnails on the way. `digests` are of photos whose vector and colours are known."""

    photos: Photos
    thumbnails: Thumbnails
    digests: Mapping[int, int]

    def read(self, article: int) -> Reading:
        """Reads an article's photo; threads may call it side by side."""
        try:
            data = self.photos.read(article)
            digest = digest_of(data)
            known = self.digests.get(article) == digest
            if known and self.thumbnails.find(article):
                return None
            image = open_image(data, SIZE)
            photo = None if known else PreparedPhoto.of_picture(image, SIZE)
            self.thumbnails.write(article, image)
        except (UnreadablePhoto, UnreachablePhoto) as error:
            return error
        return None if photo is None else Picture(digest, photo.pixels, photo.colours.ravel())


@dataclass(frozen=True)
class ReadAndEncode:
    """A `Work`: what comes of the photos of some articles, in their order.

    reader, encoder : to read and to encode with.
    encoded : article → digest of the photo whose vector is known, even if its colours are not.
    """

    reader: Shared[Reader]
    encoder: Shared[Encoder]
    encoded: Shared[Mapping[int, int]]
    waits_for_storage: ClassVar[bool] = True

    def open(self) -> Callable[[Sequence[int]], list[Outcome]]:
        reader, encoder, encoded = self.reader.get(), self.encoder.get(), self.encoded.get()

        def outcomes(articles: Sequence[int]) -> list[Outcome]:
            readings = {article: reader.read(article) for article in articles}
            new = {
                article: reading.pixels
                for article, reading in readings.items()
                if isinstance(reading, Picture) and encoded.get(article) != reading.digest
            }
            vectors = dict(zip(new, encoder.encode(np.stack(list(new.values()))), strict=True)) if new else {}
            return [
                EncodedPhoto(reading.digest, reading.colours, vectors.get(article))
                if isinstance(reading, Picture)
                else reading
                for article, reading in readings.items()
            ]

        return outcomes
