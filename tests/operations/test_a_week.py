"""The nights of a week, by public commands: `watch` and the service run, and people decide between two looks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from helpers import REPOSITORY, run_here
from hooks import Hook
from operating import operate, shop_of_its_own
from serving import Server, until

pytestmark = pytest.mark.slow

RULES = """
webhook = "{address}"
without = ["drift", "quality", "stale model", "latency", "degraded"]

[[rule]]
name = "no sales"
figure = "purchases"
below = 1
severity = "page"
"""


class Night:
    """A shop with its service, its webhook, and a watch that looks as often as it can."""

    def __init__(self, shop: Path, server: Server, hook: Hook) -> None:
        self.shop, self.server, self.hook = shop, server, hook
        self.log = shop.parent / "watch.log"

    def start(self) -> subprocess.Popen[bytes]:
        command = ("-m", "stylo.operations", "--data", self.shop, "--images", self.shop / "images", "watch")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *map(str, command), "--minutes", "0.01", "--every-days", "90"],
                cwd=REPOSITORY,
                env=environment | {"STYLO_SERVICE_TIME_ZONE": "UTC"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def live(self) -> str:
        return str(httpx2.get(f"{self.server.address}/version").json()["model_version"])

    def until(self, true: Callable[[], object]) -> None:
        try:
            until(true)
        except AssertionError as error:
            raise AssertionError(self.log.read_text()) from error

    def told(self, rule: str, state: str) -> bool:
        return (rule, state) in self.hook.told()

    def looks(self, count: int) -> None:
        """Waits until so many whole looks have come and gone."""
        for _ in range(count + 1):
            before = self.looked()
            self.until(lambda before=before: self.looked() != before)  # type: ignore[misc]

    def looked(self) -> Any:
        try:
            return json.loads((self.shop / "service" / "watch.json").read_text())["looked"]
        except FileNotFoundError:
            return None

    def bring(self, name: str, rows: list[list[str]]) -> None:
        """A file of new days, whole and at rest."""
        path = self.shop / f"{name}.being-written"
        with path.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        an_hour_ago = path.stat().st_mtime - 3_600
        os.utime(path, (an_hour_ago, an_hour_ago))
        (self.shop / "new").mkdir(exist_ok=True)
        path.rename(self.shop / "new" / name)

    def runs(self) -> list[dict[str, Any]]:
        notes = sorted((self.shop / "service" / "retraining").glob("*/run.json"))
        return [json.loads(path.read_text()) for path in notes]


@pytest.fixture
def night(demo_shop: Path, tmp_path: Path) -> Iterator[Night]:
    shop = shop_of_its_own(demo_shop, tmp_path)
    with Hook() as hook, Server(shop, demo_shop / "images") as server:
        (shop / "alarms.toml").write_text(RULES.format(address=hook.address))
        night = Night(shop, server, hook)
        watch = night.start()
        try:
            yield night
        finally:
            watch.terminate()
            watch.wait()


def later(rows: list[list[str]], days: int) -> list[list[str]]:
    header, *those = rows
    return [header, *([str(date.fromisoformat(day) + timedelta(days)), *rest] for day, *rest in those)]


def test_a_week_of_nights(night: Night) -> None:
    with (night.shop.parent / "week.csv").open() as file:
        week = list(csv.reader(file))
    first = night.live
    # Monday: nobody buys, and somebody is paged.
    night.until(lambda: night.told("no sales", "started"))
    # Tuesday: new days become a model, which the service takes up.
    night.bring("week.csv", week)
    night.until(lambda: night.live != first)
    second = night.live
    night.until(lambda: (night.shop / "new" / "taken" / "week.csv").exists())
    # Wednesday: it was a bad one. Somebody goes back, and no look undoes that.
    back = run_here("serve.py", "models", "rollback", "--data", night.shop, "--reason", "fewer clicks")
    assert back.returncode == 0, back.stderr
    night.until(lambda: night.live == first)
    night.looks(2)
    assert night.live == first
    # Thursday: more new days. The next model waits until somebody decides.
    night.bring("week.csv", later(week, 7))
    night.until(lambda: len([run for run in night.runs() if run["state"] == "done"]) == 2)
    third = night.runs()[-1]["steps"]["publish"]["version"]
    assert third not in (first, second)
    assert night.live == first
    operate(night.shop, "models", "promote", third, "--reason", "it is better")
    night.until(lambda: night.live == third)
    # Friday: the registry is away for some looks.
    registry, away = night.shop / "service" / "mlflow.sqlite", night.shop / "service" / "away"
    registry.rename(away)
    night.until(lambda: night.told("registry", "started"))
    night.looks(1)
    assert night.live == third
    away.rename(registry)
    night.until(lambda: night.told("registry", "over"))
    # Saturday: a bad file comes and is taken away, and somebody buys.
    night.bring("bad.csv", [week[0], [later(week, 14)[1][0], "nobody", "1", "cheap", "2"]])
    night.until(lambda: night.told("inbox", "started"))
    (night.shop / "new" / "bad.csv").unlink()
    night.until(lambda: night.told("inbox", "over"))
    customer = pl.read_parquet(night.shop / "customers.parquet")["customer_id"][0]
    article = pl.read_parquet(night.shop / "articles.parquet")["article"][0]
    event = {"customer_id": customer, "kind": "purchase", "article_id": f"{article:010d}", "price": 9.99}
    with night.server.client() as client:
        assert client.post("/v1/events", json={"events": [event]}).status_code == 201
    night.until(lambda: night.told("no sales", "over"))
    # Sunday: all is quiet, and somebody asks where an answer came from.
    with night.server.client() as client:
        answer = client.get(f"/v1/customers/{customer}/recommendations")
    shown = [each["article_id"] for each in answer.json()["recommendations"]]
    asked = ("-m", "stylo.operations", "--data", night.shop, "lineage", answer.headers["x-request-id"])
    night.until(lambda: run_here(*asked).returncode == 0)
    found = json.loads(run_here(*asked).stdout)
    assert (found["release"], found["answer"]["articles"]) == (third, shown)
    assert "ago" in operate(night.shop, "health").stdout
    status = operate(night.shop, "status").stdout
    assert third in status
    prometheus = (night.shop / "service" / "alarms.prom").read_text()
    assert not [line for line in prometheus.splitlines() if line.startswith("stylo_alarm{") and "1.0" in line]
    assert sorted(night.hook.told()) == sorted(
        (rule, state) for rule in ("no sales", "registry", "inbox") for state in ("started", "over")
    )
    assert [run["state"] for run in night.runs()] == ["done", "done", "failed"]  # of the bad file
    assert all(line[:4].isdecimal() and line[10] == "T" for line in night.log.read_text().splitlines())
