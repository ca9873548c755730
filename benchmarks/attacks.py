"""python -m benchmarks.attacks --data DIR: the service under attack, and what becomes of everybody else.

Starts `serve.py` with two workers on a copy of the data folder (hard links), once for each attack. A process of its own
attacks it with a key without a limit, and 30 times a second somebody else asks for recommendations that nobody has
asked for before. Told for each attack:

    p50, p99    milliseconds of the others, from the connection to the last byte
    failed      answers to the others that were none, or another status than 200
    memory +    MiB that all processes of the server have more than before, at most, and ten seconds after the end
    stop        seconds from SIGTERM, in the middle of the attack, to the end of the last process
    attack      how often the attack was answered with which status

Held: p99 ≤ 250 ms, memory + ≤ 300 MiB, stop ≤ STOP_SECONDS + 1. The command ends with 1 where one is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.storage import keys
from stylo.storage.database import Database
from stylo.storage.keys import Scope

HOST, PORT = "127.0.0.1", 8979
P99_MS, MEMORY_MIB, STOP_MORE = 250.0, 300.0, 1.0
_OTHERS_A_SECOND = 30
_ANSWER_SECONDS, _AFTER_SECONDS = 30.0, 10.0
_JSON = "application/json"


@dataclass(frozen=True)
class Target:
    """What an attacker knows. `state` : the state folder, for mishaps on the machine itself."""

    token: str
    customers: list[str]
    articles: list[str]
    photos: list[Path]
    state: Path
    server: int
    port: int = PORT

    def request(self, method: str, path: str, body: bytes = b"", kind: str = _JSON) -> bytes:
        head = [
            f"{method} {path} HTTP/1.1",
            f"host: {HOST}",
            f"authorization: Bearer {self.token}",
            f"content-type: {kind}",
            f"content-length: {len(body)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body

    def list_of(self, customer: str, parameters: str = "") -> bytes:
        return self.request("GET", f"/v1/customers/{customer}/recommendations{parameters}")


class Line:
    """A connection that is opened again whenever the other side has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> int:
        """The status of the answer, all of which is read; 0 if there was none."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = self._ends or await asyncio.open_connection(HOST, self._port)
                self._ends = reader, writer
                writer.write(request)
                await writer.drain()
                return await self._read(reader)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.close()
            return 0

    async def _read(self, reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(fields.get("content-length", "0")))
        if fields.get("connection") == "close":
            self.close()
        return int(head.split()[1])

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


Statuses = Counter[int]
#: What attacks until it is cancelled, and counts how it was answered.
Attack = Callable[[Target, Statuses], Awaitable[None]]


async def _on_lines(target: Target, count: int, requests: Callable[[], bytes], statuses: Statuses) -> None:
    """As many connections, each of which asks as soon as it was answered."""

    async def one() -> None:
        line = Line(target.port)
        while True:
            statuses[status := await line.ask(requests())] += 1
            if status in (0, 429, 503):
                await asyncio.sleep(0.05)

    await asyncio.gather(*(one() for _ in range(count)))


async def nothing(target: Target, statuses: Statuses) -> None:
    """Nobody attacks: for comparison."""
    await asyncio.sleep(1e6)


async def searches(target: Target, statuses: Statuses) -> None:
    """600 connections that search without a pause."""
    words = ["black dress", "blakc dres", "jersey top", "trousers", "white shirt cotton"]
    await _on_lines(
        target,
        600,
        lambda: target.request("GET", f"/v1/articles?q={random.choice(words).replace(' ', '+')}"),
        statuses,
    )


async def batches(target: Target, statuses: Statuses) -> None:
    """16 connections, each of which asks for 100 articles for each of 1,000 customers."""

    def request() -> bytes:
        some = random.sample(target.customers, min(1000, len(target.customers)))
        return target.request("POST", "/v1/batch", json.dumps({"customers": some, "k": 100}).encode())

    await _on_lines(target, 16, request, statuses)


async def long_parameters(target: Target, statuses: Statuses) -> None:
    """32 connections that write the same question with up to 60,000 zeros, always another number of them."""

    def request() -> bytes:
        zeros = "0" * random.choice([random.randrange(16_000), random.randrange(60_000)])
        return target.list_of(random.choice(target.customers), f"?price_min=0.{zeros}")

    await _on_lines(target, 32, request, statuses)


async def questions(target: Target, statuses: Statuses) -> None:
    """8 connections that fill the cache: long, explained lists, each question another one."""

    def request() -> bytes:
        price = random.randrange(10**9) / 1e6
        who = random.choice(target.customers)
        return target.list_of(who, f"?k=100&explain=true&price_max={price}")

    await _on_lines(target, 8, request, statuses)


async def slow_uploads(target: Target, statuses: Statuses) -> None:
    """60 connections, each of which sends 9.9 of 10 MB at once, and the rest never."""
    head = target.request("POST", "/v1/visual-search", kind="image/jpeg").replace(
        b"content-length: 0", b"content-length: 10000000"
    )
    await _on_lines(target, 60, lambda: head + bytes(9_900_000), statuses)


async def busy_customer(target: Target, statuses: Statuses) -> None:
    """100,000 events of one customer, and 16 connections that ask for this customer's recommendations."""
    who, line = target.customers[-1], Line(target.port)
    for first in range(0, 100_000, 1000):
        events = [
            {
                "customer_id": who,
                "kind": "view",
                "article_id": target.articles[(first + n) % len(target.articles)],
            }
            for n in range(1000)
        ]
        await line.ask(target.request("POST", "/v1/events", json.dumps({"events": events}).encode()))
    await _on_lines(target, 16, lambda: target.list_of(who, f"?price_max={random.random() * 1e5}"), statuses)


async def large_submissions(target: Target, statuses: Statuses) -> None:
    """32 connections that store a thousand events at a time."""

    def request() -> bytes:
        events = [
            {
                "customer_id": f"{random.getrandbits(256):064x}",
                "kind": "view",
                "article_id": target.articles[0],
            }
            for _ in range(1000)
        ]
        return target.request("POST", "/v1/events", json.dumps({"events": events}).encode())

    await _on_lines(target, 32, request, statuses)


async def photos(target: Target, statuses: Statuses) -> None:
    """16 connections that search by photo without a pause."""
    pictures = [path.read_bytes() for path in target.photos[:20]]
    await _on_lines(
        target,
        16,
        lambda: target.request("POST", "/v1/visual-search", random.choice(pictures), "image/jpeg"),
        statuses,
    )


async def silent_connections(target: Target, statuses: Statuses) -> None:
    """500 connections that send half a request, and nothing more."""

    async def one() -> None:
        while True:
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await asyncio.open_connection(HOST, target.port)
                writer.write(b"GET /health/live HTTP/1.1\r\nhost: ")
                await reader.read()
                writer.close()
            statuses[0] += 1

    await asyncio.gather(*(one() for _ in range(500)))


async def killed_workers(target: Target, statuses: Statuses) -> None:
    """Every five seconds one of the two workers is killed; counted as 0, and as 1 if another has followed in two."""
    while True:
        before = _workers(target.server)
        os.kill(random.choice(sorted(before)), signal.SIGKILL)
        statuses[0] += 1
        await asyncio.sleep(2)
        statuses[1] += len(_workers(target.server)) == len(before)
        await asyncio.sleep(3)


async def changed_model(target: Target, statuses: Statuses) -> None:
    """Somebody overwrites bytes of the live version's model in place: the others get what sells best."""
    for path in (target.state / "models").glob("*/model.bin"):
        path.chmod(0o644)
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(bytes(100))
    await asyncio.sleep(1e6)


async def full_disk(target: Target, statuses: Statuses) -> None:
    """The disk of the state folder is full (as far as this user may make one), while events come."""
    with contextlib.suppress(OSError), (target.state / "filler").open("wb") as file:
        while True:
            file.write(bytes(100_000))
            file.flush()
    await large_submissions(target, statuses)


ATTACKS: dict[str, Attack] = {
    function.__name__.replace("_", " "): function
    for function in (
        nothing,
        searches,
        batches,
        long_parameters,
        questions,
        slow_uploads,
        busy_customer,
        large_submissions,
        photos,
        silent_connections,
        killed_workers,
        changed_model,
        full_disk,
    )
}


def _attack(name: str, target: Target, told: Connection) -> None:
    """The process of the attacker, until it is killed: tells every half second how it was answered."""
    os.nice(10)  # so that its own work costs the server as little as may be

    async def run() -> None:
        statuses: Statuses = Counter()
        attack = asyncio.ensure_future(ATTACKS[name](target, statuses))
        while not attack.done():
            await asyncio.sleep(0.5)
            told.send(dict(statuses))
        await attack

    asyncio.run(run())


@dataclass
class Outcome:
    """What became of the others, and of the server."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    memory: float = 0.0
    memory_after: float = 0.0
    stop: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def p99(self) -> float:
        return float(np.percentile(self.milliseconds, 99))

    def holds(self, stop_seconds: int) -> bool:
        return self.p99 <= P99_MS and self.memory <= MEMORY_MIB and self.stop <= stop_seconds + STOP_MORE

    def line(self, name: str, stop_seconds: int) -> str:
        answered = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        return (
            f"{name:<20}{np.median(self.milliseconds):7.0f}{self.p99:7.0f}{self.failed:8d}"
            f"{self.memory:10.0f}{self.memory_after:8.0f}{self.stop:7.1f}  "
            f"{'held' if self.holds(stop_seconds) else 'NOT HELD':<10}{answered}"
        )


async def _others(target: Target, seconds: float, outcome: Outcome) -> None:
    """Asks at the same pace, whatever the answers take: who waits does not ask less."""
    asking: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        line, started = Line(target.port), time.perf_counter()
        who = target.customers[number % len(target.customers)]
        status = await line.ask(target.list_of(who, f"?price_max={1e5 + number}"))
        line.close()
        outcome.milliseconds.append(1e3 * (time.perf_counter() - started))
        outcome.failed += status != 200

    started = time.perf_counter()
    for number in range(int(seconds * _OTHERS_A_SECOND)):
        await asyncio.sleep(max(0.0, started + number / _OTHERS_A_SECOND - time.perf_counter()))
        asking.add(asyncio.create_task(one(number)))
        if number % (_OTHERS_A_SECOND // 3) == 0:
            outcome.memory = max(outcome.memory, await asyncio.to_thread(_memory, target.server))
    await asyncio.gather(*asking)


def measure(name: str, data: Path, images: Path, seconds: float, stop_seconds: int) -> Outcome:
    """One attack on a server of its own."""
    outcome = Outcome()
    with _served(data, images, stop_seconds, small_disk=name == "full disk") as (server, target):
        asyncio.run(_others(target, 3, Outcome()))  # warm
        before = _memory(target.server)
        with _attacker(name, target) as told:
            asyncio.run(_others(target, 2, Outcome()))  # until it has begun
            asyncio.run(_others(target, seconds, outcome))
            while told.poll():
                outcome.statuses = told.recv()
        outcome.memory -= before
        time.sleep(_AFTER_SECONDS)
        outcome.memory_after = _memory(target.server) - before
        with _attacker(name, target):
            time.sleep(3)
            started = time.perf_counter()
            server.send_signal(signal.SIGTERM)
            server.wait(stop_seconds + 60)
            outcome.stop = time.perf_counter() - started
    return outcome


@contextlib.contextmanager
def _attacker(name: str, target: Target) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_attack, args=(name, target, tells))
    process.start()
    tells.close()
    try:
        yield told
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def _served(
    data: Path, images: Path, stop_seconds: int, *, small_disk: bool
) -> Iterator[tuple[subprocess.Popen[bytes], Target]]:
    """A server over a copy of the data folder, and what an attacker knows of it."""
    with tempfile.TemporaryDirectory(dir=data.resolve().parent) as temporary, contextlib.ExitStack() as held:
        copy, state = Path(temporary) / "shop", Path(temporary) / "state"
        _link(data, copy)
        state.mkdir()
        limit = held.enter_context(_small_disk(state, data)) if small_disk else None
        environment = {
            **os.environ,
            "STYLO_SERVICE_STATE": str(state),
            "STYLO_SERVICE_WORKERS": "2",
            "STYLO_SERVICE_STOP_SECONDS": str(stop_seconds),
        }
        command = [sys.executable, "serve.py", "--data", str(copy), "--images", str(images)]
        subprocess.run(
            [*command[:2], "models", "publish", *command[2:4]], env=environment, check=True, stdout=-3
        )
        database = Database.open(f"sqlite:///{state}/service.sqlite")
        _, token = keys.create(database, "attacks", list(Scope), now=datetime.now(UTC), rate=1e9)
        database.close()
        log = held.enter_context((Path(temporary) / "serve.log").open("wb"))
        server = subprocess.Popen(
            [*command, "--port", str(PORT)], env=environment, stdout=log, stderr=log, preexec_fn=limit
        )
        try:
            while asyncio.run(Line(PORT).ask(b"GET /health/ready HTTP/1.1\r\nhost: x\r\n\r\n")) != 200:
                if server.poll() is not None:
                    raise RuntimeError(Path(log.name).read_text()[-2000:])
                time.sleep(0.1)
            while Path(log.name).read_text().count('"message": "model"') < 2:  # both answer
                time.sleep(0.1)
            yield server, Target(token, *_known(copy, images), state, server.pid)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()


@contextlib.contextmanager
def _small_disk(state: Path, data: Path) -> Iterator[Callable[[], None] | None]:
    """A disk that is full soon; where this user may not mount one, files that may not grow instead."""
    size = sum(path.stat().st_size for path in data.glob("*.*") if path.is_file()) + 30_000_000
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(state)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
        return
    try:
        yield None
    finally:
        subprocess.run(["umount", "--lazy", str(state)], check=True)


def _link(data: Path, target: Path) -> None:
    for path in data.rglob("*"):
        if path.is_file() and not {"service", "images"} & set(path.relative_to(data).parts):
            place = target / path.relative_to(data)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)


def _known(data: Path, images: Path) -> tuple[list[str], list[str], list[Path]]:
    customers = pl.read_parquet(data / "customers.parquet")["customer_id"].to_list()
    random.Random(0).shuffle(customers)
    articles = pl.read_parquet(data / "articles.parquet")["article_id"].to_list()
    return customers, articles, sorted(images.glob("0*/*.jpg"))


def _workers(server: int) -> set[int]:
    """The processes of a server that answer."""
    return {
        each for each in _descendants(server) if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()
    }


def _descendants(parent: int) -> set[int]:
    found, last = set[int](), {parent}
    while last:
        found |= last
        last = {each for each, above in _parents().items() if above in last} - found
    return found - {parent}


def _parents() -> dict[int, int]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            told = path.read_text().rpartition(") ")[2].split()
            if told[0] != "Z":
                found[int(path.parent.name)] = int(told[1])
    return found


def _memory(server: int) -> float:
    """MiB of all processes of a server that are no pages of files."""
    total = 0
    for each in {server, *_descendants(server)}:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return total / 1024


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    images: Annotated[Path | None, typer.Option("--images", help="Its photos; default: DATA/images.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Names of attacks; default: all.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="How long each attack is measured.")] = 10,
    stop_seconds: Annotated[int, typer.Option("--stop-seconds", help="STOP_SECONDS of the service.")] = 5,
) -> None:
    """Prints what becomes of the others under each attack; ends with 1 where it is not what was promised."""
    names = only or list(ATTACKS)
    if unknown := set(names) - ATTACKS.keys():
        raise typer.BadParameter(f"no attacks: {', '.join(unknown)}; there are: {', '.join(ATTACKS)}")
    print(
        f"{'attack':<20}{'p50':>7}{'p99':>7}{'failed':>8}{'memory +':>10}{'after':>8}{'stop':>7}", flush=True
    )
    held = True
    for name in names:
        outcome = measure(name, data, images or data / "images", seconds, stop_seconds)
        print(outcome.line(name, stop_seconds), flush=True)
        held &= outcome.holds(stop_seconds)
    if not held:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
