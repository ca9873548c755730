"""Every photo of the catalogue → `visual_features.npy`: find, read ahead, encode in batches, write.

What an earlier run encoded is taken over as long as photo and encoder are the same, so that a run goes on where
it was interrupted and the next one encodes new and changed photos only; the bytes are those of one run from scratch.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from stylo.artefacts import Manifest, write_parquet, writing
from stylo.errors import BadOption, NoPhotos
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.vectors.embeddings import FILE, EmbeddingWriter, json_beside
from stylo.visual import known
from stylo.visual.colours import COLOURS_VERSION
from stylo.visual.encoder import DIMENSIONS, SIZE, Encoder
from stylo.visual.journal import Journal, Records
from stylo.visual.known import Known, Made, read_made
from stylo.visual.photos import Photos, UnreadablePhoto, open_photos
from stylo.visual.reading import Picture, Reader
from stylo.visual.thumbnails import Thumbnails

_SCRIPT = "visual_features.py"
_JOURNAL = ".visual_features.journal"
_BATCH = 64
_AHEAD = 2 * _BATCH
_ROWS = 1024
_TOLD = {
    "model": "model",
    "weights_sha256": "weights",
    "preprocessing": "preprocessing",
    "precision": "precision",
    "runtime": "runtime",
    known.VERSION: "version of the colours",
}


@dataclass(frozen=True)
class Extraction:
    """What became of the photos; articles by id. `corrupt` gives the reason, `unknown` is not in the catalogue,
    `left_out` counts photos beyond the limit, `reused` vectors that were there, `dropped` articles that had one
    and have no photo any more. `unchanged`: the artefact that was there is still true and stays. `seconds` is
    the time in which the photos were read and encoded."""

    encoded: int
    reused: int
    dropped: int
    absent: list[str]
    corrupt: dict[str, str]
    unknown: list[str]
    left_out: int
    unchanged: bool
    seconds: float
    encoder: Encoder

    @property
    def photos_a_second(self) -> float | None:
        """Photos encoded a second, reading included; None if there was none to encode."""
        return self.encoded / self.seconds if self.encoded else None


def extract(
    folder: DataFolder,
    images: Path,
    load: Callable[[], Encoder],
    limit: int | None = None,
    progress: Progress = SILENT,
    verify: bool = False,
) -> Extraction:
    """Writes `visual_features.npy` with its JSON, `visual_photos.parquet` and thumbnails.

    A row for each article with a photo, in the order of the ids. `load` gives the network. Articles without a
    photo and photos that cannot be read are counted and left out. `limit` takes the first N photos only.
    A photo whose size and time (in a zip: check sum) are as before is not read again, unless `verify`: then the
    content of every photo is compared. Where colours are found in another way than before, all photos are read for
    theirs, and none is encoded for it. Memory is bounded, whatever the number of photos.

    Raises MissingArtefact without `articles.parquet`, MissingFile, NoPhotos, Busy, CannotWrite.
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
    thumbnails = Thumbnails.of(folder)
    targets = folder.path(FILE), json_beside(folder.path(FILE)), folder.path(known.FILE)
    with Journal(folder.root / _JOURNAL, DIMENSIONS) as journal:
        with writing(*targets) as temporary:
            encoder = load()
            made = read_made(folder)
            earlier = _known_already(made, journal, encoder, progress)
            reader = Reader(photos, thumbnails, earlier.digests())
            todo = _to_read(wanted, photos, earlier, thumbnails, verify)
            done = _encode(reader, todo, earlier, encoder, journal, progress)
            _check_any(wanted, done.corrupt, images)
            earlier.add_records(journal.records())
            rows = [article for article in wanted if article not in done.corrupt]
            result = _Result(rows, photos, earlier, encoder, {"weights": encoder.weights, "limit": limit})
            unchanged = result.write(made, temporary, targets)
        journal.discard()
    thumbnails.remove(thumbnails.articles() - set(rows) - set(pictured[len(wanted) :]))
    thumbnails.clean_up()
    had = set() if made is None else set(made.photos["article"])
    return Extraction(
        encoded=done.encoded,
        reused=len(rows) - done.encoded,
        dropped=len(had - set(rows) - set(pictured[len(wanted) :])),
        absent=[article_id(article) for article in sorted(catalogue - set(photos.articles))],
        corrupt={article_id(article): reason for article, reason in done.corrupt.items()},
        unknown=[article_id(article) for article in photos.articles if article not in catalogue],
        left_out=len(pictured) - len(wanted),
        unchanged=unchanged,
        seconds=done.seconds,
        encoder=encoder,
    )


def _known_already(made: Made | None, journal: Journal, encoder: Encoder, progress: Progress) -> Known:
    """What this encoder has encoded before; a note where another one did, or a run was interrupted."""
    earlier = Known()
    present = {fact: encoder.facts[fact] for fact in _TOLD if fact in encoder.facts}
    if made is not None:
        if other := _differences(made.facts, present):
            progress.note(
                f"NOTICE: the vectors that are there have another {other}. All photos are encoded anew."
            )
        else:
            earlier.add_made(made)
            if not made.colours_hold:
                progress.note("NOTICE: colours are found in another way now. All photos are looked at anew.")
    present[known.VERSION] = COLOURS_VERSION
    if journal.facts and (other := _differences(journal.facts, present)):
        progress.note(f"NOTICE: the run that was interrupted had another {other}. It is not gone on with.")
    journal.begin(present)
    records = journal.records()
    if len(records):
        progress.note(f"Going on: an interrupted run has encoded {len(records):,} photos.")
    earlier.add_records(records)
    return earlier


def _differences(facts: Mapping[str, object], present: Mapping[str, object]) -> str:
    return ", ".join(_TOLD[fact] for fact in present if facts.get(fact) != present[fact])


def _to_read(
    wanted: list[int], photos: Photos, earlier: Known, thumbnails: Thumbnails, verify: bool
) -> list[int]:
    """Photos that are new, may have changed, or lack a thumbnail or colours."""
    small = thumbnails.articles()

    def settled(article: int) -> bool:
        photo = earlier.get(article)
        if photo is None or photo.colours is None or verify or article not in small:
            return False
        return photo.size_and_mark == photos.size_and_mark(article)

    return [article for article in wanted if not settled(article)]


@dataclass
class _Encoded:
    encoded: int = 0
    seconds: float = 0.0
    corrupt: dict[int, str] = field(default_factory=dict)


def _encode(
    reader: Reader,
    articles: list[int],
    earlier: Known,
    encoder: Encoder,
    journal: Journal,
    progress: Progress,
) -> _Encoded:
    """Reads photos and encodes those whose vector is not known; each batch goes to the journal."""
    done = _Encoded()
    if any(earlier.get(article) is None for article in articles):
        encoder.encode(np.empty((0, SIZE, SIZE, 3), dtype=np.uint8))  # made ready before the clock runs
    started = time.perf_counter()
    ahead = closing(reader.ahead(articles, _AHEAD))
    with ahead as readings, progress.task("Photos", len(articles)) as advance:
        while batch := list(islice(readings, _BATCH)):
            pictures = {article: found for article, found in batch if isinstance(found, Picture)}
            if pictures:
                records = _records(pictures, reader.photos, journal)
                done.encoded += _fill_vectors(records, pictures, earlier, encoder)
                journal.append(records)
            done.corrupt |= {a: str(found) for a, found in batch if isinstance(found, UnreadablePhoto)}
            advance(len(batch))
    done.seconds = time.perf_counter() - started
    return done


def _records(pictures: Mapping[int, Picture], photos: Photos, journal: Journal) -> Records:
    records = np.zeros(len(pictures), journal.type)
    records["article"] = list(pictures)
    records["bytes"], records["mark"] = np.transpose([photos.size_and_mark(article) for article in pictures])
    records["digest"] = [picture.digest for picture in pictures.values()]
    records["colours"] = [picture.colours for picture in pictures.values()]
    return records


def _fill_vectors(records: Records, pictures: Mapping[int, Picture], earlier: Known, encoder: Encoder) -> int:
    """Takes over the vectors that are known and encodes the others; how many those were."""
    new = []
    for row, (article, picture) in enumerate(pictures.items()):
        vector = earlier.vector(article, picture.digest)
        if vector is None:
            new.append(row)
        else:
            records["vector"][row] = vector
    if new:
        pixels = [picture.pixels for picture in pictures.values()]
        records["vector"][new] = encoder.encode(np.stack([pixels[row] for row in new]))
    return len(new)


def _check_any(wanted: list[int], corrupt: Mapping[int, str], images: Path) -> None:
    if len(corrupt) == len(wanted):
        raise NoPhotos(
            f"None of the {len(wanted):,} photos in {images} can be read.",
            where=f"The first: {article_id(wanted[0])}: {corrupt[wanted[0]]}",
            cure="Are they whole? Fetch them again.",
        )


@dataclass(frozen=True)
class _Result:
    """The artefact as it must be now."""

    articles: list[int]
    photos: Photos
    known: Known
    encoder: Encoder
    parameters: Mapping[str, object]

    def write(self, made: Made | None, temporary: tuple[Path, ...], targets: tuple[Path, ...]) -> bool:
        """Writes matrix, JSON and table, or keeps those that are true already. Whether all were kept."""
        states = [self.photos.size_and_mark(article) for article in self.articles]
        table = self.known.table(self.articles, states)
        manifest = Manifest(_SCRIPT, {"photos": known.content(table)}, self.parameters)
        facts = {**self.encoder.facts, "photos": str(self.photos.source)}
        same = made is not None and _says(made, facts, manifest)
        if same:
            for path, name in zip(targets[:2], temporary[:2], strict=True):
                _keep(path, name)
        else:
            self._write_vectors(temporary[0], temporary[1], manifest, facts)
        if same and made is not None and made.colours_hold and made.photos.equals(table):
            _keep(targets[2], temporary[2])
            return True
        parameters = {**self.parameters, known.VERSION: COLOURS_VERSION}
        write_parquet(table, temporary[2], Manifest(_SCRIPT, manifest.inputs, parameters))
        return False

    def _write_vectors(
        self, matrix: Path, beside: Path, manifest: Manifest, facts: dict[str, object]
    ) -> None:
        with EmbeddingWriter(matrix, DIMENSIONS) as writer:
            for start in range(0, len(self.articles), _ROWS):
                part = self.articles[start : start + _ROWS]
                writer.append(part, self.known.vectors(part))
        writer.write_json(beside, manifest, facts)


def _says(made: Made, facts: Mapping[str, object], manifest: Manifest) -> bool:
    """Whether the JSON that is there says what would be written now; the time apart."""
    same_facts = all(made.facts.get(key) == fact for key, fact in facts.items())
    return same_facts and made.manifest.fingerprint == manifest.fingerprint


def _keep(path: Path, temporary: Path) -> None:
    """An artefact stays as it is: its temporary name becomes another name of the same file."""
    temporary.unlink()
    try:
        os.link(path, temporary)
    except OSError:  # a file system without links
        shutil.copy2(path, temporary)
