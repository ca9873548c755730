"""Every photo of the catalogue → `visual_features.npy`: find, read ahead, encode in batches, write.

What an earlier run encoded is taken over as long as photo and encoder are the same, so that a run goes on where
it was interrupted and the next one encodes new and changed photos only; the bytes are those of one run from scratch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stylo.artefacts import Manifest, link_or_copy, write_parquet, writing
from stylo.errors import BadOption, NoPhotos, PhotosOutOfReach
from stylo.parallel.workers import LOCAL, Lost, Workers
from stylo.progress import SILENT, Progress
from stylo.system.threads import processors
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.vectors.embeddings import FILE, EmbeddingWriter, json_beside
from stylo.visual import known
from stylo.visual.colours import COLOURS_VERSION
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.extraction import Extraction
from stylo.visual.journal import Journal, Records
from stylo.visual.kept_network import keep_network
from stylo.visual.known import EncodedCatalogue, KnownVectors, read_made
from stylo.visual.photos import (
    REACH,
    Photos,
    UnreachablePhoto,
    UnreadablePhoto,
    open_photos,
    printable,
    told_places,
)
from stylo.visual.quantised import Quantise
from stylo.visual.reading import EncodedPhoto, Outcome, ReadAndEncode, Reader
from stylo.visual.thumbnails import Thumbnails

_SCRIPT = "visual_features.py"
_JOURNAL = ".visual_features.journal"
_BATCH = 64
# Each has a batch in memory: 19 MB.
_MOST_THREADS = 16
_ROWS = 1024
_SMALL_BATCH = 8
_DEADLY = "every process that read it has ended"
_TOLD = {
    "model": "model",
    "weights_sha256": "weights",
    "preprocessing": "preprocessing",
    "precision": "precision",
    "calibration": "calibration",
    "runtime": "runtime",
    known.VERSION: "version of the colours",
}


def extract(
    folder: DataFolder,
    images: Path,
    load: Callable[[], Encoder],
    limit: int | None = None,
    progress: Progress = SILENT,
    verify: bool = False,
    quantise: Quantise | None = None,
    workers: Workers = LOCAL,
) -> Extraction:
    """Writes `visual_features.npy` with its JSON, `visual_photos.parquet` and thumbnails, and keeps the network.

    A row for each article with a photo, in the order of the ids. `load` gives the network, of which `quantise` may
    make another. Articles without a photo and photos that cannot be read are counted and left out. Where a photo
    cannot be reached now, the vector and thumbnail that are there stay. `limit` takes the first N photos only.
    A photo whose size and time (in a zip: check sum) are as before is not read again, unless `verify`: then the
    content of every photo is compared. Where colours are found in another way than before, all photos are read for
    theirs, and none is encoded for it. Memory is bounded, whatever the number of photos. The vectors have the same
    bits, whichever `workers` make them.

    Raises MissingArtefact without `articles.parquet`, MissingFile, NoPhotos, Busy, CannotWrite; PhotosOutOfReach if
    none can be reached, or if a vector that would have to be made anew were lost because its photo cannot be.
    """
    if limit is not None and limit < 1:
        raise BadOption(f"--limit {limit}: read at least one photo.")
    catalogue = set(folder.scan("articles.parquet").select("article").collect().to_series())
    photos = open_photos(images)
    for line in told_places(photos.out_of_reach):
        progress.note(f"NOTICE: {line}")
    hidden = {article for article in catalogue if photos.may_hide(article)}
    within = [article for article in photos.articles if article in catalogue]
    if not within:
        raise _no_photos_of(catalogue, photos)
    thumbnails = Thumbnails.of(folder)
    targets = folder.path(FILE), json_beside(folder.path(FILE)), folder.path(known.FILE)
    with ExitStack() as stack:
        with writing(*targets) as temporary:
            made = read_made(folder)
            encoder = load()
            if quantise is not None:
                facts = None if made is None else made.facts
                encoder = quantise(folder, encoder, photos, sorted(set(within) - hidden), facts, progress)
            journal = stack.enter_context(Journal(folder.root / _JOURNAL, encoder.dimensions))
            earlier = _known_already(made, journal, encoder, progress)
            pictured = sorted({*within, *(hidden & earlier.whole())})
            wanted = pictured[:limit]
            beyond = set(pictured[len(wanted) :])
            had = set() if made is None else set(made.photos["article"]) - beyond
            _check_reach(had & hidden - earlier.whole())
            reader = Reader(photos, thumbnails, earlier.digests())
            todo = _to_read([a for a in wanted if a not in hidden], photos, earlier, thumbnails, verify)
            done = _Encoding(reader, earlier, encoder, journal, workers).run(todo, progress)
            unread = hidden | set(done.unreachable)
            kept = unread & earlier.whole()
            _check_reach(had & unread - kept)
            rows = [a for a in wanted if a not in done.corrupt and (a not in unread or a in kept)]
            if not rows:
                raise _none_read(wanted, done, images)
            earlier.add_records(journal.records())
            parameters = {"weights": encoder.weights, "limit": limit}
            result = _Result(rows, kept, photos, earlier, encoder, parameters)
            unchanged = result.write(made, temporary, targets)
        journal.discard()
    keep_network(folder, encoder.facts, encoder.network)
    thumbnails.remove(thumbnails.articles() - set(rows) - beyond - unread)
    thumbnails.clean_up()
    return Extraction(
        encoded=done.encoded,
        reused=len(rows) - done.encoded,
        dropped=len(had - set(rows)),
        absent=[article_id(article) for article in sorted(catalogue - set(photos.articles) - hidden)],
        corrupt={article_id(article): reason for article, reason in done.corrupt.items()},
        unreachable=[article_id(article) for article in sorted(unread)],
        kept=len(kept & set(rows)),
        out_of_reach={printable(place): reason for place, reason in photos.out_of_reach.items()}
        | {error.place: error.reason for error in done.unreachable.values()},
        unknown=[article_id(article) for article in photos.articles if article not in catalogue],
        left_out=len(pictured) - len(wanted),
        unchanged=unchanged,
        seconds=done.seconds,
        encoder=encoder,
    )


def _no_photos_of(catalogue: set[int], photos: Photos) -> NoPhotos:
    source = printable(photos.source)
    if any(map(photos.may_hide, catalogue)):
        return PhotosOutOfReach(
            f"No photo of an article in articles.parquet is accessible in {source}.",
            where="\n".join(told_places(photos.out_of_reach)),
            cure=REACH,
        )
    return NoPhotos(
        f"None of the {len(photos.articles):,} photos in {source} is of an article in articles.parquet.",
        cure="Are the photos and the tables from the same shop?",
    )


def _check_reach(lost: set[int]) -> None:
    """Refuses to lose vectors that cannot be taken over and whose photos cannot be reached."""
    if lost:
        raise PhotosOutOfReach(
            f"The photos of {len(lost):,} articles are out of reach, but their vectors must be recomputed.",
            where=f"The first is {article_id(min(lost))}. The existing vectors are unchanged.",
            cure=f"{REACH} Or remove {FILE} to do without those articles.",
        )


def _known_already(
    made: EncodedCatalogue | None, journal: Journal, encoder: Encoder, progress: Progress
) -> KnownVectors:
    """What this encoder has encoded before; a note where another one did, or a run was interrupted."""
    earlier = KnownVectors()
    present = {fact: encoder.facts[fact] for fact in _TOLD if fact in encoder.facts}
    if made is not None:
        if other := _differences(made.facts, present):
            progress.note(f"NOTICE: the existing vectors have another {other}. All photos are encoded again.")
        else:
            earlier.add_made(made)
            if not made.colours_hold:
                progress.note(
                    "NOTICE: colours are now extracted differently. All photos are processed again."
                )
    present[known.VERSION] = COLOURS_VERSION
    if journal.facts and (other := _differences(journal.facts, present)):
        progress.note(f"NOTICE: the interrupted run had another {other}, so it is not resumed.")
    journal.begin(present)
    records = journal.records()
    if len(records):
        progress.note(f"Resuming: an interrupted run has encoded {len(records):,} photos.")
    earlier.add_records(records)
    return earlier


def _differences(facts: Mapping[str, object], present: Mapping[str, object]) -> str:
    return ", ".join(_TOLD[fact] for fact in present if facts.get(fact) != present[fact])


def _to_read(
    wanted: list[int], photos: Photos, earlier: KnownVectors, thumbnails: Thumbnails, verify: bool
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
    unreachable: dict[int, UnreachablePhoto] = field(default_factory=dict)


@dataclass(frozen=True)
class _Encoding:
    """Photos are read and encoded by workers, a batch at a time; each batch goes to the journal."""

    reader: Reader
    earlier: KnownVectors
    encoder: Encoder
    journal: Journal
    workers: Workers
    done: _Encoded = field(default_factory=_Encoded)

    def run(self, articles: list[int], progress: Progress) -> _Encoded:
        new = any(self.earlier.get(article) is None for article in articles)
        if new and not self.workers.is_cluster:
            # Made ready before the clock runs.
            self.encoder.encode(np.empty((0, SIZE, SIZE, 3), dtype=np.uint8))
        started = time.perf_counter()
        # Of few photos each worker gets some. A photo's vector does not depend on its batch.
        size = min(_BATCH, max(_SMALL_BATCH, -(-len(articles) // (2 * self.workers.count))))
        batches = [articles[first : first + size] for first in range(0, len(articles), size)]
        with progress.task("Photos", len(articles)) as advance:
            lost = self._batches(batches, advance)
            # A photo that ends who reads it takes its batch along: alone, it is told from the others.
            alone = self._batches([[article] for each in lost for article in each.part], advance)
            for each in alone:
                self.done.corrupt.update((article, f"{_DEADLY}. {each.reason}") for article in each.part)
                advance(1)
        self.done.seconds = time.perf_counter() - started
        return self.done

    def _batches(self, batches: list[list[int]], advance: Callable[[int], None]) -> list[Lost[list[int]]]:
        """Gives those that nobody could finish."""
        if not batches:
            return []
        share, lost = self.workers.share, list[Lost[list[int]]]()
        work = ReadAndEncode(share(self.reader), share(self.encoder), share(self.earlier.all_digests()))
        files = [self.reader.photos.sample, self.reader.thumbnails.root.parent]
        threads = min(processors() + 1, _MOST_THREADS)
        found = self.workers.try_map(work, batches, threads=threads, files=files)
        with closing(found) as outcomes:
            for batch, outcome in zip(batches, outcomes, strict=True):
                if isinstance(outcome, Lost):
                    lost.append(outcome)
                    continue
                self._keep(dict(zip(batch, outcome, strict=True)))
                advance(len(batch))
        return lost

    def _keep(self, outcomes: Mapping[int, Outcome]) -> None:
        pictures = {a: found for a, found in outcomes.items() if isinstance(found, EncodedPhoto)}
        if pictures:
            self.journal.append(self._records(pictures))
        self.done.encoded += sum(found.vector is not None for found in pictures.values())
        self.done.corrupt |= {
            a: str(found) for a, found in outcomes.items() if isinstance(found, UnreadablePhoto)
        }
        self.done.unreachable |= {
            a: found for a, found in outcomes.items() if isinstance(found, UnreachablePhoto)
        }

    def _records(self, pictures: Mapping[int, EncodedPhoto]) -> Records:
        """The vectors that are known are taken over."""
        records = np.zeros(len(pictures), self.journal.type)
        states = [self.reader.photos.size_and_mark(article) for article in pictures]
        records["article"] = list(pictures)
        records["bytes"], records["mark"] = np.transpose(states)
        records["digest"] = [picture.digest for picture in pictures.values()]
        records["colours"] = [picture.colours for picture in pictures.values()]
        for row, (article, picture) in enumerate(pictures.items()):
            known = picture.vector is None
            records["vector"][row] = self.earlier.vector(article, picture.digest) if known else picture.vector
        return records


def _none_read(wanted: list[int], done: _Encoded, images: Path) -> NoPhotos:
    problem = f"None of the {len(wanted):,} photos in {printable(images)} can be read."
    if done.unreachable:
        first = next(iter(done.unreachable.values()))
        return PhotosOutOfReach(problem, where=f"The first: {first}", cure=REACH)
    return NoPhotos(
        problem,
        where=f"The first: {article_id(wanted[0])}: {done.corrupt[wanted[0]]}",
        cure="Are they complete? Download them again.",
    )


@dataclass(frozen=True)
class _Result:
    """The artefact as it must be now."""

    articles: list[int]
    kept: set[int]
    photos: Photos
    known: KnownVectors
    encoder: Encoder
    parameters: Mapping[str, object]

    def write(
        self, made: EncodedCatalogue | None, temporary: tuple[Path, ...], targets: tuple[Path, ...]
    ) -> bool:
        """Writes matrix, JSON and table, or keeps those that are true already. Whether all were kept."""
        states = [self._state(article) for article in self.articles]
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

    def _state(self, article: int) -> tuple[int, int]:
        """Size and mark of an article's photo; where it cannot be reached, those that it had."""
        known = self.known.get(article) if article in self.kept else None
        return self.photos.size_and_mark(article) if known is None else known.size_and_mark

    def _write_vectors(
        self, matrix: Path, beside: Path, manifest: Manifest, facts: dict[str, object]
    ) -> None:
        with EmbeddingWriter(matrix, self.encoder.dimensions) as writer:
            for start in range(0, len(self.articles), _ROWS):
                part = self.articles[start : start + _ROWS]
                writer.append(part, self.known.vectors(part))
        writer.write_json(beside, manifest, facts)


def _says(made: EncodedCatalogue, facts: Mapping[str, object], manifest: Manifest) -> bool:
    """Whether the JSON that is there says what would be written now; the time apart."""
    same_facts = all(made.facts.get(key) == fact for key, fact in facts.items())
    return same_facts and made.manifest.fingerprint == manifest.fingerprint


def _keep(path: Path, temporary: Path) -> None:
    """An artefact stays as it is: its temporary name becomes another name of the same file."""
    temporary.unlink()
    link_or_copy(path, temporary)
