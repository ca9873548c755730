"""Every Python example of README and docs runs, in the order in which a reader would run them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from helpers import REPOSITORY

_ARTICLE = "0706016001"
# Needs a service that runs: tests/service/test_client.py has it.
_ELSEWHERE = {"service.md"}


def examples(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


DOCUMENTS = {
    path.name: path
    for path in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    if examples(path) and path.name not in _ELSEWHERE
}


def nothing(demo_shop: Path) -> dict[str, Any]:
    return {}


def a_customer(demo_shop: Path) -> dict[str, Any]:
    return {"customer_id": pl.read_parquet(demo_shop / "customers.parquet")["customer_id"][0]}


def an_experiment_that_ran(demo_shop: Path) -> dict[str, Any]:
    days = [date(2020, 9, 1) + timedelta(days=n % 10) for n in range(400)]
    customers = [f"{n:064x}" for n in range(400)]
    exposures = pl.DataFrame(
        {
            "customer_id": customers,
            "variant": ["control" if n % 2 else "blend" for n in range(400)],
            "at": pl.Series(days).cast(pl.Datetime("us", "UTC")),
            "articles": pl.Series([[706016001]] * len(customers), dtype=pl.List(pl.Int32)),
        }
    )
    purchases = pl.DataFrame(
        {
            "customer_id": customers[::3],
            "article": pl.Series([706016001] * len(customers[::3]), dtype=pl.Int32),
            "price": [10.0] * len(customers[::3]),
            "at": exposures["at"].gather_every(3) + timedelta(hours=1),
        }
    )
    return {"exposures": exposures, "purchases": purchases, "now": exposures["at"].max() + timedelta(days=30)}


#: Names that an example takes from the reader's own program.
READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "README.md": a_customer,
    "experiments.md": an_experiment_that_ran,
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_examples_of_a_document_run(
    name: str, demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(demo_shop)
    articles = pl.read_parquet(demo_shop / "visual_reccs.parquet")["article"].unique().sort()
    article = f"{articles[0]:010d}"
    shutil.copy(demo_shop / "images" / article[:3] / f"{article}.jpg", tmp_path / "coat.jpg")
    monkeypatch.chdir(tmp_path)
    names = READERS.get(name, nothing)(demo_shop)
    for example in examples(DOCUMENTS[name]):
        code = example.replace(_ARTICLE, article).replace(_ARTICLE.lstrip("0"), article.lstrip("0"))
        exec(compile(code, name, "exec"), names)
