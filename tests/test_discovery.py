"""The front door for Python: what `from stylo import …` gives, on the demo shop."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import stylo
from stylo import Discovery, History
from stylo.errors import (
    BadIdentifier,
    BadOption,
    MissingArtefact,
    MissingFile,
    UnknownArticle,
    UnknownCustomer,
)


@pytest.fixture(scope="module")
def shop(demo_shop: Path) -> Discovery:
    return Discovery.open(demo_shop)


@pytest.fixture(scope="module")
def customers(demo_shop: Path) -> list[str]:
    return pl.read_parquet(demo_shop / "customers.parquet")["customer_id"].sort().gather([3, 0, 7]).to_list()


def test_each_customer_gets_the_best_articles_in_order(shop: Discovery, customers: list[str]) -> None:
    found = shop.recommend(customers, k=5)
    assert found["customer_id"].to_list() == [customer for customer in customers for _ in range(5)]
    assert found["rank"].to_list() == [1, 2, 3, 4, 5] * 3
    assert set(found["article_id"]) <= set(shop.articles["article_id"])
    alone = shop.recommend(customers[1], k=5)
    assert alone.equals(found.filter(customer_id=customers[1]))


def test_it_says_why(shop: Discovery, customers: list[str]) -> None:
    why = shop.explain(customers[0], k=3)
    assert why["article_id"].to_list() == shop.recommend(customers[0], k=3)["article_id"].to_list()
    assert all(reason.endswith(".") for reason in why["reason"])


def test_similar_articles_are_those_that_final_wrote(shop: Discovery, demo_shop: Path) -> None:
    written = pl.read_parquet(demo_shop / "article_reccs.parquet").filter(strategy="visual twins")
    article = written["article"][0]
    found = shop.similar(f"{article:010d}", k=3, by="visual twins")
    assert found["neighbour_id"].cast(pl.Int32).to_list() == (
        written.filter(article=article).sort("rank")["neighbour"].head(3).to_list()
    )


def test_a_photo_of_an_article_finds_it_first_and_an_article_never_itself(
    shop: Discovery, demo_shop: Path
) -> None:
    article = int(pl.read_parquet(demo_shop / "visual_reccs.parquet")["article"][0])
    photo = demo_shop / "images" / f"{article:010d}"[:3] / f"{article:010d}.jpg"
    assert shop.look_alikes(photo, k=1)["article_id"].item() == f"{article:010d}"
    assert shop.look_alikes(photo.read_bytes(), k=1)["article_id"].item() == f"{article:010d}"
    assert f"{article:010d}" not in shop.look_alikes(f"{article:010d}", k=8)["article_id"]


class Nothing:
    """A model that recommends nobody anything."""

    name = "nothing"

    def recommend(self, history: History, customers: pl.Series, as_of: date, k: int = 12) -> pl.DataFrame:
        columns = {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}
        return pl.DataFrame(schema=columns)


def test_a_model_of_ones_own_is_scored_beside_the_baselines(shop: Discovery) -> None:
    scores = shop.evaluate(Nothing())
    assert scores["model"].to_list() == ["popularity", "repurchase", "repurchase_filled", "nothing"]
    assert scores["map@12"][-1] == 0
    assert scores["map@12"][0] > 0
    assert scores["lists"].n_unique() == 1


def test_what_makes_no_sense_is_refused(shop: Discovery, customers: list[str], tmp_path: Path) -> None:
    with pytest.raises(UnknownCustomer, match=r"f{64}"):
        shop.recommend([customers[0], "f" * 64])
    with pytest.raises(UnknownCustomer, match="'x'"):
        shop.explain("x")
    with pytest.raises(BadIdentifier):
        shop.similar("706016001")
    with pytest.raises(UnknownArticle):
        shop.similar("0000000001")
    with pytest.raises(BadOption, match="visual twins"):
        shop.similar(shop.articles["article_id"][0], by="twins")
    with pytest.raises(BadOption):
        shop.recommend(customers, k=0)
    with pytest.raises(MissingFile):
        shop.look_alikes(tmp_path / "no.jpg")
    with pytest.raises(MissingArtefact, match="data_optim"):
        Discovery.open(tmp_path)


def test_all_names_are_there_and_none_is_imported_before_it_is_used() -> None:
    assert len(stylo.__all__) <= 15
    assert all(getattr(stylo, name) for name in stylo.__all__)
    assert set(stylo.__all__) <= set(dir(stylo))
    with pytest.raises(AttributeError):
        stylo.no_such_name  # noqa: B018
    loaded = "import sys, stylo; print(sorted({'polars', 'numpy', 'tensorflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
