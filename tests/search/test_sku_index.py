"""SKUs are found as a scan over all of them finds them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.search.skus import BEGINS, INSIDE, WHOLE, SkuIndex

skus = st.lists(st.text("ab1-", min_size=1, max_size=6), min_size=1, max_size=20)


@given(skus, st.text("ab1-", min_size=1, max_size=5))
def test_a_query_finds_the_sku_its_beginning_and_digits_inside(skus: list[str], query: str) -> None:
    def counts(sku: str) -> float:
        if sku == query:
            return WHOLE
        if sku.startswith(query) and len(query) >= 3:
            return BEGINS
        return INSIDE if query in sku and len(query) >= 4 and "1" in query else 0.0

    index = SkuIndex.of(pl.DataFrame({"article": range(len(skus)), "sku": skus}))
    assert index is not None
    rows, found = index.find(query)
    expected = {row: counts(sku) for row, sku in enumerate(skus) if counts(sku)}
    assert dict(zip(rows.tolist(), found.tolist(), strict=True)) == pytest.approx(expected)


def test_an_article_is_found_once_by_the_best_of_its_skus() -> None:
    articles = pl.DataFrame(
        {"article": [1, 2], "sku": ["TEE-1-S", "HAT-1"], "other_skus": ["TEE-1-M\tX-TEE-1", None]}
    )
    index = SkuIndex.of(articles)
    assert index is not None

    def found(query: str) -> dict[int, float]:
        rows, counts = index.find(query)
        return dict(zip(rows.tolist(), counts.round(3).tolist(), strict=True))

    assert found("tee-1-m") == {0: WHOLE}
    assert found("tee-1") == {0: pytest.approx(BEGINS)}
    assert found("X-TEE-1") == {0: WHOLE}
    assert found("ee-1") == {0: pytest.approx(INSIDE)}
    assert found("hat-1") == {1: WHOLE}
