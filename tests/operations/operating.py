"""A shop that is operated by its public commands."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from helpers import run_here
from serving import linked

CODE = "tests"


def shop_of_its_own(demo_shop: Path, folder: Path) -> Path:
    """A data folder that retraining may change, with a week of new days beside it: the last week's purchases once
    more."""
    data = linked(demo_shop, folder / "shop")
    # data_optim.py --append changes the tables: they must not be those of other tests.
    for name in ("transactions.parquet", "reports"):
        shutil.rmtree(data / name)
        shutil.copytree(demo_shop / name, data / name)
    with (demo_shop / "transactions_train.csv").open() as file:
        header, *rows = csv.reader(file)
    last = max(row[0] for row in rows)
    first = (date.fromisoformat(last) - timedelta(days=6)).isoformat()
    week = [row for row in rows if row[0] >= first]
    later = [[(date.fromisoformat(row[0]) + timedelta(days=7)).isoformat(), *row[1:]] for row in week]
    with (folder / "week.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *sorted(later)])
    # A machine that does other work is no reason to refuse a model.
    (data / "gates.toml").write_text("milliseconds = 100000\nworse = 0.9\n")
    return data


def operate(
    shop: Path,
    *command: str,
    status: int = 0,
    run: Callable[..., CompletedProcess[str]] = run_here,
    images: Path | None = None,
    code: str = CODE,
) -> CompletedProcess[str]:
    """Runs a command; code : what lineage calls ours, which somebody may change while tests run."""
    options = ("--data", shop, "--images", images or shop / "images")
    done = run("-m", "stylo.operations", *options, *command, env={"STYLO_CODE": code})
    assert done.returncode == status, done.stderr + done.stdout
    return done


def last_run(shop: Path) -> dict[str, Any]:
    """The notes of the last retraining."""
    *_, newest = sorted((shop / "service" / "retraining").glob("*/run.json"))
    found: dict[str, Any] = json.loads(newest.read_text())
    return found
