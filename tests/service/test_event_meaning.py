"""What events mean: a return takes back a purchase, what is dismissed stays away, a basket is a stronger view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from in_process import asking
from offline import TODAY, Bought, Offline, answered, event, ids, post, recommended, scored
from serving import linked

from stylo.deployment.online_model import IN_BASKET, LOOKED_AT
from stylo.errors import BadOption
from stylo.service.event_meaning import EventMeaning
from stylo.service.options import settings_of
from stylo.service.settings import PREFIX, ServiceSettings
from stylo.storage.events import StoredEvent

ARTICLE = "0794071001"
NOON = datetime(2020, 9, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def offline(demo_shop: Path) -> Offline:
    return Offline(demo_shop)


@pytest.fixture(scope="module")
def someone(customers: list[str]) -> Iterator[str]:
    """Customers of whom no other test has told anything."""
    return iter(customers)


def neighbours(offline: Offline, article: str) -> list[str]:
    near = offline.folder.scan("article_reccs.parquet").filter(article=int(article), strategy="hybrid")
    return [f"{each:010d}" for each in near.sort("rank").select("neighbour").collect().to_series()]


def fused(before: list[dict[str, Any]], votes: dict[str, float]) -> list[str]:
    """The first twelve places of a list and of lists of articles that vote, by 1 / (3 + rank)."""
    total = Counter({each["article_id"]: 1 / (3 + each["rank"]) for each in before[:12]})
    total.update(votes)
    return sorted(total, key=lambda article: (-total[article], article))[:12]


def votes_of(articles: list[str], weight: float) -> dict[str, float]:
    return {article: weight / (3 + rank) for rank, article in enumerate(articles, 1)}


def test_a_returned_purchase_is_as_if_it_had_not_been(client: httpx2.Client, someone: Iterator[str]) -> None:
    who = next(someone)
    before, bought = answered(client, who).json(), Bought(ARTICLE)
    post(client, bought.event(who))
    assert answered(client, who).json()["recommendations"] != before["recommendations"]
    post(client, event(who, ARTICLE, "return"))
    after = answered(client, who)
    assert after.headers["x-cache"] == "miss"
    assert after.json() == before


def test_a_return_of_a_purchase_in_the_tables_is_as_if_they_lacked_its_row(
    client: httpx2.Client, offline: Offline, someone: Iterator[str]
) -> None:
    who = next(someone)
    number = offline.numbers[who]
    mine = offline.transactions.filter(customer=number).sort("t_dat")
    last = mine.row(-1, named=True)
    article = f"{last['article']:010d}"
    post(client, event(who, article, "return"))
    rows = offline.transactions.with_row_index()
    gone = rows.filter(customer=number, article=last["article"], t_dat=last["t_dat"])["index"][0]
    without = replace_transactions(offline, rows.filter(pl.col("index") != gone).drop("index"))
    assert scored(recommended(client, who)) == without.lists([number], TODAY)[number]
    bought_else = mine.filter(article=last["article"]).height > 1
    shown = ids(recommended(client, who, k=100, exclude_purchased=True))
    assert (article in shown) is not bought_else


def replace_transactions(offline: Offline, transactions: pl.DataFrame) -> Offline:
    changed = object.__new__(Offline)
    changed.__dict__.update(offline.__dict__)
    changed.transactions = transactions
    return changed


def test_a_return_of_what_was_not_bought_changes_nothing(
    client: httpx2.Client, offline: Offline, someone: Iterator[str], article_ids: list[str]
) -> None:
    who = next(someone)
    mine = set(offline.transactions.filter(customer=offline.numbers[who])["article"].to_list())
    strange = next(each for each in article_ids if int(each) not in mine)
    before = answered(client, who).json()
    assert post(client, event(who, strange, "return"))["stored"] == 1
    assert answered(client, who).json() == before
    # By a wrong clock it came before its purchase.
    who = next(someone)
    post(client, event(who, strange, "return", at="2020-09-23T09:00:00Z"))
    post(client, event(who, strange, at="2020-09-23T10:00:00Z"))
    assert strange not in ids(recommended(client, who, k=100, exclude_purchased=True))


def test_a_replay_of_a_day_before_the_return_has_the_purchase(
    client: httpx2.Client, offline: Offline, someone: Iterator[str]
) -> None:
    who = next(someone)
    number = offline.numbers[who]
    last = offline.transactions.filter(customer=number).sort("t_dat").row(-1, named=True)
    post(client, event(who, f"{last['article']:010d}", "return"))
    found = scored(recommended(client, who, as_of=str(TODAY)))
    assert found == offline.lists([number], TODAY)[number]
    assert scored(recommended(client, who)) != found


def test_what_is_dismissed_does_not_come_back_until_it_is_bought(
    client: httpx2.Client, someone: Iterator[str]
) -> None:
    who = next(someone)
    everything = ids(recommended(client, who, k=100))
    first, second = everything[:2]
    post(client, event(who, first, "view"), event(who, first, "dismiss"), event(who, second, "dismiss"))
    for asked in ({}, {"k": 100}, {"exclude_purchased": True}, {"explain": True}):
        shown = ids(recommended(client, who, **asked))
        assert not {first, second} & set(shown)
    assert ids(recommended(client, who, k=100)) == everything[2:]  # what was dismissed has no vote either
    batch = client.post("/v1/batch", json={"customers": [who], "k": 100}).json()["lists"][0]
    assert ids(batch["recommendations"]) == everything[2:]
    post(client, event(who, first))
    after = ids(recommended(client, who, k=100))
    assert first in after
    assert second not in after


def test_a_dismissal_from_before_the_model_was_made_counts(
    client: httpx2.Client, someone: Iterator[str]
) -> None:
    who = next(someone)
    everything = ids(recommended(client, who, k=100))
    post(client, event(who, everything[0], "dismiss", at="2020-01-01T10:00:00Z"))
    assert ids(recommended(client, who, k=100)) == everything[1:]
    # A purchase of the months between, which the tables know, ended another one.
    post(client, event(who, everything[1], "dismiss", at="2020-01-01T10:00:00Z"))
    post(client, event(who, everything[1], at="2020-02-01T10:00:00Z"))
    assert ids(recommended(client, who, k=100)) == everything[1:]


def test_a_newcomer_who_dismisses_the_bestseller_gets_the_others(client: httpx2.Client) -> None:
    who = "d1" * 32
    post(client, event(who, ARTICLE, "view"))
    shown = ids(recommended(client, who))
    post(client, event(who, shown[3], "dismiss"))
    assert shown[3] not in ids(recommended(client, who, k=100))


def test_an_article_in_the_basket_votes_twice_as_much_as_one_that_was_viewed(
    client: httpx2.Client, offline: Offline, someone: Iterator[str]
) -> None:
    who = next(someone)
    before = recommended(client, who, k=60)
    article = before[40]["article_id"]
    # Two days ago, when a view would be forgotten; and a later view makes it no weaker.
    post(client, event(who, article, "add_to_basket", at="2020-09-21T13:00:00Z"), event(who, article, "view"))
    after = recommended(client, who, explain=True)
    assert ids(after) == fused(before, votes_of([article, *neighbours(offline, article)], 1.0))
    mine = next(each for each in after if each["article_id"] == article)
    assert mine["proposed_by"] == [IN_BASKET]
    assert mine["why"]["sentence"] == "Goes with what is in your basket."


def test_seed_articles_vote_and_are_not_recommended(
    client: httpx2.Client, offline: Offline, someone: Iterator[str]
) -> None:
    who = next(someone)
    before = recommended(client, who, k=60)
    seed = before[0]["article_id"]
    rest = [{**each, "rank": rank} for rank, each in enumerate(before[1:], 1)]
    near = [each for each in neighbours(offline, seed) if each != seed]
    first = answered(client, who, seed_articles=seed)
    assert ids(first.json()["recommendations"]) == fused(rest, votes_of(near, 1.0))
    again = answered(client, who, seed_articles=seed)
    assert (again.headers["x-cache"], again.content) == ("hit", first.content)
    two = [seed, before[1]["article_id"]]
    assert not set(two) & set(ids(recommended(client, who, k=100, seed_articles=two)))
    assert recommended(client, who, seed_articles=two) == recommended(client, who, seed_articles=two[::-1])
    assert seed in ids(recommended(client, who))  # it was of that request alone


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"seed_articles": "0999999999"}, 404),
        ({"seed_articles": "12"}, 422),
        ({"seed_articles": [ARTICLE] * 21}, 422),
        ({"age": -1}, 422),
        ({"age": "nan"}, 422),
        ({"club": "GOLD"}, 422),
        ({"profile": "young"}, 422),
        ({"section": "Nowhere"}, 422),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/v1/recommendations", f"/v1/customers/{'5e' * 32}/recommendations"])
def test_a_profile_or_a_basket_that_cannot_be_is_refused(
    client: httpx2.Client, path: str, asked: dict[str, object], status: int
) -> None:
    answer = client.get(path, params={"age": 30, **asked})
    assert answer.status_code == status
    assert answer.json()["errors"]


def test_who_has_no_id_is_answered_and_nothing_is_remembered(client: httpx2.Client, offline: Offline) -> None:
    popular = client.get("/v1/recommendations").json()
    assert popular["customer_id"] is None
    assert len(popular["recommendations"]) == 12
    with_basket = client.get(
        "/v1/recommendations", params={"seed_articles": ARTICLE, "age": 30, "club": "ACTIVE"}
    )
    assert with_basket.status_code == 200
    near = [each for each in neighbours(offline, ARTICLE) if each != ARTICLE]
    assert set(ids(with_basket.json()["recommendations"])) & set(near[:3]) == set(near[:3])
    assert client.get("/v1/recommendations").json() == popular
    section = offline.folder.scan("articles.parquet").filter(section_name="Kids Girl").select("article_id")
    kids = client.get("/v1/recommendations", params={"section": "Kids Girl", "age": 12}).json()
    assert set(ids(kids["recommendations"])) <= set(section.collect()["article_id"])


def test_a_customer_whom_nobody_knows_is_answered_by_profile_or_basket(client: httpx2.Client) -> None:
    who = "5e" * 32
    assert client.get(f"/v1/customers/{who}/recommendations").status_code == 404
    answer = answered(client, who, age=41).json()
    assert (answer["customer_id"], len(answer["recommendations"])) == (who, 12)
    anybody = client.get("/v1/recommendations", params={"age": 41}).json()
    assert anybody["recommendations"] == answer["recommendations"]
    assert client.get(f"/v1/customers/{who}/recommendations").status_code == 404  # it was not remembered


def test_an_age_that_is_told_brings_what_sells_to_people_of_that_age(
    client: httpx2.Client, offline: Offline
) -> None:
    snapshot = offline.saved.model.snapshot
    by_age, popular = (snapshot.strategies[name] for name in ("popularity by age", "popularity"))
    in_their_twenties = by_age.article[2][by_age.score[2] > 0]
    votes = Counter[str]()
    for rows in (popular.article, in_their_twenties):
        votes.update(votes_of([f"{each:010d}" for each in snapshot.articles[rows]], 1.0))
    shown = client.get("/v1/recommendations", params={"age": 25}).json()["recommendations"]
    best = sorted(votes.values(), reverse=True)[:12]
    assert ids(shown) != ids(client.get("/v1/recommendations").json()["recommendations"])
    assert [votes[each] for each in ids(shown)] == pytest.approx(best)


def test_what_the_tables_know_of_a_customer_counts_before_what_is_told(
    client: httpx2.Client, someone: Iterator[str]
) -> None:
    who = next(someone)
    assert recommended(client, who, age=17, club="LEFT CLUB") == recommended(client, who)


MEANING = EventMeaning.of(ServiceSettings())


def happened(number: int, kind: str, article: int, hours: float) -> StoredEvent:
    return StoredEvent(number, kind, article, NOON - timedelta(hours=hours), None, None)


def test_the_last_five_articles_vote_each_half_as_much_as_the_one_after_it() -> None:
    events = [happened(n, "view" if n % 2 else "click", n, 12 - n) for n in range(1, 8)]
    votes = MEANING.votes_of(events, NOON, set())
    assert [(each.article, each.weight, each.why) for each in votes] == [
        (7 - age, 0.5 * 0.5**age, LOOKED_AT) for age in range(5)
    ]


def test_each_kind_counts_for_its_own_time_and_a_weight_of_none_not_at_all() -> None:
    settings = ServiceSettings(view_hours=1, click_hours=2, basket_hours=3, click_weight=0)
    events = [happened(n, kind, n, 1.5) for n, kind in enumerate(("view", "click", "add_to_basket"))]
    assert [each.article for each in EventMeaning.of(settings).votes_of(events, NOON, set())] == [2]
    assert EventMeaning.of(ServiceSettings(view_hours=7)).votes["click"].lasts == timedelta(hours=7)


def test_a_dismissal_ends_after_its_time_or_with_a_purchase() -> None:
    events = [happened(1, "dismiss", 1, 48), happened(2, "dismiss", 2, 1), happened(3, "dismiss", 3, 2)]
    bought = [*events, happened(4, "purchase", 3, 1), happened(5, "purchase", 2, 2)]
    assert MEANING.dismissed_of(bought, NOON) == (1, 2)
    a_day = EventMeaning.of(ServiceSettings(dismiss_hours=24))
    assert a_day.dismissed_of(events, NOON) == (2, 3)


def test_what_was_bought_after_it_was_in_the_basket_has_no_vote_though_it_came_back() -> None:
    events = [
        happened(1, "add_to_basket", 1, 9),
        happened(2, "purchase", 1, 8),
        happened(3, "return", 1, 2),
        happened(4, "add_to_basket", 2, 9),
        happened(5, "purchase", 2, 10),
    ]
    assert [each.article for each in MEANING.votes_of(events, NOON, set())] == [2]


def test_a_whole_basket_counts_as_two_articles_at_most() -> None:
    for many in (1, 2, 5, 20):
        votes = MEANING.votes_of_basket(range(many))
        assert sum(each.weight for each in votes) == pytest.approx(min(many, 2))
        of_newcomers = MEANING.votes_of_basket(range(many), newcomer=True)
        assert [each.weight for each in of_newcomers] == [4 * each.weight for each in votes]
    assert MEANING.votes_of_basket(()) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIEW_WEIGHT", "-0.5"),
        ("DISMISS_HOURS", "-1"),
        ("BASKET_HOURS", "inf"),
        ("CLICK_WEIGHT", "nan"),
        ("VIEW_HOURS", "a day"),
        ("HOVER_WEIGHT", "1"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(BadOption) as refused:
        settings_of(tmp_path, None, None)
    assert name.lower() in str(refused.value.problem).lower()
    assert "docs/service.md" in str(refused.value.cure)


def test_a_dismissal_ends_in_a_service_that_is_set_so(
    demo_shop: Path, tmp_path: Path, customers: list[str]
) -> None:
    data = linked(demo_shop, tmp_path / "shop")
    with asking(ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, dismiss_hours=2)) as client:
        everything = ids(recommended(client, customers[0], k=100))
        long_ago = event(customers[0], everything[0], "dismiss", at="2020-09-23T09:00:00Z")
        post(client, long_ago, event(customers[0], everything[1], "dismiss", at="2020-09-23T11:00:00Z"))
        assert ids(recommended(client, customers[0], k=100)) == [everything[0], *everything[2:]]
