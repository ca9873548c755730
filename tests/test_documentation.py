"""Every Python example of README and docs runs, and every command of theirs is one that there is."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from helpers import REPOSITORY
from shell_examples import Reader, blocks, commands, in_the_text, of_a_docstring, of_a_unit, of_cron

from stylo.dashboard.roles import is_a_list
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.experiments.json_form import from_json
from stylo.records.importing import ImportSettings
from stylo.records.merchandising import read_rules
from stylo.records.rules import AlarmRules, GateLimits
from stylo.service.app import application
from stylo.service.settings import ServiceSettings
from stylo.storage.database import Database
from stylo.visual.thumbnails import Thumbnails
from stylo_demo.catalogue import make_catalogue
from stylo_demo.visits import weeks_of

_ARTICLE = "0441480001"
# Need a service that runs: tests/service/test_client.py has it, and tests/agents/test_agents_and_a_service.py.
_ELSEWHERE = {"service.md", "agents.md", "outfits.md"}


def examples(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


_ALL = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
DOCUMENTS = {path.name: path for path in _ALL if examples(path) and path.name not in _ELSEWHERE}
# The other pages for readers have commands, too.
PAGES = {
    str(path.relative_to(REPOSITORY)): path.read_text("utf-8")
    for path in [*_ALL, REPOSITORY / "images" / "README.md", REPOSITORY / "stylo_demo" / "README.md"]
}
SHELL = {"sh", "bash", "console"}


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


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("service")
    database = Database.open(f"sqlite:///{folder}/x.sqlite")
    app = application(ServiceSettings(), database, Releases(StateFolder.of(folder), Thumbnails(folder)))
    return Reader(app.openapi())


def misunderstood(reader: Reader, lines: list[str], whole: bool = True) -> dict[str, str]:
    """Lines that would not be understood, and why."""
    found = {}
    for line in lines:
        try:
            reader.check(line, whole)
        except (Exception, SystemExit) as error:
            found[line] = f"{type(error).__name__}: {getattr(error, 'message', error)}"
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_page_names_its_language(name: str) -> None:
    assert [content for language, content in blocks(PAGES[name]) if not language] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page_are_understood(name: str, reader: Reader) -> None:
    for language, content in blocks(PAGES[name]):
        if language in SHELL:
            done = subprocess.run(["sh", "-n"], input=content, text=True, capture_output=True, check=False)
            assert done.stderr == ""
            assert misunderstood(reader, commands(content)) == {}
        elif language == "ini":
            assert misunderstood(reader, of_a_unit(content)) == {}
        elif language == "text":
            assert misunderstood(reader, of_cron(content)) == {}
    assert misunderstood(reader, in_the_text(PAGES[name]), whole=False) == {}


#: `text` holds drawings, and lines of a crontab.
READ = {"python", "ini", "text", "toml", "json", "svg", *SHELL}


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_page_is_run_or_read(name: str) -> None:
    assert {language for language, _ in blocks(PAGES[name])} <= READ
    for language, content in blocks(PAGES[name]):
        if language == "toml":
            found = tomllib.loads(content)
            if "auth" in found:  # of the dashboard's log-in
                assert {"redirect_uri", "cookie_secret", "client_id", "server_metadata_url"} <= set(
                    found["auth"]
                )
                assert found["roles"] and all(is_a_list(*role) for role in found["roles"].items())
                continue
            if {"pin", "boost", "bury", "exclude", "cap", "diversity"} & set(found):
                assert len(read_rules(content))
                continue
            if "orders" in found:
                assert ImportSettings.model_validate(found)
                continue
            model = AlarmRules if {"rule", "webhook", "without"} & set(found) else GateLimits
            assert model.model_validate(found)
        elif language == "json":
            # Settings of hosts of agents: tests/agents/test_agents_docs.py reads them.
            assert "mcpServers" in json.loads(content) or from_json(content)
        elif language == "svg":
            ElementTree.fromstring(f"<svg>{content}</svg>")
        elif language == "python":
            compile(content, name, "exec")


def test_the_experiment_in_json_is_the_one_in_python() -> None:
    page = PAGES["docs/experiments.md"]
    names: dict[str, Any] = {}
    exec(examples(REPOSITORY / "docs" / "experiments.md")[0], names)
    (content,) = (content for language, content in blocks(page) if language == "json")
    assert from_json(content) == names["experiment"]


def test_a_line_of_a_crontab_is_read() -> None:
    line = "0 4 * * 1  cd /opt/stylo && .venv/bin/python -m stylo.operations --data /srv/shop retrain"
    assert of_cron(f"a drawing\n{line}\n") == [line[11:]]


def test_the_ids_of_the_examples_are_those_of_the_demo_shop() -> None:
    catalogue = make_catalogue(1000, weeks_of(734), seed=1)
    assert _ARTICLE in {each.article_id for each in catalogue}
    customers = {hashlib.sha256(f"customer 1 {number}".encode()).hexdigest() for number in range(5_000)}
    (customer,) = re.findall(r"CUSTOMER=([0-9a-f]{64})", PAGES["docs/service.md"])
    assert customer in customers


PROGRAMS = [
    *(path.name for path in REPOSITORY.glob("*.py")),
    "stylo/cli.py",
    "stylo/service/batch/__main__.py",
]


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_commands_of_a_programs_docstring_are_understood(name: str, reader: Reader) -> None:
    assert misunderstood(reader, of_a_docstring((REPOSITORY / name).read_text("utf-8"))) == {}


@pytest.mark.parametrize(
    "line",
    [
        "python final.py --week 26",
        "python fnal.py",
        "python final.py && python split_data.py --cutof 2020-09-16",
        "python -m stylo_demo",  # --out is missing
        "python -m stylo_demo --out demo --scale large",
        "python -m stylo.operation --data data drift",
        "python -m stylo.operations --data data",  # and what?
        "python -m stylo.operations --data data models demote 3",
        "python -m stylo.operations --data data models rollback",  # --reason is missing
        "python -m benchmarks.tables --curves",
        "python -m benchmarks.speed",
        "python -m benchmarks.metrics --data data",
        "python -m stylo.errors",
        ".venv/bin/python serve.py keys create --data demo --name me --scope write",
        "stylo convrt --data data",
        "stylo convert --dta data",
        "stylo models list --reason why",
        "streamlit run ap.py",
        "streamlit run app.py --server.prt 8600",
        "streamlit run app.py -- --data demo --image demo/images",
        "STYLO_DASHBOARD_OPERATE=1 streamlit run app.py",
        "STYLO_SERVICE_RATES=50 python serve.py",
        "make dmo",
        "make demo PROT=8600",
        "pip install '.[service]' -c constraints.txt",
        "pip install '.[serve]' -c constraint.txt",
        "curl http://127.0.0.1:8000/v1/article?q=dress",
        "curl http://127.0.0.1:8000/v1/articles?query=dress",
        "curl -X DELETE http://127.0.0.1:8000/v1/articles",
        """curl http://127.0.0.1:8000/v1/events -d '{"events": [}'""",
        "docker compose exec servce python serve.py keys list",
        "docker compose exec service python serve.py key list",
        "sudo make install",
    ],
)
def test_a_command_that_there_is_not_is_found(line: str, reader: Reader) -> None:
    assert line in misunderstood(reader, [line])


@pytest.mark.parametrize(
    "line",
    [
        "stylo models list --data demo",
        "stylo train --help",
        "python data_optim.py --append week_39.csv && python split_data.py  # and then final.py",
        "python final.py --data demo > scores.txt 2> log.txt",
        """curl http://127.0.0.1:8000/v1/events -d '{"events": []}' | python -m json.tool""",
        "curl http://127.0.0.1:8000/health/ready",
        "make demo PORT=8600",
    ],
)
def test_a_command_that_there_is_passes(line: str, reader: Reader) -> None:
    assert misunderstood(reader, [line]) == {}
