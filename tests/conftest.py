"""What the tests share: a tiny shop whose right answers a reader can see, and ways to run scripts for real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stylo.candidates.history import History

REPOSITORY = Path(__file__).resolve().parents[1]
HM_SAMPLE = Path(os.environ.get("STYLO_HM_SAMPLE", REPOSITORY.parent / "shared" / "hm-sample"))

ARTICLE_COLUMNS = (
    "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,"
    "graphical_appearance_no,graphical_appearance_name,colour_group_code,colour_group_name,"
    "perceived_colour_value_id,perceived_colour_value_name,perceived_colour_master_id,"
    "perceived_colour_master_name,department_no,department_name,index_code,index_name,index_group_no,"
    "index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc"
)
CUSTOMER_COLUMNS = "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code"
TRANSACTION_COLUMNS = "t_dat,customer_id,article_id,price,sales_channel_id"

Run = Callable[..., subprocess.CompletedProcess[str]]


def customer(number: int) -> str:
    """A customer id: the number as 64 hex characters."""
    return f"{number:064x}"


def article_row(
    article_id: str, name: str = "Tee", colour: int = 9, kind: int = 255, department: int = 1
) -> str:
    return (
        f"{article_id},{int(article_id[:-3])},{name},{kind},T-shirt,Garment Upper body,1,Solid,{colour},"
        f"Colour {colour},4,Dark,5,Black,{department},Jersey,A,Ladieswear,1,Ladieswear,2,Womens,3,Jersey,"
        f'"A tee, ""soft""."'
    )


def write_tiny_shop(folder: Path) -> None:
    """Three customers, four articles (ids that begin with zeros), five transactions, one of them twice."""
    folder.mkdir(parents=True, exist_ok=True)
    articles = [article_row(article) for article in ("0108775015", "0108775044", "0200000001", "0999999999")]
    customers = [f"{customer(n)},1.0,,ACTIVE,NONE,{20 + n}.0,{customer(90 + n)}" for n in (3, 1, 2)]
    transactions = [
        f"2020-09-01,{customer(1)},0108775015,0.0508305084745762,2",
        f"2020-09-01,{customer(1)},0108775015,0.0508305084745762,2",
        f"2020-09-10,{customer(1)},0108775044,0.0169322033898305,1",
        f"2020-09-12,{customer(2)},0200000001,0.0254067796610169,2",
        f"2020-09-20,{customer(1)},0108775044,0.0169322033898305,2",
    ]
    for name, header, rows in (
        ("articles.csv", ARTICLE_COLUMNS, articles),
        ("customers.csv", CUSTOMER_COLUMNS, customers),
        ("transactions_train.csv", TRANSACTION_COLUMNS, transactions),
    ):
        (folder / name).write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture
def tiny_shop(tmp_path: Path) -> Path:
    """The CSVs of the tiny shop."""
    write_tiny_shop(tmp_path / "shop")
    return tmp_path / "shop"


def run_script(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a script of the repository (or `-m` module) as a person does, and gives status and output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
    environment |= {"PYTHONPATH": str(REPOSITORY), "TERM": "dumb", "COLUMNS": "120", **(env or {})}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo shop after all six scripts, run for real with an untrained network."""
    data = tmp_path_factory.mktemp("demo")
    commands: list[tuple[str | Path, ...]] = [
        ("-m", "stylo.demo", "--out", data, "--articles", "60", "--customers", "150", "--days", "200"),
        ("data_optim.py", "--data", data),
        ("split_data.py", "--data", data),
        ("visual_features.py", "--data", data, "--images", data / "images", "--weights", "random"),
        ("visual_reccs.py", "--data", data),
        ("individual_baseline.py", "--data", data),
        ("final.py", "--data", data, "--weeks", "2", "--submission", data / "submission.csv"),
    ]
    for command in commands:
        done = run_script(*command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    return data


@pytest.fixture(scope="session")
def hm_sample() -> Path:
    """The real H&M sample; tests that need it say so where it is not."""
    if not (HM_SAMPLE / "transactions_train.csv").exists():
        pytest.skip(f"the H&M sample is not at {HM_SAMPLE} (STYLO_HM_SAMPLE names another place)")
    return HM_SAMPLE


def transactions(*rows: tuple[str, int, int]) -> pl.DataFrame:
    """A transactions table from (date, customer, article)."""
    return pl.DataFrame(
        {
            "t_dat": [date.fromisoformat(day) for day, _, _ in rows],
            "customer": [who for _, who, _ in rows],
            "article": [what for _, _, what in rows],
            "price": [0.05] * len(rows),
            "sales_channel_id": [2] * len(rows),
        },
        schema={
            "t_dat": pl.Date,
            "customer": pl.UInt32,
            "article": pl.Int32,
            "price": pl.Float32,
            "sales_channel_id": pl.UInt8,
        },
    )


def catalogue(*rows: tuple[int, int, int, int]) -> pl.DataFrame:
    """An articles table from (article, department, product type, colour)."""
    return pl.DataFrame(
        rows,
        schema={
            "article": pl.Int32,
            "department_no": pl.Int32,
            "product_type_no": pl.Int32,
            "colour_group_code": pl.Int32,
        },
        orient="row",
    )


def twins(*rows: tuple[int, int, float]) -> pl.DataFrame:
    """A visual twins table from (article, neighbour, similarity), nearest first."""
    frame = pl.DataFrame(
        rows, schema={"article": pl.Int32, "neighbour": pl.Int32, "similarity": pl.Float32}, orient="row"
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.UInt8).over("article")
    return frame.with_columns(rank=rank).select("article", "neighbour", "rank", "similarity")


@pytest.fixture
def small_history() -> History:
    """Two tastes that never mix: customers 1 and 2 buy articles 10-13, customers 3 and 4 articles 20-23.

    Customer 9 has never bought; article 30 was never sold and looks like 10.
    """
    rows = [
        ("2020-08-01", 1, 10),
        ("2020-08-01", 1, 11),
        ("2020-08-15", 2, 10),
        ("2020-08-15", 2, 11),
        ("2020-08-15", 2, 12),
        ("2020-08-20", 3, 20),
        ("2020-08-20", 3, 21),
        ("2020-09-01", 4, 20),
        ("2020-09-01", 4, 21),
        ("2020-09-02", 1, 13),
        ("2020-09-03", 3, 22),
        ("2020-09-04", 4, 23),
        # from here on: the future of 2020-09-08
        ("2020-09-08", 1, 12),
        ("2020-09-09", 3, 23),
        ("2020-09-10", 9, 20),
    ]
    articles = catalogue(
        *((article, 1, article % 2, 5) for article in (10, 11, 12, 13)),
        *((article, 2, article % 2, 7) for article in (20, 21, 22, 23)),
        (30, 1, 0, 5),
    )
    return History(
        transactions(*rows), articles, twins((10, 30, 0.9), (10, 11, 0.8), (20, 23, 0.7), (30, 10, 0.9))
    )


AS_OF = date(2020, 9, 8)
