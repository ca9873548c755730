"""Merchandising rules over HTTP: set by an administrator, applied in every answer and in the batch, and undone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from in_process import asking, worker_of

from stylo.service.batch import command
from stylo.service.settings import ServiceSettings
from stylo.storage.keys import Scope

RULES = "/v1/admin/rules"


def rule(kind: str, content: str, name: str = "r") -> str:
    return f'[[{kind}]]\nname = "{name}"\n{content}\n'


def set_rules(client: Any, text: str, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{RULES}/set", json={"text": text, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(client: Any, who: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/customers/{who}/recommendations", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["recommendations"]


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["article_id"] for each in found]


@pytest.fixture(autouse=True)
def no_rules(client: httpx2.Client) -> None:
    set_rules(client, "")


def test_rules_change_the_next_answer_and_the_answer_says_so(
    client: httpx2.Client, customers: list[str]
) -> None:
    before = ids(listed(client, customers[0]))
    step = set_rules(
        client,
        rule("pin", f'articles = ["{before[5]}"]', "sixth first")
        + rule("exclude", f'articles = ["{before[0]}"]', "no first"),
        reason="a test",
    )
    answer = client.get(f"/v1/customers/{customers[0]}/recommendations", params={"explain": True}).json()
    after = answer["recommendations"]
    assert ids(after)[0] == before[5]
    assert before[0] not in ids(after)
    assert answer["rules_version"] == step["version"]
    assert after[0]["rules"] == [{"kind": "pin", "name": "sixth first"}]
    assert after[0]["why"]["rules"] == ["The rule “sixth first” places it first."]
    assert after[1]["rules"] == []


def test_rolled_back_rules_give_the_answer_of_before(client: httpx2.Client, customers: list[str]) -> None:
    before = listed(client, customers[1])
    first = set_rules(client, rule("cap", 'of = "product"\nmost = 1'))
    capped = listed(client, customers[1])
    set_rules(client, rule("exclude", f'articles = ["{ids(before)[0]}"]'))
    answer = client.post(f"{RULES}/rollback", json={"reason": "it was wrong"})
    assert answer.status_code == 201
    assert answer.json()["version"] == first["version"]
    assert listed(client, customers[1]) == capped
    history = client.get(RULES).json()
    assert [each["action"] for each in history["history"]][:3] == ["rollback", "set", "set"]
    assert history["history"][0]["reason"] == "it was wrong"
    assert history["answering"] == history["live"] == first["version"]


def test_rules_that_contradict_are_refused_with_both_names_and_change_nothing(
    client: httpx2.Client, article_ids: list[str]
) -> None:
    live = client.get(RULES).json()["live"]
    text = rule("pin", f'articles = ["{article_ids[0]}"]', "a") + rule(
        "exclude", f'articles = ["{article_ids[0]}"]', "b"
    )
    refused = client.post(f"{RULES}/set", json={"text": text})
    assert refused.status_code == 422
    assert "Pin 'a' and exclude 'b'" in json.dumps(refused.json())
    assert client.get(RULES).json()["live"] == live


def test_a_key_without_the_scope_of_an_administrator_is_refused(settings: ServiceSettings) -> None:
    with asking(settings, Scope.READ) as reader:
        assert reader.get(RULES).status_code == 403
        assert reader.post(f"{RULES}/set", json={"text": ""}).status_code == 403


def test_the_same_request_sets_rules_once(client: httpx2.Client) -> None:
    count = len(client.get(RULES).json()["history"])
    for repeated in (False, True):
        answer = client.post(
            f"{RULES}/set", json={"text": "# once\n"}, headers={"idempotency-key": f"once-{count}"}
        )
        assert answer.json()["repeated"] is repeated
    assert len(client.get(RULES).json()["history"]) == count + 1


def test_a_rule_that_has_run_out_is_said_and_changes_nothing(
    client: httpx2.Client, customers: list[str]
) -> None:
    before = ids(listed(client, customers[0]))
    set_rules(client, rule("exclude", f'articles = ["{before[0]}"]\nuntil = 2000-01-01', "old"))
    assert ids(listed(client, customers[0])) == before
    assert client.get(RULES).json()["notes"] == ["Rule 'old' has run out."]


def test_a_request_excludes_articles(client: httpx2.Client, customers: list[str]) -> None:
    before = ids(listed(client, customers[0]))
    without = before[:2]
    after = ids(listed(client, customers[0], exclude=[*without, "0999999999"]))
    assert not {*without} & {*after}
    assert after[:10] == before[2:]
    assert client.get(
        f"/v1/customers/{customers[0]}/recommendations", params={"exclude": "sock"}
    ).status_code == 422  # fmt: skip


def test_a_request_asks_for_diversity(client: httpx2.Client, customers: list[str], shop: Path) -> None:
    types = dict(
        pl.read_parquet(shop / "articles.parquet").select("article_id", "product_type_no").iter_rows()
    )

    def different(**asked: Any) -> int:
        return sum(len({types[each] for each in ids(listed(client, who, **asked))}) for who in customers[:20])

    assert different(diversity=0.9) > different()
    assert ids(listed(client, customers[0], diversity=0)) == ids(listed(client, customers[0]))
    refused = client.get(f"/v1/customers/{customers[0]}/recommendations", params={"diversity": 1.1})
    assert refused.status_code == 422


def test_a_person_without_an_id_is_of_the_audience_of_the_section_that_they_ask_for(
    client: httpx2.Client, settings: ServiceSettings
) -> None:
    articles = pl.read_parquet(settings.data / "articles.parquet")
    section, other = articles["section_name"].value_counts(sort=True)["section_name"][:2]

    def shown(**asked: Any) -> list[str]:
        answer = client.get("/v1/recommendations", params={"age": 30, **asked})
        assert answer.status_code == 200, answer.text
        return ids(answer.json()["recommendations"])

    before = {name: shown(section=name) for name in (section, other)}
    out = rule("exclude", f'articles = ["{before[section][0]}", "{before[other][0]}"]\naudience = "here"')
    set_rules(client, f'[audiences.here]\nsection = "{section}"\n{out}')
    assert before[section][0] not in shown(section=section)
    assert shown(section=other) == before[other]
    # To ask for a section alone says nothing of a customer whom nobody knows.
    path = f"/v1/customers/{'0' * 64}/recommendations"
    assert client.get(path, params={"section": section}).status_code == 404


def test_a_number_in_a_condition_may_be_written_without_a_point(client: httpx2.Client) -> None:
    answer = client.post(f"{RULES}/set", json={"text": rule("exclude", "where = {price = 1}")})
    assert answer.status_code == 422, answer.text
    assert "there is no price '1'" in json.dumps(answer.json())


def test_an_outfit_has_nothing_that_is_excluded_for_everybody(client: httpx2.Client, shop: Path) -> None:
    types = pl.read_parquet(shop / "articles.parquet").filter(pl.col("product_type_name") == "Trousers")
    address = f"/v1/articles/{types['article_id'].min()}/outfit"

    def worn() -> set[str]:
        slots = client.get(address).json()["slots"]
        return {each["article_id"] for slot in slots for each in (slot, *slot["alternatives"])}

    before = worn()
    gone = min(before)
    set_rules(client, rule("exclude", f'articles = ["{gone}"]'))
    assert gone in before and gone not in worn()


def test_stock_is_taken_up_when_its_file_changes(
    client: httpx2.Client, settings: ServiceSettings, customers: list[str]
) -> None:
    before = ids(listed(client, customers[0]))
    stock = settings.data / "stock.csv"
    stock.write_text(f"article_id,stock\n{before[0]},3\n")
    sold_out = rule("exclude", "where = {stock = {max = 0}}", "sold out")
    set_rules(client, sold_out)
    assert ids(listed(client, customers[0])) == before
    stock.write_text(f"article_id,stock\n{before[0]},0\n{before[1]},10\n")
    worker = worker_of(client)
    assert worker.rules.look() is True
    worker.rules.take_up(True, [worker.release])
    assert ids(listed(client, customers[0]))[:11] == before[1:]
    stock.unlink()


def test_the_batch_gives_what_http_gives(
    client: httpx2.Client, settings: ServiceSettings, customers: list[str], tmp_path: Path
) -> None:
    some = customers[:40]
    plain = {who: ids(listed(client, who)) for who in some}
    section = pl.read_parquet(settings.data / "articles.parquet")["section_name"][0]
    set_rules(
        client,
        f'[audiences.here]\nsection = "{section}"\n[audiences.young]\nage = {{max = 40}}\n'
        + rule("pin", f'articles = ["{plain[some[0]][3]}"]\naudience = "young"', "pin")
        + rule("exclude", f'articles = ["{plain[some[0]][0]}"]\naudience = "here"', "out")
        + rule("boost", "where = {price = {max = 20}}", "cheap")
        + rule("cap", 'of = "type"\nmost = 2', "cap")
        + rule("diversity", "lambda = 0.3", "mixed"),
    )
    asked = tmp_path / "customers.txt"
    asked.write_text("\n".join(some) + "\n")
    command.main(str(asked), tmp_path / "lists.parquet", settings.data)
    rows = pl.read_parquet(tmp_path / "lists.parquet").select("customer_id", "article_id").iter_rows()
    by_batch, by_http = dict(rows), {who: ids(listed(client, who)) for who in some}
    assert by_batch == by_http
    assert by_http != plain
    many = client.post("/v1/batch", json={"customers": some}).json()["lists"]
    assert {each["customer_id"]: ids(each["recommendations"]) for each in many} == by_http
