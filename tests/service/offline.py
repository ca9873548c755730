"""The other side of a comparison: the same model over tables, and what tests send to the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import polars as pl

from stylo.artefacts import open_arrays
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.recommender import SavedModel
from stylo.tables.folder import DataFolder

#: The price of the tables times this is in units of money.
UNIT = 590
#: The day after the last purchase of the demo shop: on it the service lives, unless it is told otherwise.
TODAY = date(2020, 9, 23)


@dataclass(frozen=True)
class Bought:
    """A purchase: an article's id, a day, the price in units of money, where."""

    article_id: str
    day: date = TODAY
    price: float = 12.5
    channel: int = 2

    def event(self, customer_id: str) -> dict[str, Any]:
        at = f"{self.day}T09:30:00+00:00"
        return event(customer_id, self.article_id, at=at, price=self.price, channel=self.channel)


def event(customer_id: str, article_id: str, kind: str = "purchase", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "article_id": article_id, "kind": kind, **more}


def post(client: httpx2.Client, *events: dict[str, Any]) -> dict[str, Any]:
    """Stores events; gives the receipt."""
    answer = client.post("/v1/events", json={"events": events})
    assert answer.status_code == 201, answer.text
    return answer.json()


def recommended(client: httpx2.Client, customer_id: str, **asked: Any) -> list[dict[str, Any]]:
    """The list of a customer."""
    return answered(client, customer_id, **asked).json()["recommendations"]


def answered(client: httpx2.Client, customer_id: str, **asked: Any) -> httpx2.Response:
    answer = client.get(f"/v1/customers/{customer_id}/recommendations", params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def ids(shown: Iterable[dict[str, Any]]) -> list[str]:
    return [each["article_id"] for each in shown]


def scored(shown: Iterable[dict[str, Any]]) -> list[tuple[str, float]]:
    return [(each["article_id"], each["score"]) for each in shown]


class Offline:
    """The model in a data folder, asked over tables of transactions."""

    def __init__(self, data: Path) -> None:
        self.folder = DataFolder(data)
        self.saved = SavedModel.open(self.folder)
        self.transactions = self.folder.scan("transactions.parquet").collect()
        names = self.folder.scan("customers.parquet").select("customer_id", "customer").collect()
        self.numbers: dict[str, int] = dict(names.iter_rows())

    def lists(
        self, customers: Sequence[int], as_of: date, more: Iterable[tuple[int, Bought]] = (), k: int = 12
    ) -> dict[int, list[tuple[str, float]]]:
        """Article ids and scores of each customer, after more transactions were added to the table."""
        rows = [
            {
                "t_dat": bought.day,
                "customer": who,
                "article": int(bought.article_id),
                "price": bought.price / UNIT,
                "sales_channel_id": bought.channel,
            }
            for who, bought in more
        ]
        schema = self.transactions.schema
        table = pl.concat([self.transactions, pl.DataFrame(rows, schema)]) if rows else self.transactions
        history = History(
            table, self.folder.scan("articles.parquet"), None, self.folder.scan("customers.parquet")
        )
        known = Customers.read(history, pl.Series(customers, dtype=pl.UInt32), as_of)
        found = self.saved.model.recommend(known, k)
        return {
            who: [
                (f"{article:010d}", score)
                for article, score in found.filter(customer=who).select("article", "score").iter_rows()
            ]
            for who in customers
        }


def another_result(shop: Path, change: Callable[[SavedModel], SavedModel]) -> None:
    """Puts another model into a data folder, as a later run of final.py does."""
    folder = DataFolder(shop)
    model, beside = folder.path("model.bin"), folder.path("model.json")
    saved, (_, _, manifest) = SavedModel.open(folder), open_arrays(model, "")
    model.unlink()  # other folders have the same file
    beside.unlink()
    change(saved).write(model, beside, manifest)


def fewer_candidates(saved: SavedModel) -> SavedModel:
    return replace(saved, model=replace(saved.model, candidates=20))
