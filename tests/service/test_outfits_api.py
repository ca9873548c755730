"""Outfits over HTTP: the answer, locks, the price, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from in_process import asking
from serving import linked

from stylo.outfits.slots import SLOTS, audiences_of, slots_of
from stylo.service.settings import ServiceSettings


@pytest.fixture(scope="module")
def worn(demo_shop: Path) -> pl.DataFrame:
    """The articles with their slots and whom they are for."""
    table = pl.read_parquet(demo_shop / "articles.parquet")
    return table.with_columns(slot=pl.Series(slots_of(table)), audience=pl.Series(audiences_of(table)))


def first(worn: pl.DataFrame, slot: int) -> str:
    return worn.filter(pl.col("slot") == slot)["article_id"][0]


def outfit(client: httpx2.Client, article_id: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/articles/{article_id}/outfit", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: httpx2.Client, article_id: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/articles/{article_id}/outfit", params=asked)
    assert answer.status_code == 422, answer.text
    return answer.json()


def test_an_outfit_has_one_article_for_each_slot_and_all_for_the_same_people(
    client: httpx2.Client, worn: pl.DataFrame
) -> None:
    facts = {row["article_id"]: row for row in worn.iter_rows(named=True)}
    for article_id in worn.filter(pl.col("slot") >= 0)["article_id"].to_list()[:20]:
        found = outfit(client, article_id)
        assert found["article_id"] == article_id
        assert found["slot"] == SLOTS[facts[article_id]["slot"]]
        slots = [each["slot"] for each in found["slots"]]
        assert len({found["slot"], *slots}) == 1 + len(slots)
        assert not ("dress" in {found["slot"], *slots} and {"top", "bottom"} & {found["slot"], *slots})
        for each in found["slots"]:
            for shown in (each, *each["alternatives"]):
                mine = facts[shown["article_id"]]
                assert SLOTS[mine["slot"]] == each["slot"]
                assert mine["audience"] & facts[article_id]["audience"]
            assert len(each["alternatives"]) <= 3


def test_what_is_locked_is_in_the_outfit(client: httpx2.Client, worn: pl.DataFrame) -> None:
    given = next(
        each for each in worn["article_id"] if slot_number(worn, each) >= 0 and outfit(client, each)["slots"]
    )
    slot = outfit(client, given)["slots"][0]
    wanted = (slot["alternatives"] or [slot])[0]["article_id"]
    found = {each["slot"]: each for each in outfit(client, given, locked=wanted)["slots"]}
    assert (found[slot["slot"]]["article_id"], found[slot["slot"]]["locked"]) == (wanted, True)


def slot_number(worn: pl.DataFrame, article_id: str) -> int:
    return int(worn.filter(pl.col("article_id") == article_id)["slot"][0])


def test_max_price_is_of_the_whole_outfit(client: httpx2.Client, worn: pl.DataFrame) -> None:
    for article_id in worn.filter(pl.col("slot") >= 0)["article_id"].to_list()[:10]:
        everything = outfit(client, article_id)
        if everything["price"] is None or not everything["slots"]:
            continue
        found = outfit(client, article_id, max_price=everything["price"] - 0.01)
        assert found["price"] < everything["price"]


def test_a_sock_has_no_outfit_and_is_told_what_else_to_ask(client: httpx2.Client, worn: pl.DataFrame) -> None:
    sock = first(worn, -1)
    told = refused(client, sock)
    assert "has no place in an outfit" in told["detail"]
    assert f"/v1/articles/{sock}/similar?by=together" in told["detail"]


def test_what_cannot_be_locked_is_named(client: httpx2.Client, worn: pl.DataFrame) -> None:
    tops = worn.filter(pl.col("slot") == 0)["article_id"].to_list()
    priced = [each for each in tops if client.get(f"/v1/articles/{each}").json()["price"] is not None]
    top, other = priced[0], next(each for each in tops if each != priced[0])
    for asked, where in (
        ({"locked": other}, "query.locked"),
        ({"locked": first(worn, -1)}, "query.locked.0"),
        ({"locked": "sock"}, "query.locked.0"),
        ({"locked": first(worn, 4), "without": "shoes"}, "query.locked"),
        ({"without": "hat"}, "query.without.0"),
        ({"alternatives": 21}, "query.alternatives"),
        ({"max_price": 0}, "query.max_price"),
        ({"max_price": "nan"}, "query.max_price"),
        ({"colour": "Black"}, "query.colour"),
    ):
        told = refused(client, top, **asked)
        assert [each["where"] for each in told["errors"]] == [where], asked


def test_an_article_that_is_not_there_has_no_outfit_and_cannot_be_locked(
    client: httpx2.Client, worn: pl.DataFrame
) -> None:
    assert client.get("/v1/articles/0999999999/outfit").status_code == 404
    answer = client.get(f"/v1/articles/{first(worn, 0)}/outfit", params={"locked": "0999999999"})
    assert answer.status_code == 404
    assert [each["where"] for each in answer.json()["errors"]] == ["query.locked.0"]


def test_a_model_from_before_outfits_says_how_to_get_them(
    demo_shop: Path, tmp_path: Path, worn: pl.DataFrame
) -> None:
    shop = linked(demo_shop, tmp_path / "old")
    for name in ("outfits.bin", "outfits.json"):
        (shop / name).unlink()
    with asking(ServiceSettings(data=shop, images=tmp_path / "none")) as old:
        answer = old.get(f"/v1/articles/{first(worn, 0)}/outfit")
        assert answer.status_code == 503
        assert "before there were outfits" in answer.json()["detail"]
        assert "final.py" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        assert old.get(f"/v1/articles/{first(worn, 0)}").status_code == 200
