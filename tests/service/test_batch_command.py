"""The batch: the service's own lists for a file of customers, whole or not at all, and gone on with after a kill."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from helpers import REPOSITORY, customer, run_script
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from in_process import asking
from polars.testing import assert_frame_equal
from postgres import PostgresServer
from starlette.testclient import TestClient
from typer.testing import CliRunner

from stylo.artefacts import read_manifest
from stylo.deployment.online_model import OnlineModel
from stylo.errors import (
    BadHeader,
    BadOption,
    BadRows,
    DamagedArtefact,
    MissingArtefact,
    MissingFile,
    StyloError,
)
from stylo.recommender import SavedModel
from stylo.script import Report
from stylo.service.batch import command, parts
from stylo.service.batch import customers as batch_customers
from stylo.service.batch.customers import read_ids
from stylo.service.settings import ServiceSettings
from stylo.storage import events, keys
from stylo.storage.database import Database
from stylo.storage.events import CustomerEvent, Submission
from stylo.storage.keys import Scope
from stylo.tables.folder import DataFolder

NEWCOMER, STRANGER = customer(77), customer(78)
PART = 40


def written(path: Path, ids: Sequence[str]) -> Path:
    path.write_text("\n".join(ids) + "\n")
    return path


def ran(data: Path, out: Path, customers: Path | str = "all", **more: Any) -> Report:
    return command.main(str(customers), out, data, at_a_time=PART, **more)


def lists(path: Path) -> dict[str, tuple[list[str], list[float | None]]]:
    rows = pl.read_parquet(path).select("customer_id", "article_id", "score").rows()
    return {customer_id: (articles, scores) for customer_id, articles, scores in rows}


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Ctrl-C when so many parts are finished."""
    make, made = parts._make, list[Path]()

    def made_or_interrupted(path: Path, lists: pl.DataFrame) -> None:
        if len(made) == after:
            monkeypatch.setattr(parts, "_make", make)
            raise KeyboardInterrupt
        made.append(path)
        make(path, lists)

    monkeypatch.setattr(parts, "_make", made_or_interrupted)


def interrupted(monkeypatch: pytest.MonkeyPatch, data: Path, out: Path, **more: Any) -> Path:
    """A run of which two parts are finished; gives their folder."""
    interrupt(monkeypatch, after=2)
    with pytest.raises(KeyboardInterrupt):
        ran(data, out, **more)
    assert not out.exists()
    return out.with_name(f".{out.name}.parts")


def post(client: TestClient, customer_id: str, kind: str, article_id: str, **more: object) -> None:
    event = {"customer_id": customer_id, "kind": kind, "article_id": article_id, **more}
    assert client.post("/v1/events", json={"events": [event]}).status_code == 201


@pytest.fixture
def busy(client: TestClient, customers: list[str], article_ids: list[str]) -> TestClient:
    """The service after some of its customers did all sorts of things, and one came who is new."""
    post(client, customers[0], "purchase", article_ids[5], price=9.99, channel=1)
    post(client, customers[0], "view", article_ids[6])
    post(client, customers[1], "click", article_ids[7])
    post(client, customers[2], "purchase", article_ids[8], at="2020-09-22T10:00:00+00:00")
    post(client, NEWCOMER, "purchase", article_ids[9])
    # What lasts, from long before the model was made.
    for article in article_ids[:20]:
        post(client, customers[3], "dismiss", article, at="2020-01-01T10:00:00+00:00")
        post(client, customers[4], "return", article, at="2020-09-22T10:00:00+00:00")
    return client


@pytest.mark.parametrize("asked", [{}, {"k": 40, "exclude_purchased": True}], ids=str)
def test_everybody_gets_what_the_service_gives(
    asked: dict[str, Any], busy: TestClient, settings: ServiceSettings, customers: list[str], tmp_path: Path
) -> None:
    ran(settings.data, tmp_path / "lists.parquet", **asked)
    found = lists(tmp_path / "lists.parquet")
    assert set(found) == {*everybody(settings.data), NEWCOMER}
    for customer_id in [*customers[:20], NEWCOMER]:
        answer = busy.get(f"/v1/customers/{customer_id}/recommendations", params=asked).json()
        given = answer["recommendations"]
        assert found[customer_id] == tuple([each[name] for each in given] for name in ("article_id", "score"))
    assert set(pl.read_parquet(tmp_path / "lists.parquet")["model_version"]) == {answer["model_version"]}


def everybody(data: Path) -> list[str]:
    return pl.read_parquet(data / "customers.parquet").sort("customer")["customer_id"].to_list()


def bought(url: str, articles: Mapping[str, str]) -> str:
    """A database in which customers have bought an article each on the day after the data, the first of them twice."""
    database, at = Database.open(url), datetime(2020, 9, 23, 9, tzinfo=UTC)
    database.migrate()
    key, _ = keys.create(database, "till", [Scope.EVENTS], now=at)
    purchases = [
        CustomerEvent(who, "purchase", int(article), at, 9.99, 2) for who, article in articles.items()
    ]
    events.store(database, [Submission(key.id, (*purchases, purchases[0]), at, None, "")])
    database.close()
    return url


def test_events_of_either_database_count(
    shop: Path,
    customers: list[str],
    article_ids: list[str],
    tmp_path: Path,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_customers, "_AT_A_TIME", 1)
    none = tmp_path / "none.parquet"
    ran(shop, none, exclude_purchased=True)
    # What leads a list cannot be in it any more once it was bought.
    leading = {who: lists(none)[who][0][0] for who in customers[:3]} | {NEWCOMER: article_ids[3]}
    found = []
    for name, url in (("sqlite", f"sqlite:///{tmp_path}/events.sqlite"), ("postgresql", postgres.fresh())):
        out = tmp_path / f"{name}.parquet"
        ran(shop, out, exclude_purchased=True, database=bought(url, leading))
        found.append(lists(out))
    assert found[0] == found[1]
    assert {who for who, each in found[0].items() if each != lists(none).get(who)} == set(leading)


def test_events_can_be_left_out(
    busy: TestClient, settings: ServiceSettings, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ran(settings.data, tmp_path / "without.csv", no_events=True)
    assert "left out, as requested" in capfd.readouterr().err
    ran(shop, tmp_path / "fresh.csv")
    assert "there is no database" in capfd.readouterr().err
    assert (tmp_path / "without.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()


def test_a_data_folder_without_a_service_is_enough(shop: Path, tmp_path: Path) -> None:
    report = ran(shop, tmp_path / "lists.parquet")
    assert not (shop / "service").exists()
    names = everybody(shop)
    saved = SavedModel.open(DataFolder(shop)).recommend(range(len(names)))
    wanted = saved.sort("customer", "rank").group_by("customer", maintain_order=True).agg("article", "score")
    found = pl.read_parquet(tmp_path / "lists.parquet")
    assert found["customer_id"].to_list() == names
    assert found["article_id"].to_list() == [[f"{each:010d}" for each in row] for row in wanted["article"]]
    assert found.schema == {
        "customer_id": pl.String,
        "article_id": pl.List(pl.String),
        "score": pl.List(pl.Float32),
        "model_version": pl.String,
    }
    manifest = read_manifest(tmp_path / "lists.parquet")
    assert manifest is not None
    assert manifest.inputs["model.bin"] == found["model_version"][0]
    assert (report.facts["customers"], report.facts["lists"], report.facts["unknown"]) == (150, 150, 0)


def test_a_csv_is_as_kaggle_wants_it(shop: Path, tmp_path: Path) -> None:
    ran(shop, tmp_path / "submission.csv")
    assert (tmp_path / "submission.csv").read_text() == (shop / "submission.csv").read_text()


def test_a_file_gives_each_known_customer_once_in_its_order(
    shop: Path, customers: list[str], tmp_path: Path
) -> None:
    one, other = customers[3], customers[0]
    text = f'customer_id\r\n{one}\r\n\r\n"{other}"\r\n{STRANGER}\r\n  {one}\r\n{STRANGER}'
    (tmp_path / "some.txt").write_text(text)
    report = ran(shop, tmp_path / "lists.csv", tmp_path / "some.txt")
    rows = (tmp_path / "lists.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["customer_id", one, other]
    assert {name: report.facts[name] for name in ("customers", "repeated", "unknown", "lists")} == {
        "customers": 3, "repeated": 2, "unknown": 1, "lists": 2,
    }  # fmt: skip
    assert f"Unknown customers: {STRANGER}" in report.lines


def test_a_parquet_file_names_the_same_customers_as_a_text_file(
    shop: Path, customers: list[str], tmp_path: Path
) -> None:
    pl.DataFrame({"age": 30, "customer_id": customers[:5]}).write_parquet(tmp_path / "some.parquet")
    ran(shop, tmp_path / "a.csv", tmp_path / "some.parquet")
    ran(shop, tmp_path / "b.csv", written(tmp_path / "some.txt", customers[:5]))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_nobody_known_is_a_table_without_rows(shop: Path, tmp_path: Path) -> None:
    report = ran(shop, tmp_path / "lists.parquet", written(tmp_path / "some.txt", [STRANGER]))
    assert report.facts["lists"] == 0
    assert pl.read_parquet(tmp_path / "lists.parquet").height == 0


ids = st.integers(0, 16**64 - 1).map(customer)


@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    rows=st.lists(st.tuples(ids, st.sampled_from(["\n", "\r\n", "\n\n"]), st.sampled_from(["", " ", "\t"]))),
    header=st.sampled_from(["", "customer_id\n", "\ufeffcustomer_id\r\n"]),
)
def test_ids_are_read_back_as_they_were_written(
    rows: list[tuple[str, str, str]], header: str, tmp_path: Path
) -> None:
    text = header + "".join(blank + customer_id + blank + end for customer_id, end, blank in rows)
    (tmp_path / "some.txt").write_bytes(text.encode())
    assert list(read_ids(tmp_path / "some.txt")) == [customer_id for customer_id, _, _ in rows]


def test_malformed_ids_are_named_with_their_lines(shop: Path, tmp_path: Path) -> None:
    lines = ["customer_id", customer(1), customer(2).upper() + "A", "", "'; DROP TABLE", "x" * 200]
    with pytest.raises(BadRows) as raised:
        ran(shop, tmp_path / "lists.csv", written(tmp_path / "some.txt", lines))
    where = raised.value.where.splitlines()
    assert [line.split(":")[0] for line in where] == ["Line 3", "Line 5", "Line 6"]
    assert where[1] == 'Line 5: "\'; DROP TABLE"'
    assert max(map(len, where)) < 100


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\xff" * 50_000, b"\x00" * 3_000_000], ids=["zip", "zeros"]
)
def test_a_file_that_is_no_text_is_refused(content: bytes, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_bytes(content)
    with pytest.raises(BadRows, match="not a customer id"):
        ran(shop, tmp_path / "lists.csv", tmp_path / "some.txt")


def test_a_parquet_file_that_names_nobody_is_refused(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.parquet"
    for table, error, match in (
        (pl.DataFrame({"customer": [1]}), BadHeader, "no column customer_id"),
        (pl.DataFrame({"customer_id": [1]}), BadHeader, "no column customer_id of text"),
        (pl.DataFrame({"customer_id": [customer(1), None]}), BadRows, "Row 2"),
        (pl.DataFrame({"customer_id": [""]}), BadRows, "Row 1"),
    ):
        table.write_parquet(file)
        with pytest.raises(error, match=match):
            ran(shop, tmp_path / "lists.csv", file)
    file.write_bytes(b"PAR1 and no more")
    with pytest.raises(DamagedArtefact, match="not a readable Parquet"):
        ran(shop, tmp_path / "lists.csv", file)


@pytest.mark.parametrize(
    ("customers", "out", "error", "match"),
    [
        ("nowhere.txt", "lists.csv", MissingFile, "no file"),
        (".", "lists.csv", MissingFile, "no file"),
        ("empty.txt", "lists.csv", BadRows, "contains no customer ids"),
        ("all", "lists.txt", BadOption, "does not end in any of .parquet, .csv, .csv.gz, .zip"),
        ("all", "away/lists.csv", MissingFile, "no folder"),
        ("all", "shop/predictions.parquet", BadOption, "final.py makes"),
        ("header.csv", "header.csv", BadOption, "replace the customers' file"),
    ],
)
def test_what_cannot_come_to_anything_is_said_first(
    customers: str, out: str, error: type[StyloError], match: str, shop: Path, tmp_path: Path
) -> None:
    written(tmp_path / "header.csv", ["customer_id"])
    (tmp_path / "empty.txt").touch()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error, match=match):
        ran(shop, tmp_path / out, customers if customers == "all" else tmp_path / customers)
    assert sorted(tmp_path.iterdir()) == before


def test_no_model_no_data_and_no_database_are_named(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "lists.csv"
    with pytest.raises(MissingFile, match="no database"):
        ran(shop, out, database=f"sqlite:///{tmp_path}/none.sqlite")
    (shop / "model.bin").unlink()
    with pytest.raises(MissingArtefact, match=r"model\.bin"):
        ran(shop, out)
    with pytest.raises(MissingArtefact, match="no data folder"):
        ran(tmp_path / "nowhere", out)


def test_a_killed_run_is_gone_on_with_and_gives_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from stylo.service.batch import command, parts\n"
        "make = parts._make\n"
        "def make_or_die(path, lists):\n"
        "    if path.name.startswith('000002'): os.kill(os.getpid(), signal.SIGKILL)\n"
        "    make(path, lists)\n"
        "parts._make = make_or_die\n"
        f"command.main('all', Path(sys.argv[2]), Path(sys.argv[1]), at_a_time={PART})"
    )
    out, whole = tmp_path / "lists.csv", tmp_path / "whole.csv"
    command = [sys.executable, "-c", program, str(shop), str(out)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    report = ran(shop, out)
    assert report.facts["made_before"] == 2 * PART
    ran(shop, whole)
    assert out.read_bytes() == whole.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"shop", "lists.csv", "whole.csv"}


def test_an_interrupted_run_is_gone_on_with_and_says_so(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lists.parquet"
    parts = interrupted(monkeypatch, shop, out)
    assert len(list(parts.glob("*.parquet"))) == 2
    capfd.readouterr()
    assert ran(shop, out).facts["made_before"] == 2 * PART
    assert "Going on: 2 parts are there" in capfd.readouterr().err
    assert not parts.exists()
    ran(shop, tmp_path / "whole.parquet")
    assert_frame_equal(pl.read_parquet(out), pl.read_parquet(tmp_path / "whole.parquet"), check_exact=True)


def test_another_request_begins_anew_and_says_so(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lists.csv"
    interrupted(monkeypatch, shop, out)
    capfd.readouterr()
    assert ran(shop, out, k=5).facts["made_before"] == 0
    assert "Beginning anew" in capfd.readouterr().err
    assert {len(row.split(",")[1].split()) for row in out.read_text().splitlines()[1:]} == {5}


def test_a_mistake_in_the_next_request_leaves_the_finished_parts(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lists.csv"
    parts = interrupted(monkeypatch, shop, out)
    with pytest.raises(BadRows):
        ran(shop, out, written(tmp_path / "some.txt", ["nonsense"]))
    assert len(list(parts.glob("*.parquet"))) == 2


def test_a_part_that_a_loss_of_power_emptied_is_made_again(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lists.csv"
    parts = interrupted(monkeypatch, shop, out)
    (parts / "000001.parquet").write_bytes(b"")
    assert ran(shop, out).facts["made_before"] == PART
    assert len(out.read_text().splitlines()) == 151


def test_a_run_that_goes_on_keeps_to_the_events_of_its_beginning(
    shop: Path,
    demo_shop: Path,
    customers: list[str],
    article_ids: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, whole = tmp_path / "lists.csv", tmp_path / "whole.csv"
    with asking(ServiceSettings(data=shop, images=demo_shop / "images", rate=1e6)) as client:
        ran(shop, whole)
        interrupted(monkeypatch, shop, out)
        for each in [*customers[:100], customer(79)]:
            post(client, each, "purchase", article_ids[20])
        ran(shop, out)
        assert out.read_bytes() == whole.read_bytes()
        ran(shop, out)
        assert out.read_bytes() != whole.read_bytes()


def test_few_customers_are_with_the_model_at_a_time(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    lists = OnlineModel.lists

    def counted(self: OnlineModel, some: Any, *args: Any, **options: Any) -> Any:
        asked.append(len(some))
        return lists(self, some, *args, **options)

    monkeypatch.setattr(OnlineModel, "lists", counted)
    monkeypatch.setattr("stylo.ranking.snapshot.SIZE", 64)
    command.main("all", tmp_path / "lists.csv", shop, at_a_time=150)
    assert sorted(asked) == [22, 64, 64]


def test_a_compressed_output_holds_what_a_plain_one_does_and_is_replaced_by_its_like(
    shop: Path, tmp_path: Path
) -> None:
    customers = written(tmp_path / "some.txt", everybody(shop)[:3])
    for name in ("lists.csv", "lists.csv.gz", "lists.csv.gz", "lists.parquet", "lists.parquet"):
        ran(shop, tmp_path / name, customers)
    plain = (tmp_path / "lists.csv").read_bytes()
    assert plain.startswith(b"customer_id,prediction\n")
    assert gzip.decompress((tmp_path / "lists.csv.gz").read_bytes()) == plain
    with pytest.raises(BadOption, match="not an earlier output"):
        ran(shop, customers.rename(tmp_path / "some.csv"), "all")


def test_a_full_disk_is_said_and_leaves_the_old_file(shop: Path, tmp_path: Path) -> None:
    out = written(tmp_path / "lists.csv", ["customer_id,prediction", "old"])
    limited = ["bash", "-c", 'ulimit -f 4; exec "$0" "$@"', sys.executable, "-m", "stylo.service.batch"]
    done = subprocess.run(
        [*limited, "--data", str(shop), "--customers", "all", "--out", str(out)],
        cwd=REPOSITORY,
        env={key: value for key, value in os.environ.items() if not key.startswith("STYLO_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "files may not grow that large here" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_text() == "customer_id,prediction\nold\n"
    assert "damaged" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_command_reports_what_it_did(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "lists.csv"
    done = run_script("-m", "stylo.service.batch", "--data", shop, "--customers", "all", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Customers: 150 of 150" in done.stderr
    for name in ("customers a second", "peak memory", "unknown"):
        assert name in done.stdout
    facts = json.loads((shop / "reports" / "batch.json").read_text())
    assert (facts["lists"], facts["out"]) == (150, str(out))


@pytest.mark.parametrize(
    "wrong", [("--k", "0"), ("--k", "101"), ("--k", "1e9"), ("--at-a-time", "0")], ids=str
)
def test_a_number_out_of_bounds_is_refused(wrong: tuple[str, str], shop: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(command.main)
    asked = ["--data", str(shop), "--customers", "all", "--out", str(tmp_path / "lists.csv")]
    done = CliRunner().invoke(app, [*asked, *wrong])
    assert done.exit_code == 2
    assert wrong[0] in done.stderr


def test_a_database_without_tables_is_named(shop: Path, tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/empty.sqlite")
    database.create()
    database.close()
    with pytest.raises(StyloError, match="no such table"):
        ran(shop, tmp_path / "lists.csv", database=f"sqlite:///{tmp_path}/empty.sqlite")
