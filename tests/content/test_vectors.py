"""Content vectors as artefacts: made once, opened afterwards, made again when the catalogue is another."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers import ARTICLE_COLUMNS, article_row

from stylo.artefacts import writing
from stylo.content.vectors import STYLE_FILE, TEXT_FILE, content_vectors, open_content_vectors
from stylo.errors import Busy, DamagedArtefact, MissingArtefact, StaleArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

FILES = (TEXT_FILE, STYLE_FILE)


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    convert(tiny_shop, DataFolder(tiny_shop))
    return DataFolder(tiny_shop)


def rename_a_tee(folder: DataFolder) -> None:
    ids = ("0108775015", "0108775044", "0200000001", "0999999999")
    rows = [article_row(one, name="Coat" if one == "0999999999" else "Tee") for one in ids]
    (folder.root / "articles.csv").write_text("\n".join([ARTICLE_COLUMNS, *rows]) + "\n")
    convert(folder.root, folder)


def state(folder: DataFolder) -> list[tuple[int, bytes]]:
    paths = [folder.path(name).with_suffix(ending) for name in FILES for ending in (".npy", ".json")]
    return [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths]


def test_the_rows_are_those_of_the_catalogue(folder: DataFolder) -> None:
    made = content_vectors(folder)
    for embeddings in (made.text, made.style):
        assert embeddings.articles.tolist() == [108775015, 108775044, 200000001, 999999999]
        assert embeddings.vectors.dtype == np.float32
        assert isinstance(embeddings.vectors, np.memmap)
        # The tiny shop's tees are all called and described the same.
        np.testing.assert_allclose(embeddings.vectors @ embeddings.vectors.T, 1, atol=1e-6)


def test_they_are_made_once(folder: DataFolder) -> None:
    content_vectors(folder)
    before = state(folder)
    content_vectors(folder)
    assert state(folder) == before


def test_another_catalogue_makes_them_again(folder: DataFolder) -> None:
    content_vectors(folder)
    rename_a_tee(folder)
    with pytest.raises(StaleArtefact, match=r"text_features\.npy is out of date.*\n.*final\.py"):
        open_content_vectors(folder)
    text = content_vectors(folder).text
    assert text.vectors[0] @ text.vectors[1] == pytest.approx(1)
    assert text.vectors[0] @ text.vectors[3] < 0.999
    open_content_vectors(folder)


def test_a_missing_file_is_made_and_the_other_kept(folder: DataFolder) -> None:
    with pytest.raises(MissingArtefact, match=r"final\.py"):
        open_content_vectors(folder)
    content_vectors(folder)
    before = state(folder)
    folder.path(STYLE_FILE).unlink()
    content_vectors(folder)
    assert state(folder)[:2] == before[:2]
    assert state(folder)[2][1] == before[2][1]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ending", [".npy", ".json"])
def test_a_damaged_file_is_named(folder: DataFolder, name: str, ending: str) -> None:
    content_vectors(folder)
    path = folder.path(name).with_suffix(ending)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedArtefact, match=rf"{path.name}[\s\S]*Delete both.*final\.py"):
        content_vectors(folder)
    for each in (folder.path(name), folder.path(name).with_suffix(".json")):
        each.unlink()
    content_vectors(folder)


def test_vectors_dropped_in_are_taken_as_they_are(folder: DataFolder) -> None:
    np.save(folder.path(TEXT_FILE), np.eye(2, dtype=np.float32))
    folder.path(TEXT_FILE).with_suffix(".json").write_text(json.dumps(["0999999999", "0200000001"]))
    assert content_vectors(folder).text.articles.tolist() == [999999999, 200000001]


def test_two_runs_at_once_do_not_disturb_each_other(folder: DataFolder) -> None:
    with pytest.raises(Busy, match=r"style_features\.npy"), writing(folder.path(STYLE_FILE)):
        content_vectors(folder)
    content_vectors(folder)
