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
