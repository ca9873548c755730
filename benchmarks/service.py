"""python -m benchmarks.service --data DIR: what the service costs, in process and over HTTP under load.

Starts `serve.py` on a copy of the data folder (hard links: no bytes are copied) and drives it with wrk
(https://github.com/wg/wrk, `apt install wrk`), an ordinary load tool, from the same machine:

    in process       one recommendation after another, drawn from customers who have bought
    uncached         32 connections; 160 requests a second fall due at random, each for another customer
    uncached, full   the same without a pause: how many a second there can be at most
    cached           32 connections that ask for 200 customers again and again
    events           a purchase is posted, and the next recommendation is asked for: it must know of it

A wait of wrk's connections is not part of its latencies.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.deployment.online_model import RequestContext
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.storage import keys
from stylo.storage.database import Database
from stylo.storage.keys import Scope
from stylo.tables.folder import DataFolder

_HOST, _PORT = "127.0.0.1", 8977
_WARM, _TIMES = 50, 1000
_CONNECTIONS, _RATE, _HOT = 32, 160.0, 200
_EVENTS = 300
# wrk: customers in turn; requests fall due at random moments (Poisson) and go out on a free connection.
_SCRIPT = """
local ffi = require("ffi")
ffi.cdef[[typedef struct {{ long seconds, micros; }} moment; int gettimeofday(moment *at, void *zone);]]
local at, due, customers, place = ffi.new("moment"), nil, {{}}, 0
for line in io.lines("{customers}") do customers[#customers + 1] = line end
local function now()
  ffi.C.gettimeofday(at, nil)
  return tonumber(at.seconds) * 1e3 + tonumber(at.micros) / 1e3
end
function delay()
  if {rate} == 0 then return 0 end
  due = (due or now()) - math.log(1 - math.random()) * 1000 / {rate}
  return math.max(0, math.floor(due - now()))
end
function request()
  place = place % #customers + 1
  return wrk.format("GET", "/v1/customers/" .. customers[place] .. "/recommendations",
    {{["Authorization"] = "Bearer {token}"}})
end
function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format("RESULT %f %f %f %f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
"""
_RESULT = re.compile(r"RESULT ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)")


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    seconds: Annotated[int, typer.Option("--seconds", help="How long each load lasts.")] = 15,
    workers: Annotated[int, typer.Option("--workers", help="Processes that serve.")] = 1,
) -> None:
    """Prints latencies and rates, the time until it is ready, and memory."""
    if shutil.which("wrk") is None:
        raise typer.BadParameter("wrk is not installed: apt install wrk")
    with tempfile.TemporaryDirectory(dir=data.resolve().parent) as temporary:
        copy = _linked(data, Path(temporary) / "shop")
        database = f"sqlite:///{copy}/service/service.sqlite"
        customers = _customers(copy)
        with _served(copy, workers):
            pass  # the first start publishes the model
        _in_process(copy, customers)
        token = _token(database)
        with _served(copy, workers) as ready:
            print(f"ready {ready:.1f} s after the start of the command, {workers} processes")
            _load("uncached", customers, token, seconds, _RATE)
            _load("uncached, full", customers[len(customers) // 2 :], token, seconds, 0)
            _load("cached", customers[:_HOT], token, 2, 0, told=False)
            _load("cached", customers[:_HOT], token, seconds, 0)
            _events(customers[-_EVENTS:], token, copy)
            print(_memory(copy))


def _linked(data: Path, target: Path) -> Path:
    for path in data.rglob("*"):
        if path.is_file() and not {"service", "images", "thumbnails"} & set(path.relative_to(data).parts):
            place = target / path.relative_to(data)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)
    return target


def _customers(data: Path) -> list[str]:
    """Customers who have bought, in an order that is drawn."""
    folder = DataFolder(data)
    buyers = folder.scan("transactions.parquet").select(pl.col("customer").unique())
    names = folder.scan("customers.parquet").select("customer", "customer_id")
    found = names.join(buyers, on="customer", how="semi").sort("customer").collect()
    return found["customer_id"].sample(fraction=1.0, shuffle=True, seed=0).head(60_000).to_list()


def _in_process(data: Path, customers: list[str]) -> None:
    releases = Releases.of(StateFolder.of(data))
    release = releases.open(releases.versions()[-1])
    numbers = [release.customers.find(each) for each in customers[: _WARM + _TIMES]]
    took = []
    for number in numbers:
        started = time.perf_counter()
        release.model.recommend([RequestContext(number, release.as_of)])
        took.append(1e3 * (time.perf_counter() - started))
    print("in process: p50 {:.1f} ms, p99 {:.1f} ms".format(*np.percentile(took[_WARM:], [50, 99])))


def _token(database: str) -> str:
    opened = Database.open(database)
    _, token = keys.create(opened, "benchmark", list(Scope), now=datetime.now(UTC), rate=1e6)
    opened.close()
    return token


@contextlib.contextmanager
def _served(data: Path, workers: int) -> Iterator[float]:
    """Gives the seconds from the start of the command until it is ready."""
    command = [
        sys.executable,
        "serve.py",
        "--data",
        str(data),
        "--port",
        str(_PORT),
        "--workers",
        str(workers),
    ]
    if _ready():
        raise RuntimeError(f"something serves at port {_PORT} already")
    started = time.perf_counter()
    with (data / "serve.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            while not _ready():
                if server.poll() is not None:
                    raise RuntimeError((data / "serve.log").read_text()[-2000:])
                time.sleep(0.02)
            ready = time.perf_counter() - started
            # The first process is ready; connections opened now would all be its own, and stay so.
            time.sleep(5 if workers > 1 else 0)
            yield ready
        finally:
            server.terminate()


def _ready() -> bool:
    try:
        return _get("/health/ready")[0] == 200
    except OSError:
        return False


def _get(path: str, token: str = "") -> tuple[int, bytes]:
    connection = HTTPConnection(_HOST, _PORT, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def _load(
    what: str, customers: list[str], token: str, seconds: int, rate: float, *, told: bool = True
) -> None:
    """Runs wrk. `rate`: requests a second of all connections together; 0 is as many as there can be."""
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "customers", Path(folder) / "load.lua"
        listed.write_text("\n".join(customers) + "\n")
        script.write_text(_SCRIPT.format(rate=rate, customers=listed, token=token))
        command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
        output = subprocess.run(
            [*command, f"http://{_HOST}:{_PORT}"], capture_output=True, text=True, check=True
        ).stdout
    found = _RESULT.search(output)
    if found is None:
        raise RuntimeError(output)
    a_second, p50, p95, p99, wrong = map(float, found.groups())
    if told:
        print(
            f"{what}: {a_second:,.0f} a second, p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, "
            f"{wrong:.0f} errors"
        )


def _events(customers: list[str], token: str, data: Path) -> None:
    """From the purchase to the recommendation that leaves it out, one customer after another."""
    connection = HTTPConnection(_HOST, _PORT, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    stored, visible = [], []
    for customer in customers:
        path = f"/v1/customers/{customer}/recommendations?exclude_purchased=true"
        connection.request("GET", path, headers=headers)
        first = json.loads(connection.getresponse().read())["recommendations"][0]["article_id"]
        event = {"customer_id": customer, "kind": "purchase", "article_id": first}
        started = time.perf_counter()
        connection.request("POST", "/v1/events", json.dumps({"events": [event]}), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201
        stored.append(1e3 * (time.perf_counter() - started))
        connection.request("GET", path, headers=headers)
        after = json.loads(connection.getresponse().read())["recommendations"]
        visible.append(1e3 * (time.perf_counter() - started))
        assert first not in [each["article_id"] for each in after]
    for what, took in (("durable", stored), ("durable, and in the next recommendation", visible)):
        p99 = np.percentile(took, 99)
        print(f"events: {what}: p50 {statistics.median(took):.1f} ms, p99 {p99:.1f} ms")


def _memory(data: Path) -> str:
    """Of all processes of the server: what is theirs alone, and the model's pages that they share."""
    total = {"Pss": 0, "Pss_Anon": 0, "Rss": 0}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (process / "environ").read_bytes()
            if (
                f"STYLO_SERVICE_DATA={data}".encode() in environment
                or str(data).encode() in (process / "cmdline").read_bytes()
            ):
                for line in (process / "smaps_rollup").read_text().splitlines():
                    name = line.split(":")[0]
                    if name in total:
                        total[name] += int(line.split()[1])
    mib = {name: value / 1024 for name, value in total.items()}
    return f"memory: {mib['Pss']:,.0f} MiB, of which {mib['Pss_Anon']:,.0f} MiB are not pages of files"


if __name__ == "__main__":
    typer.run(main)
