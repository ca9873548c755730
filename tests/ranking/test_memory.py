"""What is held in memory at a time: the chunks that are worked on, and nothing in cycles that wait for the collector.

The shop has as many articles as H&M's catalogue. The collector is off: whatever needs it stays.
"""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from stylo.candidates.catalogue import ATTRIBUTES
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.evaluation.watched import Watched
from stylo.parallel.workers import InProcess
from stylo.ranking.features import Features
from stylo.ranking.pool import Pool
from stylo.ranking.ranker import Examples, Ranker, RankerSettings, examples
from stylo.ranking.snapshot import Snapshot, in_chunks
from stylo.recommender import STRATEGIES, Recommender
from stylo.vectors.embeddings import Embeddings

ARTICLES, CUSTOMERS, DAYS = 105_542, 200, 21
END = date(2020, 9, 23)
AS_OF = END - timedelta(days=7)
EVERYONE = pl.Series(np.arange(CUSTOMERS), dtype=pl.UInt32)
SETTINGS = RankerSettings(3, {"objective": "lambdarank", "num_leaves": 4}, boosters=1)
CHUNK = 5
#: What is large if somebody holds on to it.
HELD = (Customers, Pool, Features, Examples, Snapshot, pl.DataFrame)


@pytest.fixture(scope="module")
def shop() -> History:
    """Customers who buy now and then of the 500 articles of their taste, and often again what they have."""
    random = np.random.default_rng(5)
    articles = (108_000_000 + 8 * np.arange(ARTICLES)).astype(np.int32)
    table = pl.DataFrame({"article": articles, "product_code": articles // 100}).with_columns(
        [pl.Series(name, np.arange(ARTICLES) // 100 % (20 + n)) for n, name in enumerate(ATTRIBUTES)]
    )
    customer = np.repeat(np.arange(CUSTOMERS), 30)
    liked = customer % 8 * 10_000 + random.integers(0, 500, len(customer))
    again = (np.arange(len(customer)) // 2) * 2
    bought = articles[np.where(random.random(len(customer)) < 0.5, liked[again], liked)]
    days = random.integers(1, DAYS + 1, len(customer))
    rows = pl.DataFrame(
        {
            "t_dat": pl.Series([END - timedelta(days=int(each)) for each in days], dtype=pl.Date),
            "customer": customer.astype(np.uint32),
            "article": bought,
            "price": (bought % 7 + 1).astype(np.float32) / 100,
            "sales_channel_id": (bought % 2 + 1).astype(np.uint8),
        }
    )
    spread = random.normal(size=(ARTICLES, 8)).astype(np.float32)
    return History(rows, table, embeddings={name: Embeddings(articles, spread) for name in ("text", "style")})


@pytest.fixture(scope="module")
def hybrid(shop: History) -> Recommender:
    trained = Recommender({AS_OF: learned(shop)})
    # What is made on the first use, too.
    trained.recommend(shop, EVERYONE[:2], AS_OF)
    return trained


def learned(history: History) -> Ranker:
    """From one week."""
    snapshot = Snapshot.take(history, AS_OF - timedelta(days=7), STRATEGIES)
    lists = examples(snapshot, history, 7, 50, 20)
    assert len(lists.parts) > 1
    return Ranker.train(lists, SETTINGS)


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    """Chunks of five customers, on one core whatever the machine, without the collector."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stylo.ranking.snapshot.SIZE", CHUNK)
        patch.setattr("stylo.parallel.workers.processors", lambda: 1)
        gc.collect()
        gc.disable()
        yield
        gc.enable()


class _Remembered:
    """Something of a chunk of customers."""


@pytest.mark.parametrize("cores", [1, 3])
def test_no_more_chunks_live_than_are_worked_on_and_one_that_waits(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.parallel.workers.processors", lambda: cores)
    living: weakref.WeakSet[_Remembered] = weakref.WeakSet()
    most: list[int] = []

    def work(some: Customers) -> int:
        # As totals of purchases are: it lives as long as its customers do.
        living.add(some.once("totals", _Remembered))
        most.append(len(living))
        return len(some)

    assert in_chunks(InProcess(work), Customers.nobody(np.arange(40 * CHUNK))) == [CHUNK] * 40
    assert max(most) <= cores + 2
    assert not living


def passing(work: Callable[[], object]) -> int:
    """Bytes of arrays, at the most, that are not part of what it gives."""
    tracemalloc.start()
    try:
        result = work()
        kept, most = tracemalloc.get_traced_memory()
        del result
        return most - kept
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("watched", [False, True])
def test_more_customers_take_no_more_memory_than_their_lists(
    watched: bool, shop: History, hybrid: Recommender
) -> None:
    def recommend(count: int) -> object:
        model = Watched(hybrid) if watched else hybrid
        return model, model.recommend(shop, EVERYONE[:count], AS_OF)

    # Three chunks are as many as live at a time, if they meet: on a busy machine they do not each time.
    few = max(passing(lambda: recommend(3 * CHUNK)) for _ in range(5))
    assert passing(lambda: recommend(CUSTOMERS)) < 1.3 * few


@pytest.mark.parametrize("what", ["learn", "recommend", "watch", "explain"])
def test_nothing_large_waits_for_the_collector(what: str, shop: History, hybrid: Recommender) -> None:
    some = EVERYONE[: 2 * CHUNK]
    work: dict[str, Callable[[], object]] = {
        # Over rows of its own, so that nothing of it is remembered.
        "learn": lambda: learned(shop.over(shop.before(END))),
        "recommend": lambda: hybrid.recommend(shop, some, AS_OF),
        "watch": lambda: Watched(hybrid).recommend(shop, some, AS_OF),
        "explain": lambda: hybrid.model(shop, AS_OF).explain(Customers.read(shop, some[:2], AS_OF), 12),
    }
    gc.collect()
    work[what]()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        found = [each for each in gc.garbage if isinstance(each, HELD)]
        held = [
            each
            for garbage in gc.garbage
            for each in gc.get_referents(garbage)
            if isinstance(each, np.ndarray) and each.nbytes > 10_000
        ]
        assert found == []
        assert held == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
