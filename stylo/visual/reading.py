"""Reading photos ahead: threads read, decode, shrink and look at the colours while the network computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylo.visual.colours import garment_colours
from stylo.visual.encoder import SIZE
from stylo.visual.known import digest_of
from stylo.visual.photos import Photos, UnreadablePhoto, open_image, squeeze
from stylo.visual.runtime import processors
from stylo.visual.thumbnails import Thumbnails


@dataclass(frozen=True)
class Picture:
    """A photo ready for the network: digest of its bytes, uint8 (224, 224, 3), colours float32 (12,)."""

    digest: int
    pixels: NDArray[np.uint8]
    colours: NDArray[np.float32]


#: What reading gives: a picture, None if the photo is one whose vector is known, or why it cannot be read.
Reading = Picture | None | UnreadablePhoto


@dataclass(frozen=True)
class Reader:
    """Reads photos and keeps thumbnails on the way. `digests` are of photos whose vector is known."""

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
        except UnreadablePhoto as error:
            return error
        self.thumbnails.write(article, image)
        if known:
            return None
        return Picture(digest, squeeze(image, SIZE), garment_colours(np.asarray(image)).ravel())

    def ahead(self, articles: Iterable[int], count: int) -> Generator[tuple[int, Reading], None, None]:
        """Readings in the order of the articles, `count` of them ahead of what is taken. Close it to stop."""
        waiting: deque[tuple[int, Future[Reading]]] = deque()
        threads = ThreadPoolExecutor(processors() + 1)
        try:
            for article in articles:
                waiting.append((article, threads.submit(self.read, article)))
                if len(waiting) > count:
                    ready, future = waiting.popleft()
                    yield ready, future.result()
            for ready, future in waiting:
                yield ready, future.result()
        finally:
            threads.shutdown(cancel_futures=True)
