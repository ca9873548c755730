"""How alike articles look: made once for a release, before anybody asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_rules_arranged import ARTICLES, DAY

from stylo.deployment.rule_book import compiled_for, shop_articles
from stylo.records.merchandising import RulesFile
from stylo.rules import looks
from stylo.rules.columns import ArticleColumns
from stylo.rules.compiled import compile_rules
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings


def test_the_looks_of_a_release_are_made_once_however_often_rules_change(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, made = shop_articles(DataFolder(demo_shop)), []
    reduced = looks.reduced
    monkeypatch.setattr(looks, "_LAST", type(looks._LAST)())
    monkeypatch.setattr(looks, "reduced", lambda *asked: made.append(1) or reduced(*asked))
    first, second = (compiled_for(shop, demo_shop, RulesFile()).vectors() for _ in range(2))
    assert first is not None
    assert first is second
    assert made == [1]
    assert first.shape[0] == shop.articles.height + 1
    lengths = np.linalg.norm(first, axis=1)
    assert lengths[:-1][lengths[:-1] > 0] == pytest.approx(1, abs=1e-5)
    assert lengths[-1] == 0


def test_rules_without_diversity_make_the_looks_ready_for_a_request_that_asks_for_it() -> None:
    made = []
    rules = compile_rules(RulesFile(), ArticleColumns.of(ARTICLES), lambda: made.append(1))
    rules.warm_up()
    assert made == [1]
    rules.plan(None, DAY, 0.5).arrange(np.arange(8), 4)
    assert made == [1]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_vector_that_is_not_all_numbers_counts_as_no_photo(wrong: float) -> None:
    articles = np.arange(1, 6, dtype=np.int32)
    vectors = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    vectors[1, 2] = wrong
    found = looks.reduced(Embeddings(articles, vectors), articles)
    others = np.delete(vectors, 1, axis=0)
    centred = others - others.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    assert not found[1].any()
    # As many directions as dimensions: cosines are those of the vectors themselves.
    assert found[[0, 2, 3, 4]] @ found[[0, 2, 3, 4]].T == pytest.approx(centred @ centred.T, abs=1e-5)
    nothing = looks.reduced(Embeddings(articles, np.full((5, 3), wrong, np.float32)), articles)
    assert not nothing.any()


def test_looks_for_which_no_directions_are_found_are_none(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsolved(*_: object) -> np.ndarray:
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setattr(looks, "_LAST", type(looks._LAST)())
    monkeypatch.setattr(looks, "reduced", unsolved)
    assert looks.looks_of(DataFolder(demo_shop), np.arange(3)) is None
