"""What a person decides stays decided: a story of one shop, by public commands, with no server running."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import REPOSITORY, contents, run_here, run_script
from operating import CODE, last_run, operate, shop_of_its_own
from serving import until

from stylo.operations.registry import CHALLENGER, CHAMPION, Registry
from stylo.operations.workspace import Workspace
from stylo.service.settings import ServiceSettings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_of_its_own(demo_shop, tmp_path_factory.mktemp("decisions"))


@pytest.fixture(scope="module")
def first(shop: Path) -> str:
    """The version that a person published, of which MLflow knows nothing."""
    done = serve(shop, "publish")
    assert "Held: command line decided so (publish)" in done.stderr
    return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def second(shop: Path, first: str) -> str:
    """The version that a retraining made of new days and promoted, once a person had let it."""
    serve(shop, "unhold")
    operate(shop, "retrain", "--new", str(shop.parent / "week.csv"))
    version = str(last_run(shop)["steps"]["publish"]["version"])
    assert live(shop) == version != first
    return version


@pytest.fixture(autouse=True)
def unheld_in_the_end(shop: Path, second: str) -> Iterator[None]:
    yield
    operate(shop, "models", "promote", second, "--reason", "as it was")
    operate(shop, "models", "unhold", "--reason", "as it was")


def serve(shop: Path, *command: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = run_here("serve.py", "models", *command, "--data", shop)
    assert done.returncode == status, done.stderr + done.stdout
    return done


def live(shop: Path) -> str:
    (line,) = [line for line in serve(shop, "list").stdout.splitlines() if line.startswith("Live: ")]
    return line.removeprefix("Live: ")


def registry(shop: Path) -> Registry:
    return Registry.of(Workspace(ServiceSettings(data=shop)))


def alias(shop: Path, name: str) -> str | None:
    """The release that has an alias in MLflow."""
    return next((each.release for each in registry(shop).versions() if name in each.aliases), None)


def test_watch_leaves_a_rollback_to_a_version_that_mlflow_did_not_know(
    shop: Path, first: str, second: str
) -> None:
    done = operate(shop, "models", "rollback", "--reason", "fewer clicks")
    assert f"Live: {first} (before: {second})" in done.stdout
    operate(shop, "watch", "--times", "2", "--minutes", "0")
    assert live(shop) == first
    assert (alias(shop, CHAMPION), alias(shop, CHALLENGER)) == (first, None)


@pytest.mark.parametrize(
    "door", [("serve", "activate"), ("operations", "promote"), ("serve", "rollback"), ("operations", "hold")]
)
def test_whatever_a_person_decided_by_whatever_door_a_retraining_and_watch_keep(
    shop: Path, first: str, second: str, door: tuple[str, str]
) -> None:
    where, command = door
    version = [first] if command in ("activate", "promote") else []
    if where == "serve":
        serve(shop, command, *version, "--reason", "anna says so")
    else:
        operate(shop, "models", command, *version, "--reason", "anna says so")
    decided = live(shop)
    assert decided == (second if command == "hold" else first)
    told = operate(shop, "retrain").stdout
    assert "Nothing is new" in told
    operate(shop, "watch", "--times", "1")
    assert live(shop) == decided == alias(shop, CHAMPION)
    status = operate(shop, "status").stdout
    assert f"{decided} since " in status
    assert f"Held: command line decided so ({'activate' if command == 'promote' else command})" in status
    assert "anna says so" in status
    assert "python serve.py models unhold" in status


def test_a_version_that_was_gone_back_from_no_retraining_promotes_again(
    shop: Path, first: str, second: str
) -> None:
    serve(shop, "rollback", "--reason", "fewer clicks")
    kept = contents(shop / "service" / "lineage")
    held = operate(shop, "retrain").stdout
    assert "Nothing is new" in held and "models unhold" in held
    serve(shop, "unhold", "--reason", "the sale is over")
    told = operate(shop, "retrain").stdout
    assert f"{second} is not made live again: command line decided so (rollback)" in told
    away = shop.parent / "away"
    again = operate(shop, "retrain", images=away, code="other")  # by another code it is trained again
    assert re.search("not gone back from +CLOSED", again.stdout)
    assert f"Trained without new photos: {away} is not there" in again.stdout
    assert f"NOTICE: no photos are encoded: {away} is not there" in again.stderr
    assert last_run(shop)["steps"]["publish"]["version"] == second
    assert live(shop) == first
    assert contents(shop / "service" / "lineage") == kept
    same = operate(shop, "retrain", images=away, code="other")
    assert "Nothing is new" in same.stdout
    serve(shop, "rollback", status=2)  # and a rollback does not lead to it either
    assert live(shop) == first


def test_an_alias_moved_in_mlflow_is_followed_unless_a_person_holds_another_version(
    shop: Path, first: str, second: str
) -> None:
    operate(shop, "models", "register")
    mlflow = registry(shop)
    numbers = {each.release: each.number for each in mlflow.versions()}

    def move(version: str) -> None:
        mlflow._client.set_registered_model_alias("stylo", CHAMPION, str(numbers[version]))

    move(first)
    assert f"Live: {first}" in operate(shop, "models", "sync").stdout
    move(second)
    assert f"Live: {second}" in operate(shop, "models", "sync").stdout
    serve(shop, "hold", "--reason", "christmas")
    move(first)
    refused = operate(shop, "models", "sync", status=2).stderr
    assert f"{second} stays live, although the alias champion was moved to {first}" in refused
    assert "christmas" in refused and f"models promote {first}" in refused
    assert live(shop) == second
    operate(shop, "models", "promote", second, "--reason", "anna and bob agree")
    assert alias(shop, CHAMPION) == second


def test_a_registry_file_that_is_gone_is_not_silently_made_anew(shop: Path, first: str, second: str) -> None:
    file, aside = shop / "service" / "mlflow.sqlite", shop / "aside.sqlite"
    file.rename(aside)
    try:
        for empty in (False, True):
            if empty:
                file.touch()
            for command in ("list", "sync", "promote 1 --reason x"):
                told = operate(shop, "models", *command.split(), status=2).stderr
                assert "The registry of models is gone" in told and str(file) in told
                assert "models register" in told
            assert file.exists() is empty
        assert live(shop) == second
        assert f"{second} since" in operate(shop, "status").stdout
        # A process of its own: MLflow keeps what it has opened.
        made = operate(shop, "models", "register", run=run_script).stdout
        assert "2 versions are registered" in made
        assert re.search(rf"{second} +\d +champion\n", made)
        scores = json.loads((shop / "service" / "lineage" / f"{second}.json").read_text())["scores"]
        assert f"{scores['map@12']:.5f}" in operate(shop, "models", "list", run=run_script).stdout
    finally:
        aside.replace(file)  # the one that is open here


def test_gates_are_read_before_anything_is_trained(shop: Path, first: str, second: str) -> None:
    limits, runs = shop / "gates.toml", sorted((shop / "service" / "retraining").iterdir())
    before = limits.read_text()
    limits.write_text("milliseconds = 'fast'\n")
    try:
        told = operate(shop, "retrain", "--force", status=2)
    finally:
        limits.write_text(before)
    assert "gates.toml" in told.stderr and "milliseconds" in told.stderr
    assert "Step:" not in told.stderr
    assert sorted((shop / "service" / "retraining").iterdir()) == runs


def test_a_run_is_shown_with_process_and_step_and_as_killed_when_it_was(
    shop: Path, first: str, second: str
) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
    environment["STYLO_CODE"] = CODE
    command = [sys.executable, "-m", "stylo.operations", "--data", str(shop), "retrain", "--force"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: process.poll() is None and last_run(shop)["process"].split()[0] == str(process.pid))
            until(lambda: "new days" in last_run(shop)["steps"])
            shown = operate(shop, "status").stdout
            assert f"running, process {process.pid}, at the step" in shown
            told = operate(shop, "retrain", status=2).stderr
            assert f"(process {process.pid})" in told
        finally:
            process.send_signal(signal.SIGKILL)
    shown = operate(shop, "status").stdout
    assert "killed at the step" in shown and f"(process {process.pid})" in shown
    assert "retrain   # goes on at the step" in shown
    notes = last_run(shop)
    assert notes["state"] == "running"  # it could not say so itself
    before = contents(shop / "service" / "lineage")
    again = operate(shop, "retrain", "--new", str(shop.parent / "week.csv"))
    assert f"the result is the champion itself, {second}" in again.stdout
    assert contents(shop / "service" / "lineage") == before
    assert (alias(shop, CHAMPION), alias(shop, CHALLENGER)) == (second, None)
    kept = [json.loads(path.read_text()) for path in (shop / "service" / "retraining").glob("*/run.json")]
    assert {run["state"] for run in kept if run["process"] == notes["process"]} == {"killed"}


def test_status_of_a_shop_that_was_never_served_says_what_to_type(demo_shop: Path, tmp_path: Path) -> None:
    before = contents(demo_shop)
    told = operate(demo_shop, "status").stdout
    assert "nothing yet" in told
    assert f"Next      python serve.py --data {demo_shop}" in told
    assert contents(demo_shop) == before  # and it writes nothing
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "python final.py" in operate(empty, "status").stdout
    assert list(empty.iterdir()) == []
    assert "There is no data folder" in operate(tmp_path / "typo", "status", status=2).stderr


def test_status_tells_what_was_refused_in_the_inbox_and_why(shop: Path, first: str, second: str) -> None:
    inbox = shop / "new"
    inbox.mkdir(exist_ok=True)
    (inbox / "week.csv.part").write_text("t_dat")
    try:
        told = operate(shop, "status").stdout
        assert "week.csv.part: refused: it has the name of a temporary file" in told
    finally:
        shutil.rmtree(inbox)
    assert "Inbox     empty" in operate(shop, "status").stdout
