"""From new days to a champion and back, by the public commands and the running service."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from helpers import SLOW, contents, run_here, run_script
from operating import last_run, operate, shop_of_its_own
from serving import Server, until

from stylo.operations.workspace import alone


@pytest.fixture(scope="module")
def shop(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_of_its_own(demo_shop, tmp_path_factory.mktemp("operations"))


@pytest.fixture(scope="module")
def served(shop: Path, demo_shop: Path) -> Iterator[Server]:
    """The service, which began before the new days came."""
    with Server(shop, demo_shop / "images") as server:
        yield server


@pytest.fixture(scope="module")
def retrained(served: Server, shop: Path) -> dict[str, Any]:
    """The notes of the run that took in the new days."""
    served.before = version(served)  # type: ignore[attr-defined]
    operate(shop, "retrain", "--new", str(shop.parent / "week.csv"), run=run_script)
    (notes,) = (shop / "service" / "retraining").glob("*/run.json")
    return json.loads(notes.read_text())


def version(server: Server) -> str:
    return str(httpx2.get(f"{server.address}/version").json()["model_version"])


def follows(server: Server, wanted: str) -> bool:
    """Waits until the service answers with a version."""
    deadline = time.monotonic() + SLOW
    while version(server) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return True


def test_new_days_become_a_champion_that_the_service_takes_up(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    assert retrained["state"] == "done"
    assert [gate["name"] for gate in retrained["steps"]["compare"]["gates"] if not gate["open"]] == []
    new = retrained["steps"]["publish"]["version"]
    last = pl.read_parquet(shop / "transactions.parquet" / "*.parquet")["t_dat"].max()
    assert isinstance(last, date)
    assert new.startswith((last + timedelta(days=1)).isoformat())
    assert follows(served, new)
    assert new in operate(shop, "models", "list").stdout


def test_an_answer_leads_to_run_data_and_code(served: Server, shop: Path, retrained: dict[str, Any]) -> None:
    new = retrained["steps"]["publish"]["version"]
    follows(served, new)
    customer = pl.read_parquet(shop / "customers.parquet")["customer_id"][0]
    with served.client() as client:
        answer = client.get(f"/v1/customers/{customer}/recommendations")
    # The log of answers is written every half second: until then nobody knows of it.
    asked = ("-m", "stylo.operations", "--data", shop, "lineage", answer.headers["x-request-id"])
    until(lambda: run_here(*asked).returncode == 0)
    done = run_here(*asked)
    found = json.loads(done.stdout)
    assert found["release"] == new
    assert found["answer"]["customer_id"] == customer
    assert found["training"]["run_id"] == retrained["steps"]["register"]["run_id"]
    assert found["training"]["retraining"]
    assert set(found["model"]["inputs"]) >= {"articles.parquet", "customers.parquet", "train_split.parquet"}
    assert found["training"]["data"]["transactions.parquet"]["made_by"] == "data_optim.py"
    assert found["training"]["code"].startswith("0.")


def test_going_back_is_one_command_and_forward_another(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    new, before = retrained["steps"]["publish"]["version"], served.before  # type: ignore[attr-defined]
    follows(served, new)
    operate(shop, "models", "rollback", "--reason", "fewer clicks")
    assert follows(served, before)
    operate(shop, "models", "promote", new, "--reason", "it was the weather")
    assert follows(served, new)
    told = operate(shop, "models", "show", new).stdout
    assert "it was the weather" in told
    assert "fewer clicks" in told


@pytest.mark.parametrize("new", [True, False])
def test_where_nothing_is_new_nothing_is_trained_and_nothing_changes(
    served: Server, shop: Path, retrained: dict[str, Any], new: bool
) -> None:
    def kept() -> tuple[str, dict[str, bytes], bytes]:
        files = contents(shop / "service" / "lineage")
        return operate(shop, "models", "list").stdout, files, (shop / "model.bin").read_bytes()

    before, champion = kept(), version(served)
    follows(served, retrained["steps"]["publish"]["version"])
    done = operate(shop, "retrain", *(["--new", str(shop.parent / "week.csv")] if new else []))
    assert f"Nothing is new: {champion} was made of the same days, photos, settings and code" in done.stdout
    assert "retrain --force" in done.stdout
    assert "Step: train" not in done.stderr
    assert (last_run(shop)["state"], list(last_run(shop)["steps"])) == ("nothing new", ["new days"])
    assert kept() == before
    assert version(served) == champion


def test_a_damaged_version_is_refused_and_the_champion_stays(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    operate(shop, "models", "rollback", "--reason", "try")
    follows(served, served.before)  # type: ignore[attr-defined]
    new = retrained["steps"]["publish"]["version"]
    file = shop / "service" / "models" / new / "service.bin"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        done = operate(shop, "models", "promote", new, "--reason", "try", status=2)
        assert "has changed since it was published" in done.stderr
        assert version(served) == served.before  # type: ignore[attr-defined]
    finally:
        file.write_bytes(whole)
    operate(shop, "models", "promote", new, "--reason", "it is whole again")
    assert follows(served, new)


def test_two_at_once_exclude_each_other(shop: Path, retrained: dict[str, Any]) -> None:
    with alone("retraining", shop / "service"):
        told = operate(shop, "retrain", status=2).stderr
    assert f"Another retraining is in progress in {shop / 'service'} (process {os.getpid()})" in told
    assert "stylo.operations status" in told
    with alone("promotion", shop / "service"):
        done = operate(shop, "models", "rollback", "--reason", "x", status=2)
    assert "in progress" in done.stderr


def test_a_registry_that_cannot_be_reached_is_told_and_changes_nothing(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    before = version(served)
    url = "http://127.0.0.1:9"
    done = operate(shop, "--registry", url, "models", "promote", "1", "--reason", "x", status=2)
    assert "cannot be reached" in done.stderr
    assert version(served) == before


def test_an_unknown_version_is_told(shop: Path, retrained: dict[str, Any]) -> None:
    done = operate(shop, "models", "promote", "2031-01-01-00000000", "--reason", "x", status=2)
    assert "There is no version" in done.stderr


def test_drift_and_quality_are_looked_at_by_command(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    assert "alarms in the week" in operate(shop, "drift").stdout
    operate(shop, "monitor")
    assert json.loads((shop / "reports" / "monitoring.json").read_text())["figures"]
    assert json.loads((shop / "reports" / "drift.json").read_text())["signals"]


def test_a_data_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    operate(tmp_path / "typo", "models", "list", status=2)
    assert not (tmp_path / "typo").exists()


def test_an_experiment_with_simulated_shoppers_comes_to_a_verdict(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    """Shoppers to whom best sellers are shown buy four times as often: by command, service and events alone."""
    definition = {
        "name": "bestsellers first",
        "layer": "ranking",
        "slot": [0.0, 1.0],
        "salt": "one",
        "variants": [
            {"name": "control", "share": 0.5},
            {"name": "bestsellers", "share": 0.5, "settings": {"popularity": 50.0}},
        ],
        "metric": "conversion",
        "minimum_effect": 0.5,
        "planned_customers": 150,
        "window_days": 1,
    }
    file = shop.parent / "experiment.json"
    file.write_text(json.dumps(definition))
    operate(shop, "experiments", "define", str(file), "--reason", "try")
    operate(shop, "experiments", "start", "bestsellers first", "--reason", "monday")
    customers = pl.read_parquet(shop / "customers.parquet")["customer_id"].to_list()
    with served.client() as client:

        def shown(customer: str) -> dict[str, Any] | None:
            answer = client.get(f"/v1/customers/{customer}/recommendations")
            return answer.json() if answer.status_code == 200 else None

        deadline = time.monotonic() + SLOW
        known = next(customer for customer in customers if shown(customer))
        while (shown(known) or {})["variant"] == "live":
            assert time.monotonic() < deadline
        bought = 0
        for place, customer in enumerate(customers):
            answer = shown(customer)
            if answer is None:
                continue
            if place % 5 == 0 or (answer["variant"].endswith(":bestsellers") and place % 5 != 1):
                event = {
                    "customer_id": customer,
                    "kind": "purchase",
                    "article_id": answer["recommendations"][0]["article_id"],
                    "price": 20.0,
                }
                assert client.post("/v1/events", json={"events": [event]}).status_code == 201
                bought += 1
        assert bought
    operate(shop, "experiments", "stop", "bestsellers first", "--reason", "done")
    later = (date.fromisoformat(version(served)[:10]) + timedelta(days=30)).isoformat()
    done = operate(shop, "experiments", "show", "bestsellers first", "--now", later)
    report = json.loads((shop / "reports" / "experiment-bestsellers first.json").read_text())
    rates = {each["name"]: each["means"]["conversion"] for each in report["variants"]}
    assert rates["bestsellers"] == pytest.approx(0.8, abs=0.12)
    assert rates["control"] == pytest.approx(0.2, abs=0.12)
    assert report["verdict"]["winner"] == "bestsellers"
    assert report["verdict"]["text"].split(".")[0] in " ".join(done.stdout.split())


def test_what_was_activated_over_http_is_held_and_the_registry_follows(
    served: Server, shop: Path, retrained: dict[str, Any]
) -> None:
    first = served.before  # type: ignore[attr-defined]
    with served.client() as client:
        activated = client.post(
            "/v1/admin/models/activate", json={"version": first, "reason": "fewer returns"}
        )
    assert activated.status_code == 201
    operate(shop, "watch", "--times", "1")
    assert version(served) == first
    listed = operate(shop, "models", "list").stdout
    assert "fewer returns" in listed and "models unhold" in listed
    assert re.search(rf"{first}.*champion, live", listed)
