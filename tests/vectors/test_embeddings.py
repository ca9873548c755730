"""The embedding file: plain, checked, and open to vectors from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stylo.artefacts import Manifest
from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import EmbeddingWriter, open_embeddings

IDS = ["0108775015", "0200000001", "0999999999"]


def drop_in(folder: Path, vectors: np.ndarray, text: object) -> DataFolder:
    np.save(folder / "visual_features.npy", vectors)
    (folder / "visual_features.json").write_text(text if isinstance(text, str) else json.dumps(text))
    return DataFolder(folder)


def written(folder: Path, articles: list[int], vectors: np.ndarray) -> DataFolder:
    matrix, beside = folder / "visual_features.npy", folder / "visual_features.json"
    with EmbeddingWriter(matrix, vectors.shape[1]) as writer:
        for start in range(0, len(articles), 2):
            writer.append(articles[start : start + 2], vectors[start : start + 2])
    writer.write_json(beside, Manifest("visual_features.py"), {"trained": False})
    return DataFolder(folder)


def test_what_is_written_row_by_row_is_one_plain_matrix(tmp_path: Path) -> None:
    vectors = np.arange(21, dtype=np.float32).reshape(3, 7)
    folder = written(tmp_path, [108775015, 200000001, 999999999], vectors)
    plain = np.load(tmp_path / "visual_features.npy", mmap_mode="r", allow_pickle=False)
    assert plain.dtype == np.float32
    np.testing.assert_array_equal(plain, vectors)
    found = open_embeddings(folder)
    assert json.loads((tmp_path / "visual_features.json").read_text())["article_ids"] == IDS
    assert found.articles.tolist() == [108775015, 200000001, 999999999]
    assert isinstance(found.vectors, np.memmap)
    assert found.untrained


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("text", [{"article_ids": IDS}, IDS])
def test_vectors_of_any_width_and_type_can_be_dropped_in(tmp_path: Path, dtype: type, text: object) -> None:
    found = open_embeddings(drop_in(tmp_path, np.ones((3, 5), dtype), text))
    assert found.vectors.shape == (3, 5)
    assert not found.untrained


@pytest.mark.parametrize(
    ("vectors", "text", "words"),
    [
        (np.ones((2, 5)), IDS, "2 rows, but 3 article ids"),
        (np.ones(3), IDS, "not a matrix of real numbers"),
        (np.array([["a"]]), IDS[:1], "not a matrix of real numbers"),
        (np.array([[{}]], dtype=object), IDS[:1], "not a readable NumPy file"),
        (np.ones((3, 5)), [*IDS[:2], IDS[0]], "names an article twice"),
        (np.ones((3, 5)), [108775015, 1, 2], "does not name its articles"),
        (np.ones((3, 5)), ["108775015", *IDS[1:]], "does not name its articles"),
        (np.ones((3, 5)), {"ids": IDS}, "does not name its articles"),
        (np.ones((3, 5)), "{", "not readable JSON"),
    ],
)
def test_files_that_do_not_fit_each_other_are_damaged(
    tmp_path: Path, vectors: np.ndarray, text: object, words: str
) -> None:
    with pytest.raises(DamagedArtefact, match=words):
        open_embeddings(drop_in(tmp_path, vectors, text))


def test_a_matrix_swapped_under_its_json_is_noticed(tmp_path: Path) -> None:
    folder = written(tmp_path, [1, 2], np.ones((2, 4), np.float32))
    np.save(tmp_path / "visual_features.npy", np.full((2, 4), 2, np.float32))
    with pytest.raises(DamagedArtefact, match="replaced or damaged"):
        open_embeddings(folder)


def test_a_truncated_matrix_is_damaged(tmp_path: Path) -> None:
    folder = written(tmp_path, [1, 2], np.ones((2, 400), np.float32))
    path = tmp_path / "visual_features.npy"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DamagedArtefact):
        open_embeddings(folder)


def test_a_lonely_matrix_and_none_at_all_each_have_their_message(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match=r"python visual_features\.py"):
        open_embeddings(DataFolder(tmp_path))
    np.save(tmp_path / "visual_features.npy", np.ones((2, 2)))
    with pytest.raises(DamagedArtefact, match="whose vectors"):
        open_embeddings(DataFolder(tmp_path))
