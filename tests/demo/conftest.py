"""A small shop with photos and a larger one without, for all tests of the demo."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from stylo_demo.shop import Summary, write_shop

SMALL = {"articles": 90, "customers": 300, "days": 210}
TOWN = {"articles": 1500, "customers": 8000, "images": 0}


@dataclass(frozen=True)
class Shop:
    """A written shop, read back: tests name it `Any`, as a conftest is not to be imported."""

    folder: Path
    summary: Summary
    articles: pl.DataFrame
    customers: pl.DataFrame
    transactions: pl.DataFrame


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """90 articles with their photos, 300 customers, 30 weeks."""
    folder = tmp_path_factory.mktemp("demo")
    return _read(folder, write_shop(folder, **SMALL))


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """1,500 articles, 8,000 customers, two years, no photos: enough to see how people behave."""
    folder = tmp_path_factory.mktemp("town")
    return _read(folder, write_shop(folder, **TOWN))


def _read(folder: Path, summary: Summary) -> Shop:
    ids = {"article_id": pl.String}
    return Shop(
        folder,
        summary,
        pl.read_csv(folder / "articles.csv", schema_overrides=ids),
        pl.read_csv(folder / "customers.csv", infer_schema=False),
        pl.read_csv(folder / "transactions_train.csv", schema_overrides=ids, try_parse_dates=True),
    )
