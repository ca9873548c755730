"""Who passes a filter, row by row, and which filters are refused."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from stylo.errors import BadOption
from stylo.visual.filters import Filter

AS_OF = date(2020, 9, 22)
ARTICLES = pl.DataFrame(
    {
        "product_type_name": ["T-shirt", "Trousers", "T-shirt", None],
        "colour_group_name": ["Black", "Dark Blue", "Light Blue", None],
        "section_name": ["Womens", "Mens", "Womens", None],
        "price": [10.0, 20.0, None, None],
        "sold": [date(2020, 9, 15), date(2020, 9, 14), None, None],
    },
    schema_overrides={"price": pl.Float32},
)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(product_types=("T-shirt",)), [True, False, True, False]),
        (Filter(product_types=("T-shirt", "Trousers")), [True, True, True, False]),
        (Filter(colours=("Light Blue",)), [False, False, True, False]),
        (Filter(sections=("Womens",), colours=("Black",)), [True, False, False, False]),
        (Filter(sections=("Mens",), colours=("Black",)), [False] * 4),
        (Filter(price=(10, 20)), [True, True, False, False]),
        (Filter(price=(10.01, None)), [False, True, False, False]),
        (Filter(price=(None, 10)), [True, False, False, False]),
        (Filter(price=(20, 20)), [False, True, False, False]),
        (Filter(price=(0, None)), [True, True, False, False]),
        (Filter(on_sale_weeks=1), [True, False, False, False]),
        (Filter(on_sale_weeks=2), [True, True, False, False]),
        (Filter(on_sale_weeks=10**30), [True, True, False, False]),
    ],
)
def test_all_conditions_hold_and_what_is_not_known_never_passes(only: Filter, expected: list[bool]) -> None:
    passes = only.allowed(ARTICLES, AS_OF)
    assert passes is not None
    assert passes.tolist() == expected
    assert only


def test_an_empty_filter_lets_everybody_pass() -> None:
    assert Filter().allowed(ARTICLES, None) is None
    assert not Filter()


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (Filter(colours=("Dark Bleu",)), r"'Dark Bleu' among its colours\.(\n.*)*Is 'Dark Blue' meant"),
        (Filter(colours=("LIGHT BLUE",)), r"(\n.*)*Is 'Light Blue' meant"),
        (
            Filter(product_types=("T-shirt", "Tshirt")),
            r"'Tshirt' among its product types\.(\n.*)*Is 'T-shirt' meant",
        ),
        (Filter(sections=("womens",)), r"(\n.*)*Is 'Womens' meant"),
        (Filter(sections=("xyz",)), r"(\n.*)*Names are those of articles\.parquet"),
        (Filter(colours=("",)), "No article has ''"),
        (Filter(price=(30, 20)), r"from 30 to 20(.*\n)*Give the smaller one first"),
        (Filter(price=(float("nan"), 20)), "nan"),
        (Filter(price=(None, float("nan"))), "nan"),
        (Filter(on_sale_weeks=0), "within 0 weeks"),
        (Filter(on_sale_weeks=-3), "within -3 weeks"),
    ],
)
def test_a_senseless_filter_is_refused_with_its_cure(only: Filter, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        only.allowed(ARTICLES, AS_OF)


@pytest.mark.parametrize("only", [Filter(on_sale_weeks=1), Filter(price=(1, 2)), Filter(price=(None, 2))])
def test_what_needs_sales_is_refused_where_none_are_known(only: Filter) -> None:
    with pytest.raises(BadOption, match=r"Sales are unknown(.*\n)*.*data_optim\.py"):
        only.allowed(ARTICLES, None)
