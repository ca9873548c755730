"""What became of the photos in one run: counts, lists by article, and what there is to say of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylo.system.threads import ahead, processors
from stylo.visual.encoder import QUANTISED, SIZE, Encoder
from stylo.visual.known import digest_of
from stylo.visual.photos import Photos, UnreachablePhoto, UnreadablePhoto, open_image, told_places
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.quantised import Agreement
from stylo.visual.thumbnails import Thumbnails


@dataclass(frozen=True)
class Picture:
    """A photo ready for the network: digest of its bytes, uint8 (224, 224, 3), colours float32 (12,)."""

    digest: int
    pixels: NDArray[np.uint8]
    colours: NDArray[np.float32]


#: What reading gives: a picture, None if the photo is one whose vector is known, or why it cannot be read or reached.
Reading = Picture | None | UnreadablePhoto | UnreachablePhoto


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
            photo = None if known else PreparedPhoto.of_picture(image, SIZE)
            self.thumbnails.write(article, image)
        except (UnreadablePhoto, UnreachablePhoto) as error:
            return error
        return None if photo is None else Picture(digest, photo.pixels, photo.colours.ravel())

    def ahead(self, articles: Iterable[int], count: int) -> Generator[tuple[int, Reading], None, None]:
        """Readings in the order of the articles, `count` of them ahead of what is taken. Close it to stop."""
        threads = ThreadPoolExecutor(processors() + 1)
        try:
            yield from ahead(threads, lambda article: (article, self.read(article)), articles, count)
        finally:
            threads.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Extraction:
    """The outcome of `extract`; articles by id.

    Parameters
    ----------
    encoded, reused : photos that the network saw, and vectors that were there.
    dropped : articles that had a vector and have no photo any more.
    absent : articles without a photo.
    corrupt : photos that cannot be read, with the reason.
    unreachable : articles whose photo is, or may be, where nobody can look now.
    kept : those of the unreachable whose vector stays.
    out_of_reach : the places that cannot be looked at, with the reason.
    unknown : photos of articles that are not in the catalogue.
    left_out : photos beyond the limit.
    unchanged : the artefact that was there is still true and stays.
    seconds : the time in which the photos were read and encoded.
    """

    encoded: int
    reused: int
    dropped: int
    absent: list[str]
    corrupt: dict[str, str]
    unreachable: list[str]
    kept: int
    out_of_reach: dict[str, str]
    unknown: list[str]
    left_out: int
    unchanged: bool
    seconds: float
    encoder: Encoder

    @property
    def photos_a_second(self) -> float | None:
        """Photos encoded a second, reading included; None if there was none to encode."""
        return self.encoded / self.seconds if self.encoded else None

    @property
    def counts(self) -> dict[str, int]:
        """Each count under its name in words."""
        return {
            "photos encoded": self.encoded,
            "photos reused": self.reused,
            "articles dropped": self.dropped,
            "articles without a photo": len(self.absent),
            "photos that cannot be read": len(self.corrupt),
            "photos out of reach": len(self.unreachable),
            "photos of unknown articles": len(self.unknown),
            "photos left out by --limit": self.left_out,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """All of it for a program."""
        return {
            **{what.replace(" ", "_"): count for what, count in self.counts.items()},
            **{
                key: self.encoder.facts[key]
                for key in ("model", "weights", "trained", "precision", "runtime", *QUANTISED)
                if key in self.encoder.facts
            },
            "photos_a_second": self.photos_a_second,
            "unchanged": self.unchanged,
            "absent": self.absent,
            "corrupt": self.corrupt,
            "unreachable": self.unreachable,
            "vectors_kept": self.kept,
            "out_of_reach": self.out_of_reach,
            "unknown": self.unknown,
        }

    @property
    def lines(self) -> list[str]:
        """What a person should be told beside the counts."""
        lines = []
        if speed := self.photos_a_second:
            lines.append(f"{speed:,.1f} photos a second, {self.encoder.runtime}, {self.encoder.precision}.")
        if isinstance(found := self.encoder.quantised.get("agreement"), Mapping):
            lines.append(Agreement(**found).line)
        if self.unchanged:
            lines.append("Nothing has changed: the vectors are kept.")
        if self.unreachable:
            lines += told_places(self.out_of_reach)
            lines.append(
                f"Of the articles there, {self.kept:,} keep their previous vectors. "
                "Run this again when their photos are accessible."
            )
        if not self.encoder.trained:
            lines.append("The network is untrained (random weights): good only for colour and texture.")
        return lines
