"""One small shop for all tests of the demo."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from stylo.demo.shop import Summary, write_shop

SMALL = {"articles": 90, "customers": 300, "days": 210}


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
    folder = tmp_path_factory.mktemp("demo")
    summary = write_shop(folder, **SMALL)
    ids = {"article_id": pl.String}
    return Shop(
        folder,
        summary,
        pl.read_csv(folder / "articles.csv", schema_overrides=ids),
        pl.read_csv(folder / "customers.csv", infer_schema=False),
        pl.read_csv(folder / "transactions_train.csv", schema_overrides=ids, try_parse_dates=True),
    )
