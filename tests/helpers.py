"""What the tests share: tiny tables whose right answers a reader can see, and a way to run scripts for real."""

from __future__ import annotations

import atexit
import io
import math
import os
import random
import runpy
import shutil
import signal
import struct
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from _pytest.mark import ParameterSet
from PIL import Image

from stylo import script
from stylo.vectors.embeddings import Embeddings

REPOSITORY = Path(__file__).resolve().parents[1]
HM_SAMPLE = Path(os.environ.get("STYLO_HM_SAMPLE", REPOSITORY.parent / "shared" / "hm-sample"))

#: Seconds after which a test gives up waiting: no busy machine needs as many.
SLOW = 600

ARTICLE_COLUMNS = (
    "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,"
    "graphical_appearance_no,graphical_appearance_name,colour_group_code,colour_group_name,"
    "perceived_colour_value_id,perceived_colour_value_name,perceived_colour_master_id,"
    "perceived_colour_master_name,department_no,department_name,index_code,index_name,index_group_no,"
    "index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc"
)
CUSTOMER_COLUMNS = "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code"
TRANSACTION_COLUMNS = "t_dat,customer_id,article_id,price,sales_channel_id"


def slow(*values: object) -> list[ParameterSet]:
    """Parameters of a test that are left to `make test-all`; of several arguments a tuple."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow)
        for value in values
    ]


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


_SCRIPTS = {path.name for path in REPOSITORY.glob("*.py")}


def run_script(
    *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Runs a script of the repository (or `-m` module) as a person does, and gives status and output."""
    environment = _environment(env)
    return subprocess.run(
        [sys.executable, *(str(REPOSITORY / each) if each in _SCRIPTS else str(each) for each in arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SLOW,
        check=False,
    )


def run_here(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """As `run_script`, in this process: its libraries are loaded already, so it costs a fraction of the time.

    For what does not depend on a process of its own, as what is refused, or told.
    """
    words, said, told = [str(each) for each in arguments], io.StringIO(), io.StringIO()
    stop = signal.getsignal(signal.SIGTERM)
    status: object = 0
    with (
        patch.dict(os.environ, _environment(env), clear=True),
        patch.object(sys, "argv", words[1:] if words[0] in ("-m", "-c") else words),
        patch.object(sys, "excepthook", sys.excepthook),
        redirect_stdout(said),
        redirect_stderr(told),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", ".*found in sys.modules after import of package", RuntimeWarning)
        try:
            if words[0] == "-m":
                runpy.run_module(words[1], run_name="__main__", alter_sys=True)
            elif words[0] == "-c":
                exec(words[1], {"__name__": "__main__"})
            else:
                runpy.run_path(str(REPOSITORY / words[0]), run_name="__main__")
        except SystemExit as end:
            status = end.code or 0
        except Exception:
            traceback.print_exc()
            status = 1
        finally:
            signal.signal(signal.SIGTERM, stop)
            atexit.unregister(script._leave_in_peace)
    assert isinstance(status, int)
    return subprocess.CompletedProcess(words, status, said.getvalue(), told.getvalue())


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    """Of a script: nothing of ours but what is named."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
    environment |= {"PYTHONPATH": str(REPOSITORY), "TERM": "dumb", "COLUMNS": "120"}
    return environment | {"STYLO_SERVICE_TIME_ZONE": "UTC", **(more or {})}


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too, or one file: its place → its bytes."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {str(file.relative_to(path.parent)): file.read_bytes() for file in files if file.is_file()}


def tables(folder: Path) -> dict[str, bytes]:
    """What the scripts made and keep in a data folder, and what they left by mistake: all but CSVs and reports."""
    return {
        name: data
        for path in folder.iterdir()
        if path.suffix in (".parquet", ".json", ".npy") or path.name.startswith(".")
        for name, data in contents(path).items()
    }


def copy_table(source: Path, target: Path) -> None:
    """Copies a table into a folder: one Parquet file, or a folder of parts with the JSON beside."""
    if source.is_dir():
        shutil.copytree(source, target / source.name)
        source = source.with_suffix(".json")
    shutil.copy(source, target)


Row = tuple[str, str, str, str, str]


def bought(day: str, who: int, what: int = 1, price: str = "0.05", channel: int = 2) -> Row:
    """A row of transactions_train.csv, as it is written."""
    return day, customer(who), f"{what:010d}", price, str(channel)


def random_rows(seed: int, count: int, first: str = "2020-01-15", days: int = 100) -> list[Row]:
    """Rows of transactions in no order, some of them twice; 20 customers, 10 articles."""
    draw = random.Random(seed)
    start = date.fromisoformat(first)
    rows = [
        bought(
            str(start + timedelta(days=draw.randrange(days))),
            draw.randrange(1, 21),
            draw.randrange(1, 11),
            draw.choice(("0.0169322033898305", "0.0508305084745762", "0", "1e-3", "0.59")),
            draw.randrange(1, 3),
        )
        for _ in range(count)
    ]
    rows += draw.sample(rows, count // 10)
    draw.shuffle(rows)
    return rows


def write_transactions(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    """A CSV of transactions."""
    path.write_text("\n".join([TRANSACTION_COLUMNS, *map(",".join, rows)]) + "\n")
    return path


def write_customers(folder: Path, numbers: Iterable[int]) -> None:
    rows = [f"{customer(number)},,,ACTIVE,NONE,30," for number in numbers]
    (folder / "customers.csv").write_text("\n".join([CUSTOMER_COLUMNS, *rows]) + "\n")


def write_shop(folder: Path, rows: Iterable[Sequence[str]], customers: int = 20, articles: int = 10) -> Path:
    """The three CSVs of a shop with these transactions; customers and articles are numbered from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    write_customers(folder, range(1, customers + 1))
    catalogue = [article_row(f"{number:010d}") for number in range(1, articles + 1)]
    (folder / "articles.csv").write_text("\n".join([ARTICLE_COLUMNS, *catalogue]) + "\n")
    write_transactions(folder / "transactions_train.csv", rows)
    return folder


def kept(rows: Iterable[Sequence[str]]) -> list[tuple[object, ...]]:
    """What a table must give back of such rows, sorted: prices as the nearest Float32."""

    def nearest(price: str) -> float:
        (number,) = struct.unpack("f", struct.pack("f", float(price)))
        return float(number)

    return sorted((day, who, what, nearest(price), int(at)) for day, who, what, price, at in rows)


def given_back(folder: Path, name: str = "transactions.parquet") -> list[tuple[object, ...]]:
    """A table of transactions in the words of the CSV, sorted; read by PyArrow."""
    ids = pq.read_table(folder / "customers.parquet")["customer_id"].to_pylist()
    rows = pq.read_table(folder / name, partitioning=None).to_pylist()
    return sorted(
        (
            str(row["t_dat"]),
            ids[row["customer"]],
            f"{row['article']:010d}",
            row["price"],
            row["sales_channel_id"],
        )
        for row in rows
    )


def obey_ctrl_c() -> None:
    """For a child process: a test run in the background hands on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
    """An articles table from (article, department, product type, colour); product codes as H&M gives them."""
    table = pl.DataFrame(
        rows,
        schema={
            "article": pl.Int32,
            "department_no": pl.Int32,
            "product_type_no": pl.Int32,
            "colour_group_code": pl.Int32,
        },
        orient="row",
    )
    return table.with_columns(product_code=pl.col("article") // 1000)


def twins(*rows: tuple[int, int, float]) -> pl.DataFrame:
    """A visual twins table from (article, neighbour, similarity), nearest first."""
    frame = pl.DataFrame(
        rows, schema={"article": pl.Int32, "neighbour": pl.Int32, "similarity": pl.Float32}, orient="row"
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.UInt8).over("article")
    return frame.with_columns(rank=rank).select("article", "neighbour", "rank", "similarity")


def members(ages: Mapping[int, float | None]) -> pl.DataFrame:
    """A customers table from customer → age."""
    return pl.DataFrame(
        {"customer": list(ages), "age": list(ages.values())}, {"customer": pl.UInt32, "age": pl.Float32}
    )


def vectors(of: Mapping[int, Sequence[float]]) -> Embeddings:
    """Embeddings from article → vector."""
    return Embeddings(np.array(list(of), dtype=np.int32), np.array(list(of.values()), dtype=np.float32))


AS_OF = date(2020, 9, 8)


def jpeg(
    colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (90, 140), **save: object
) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "JPEG", quality=95, **save)
    return written.getvalue()


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def reference(predicted: list[int], bought: list[int]) -> tuple[float, float, float]:
    """Kaggle's definition of the average precision, written down as a loop, and the textbook's of the others."""
    truth, hits, precision, gain = set(bought), 0, 0.0, 0.0
    for position, article in enumerate(predicted[:12]):
        if article in truth and article not in predicted[:position]:
            hits += 1
            precision += hits / (position + 1)
            gain += 1 / math.log2(position + 2)
    ideal = sum(1 / math.log2(position + 2) for position in range(min(12, len(truth))))
    return precision / min(12, len(truth)), hits / len(truth), gain / ideal
