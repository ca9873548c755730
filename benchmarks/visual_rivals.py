"""What `benchmarks.visual` runs in processes of their own: ours and the rivals, each of them one function.

python -m benchmarks.visual_rivals keras_encodes PHOTOS
python -m benchmarks.visual_rivals ours_finds_twins VECTORS OUT
python -m benchmarks.visual_rivals faiss_finds_twins VECTORS OUT

Each prints one line of JSON: `seconds` without the start of Python and the imports, and what was asked for.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

K = 12
_QUERIES = 200
_UPLOADS = 30


def keras_encodes(photos: str) -> None:
    """ResNet50 as in Keras' documentation: load_img, preprocess_input, predict in batches of 32; random weights."""
    import os

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    paths = sorted(Path(photos).rglob("*.jpg"))
    network = keras.applications.ResNet50(
        include_top=False, pooling="avg", weights=None, input_shape=(224, 224, 3)
    )
    network.predict(np.zeros((32, 224, 224, 3), dtype=np.float32), verbose=0)
    started = time.perf_counter()
    vectors = []
    for start in range(0, len(paths), 32):
        batch = [
            keras.utils.img_to_array(keras.utils.load_img(path, target_size=(224, 224)))
            for path in paths[start : start + 32]
        ]
        prepared = keras.applications.resnet50.preprocess_input(np.stack(batch))
        vectors.append(network.predict(prepared, verbose=0))
    _tell(started, photos=len(np.concatenate(vectors)))


def ours_encodes(photos: str) -> None:
    """Decode, colours, thumbnails and vectors, as visual_features.py does it."""
    from stylo.parallel.workers import LOCAL
    from stylo.system.threads import processors
    from stylo.visual.encoder import load_encoder
    from stylo.visual.photos import open_photos
    from stylo.visual.reading import ReadAndEncode, Reader
    from stylo.visual.thumbnails import Thumbnails

    source, encoder = open_photos(Path(photos)), load_encoder("random")
    encoder.encode(np.zeros((8, 224, 224, 3), dtype=np.uint8))
    with tempfile.TemporaryDirectory() as thumbnails:
        started, count = time.perf_counter(), 0
        reader = Reader(source, Thumbnails(Path(thumbnails)), {})
        work = ReadAndEncode(LOCAL.share(reader), LOCAL.share(encoder), LOCAL.share({}))
        batches = [source.articles[first : first + 32] for first in range(0, len(source.articles), 32)]
        for outcomes in LOCAL.map(work, batches, threads=processors() + 1):
            count += len(outcomes)
        _tell(started, photos=count)


def ours_finds_twins(path: str, out: str) -> None:
    """`stylo.vectors.nearest`."""
    from stylo.vectors.nearest import nearest

    vectors = np.load(path, mmap_mode="r")
    rows = np.arange(len(vectors))
    started = time.perf_counter()
    np.save(out, nearest(vectors, rows, rows, K)[0])
    _tell(started)


def faiss_finds_twins(path: str, out: str) -> None:
    """IndexFlatIP over unit vectors, k + 1 of each."""
    import faiss

    vectors = np.load(path)
    started = time.perf_counter()
    faiss.normalize_L2(vectors)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    np.save(out, index.search(vectors, K + 1)[1])
    _tell(started)


def live_queries(path: str) -> None:
    """Queries one after the other, by each way, on the same vectors: milliseconds, and recall against exact."""
    import faiss

    from stylo.vectors.embeddings import Embeddings
    from stylo.vectors.index import VectorIndex

    vectors = np.load(path)
    index = VectorIndex.of(Embeddings(np.arange(len(vectors), dtype=np.int32), vectors))
    draw = np.random.default_rng(0)
    queries = vectors[draw.integers(0, len(vectors), _QUERIES)]
    queries = queries + draw.normal(0, 0.1 * queries.std(), queries.shape).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    half, few = draw.random(len(vectors)) < 0.5, draw.random(len(vectors)) < 0.01
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors / lengths[:, None])

    def by_numpy(query: np.ndarray) -> np.ndarray:
        cosine = vectors @ query / lengths
        best = np.argpartition(cosine, -K)[-K:]
        return best[np.argsort(-cosine[best])]

    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "ours": lambda query: index.nearest(query, K).rows,
        "ours, proven exact": lambda query: index.nearest(query, K, exact=True).rows,
        "ours, half of the articles allowed": lambda query: index.nearest(query, K, half).rows,
        "ours, one in a hundred allowed": lambda query: index.nearest(query, K, few).rows,
        "NumPy, all in full width": by_numpy,
        "FAISS flat": lambda query: flat.search((query / np.linalg.norm(query))[None], K)[1][0],
    }
    truth = [set(by_numpy(query).tolist()) for query in queries]
    figures = {}
    for name, way in ways.items():
        way(queries[0])
        took, found = zip(*(_timed(way, query) for query in queries), strict=True)
        recall = [len(set(rows.tolist()) & true) / K for rows, true in zip(found, truth, strict=True)]
        figures[name] = {
            "median": statistics.median(took) * 1000,
            "p95": sorted(took)[int(0.95 * len(took))] * 1000,
            "recall": float(np.mean(recall)) if "allowed" not in name else None,
        }
    print(json.dumps(figures))


def uploads(path: str, photos: str) -> None:
    """A photo from outside, from its bytes to its twins: milliseconds."""
    from stylo.vectors.embeddings import Embeddings
    from stylo.vectors.index import VectorIndex
    from stylo.visual.colours import colour_vectors, garment_colours
    from stylo.visual.encoder import SIZE, load_encoder
    from stylo.visual.photos import open_image, squeeze

    vectors = np.load(path, mmap_mode="r")
    index = VectorIndex.of(Embeddings(np.arange(len(vectors), dtype=np.int32), vectors))
    encoder = load_encoder("random")

    def answer(data: bytes) -> np.ndarray:
        picture = open_image(data, SIZE)
        colour_vectors(garment_colours(np.asarray(picture))[None])
        return index.nearest(encoder.encode(squeeze(picture, SIZE)[None])[0], K).rows

    files = [file.read_bytes() for file in sorted(Path(photos).rglob("*.jpg"))[:_UPLOADS]]
    answer(files[0])
    took = [_timed(answer, data)[0] * 1000 for data in files]
    print(json.dumps({"median": statistics.median(took), "most": max(took)}))


def _timed(work: Callable[..., np.ndarray], given: object) -> tuple[float, np.ndarray]:
    started = time.perf_counter()
    found = work(given)
    return time.perf_counter() - started, found


def _tell(started: float, **facts: int) -> None:
    print(json.dumps({"seconds": time.perf_counter() - started, **facts}))


_SCRIPTS: tuple[Callable[..., None], ...] = (
    keras_encodes, ours_encodes, ours_finds_twins, faiss_finds_twins, live_queries, uploads,
)  # fmt: skip

if __name__ == "__main__":
    _, name, *arguments = sys.argv  # noqa: TID251
    {script.__name__: script for script in _SCRIPTS}[name](*arguments)
