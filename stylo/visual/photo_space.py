"""The space in which photos from outside are looked up: the network's vectors without what only disturbs them.

    thumbnails of some articles ──disturb, encode──▶ how a photo moves a vector that shows the same garment
    vectors of all articles     ─────────────────▶ how garments differ
                                                       └──▶ directions with much of the second and little of the first

A shopper's photo has another ground, light and crop than the catalogue's. Pictures of the shop's own articles are
disturbed in these ways, and Fisher's linear discriminant (one class an article) gives the directions in which articles
differ most, measured by how far a disturbance moves one of them (Belhumeur et al., "Eigenfaces vs. Fisherfaces", 1997;
in speech it is called within-class covariance normalisation). It is taken where it finds more articles by disturbed
photos than the plain vectors do, on articles that it was not learned from.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.linalg import eigh

from stylo.artefacts import Manifest, open_arrays, write_arrays, writing
from stylo.errors import MissingWeights, StyloError
from stylo.progress import SILENT, Progress
from stylo.system.threads import processors
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.vectors.derived import files_of, open_derived, write_derived
from stylo.vectors.embeddings import FILE, PHOTO_SPACE, Embeddings
from stylo.vectors.index import INDEX_OF
from stylo.visual.disturbances import SIMPLE, grain, on_ground, part_of, patches
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.photos import UnreadablePhoto, open_image, squeeze
from stylo.visual.projection import PairedTrial, interval_95, units
from stylo.visual.thumbnails import Thumbnails

#: The projection of a photo's vector; the vectors of all articles in the same space are PHOTO_SPACE.
PROJECTION = "visual_search_projection.bin"

# A twentieth of the articles is disturbed: so many at least and at most.
_FEWEST, _MOST = 100, 3000
_FEWEST_ARTICLES = 500
_WIDTH = 256
# Beside its mean variance, what each direction is said to vary by more under a disturbance.
_SHRINKAGE = 0.1
_SAMPLE = 20_000
_HELD_OUT = 0.2
_TRIED, _NEIGHBOURS = 200, 12
_AT_ONCE = 4096
_BATCH = 64
# Two grounds, and what needs nothing but the picture.
_FORMS = 2 + len(SIMPLE)
_SEED = 0
# A projection is kept while the network is the same and the catalogue has not grown by more than this.
_GROWN = 1.5
_VERSION = 1
_BY_PLAIN = "photos from outside are compared by the plain vectors"
_NETWORK = "model", "weights_sha256", "preprocessing"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class PhotoProjection:
    """Maps vectors of one network (d,) to the space of photos (k,), as vectors of length 1.

    mean : (d,) of vectors at length 1.
    directions : (d, k).
    """

    mean: Floats
    directions: Floats

    @property
    def width(self) -> int:
        """Numbers of a projected vector."""
        return int(self.directions.shape[1])

    def __call__(self, vectors: np.ndarray) -> Floats:
        found = np.empty((len(vectors), self.width), dtype=np.float32)
        for start in range(0, len(vectors), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            found[some] = units((units(vectors[some]) - self.mean) @ self.directions)
        return found


@dataclass(frozen=True, kw_only=True)
class PhotoTrial(PairedTrial):
    """How often the article of a disturbed photo is among the 12 nearest of all, for articles not learned from."""

    photos: int
    plain: float
    projected: float


@dataclass(frozen=True)
class PhotoSpace:
    """What photos from outside are compared in, and how it came about.

    projection : None where they are compared by the plain vectors; `why` says why, in a sentence.
    articles : how many had a vector when it was learned.
    learned_from : article numbers (n,), those whose thumbnails were disturbed.
    """

    projection: PhotoProjection | None = None
    trial: PhotoTrial | None = None
    articles: int = 0
    why: str = ""
    learned_from: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def facts(self) -> dict[str, Any]:
        """For a program."""
        return {
            "photo_search": "plain" if self.projection is None else "projected",
            "why_photos_plain": self.why,
            "photo_trial": None if self.trial is None else asdict(self.trial),
        }

    @property
    def lines(self) -> list[str]:
        """For a person."""
        if (trial := self.trial) is None:
            return [self.why]
        found = (
            f"Of {trial.photos:,} disturbed photos of articles held out, so many find their article among the "
            f"{_NEIGHBOURS} nearest: plain {trial.plain:.3f} → learned {trial.projected:.3f}."
        )
        return [found, self.why or "Photos from outside are compared by the learned vectors."]


def learn_photo_space(
    plain: Embeddings, thumbnails: Thumbnails, load: Callable[[], Encoder], progress: Progress = SILENT
) -> PhotoSpace:
    """Disturbs the thumbnails of a twentieth of the articles, learns a projection, and takes it if it finds more.

    Parameters
    ----------
    load : gives the network that made the vectors.
    """
    count = len(plain.articles)
    if count < _FEWEST_ARTICLES:
        return PhotoSpace(why=f"Fewer than {_FEWEST_ARTICLES} articles have a photo: {_BY_PLAIN}.")
    rows, pictures = _sample(plain, thumbnails, min(max(count // 20, _FEWEST), _MOST))
    if len(rows) < _FEWEST:
        return PhotoSpace(why=f"Fewer than {_FEWEST} thumbnails can be read: {_BY_PLAIN}.")
    try:
        encoder = load()
    except MissingWeights as error:
        return PhotoSpace(why=f"{error.problem} So {_BY_PLAIN}.")
    clean = units(plain.vectors[rows])
    moved = _disturbed(pictures, encoder, progress)
    sample = units(plain.vectors[:: max(1, count // _SAMPLE)])
    tried = round(_HELD_OUT * len(rows))
    trial = _try(plain, rows[:tried], moved[:tried], _discriminant(sample, clean[tried:], moved[tried:]))
    if not trial.better:
        return PhotoSpace(trial=trial, why=f"Learned vectors did not find more of them: {_BY_PLAIN}.")
    return PhotoSpace(_discriminant(sample, clean, moved), trial, count, learned_from=plain.articles[rows])


def photo_space(
    folder: DataFolder, plain: Embeddings, load: Callable[[], Encoder], progress: Progress = SILENT
) -> PhotoSpace:
    """The space that is there, where it was learned from this network and much the same catalogue; else a new one."""
    kept = read_photo_space(folder)
    if kept is not None:
        space, network = kept
        same = network == _network(plain) and len(plain.articles) <= _GROWN * space.articles
        if same and space.projection is not None and len(space.projection.mean) == plain.vectors.shape[1]:
            return space
    return learn_photo_space(plain, Thumbnails.of(folder), load, progress)


def keep_photo_space(space: PhotoSpace, plain: Embeddings, folder: DataFolder) -> None:
    """Writes the projection and the vectors of all articles in it; where there is none, those of before are removed.

    Raises Busy or CannotWrite.
    """
    files = files_of(folder, PHOTO_SPACE, INDEX_OF[PHOTO_SPACE], PROJECTION)
    if space.projection is None:
        for path in files:
            path.unlink(missing_ok=True)
        return
    manifest = Manifest(MADE_BY[PHOTO_SPACE], folder.fingerprints(FILE), {})
    facts = {
        "network": _network(plain),
        "articles": space.articles,
        "trial": asdict(space.trial) if space.trial else None,
    }
    arrays = {
        "mean": space.projection.mean,
        "directions": space.projection.directions,
        "learned_from": space.learned_from,
    }
    trained = {"trained": not plain.untrained}
    vectors = Embeddings(plain.articles, space.projection(plain.vectors), trained, PHOTO_SPACE)
    with writing(*files) as (*derived, projection, beside):
        write_derived(derived, folder, vectors, manifest)
        write_arrays(projection, beside, arrays, facts, manifest)


def open_photo_space(folder: DataFolder, plain: Embeddings) -> tuple[Embeddings, PhotoProjection] | None:
    """Vectors of the articles and the projection of a photo's vector; None unless they belong to the plain vectors."""
    vectors, kept = open_derived(folder, PHOTO_SPACE, plain), read_photo_space(folder)
    projection = None if kept is None else kept[0].projection
    if vectors is None or projection is None:
        return None
    fits = projection.directions.shape == (plain.vectors.shape[1], vectors.vectors.shape[1])
    return (vectors, projection) if fits else None


def read_photo_space(folder: DataFolder) -> tuple[PhotoSpace, Any] | None:
    """What is kept of a space, and the facts of the network that it is of; None unless it is there and whole."""
    path = folder.path(PROJECTION)
    if not path.exists():
        return None
    try:
        arrays, facts, _ = open_arrays(path, f"Make it again with {MADE_BY[PROJECTION]}.")
        trial = facts["trial"] and PhotoTrial(**facts["trial"])
        projection = PhotoProjection(arrays["mean"], arrays["directions"])
        space = PhotoSpace(projection, trial, int(facts["articles"]), learned_from=arrays["learned_from"])
        return space, facts["network"]
    except (StyloError, KeyError, TypeError, ValueError):
        return None


def _network(plain: Embeddings) -> dict[str, Any]:
    return {"version": _VERSION} | {fact: plain.facts.get(fact) for fact in _NETWORK}


def _sample(plain: Embeddings, thumbnails: Thumbnails, count: int) -> tuple[NDArray[np.int64], list[bytes]]:
    """Rows of so many articles whose thumbnail can be read, and the thumbnails; the same for the same articles."""
    rows: list[int] = []
    pictures: list[bytes] = []
    for row in np.random.default_rng(_SEED).permutation(len(plain.articles)):
        if len(rows) == count:
            break
        data = thumbnails.read(int(plain.articles[row])) or b""
        with suppress(UnreadablePhoto):
            open_image(data, SIZE)
            rows.append(int(row))
            pictures.append(data)
    return np.array(rows, dtype=np.int64), pictures


def _disturbed(pictures: list[bytes], encoder: Encoder, progress: Progress) -> Floats:
    """Vectors of length 1 of each picture in all its disturbed forms: (pictures, forms, d)."""

    def forms(which: int) -> list[NDArray[np.uint8]]:
        draw = np.random.default_rng([_SEED, which])
        picture = open_image(pictures[which], SIZE)
        other = open_image(pictures[int(draw.integers(0, len(pictures)))], SIZE)
        grounds = part_of(other, picture.size, draw), _plain_ground(picture.size, draw)
        drawn = [on_ground(picture, ground, float(draw.uniform(0.55, 1)), draw) for ground in grounds]
        return [squeeze(each, SIZE) for each in (*drawn, *(way(picture, draw) for way in SIMPLE))]

    found = np.empty((len(pictures), _FORMS, encoder.dimensions), dtype=np.float32)
    with (
        ThreadPoolExecutor(processors()) as threads,
        progress.task("Disturbed photos", len(pictures)) as advance,
    ):
        for start in range(0, len(pictures), _BATCH):
            some = range(start, min(start + _BATCH, len(pictures)))
            pixels = np.stack([each for drawn in threads.map(forms, some) for each in drawn])
            found[some] = units(encoder.encode(pixels)).reshape(len(some), _FORMS, -1)
            advance(len(some))
    return found


def _plain_ground(size: tuple[int, int], draw: np.random.Generator) -> Image.Image:
    return (patches if draw.random() < 0.5 else grain)(size, draw)


def _discriminant(sample: Floats, clean: Floats, moved: Floats) -> PhotoProjection:
    """Fisher's discriminant of articles: (s, d) of the catalogue, (n, d) of some, (n, forms, d) of these disturbed."""
    mean = sample.mean(axis=0)
    within = _covariance((moved - clean[:, None]).reshape(-1, clean.shape[1]))
    within[np.diag_indices_from(within)] += (
        _SHRINKAGE * np.trace(within) / len(within) + np.finfo(np.float32).eps
    )
    width = min(_WIDTH, len(within))
    _, directions = eigh(
        _covariance(sample - mean), within, subset_by_index=(len(within) - width, len(within) - 1)
    )
    return PhotoProjection(mean, np.ascontiguousarray(directions[:, ::-1], dtype=np.float32))


def _covariance(rows: Floats) -> NDArray[np.float64]:
    return (rows.T @ rows).astype(np.float64) / len(rows)


def _try(
    plain: Embeddings, rows: NDArray[np.int64], moved: Floats, projection: PhotoProjection
) -> PhotoTrial:
    """The trial on disturbed photos (n, forms, d) of articles; the interval is over articles, not over their photos."""
    rows, moved = rows[:_TRIED], moved[:_TRIED]
    own, queries = np.repeat(rows, moved.shape[1]), moved.reshape(-1, moved.shape[2])
    by_plain, by_projection = (
        _finds(project, plain.vectors, own, queries).reshape(len(rows), -1).mean(axis=1)
        for project in (units, projection)
    )
    gains = by_projection - by_plain
    return PhotoTrial(
        photos=len(own),
        plain=float(by_plain.mean()),
        projected=float(by_projection.mean()),
        **interval_95(gains),
    )


def _finds(
    project: Callable[[np.ndarray], Floats], vectors: np.ndarray, own: NDArray[np.int64], queries: Floats
) -> NDArray[np.bool_]:
    """Whether each query's own row is among its nearest."""
    asked = project(queries)
    similarity = np.einsum("ij,ij->i", asked, project(vectors[own]))
    nearer = np.zeros(len(own), dtype=np.int64)
    for start in range(0, len(vectors), _AT_ONCE):
        similar = asked @ project(vectors[start : start + _AT_ONCE]).T
        here = (own >= start) & (own < start + _AT_ONCE)
        similar[np.flatnonzero(here), own[here] - start] = -np.inf
        nearer += (similar > similarity[:, None]).sum(axis=1)
    return nearer < _NEIGHBOURS
