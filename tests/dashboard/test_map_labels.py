"""The names of the map's regions: true of most of what lies there, rare elsewhere, and finer the nearer one looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.dashboard.map.labels import DISTINCT, LEAST, LEVELS, MOST, RegionLabel, region_labels
from stylo.dashboard.map.lasso import SIDE, Places

COLUMNS = ("product_type_name", "product_group_name", "section_name", "colour_group_name")


def shop(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def lying(*spots: tuple[float, float]) -> Places:
    """Places by shares of the map, from left to right and from bottom to top."""
    return (np.array(spots) * SIDE).astype(np.uint16)


def names(labels: Iterable[RegionLabel]) -> list[str]:
    return [label.name for label in labels]


# Eight articles in each corner: with so few, the map is cut into two by two cells at every level.
CORNERS = lying(*((x, y) for x in (0.1, 0.9) for y in (0.1, 0.9) for _ in range(8)))


def test_a_region_has_the_name_that_is_true_of_most_of_it() -> None:
    kinds = ("Dress", "Skirt", "Socks", "Shoes")
    rows = [(kind, f"group of {kind}", "Ladies", None) for kind in kinds for _ in range(8)]
    rows[0] = rows[8]
    far = region_labels(shop(*rows), CORNERS)[0]
    assert sorted((label.name, label.count, label.among) for label in far) == [
        ("Dress", 7, 8),
        ("Shoes", 8, 8),
        ("Skirt", 8, 8),
        ("Socks", 8, 8),
    ]
    assert {label.name: (label.x, label.y) for label in far}["Dress"] == tuple(CORNERS[1].tolist())


def test_half_is_not_most_and_what_is_everywhere_says_nothing() -> None:
    half = [(kind, None, None, None) for _ in range(16) for kind in ("Dress", "Skirt")]
    assert region_labels(shop(*half), CORNERS)[0] == []
    everywhere = [("Dress", "Full", "Ladies", "Black")] * 32
    assert not any(region_labels(shop(*everywhere), CORNERS))


def test_a_few_articles_are_no_region() -> None:
    rows = [("Dress", None, None, None)] * (LEAST - 1) + [(None, None, None, None)] * (32 - LEAST + 1)
    assert not any(region_labels(shop(*rows), CORNERS))


def test_nearby_the_colour_is_told_and_what_is_unknown_is_no_name() -> None:
    rows = [("Dress", "Full", "Ladies", "Black")] * 8 + [("Unknown", "unknown", "", None)] * 24
    levels = region_labels(shop(*rows), CORNERS)
    assert [names(level) for level in levels] == [["Dress"]] * 2 + [["Dress · Black"]] * 3


def test_where_types_differ_the_section_or_the_group_is_the_name() -> None:
    mixed = [(kind, "Lower", f"of {kind}", None) for kind in ("Skirt", "Shorts") for _ in range(4)]
    others = [(f"kind {each}", f"group {each}", f"section {each}", None) for each in range(24)]
    assert names(region_labels(shop(*mixed, *others), CORNERS)[0]) == ["Lower"]
    mixed = [(kind, f"group of {kind}", "Baby", None) for kind in ("Skirt", "Shorts") for _ in range(4)]
    assert names(region_labels(shop(*mixed, *others), CORNERS)[0]) == ["Baby"]


def test_cells_of_one_name_side_by_side_are_one_region() -> None:
    rows = [("Dress", None, None, None)] * 16 + [(f"kind {each}", None, None, None) for each in range(16)]
    (label,) = region_labels(shop(*rows), CORNERS)[0]
    assert (label.name, label.count, label.among) == ("Dress", 16, 16)


def test_a_map_of_nothing_has_no_names() -> None:
    assert region_labels(shop(), lying().reshape(0, 2)) == [[]] * LEVELS


@pytest.mark.filterwarnings("error")
@given(st.integers(0, 2**32 - 1), st.integers(1, 600))
def test_every_name_is_honest(seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    places = np.clip(draw.normal(0.5, 0.25, (count, 2)), 0, 1)
    kinds = (places * 2).astype(int) @ (1, 3) + draw.integers(0, 2, count)
    articles = pl.DataFrame(
        {column: (kinds // (place + 1)).astype(str) for place, column in enumerate(COLUMNS)}
    )
    on_grid = (places * SIDE).astype(np.uint16)
    own = {tuple(place): row for place, row in zip(on_grid.tolist(), articles.rows(), strict=True)}
    wholes = [Counter(articles[column]) for column in COLUMNS]
    for labels in region_labels(articles, on_grid):
        assert [label.count for label in labels] == sorted((label.count for label in labels), reverse=True)
        for label in labels:
            assert label.count > MOST * label.among
            assert label.count >= LEAST
            row = own[label.x, label.y]
            if " · " in label.name:
                assert label.name == f"{row[0]} · {row[3]}"
                continue
            assert label.name in row
            share = label.count / label.among
            rarest = min(whole[label.name] for whole in wholes if label.name in whole)
            assert share >= DISTINCT * rarest / count
