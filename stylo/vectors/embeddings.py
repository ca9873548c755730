"""An embedding file: `visual_features.npy` and its like, one plain matrix, and the `.json` that says whose
rows they are.

Vectors of any width and from any encoder can be dropped in: a 2-D array of numbers, and beside it a JSON file
with `{"article_ids": ["0108775015", …]}` in row order, or just that list.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from stylo.artefacts import Manifest, sample_digest
from stylo.errors import BadIdentifier, DamagedArtefact
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.ids import article_id, article_number

FILE = "visual_features.npy"
#: The same articles by vectors that learned from the catalogue, where these are better.
LEARNED = "visual_learned.npy"
#: The same articles in the space in which photos from outside are looked up, where that finds more of them.
PHOTO_SPACE = "visual_search.npy"


def _cure(path: Path) -> str:
    return (
        f"Delete both and make them again with {MADE_BY[path.name]}, or put back two files that belong "
        "together."
    )


@dataclass(frozen=True)
class Embeddings:
    """Vectors and the articles they belong to.

    Parameters
    ----------
    articles : int32 (n,), in row order.
    vectors : (n, d), memory-mapped; any real type.
    facts : what the JSON says of model, weights, preprocessing, precision, photos.
    file : the artefact that they are.
    """

    articles: np.ndarray
    vectors: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)
    file: str = FILE

    @property
    def untrained(self) -> bool:
        """Whether the vectors come from random weights; files of unknown origin are taken as trained."""
        return self.facts.get("trained") is False


def json_beside(path: Path) -> Path:
    return path.with_suffix(".json")


def open_embeddings(folder: DataFolder, name: str = FILE) -> Embeddings:
    """An embedding file of the folder, memory-mapped; `name` is one of MADE_BY.

    Raises MissingArtefact if it is not there, DamagedArtefact if matrix and JSON do not fit each other.
    """
    path = folder.require(name)
    beside = json_beside(path)
    try:
        facts = json.loads(beside.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DamagedArtefact(
            f"{beside} is missing, so it is unknown whose vectors are in {name}?", cure=_cure(path)
        ) from error
    except (OSError, ValueError) as error:
        raise DamagedArtefact(
            f"{beside} is not readable JSON.", where=str(error), cure=_cure(path)
        ) from error
    facts = {"article_ids": facts} if isinstance(facts, list) else facts
    articles = _articles(beside, facts)
    vectors = _vectors(path)
    if len(articles) != len(vectors):
        raise DamagedArtefact(
            f"{path} does not match its JSON: {len(vectors):,} rows, but {len(articles):,} article ids.",
            cure=_cure(path),
        )
    if facts.get("sample_digest", expected := sample_digest(path)) != expected:
        raise DamagedArtefact(
            f"{path} does not match its JSON: it was replaced or damaged.", cure=_cure(path)
        )
    facts = {key: value for key, value in facts.items() if key != "article_ids"}
    return Embeddings(articles, vectors, facts, name)


def _articles(beside: Path, facts: Any) -> np.ndarray:
    try:
        articles = np.array([article_number(name) for name in facts["article_ids"]], dtype=np.int32)
    except (KeyError, TypeError, BadIdentifier) as error:
        raise DamagedArtefact(
            f'{beside} does not name its articles: it needs {{"article_ids": ["0108775015", …]}}.',
            where=str(error),
            cure=_cure(beside.with_suffix(".npy")),
        ) from error
    if len(np.unique(articles)) != len(articles):
        raise DamagedArtefact(f"{beside} names an article twice.", cure=_cure(beside.with_suffix(".npy")))
    return articles


def _vectors(path: Path) -> np.ndarray:
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedArtefact(
            f"{path} is not a readable NumPy file.", where=str(error), cure=_cure(path)
        ) from error
    if (
        not isinstance(vectors, np.ndarray)
        or vectors.ndim != 2
        or not np.issubdtype(vectors.dtype, np.number)
        or np.iscomplexobj(vectors)
    ):
        raise DamagedArtefact(f"{path} is not a matrix of real numbers: {_kind(vectors)}.", cure=_cure(path))
    return vectors


def _kind(found: object) -> str:
    return (
        f"shape {found.shape}, type {found.dtype}" if isinstance(found, np.ndarray) else type(found).__name__
    )


class EmbeddingWriter:
    """Writes a matrix row by row, so that memory stays bounded and unreadable photos leave no gap.

    Call it with the temporary names that `writing` gave for FILE and its JSON.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self._path, self._dimensions = path, dimensions
        self._file: BinaryIO
        self._articles: list[int] = []

    def __enter__(self) -> EmbeddingWriter:
        self._file = self._path.open("wb")
        self._write_header()
        return self

    def append(self, articles: list[int], vectors: np.ndarray) -> None:
        """Adds rows: float32 (n, dimensions)."""
        self._articles += articles
        self._file.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if error is None:
                self._file.seek(0)
                self._write_header()

    def write_json(self, path: Path, manifest: Manifest, facts: dict[str, Any]) -> None:
        """Writes the JSON beside, once the matrix is closed."""
        text = {
            "article_ids": [article_id(article) for article in self._articles],
            **facts,
            "sample_digest": sample_digest(self._path),
            "manifest": asdict(manifest),
        }
        path.write_text(json.dumps(text, indent=1) + "\n")

    def _write_header(self) -> None:
        # NumPy leaves room in its header for more rows, so that it keeps its length however many there are.
        header = io.BytesIO()
        shape = (len(self._articles), self._dimensions)
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
        self._file.write(header.getvalue())
