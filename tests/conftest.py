"""Fixtures: a tiny shop, a demo shop after all six scripts, the real sample where it is there."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from boutique import END, few_trees
from boutique import boutique as make_boutique
from helpers import (
    HM_SAMPLE,
    catalogue,
    members,
    run_script,
    transactions,
    twins,
    vectors,
    write_tiny_shop,
)
from hypothesis import HealthCheck, settings
from postgres import PostgresServer, postgres_server

from stylo.candidates.history import History

if TYPE_CHECKING:
    from stylo.recommender import Recommender

KEPT_NETWORK = "demo-network"
#: The network that is the quicker to compile, and to ask.
UNTRAINED = "--model", "efficientnet-lite0", "--weights", "random"
# What the person who runs the tests has set for other work: colours, proxies, settings of ours and of libraries.
for name in list(os.environ):
    if name.startswith(("STYLO_", "MLFLOW_", "STREAMLIT_")) and name != "STYLO_HM_SAMPLE":
        del os.environ[name]
for name in ("FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "TF_CPP_MIN_LOG_LEVEL", "PYTHONIOENCODING"):
    os.environ.pop(name, None)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what runs in the background so
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The shop's day is that of UTC in tests that do not name another time zone, wherever they run.
os.environ["STYLO_SERVICE_TIME_ZONE"] = "UTC"
# How long an example takes depends on the machine and on what else runs there.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def tiny_shop(tmp_path: Path) -> Path:
    """The CSVs of the tiny shop."""
    write_tiny_shop(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo shop after all six scripts, run for real with an untrained network. Nobody changes it.

    Processes that test together share it: the first makes it.
    """
    base = tmp_path_factory.getbasetemp()
    data = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with (data.parent / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "submission.csv").exists():
            make_demo_shop(data)
    return data


def make_demo_shop(data: Path) -> None:
    commands: list[tuple[str | Path, ...]] = [
        ("-m", "stylo_demo", "--out", data, "--articles", "60", "--customers", "150", "--days", "200"),
        ("data_optim.py", "--data", data),
        ("split_data.py", "--data", data),
        ("visual_features.py", "--data", data, "--images", data / "images", *UNTRAINED),
        ("visual_reccs.py", "--data", data),
        ("individual_baseline.py", "--data", data),
        ("final.py", "--data", data, "--weeks", "2", "--submission", data / "submission.csv"),
    ]
    for command in commands:
        done = run_script(*command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    # Megabytes, which hardly any test needs, and each copy of the shop would hold.
    aside = data.parent / KEPT_NETWORK
    aside.mkdir()
    for path in data.glob("visual_network.*"):
        path.rename(aside / path.name)


@pytest.fixture(scope="session")
def kept_network(demo_shop: Path) -> Path:
    """A folder with the network that `visual_features.py` has kept of the demo shop."""
    return demo_shop.parent / KEPT_NETWORK


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of the tests' own; tests that need it say so where PostgreSQL is not installed."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def hm_sample() -> Path:
    """The real H&M sample; tests that need it say so where it is not."""
    if not (HM_SAMPLE / "transactions_train.csv").exists():
        pytest.skip(f"the H&M sample is not at {HM_SAMPLE} (STYLO_HM_SAMPLE names another place)")
    return HM_SAMPLE


@pytest.fixture
def small_history() -> History:
    """Two tastes that never mix: customers 1 and 2 buy articles 10-13, customers 3 and 4 articles 20-23.

    Customer 9 has never bought; article 30 was never sold and looks like 10. In words and attributes the tastes
    are at right angles. Nobody knows the age of 4 and 9.
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
    tastes = {10: (1, 0), 11: (4, 1), 12: (3, 1), 13: (2, 1), 30: (5, 1)}
    tastes |= {20: (0, 1), 21: (-1, 4), 22: (-1, 3), 23: (-1, 2)}
    return History(
        transactions(*rows),
        articles,
        twins((10, 30, 0.9), (10, 11, 0.8), (20, 23, 0.7), (30, 10, 0.9)),
        members({1: 24, 2: 31, 3: 58, 4: None, 9: None}),
        {"text": vectors(tastes), "style": vectors(tastes)},
    )


@pytest.fixture(scope="session")
def boutique() -> History:
    """A shop of three tastes with enough buyers for a ranker to learn from."""
    return make_boutique()


@pytest.fixture(scope="session")
def trained_boutique(boutique: History) -> Recommender:
    """A ranker of few trees, which has learned from all that was bought there. Nobody changes it."""
    from stylo.recommender import Recommender

    with few_trees():
        return Recommender.train(boutique, [END])


@pytest.fixture(scope="module")
def libraries_at_rest() -> None:
    """After each run of a page Streamlit looks for garbage; it need not look through every library each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def same_main_module() -> Iterator[None]:
    """Streamlit's AppTest leaves its page as `__main__`, from which a pool of processes could not start."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
