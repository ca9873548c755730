"""Visual twins as a table: whose they are, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stylo.errors import BadOption, DamagedArtefact, StaleArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import LEARNED, Embeddings, open_embeddings
from stylo.visual import twins
from stylo.visual.look import Look
from stylo.visual.twins import make_twins


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    convert(tiny_shop, DataFolder(tiny_shop))
    return DataFolder(tiny_shop)


def put(folder: DataFolder, vectors: object, ids: list[str]) -> None:
    np.save(folder.path("visual_features.npy"), np.array(vectors, dtype=np.float32))
    (folder.root / "visual_features.json").write_text(json.dumps(ids))


def test_the_table_names_articles_whatever_the_order_of_the_rows(folder: DataFolder) -> None:
    put(folder, [[0, 1], [1, 0.1], [1, 0]], ["0999999999", "0108775015", "0200000001"])
    make_twins(folder, k=1)
    table = folder.scan("visual_reccs.parquet").collect()
    assert table.select("article", "neighbour", "rank").rows() == [
        (108775015, 200000001, 1),
        (200000001, 108775015, 1),
        (999999999, 108775015, 1),
    ]
    assert table["similarity"].to_list() == pytest.approx([1 / 1.01**0.5, 1 / 1.01**0.5, 0.1 / 1.01**0.5])


def test_vectors_of_unknown_articles_are_left_out_and_counted(folder: DataFolder) -> None:
    put(folder, [[0, 1], [1, 1], [1, 0]], ["0999999999", "0108775015", "0222222222"])
    assert make_twins(folder).left_out == 1
    assert 222222222 not in folder.scan("visual_reccs.parquet").collect()["neighbour"]


def test_vectors_of_another_shop_are_refused(folder: DataFolder) -> None:
    put(folder, [[0, 1]], ["0222222222"])
    with pytest.raises(StaleArtefact, match="another shop"):
        make_twins(folder)


def test_a_vector_that_is_not_finite_is_refused_by_name(folder: DataFolder) -> None:
    put(folder, [[0, 1], [np.nan, 1]], ["0999999999", "0108775015"])
    with pytest.raises(DamagedArtefact, match="0108775015"):
        make_twins(folder)


def test_a_vector_that_is_not_finite_is_refused_before_anything_is_learned(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("learned")

    monkeypatch.setattr(twins, "learn_look", never)
    monkeypatch.setattr(twins, "photo_space", never)
    put(folder, [[0, 1], [np.nan, 1]], ["0999999999", "0108775015"])
    with pytest.raises(DamagedArtefact, match="0108775015"):
        make_twins(folder)


def test_where_the_look_is_learned_the_plain_twins_are_kept_beside(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, [[1, 0], [1, 0.1], [0, 1]], ["0108775015", "0200000001", "0999999999"])
    plain = open_embeddings(folder)
    # By this look the first is next to the last; by the plain vectors, to the second.
    learned = Embeddings(plain.articles, np.array([[1, 0], [0, 1], [1, 0.1]], np.float32), {}, LEARNED)
    monkeypatch.setattr(twins, "learn_look", lambda *_: Look(learned, TwoNumbers()))  # type: ignore[arg-type]
    make_twins(folder, k=1)
    nearest_of_the_first = {
        name: folder.scan(name).filter(article=108775015).select("neighbour").collect().item()
        for name in ("visual_reccs.parquet", "visual_reccs_plain.parquet")
    }
    assert nearest_of_the_first == {
        "visual_reccs.parquet": 999999999,
        "visual_reccs_plain.parquet": 200000001,
    }

    monkeypatch.undo()  # three articles are too few to learn from
    make_twins(folder, k=1)
    assert not folder.has("visual_reccs_plain.parquet")
    assert folder.scan("visual_reccs.parquet").collect()["neighbour"][0] == 200000001


class TwoNumbers:
    """Stands for a projection."""

    width = 2


@pytest.mark.parametrize("k", [0, 256])
def test_a_senseless_k_is_refused(folder: DataFolder, k: int) -> None:
    with pytest.raises(BadOption):
        make_twins(folder, k)


def test_more_twins_than_articles_gives_all_the_others(folder: DataFolder) -> None:
    put(folder, [[0, 1], [1, 1], [1, 0]], ["0999999999", "0108775015", "0200000001"])
    assert make_twins(folder, k=200).twins == 6


def test_twins_of_replaced_vectors_are_out_of_date(folder: DataFolder) -> None:
    put(folder, [[0, 1], [1, 1]], ["0999999999", "0108775015"])
    make_twins(folder)
    put(folder, [[0, 1], [1, 2]], ["0999999999", "0108775015"])
    with pytest.raises(StaleArtefact, match=r"another visual_features\.npy.*\n.*visual_reccs\.py"):
        folder.scan("visual_reccs.parquet")


def test_variants_of_the_same_product_can_be_left_out(folder: DataFolder) -> None:
    ids = ["0108775015", "0108775044", "0999999999"]
    catalogue = folder.scan("articles.parquet").collect()["article_id"].to_list()
    assert "0108775044" in catalogue
    put(folder, [[1, 0], [1, 0.1], [0, 1]], ids)
    make_twins(folder, k=2, variants=False)
    table = folder.scan("visual_reccs.parquet").collect()
    assert table.select("article", "neighbour", "rank").rows() == [
        (108775015, 999999999, 1),
        (108775044, 999999999, 1),
        (999999999, 108775044, 1),
        (999999999, 108775015, 2),
    ]
