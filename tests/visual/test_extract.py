"""From photos to the embedding file: every photo accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import jpeg, put

from stylo.errors import BadOption, MissingArtefact, NoPhotos
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.encoder import Encoder
from stylo.visual.extract import extract


def mean_colour(pixels: np.ndarray) -> np.ndarray:
    """A network that is quick and whose answer is known: the mean of each colour channel."""
    vectors = np.zeros((len(pixels), 2048), np.float32)
    vectors[:, :3] = pixels.mean(axis=(1, 2))
    return vectors


ENCODER = Encoder("means", 2048, "none", "test", "0", True, "f32", "mean 1", mean_colour)


@pytest.fixture
def shop(tiny_shop: Path) -> DataFolder:
    convert(tiny_shop, DataFolder(tiny_shop))
    put(tiny_shop, "images/099/0999999999.jpg", jpeg((0, 0, 250)))
    put(tiny_shop, "images/010/0108775015.jpg", jpeg((250, 0, 0)))
    put(tiny_shop, "images/010/0108775044.jpg", b"not a picture")
    put(tiny_shop, "images/022/0222222222.jpg", jpeg())
    return DataFolder(tiny_shop)


def test_each_photo_is_encoded_left_out_or_counted(shop: DataFolder) -> None:
    done = extract(shop, shop.root / "images", lambda: ENCODER)
    assert done.encoded == 2
    assert list(done.corrupt) == ["0108775044"]
    assert done.absent == ["0200000001"]
    assert done.unknown == ["0222222222"]


def test_rows_are_in_the_order_of_the_ids_and_hold_their_own_photo(shop: DataFolder) -> None:
    extract(shop, shop.root / "images", lambda: ENCODER)
    found = open_embeddings(shop)
    assert found.articles.tolist() == [108775015, 999999999]
    np.testing.assert_allclose(found.vectors[0, :3], [250, 0, 0], atol=4)
    np.testing.assert_allclose(found.vectors[1, :3], [0, 0, 250], atol=4)
    assert found.facts["trained"] is True


def test_two_runs_write_the_same_matrix(shop: DataFolder) -> None:
    extract(shop, shop.root / "images", lambda: ENCODER)
    first = shop.path("visual_features.npy").read_bytes()
    extract(shop, shop.root / "images", lambda: ENCODER)
    assert shop.path("visual_features.npy").read_bytes() == first


def test_a_limit_takes_the_first_photos(shop: DataFolder) -> None:
    extract(shop, shop.root / "images", lambda: ENCODER, limit=1)
    assert open_embeddings(shop).articles.tolist() == [108775015]
    with pytest.raises(BadOption):
        extract(shop, shop.root / "images", lambda: ENCODER, limit=0)


def test_photos_of_another_shop_are_refused_and_the_old_file_stays(shop: DataFolder) -> None:
    extract(shop, shop.root / "images", lambda: ENCODER)
    before = shop.path("visual_features.npy").read_bytes()
    put(shop.root, "other/033/0333333333.jpg", jpeg())
    with pytest.raises(NoPhotos, match="from the same shop"):
        extract(shop, shop.root / "other", lambda: ENCODER)
    put(shop.root, "broken/010/0108775015.jpg", b"x")
    with pytest.raises(NoPhotos, match="can be read"):
        extract(shop, shop.root / "broken", lambda: ENCODER)
    assert shop.path("visual_features.npy").read_bytes() == before


def test_more_photos_than_fit_into_a_batch(shop: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylo.visual.extract._BATCH", 1)
    assert extract(shop, shop.root / "images", lambda: ENCODER).encoded == 2


def test_without_tables_the_script_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match=r"data_optim\.py"):
        extract(DataFolder(tmp_path), tmp_path, lambda: ENCODER)
