"""Recommendations over HTTP: the model's own, narrowed, explained, replayed, and kept until something happens."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import httpx2
import polars as pl
import pytest
from in_process import asking
from offline import TODAY, Bought, Offline, answered, event, ids, post, recommended, scored

from stylo.service.settings import ServiceSettings

LOOKED_AT = "looked at"
NOBODY = "0" * 64


@pytest.fixture(scope="module")
def offline(demo_shop: Path) -> Offline:
    return Offline(demo_shop)


@pytest.fixture(scope="module")
def chart(offline: Offline) -> list[str]:
    """All articles, what sold most in the last week first, then by number."""
    sales = offline.folder.scan("weekly_sales.parquet").collect()
    newest = sales.filter(pl.col("week") == pl.col("week").max()).select("article", "sales")
    everything = offline.folder.scan("articles.parquet").select("article").collect()
    counted = everything.join(newest, on="article", how="left").with_columns(pl.col("sales").fill_null(0))
    order = counted.sort("sales", "article", descending=[True, False])["article"]
    return [f"{article:010d}" for article in order]


def owned(offline: Offline, who: str) -> set[str]:
    rows = offline.transactions.filter(customer=offline.numbers[who])
    return {f"{article:010d}" for article in rows["article"]}


def test_a_hundred_customers_get_what_the_saved_model_gives(
    shop: Path, demo_shop: Path, offline: Offline
) -> None:
    some = dict(list(offline.numbers.items())[:100])
    expected = offline.saved.recommend(some.values(), 12)
    # A service of its own: nobody has told it of anything since.
    with asking(ServiceSettings(data=shop, images=demo_shop / "images", rate=1e6)) as client:
        for who, number in some.items():
            rows = expected.filter(customer=number).select("article", "score").rows()
            assert scored(recommended(client, who)) == [(f"{article:010d}", score) for article, score in rows]


def test_an_answer_names_the_day_the_model_and_the_places(
    client: httpx2.Client, customers: list[str]
) -> None:
    answer = answered(client, customers[0]).json()
    assert answer["customer_id"] == customers[0]
    assert answer["as_of"] == str(TODAY)
    assert answer["model_version"] == client.get("/version").json()["model_version"]
    assert answer["variant"] == "live"
    assert answer["degraded"] == []
    assert [each["rank"] for each in answer["recommendations"]] == list(range(1, 13))
    assert all(each["why"] is None for each in answer["recommendations"])


def test_a_customer_without_purchases_gets_twelve_articles(client: httpx2.Client, offline: Offline) -> None:
    bought = set(offline.transactions["customer"])
    who = next(name for name, number in offline.numbers.items() if number not in bought)
    assert len(set(ids(recommended(client, who)))) == 12


def test_a_customer_whom_nobody_knows_is_not_found(client: httpx2.Client) -> None:
    answer = client.get(f"/v1/customers/{NOBODY}/recommendations")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "This customer is unknown: there are no purchases and no events."


@pytest.mark.parametrize("k", [1, 2, 12, 13, 59, 60, 61, 100])
def test_k_articles_are_given_each_once_as_long_as_there_are_so_many(
    client: httpx2.Client, customers: list[str], article_ids: list[str], k: int
) -> None:
    found = ids(recommended(client, customers[4], k=k))
    assert len(found) == len(set(found)) == min(k, len(article_ids))
    assert found[:12] == ids(recommended(client, customers[4]))[:k]


def test_purchased_articles_can_be_left_out(
    client: httpx2.Client, offline: Offline, customers: list[str], article_ids: list[str]
) -> None:
    who = customers[5]
    mine = owned(offline, who)
    everything = ids(recommended(client, who, k=100))
    assert mine & set(everything)
    assert (
        ids(recommended(client, who, k=12, exclude_purchased=True))
        == [article for article in everything if article not in mine][:12]
    )
    assert set(ids(recommended(client, who, k=100, exclude_purchased=True))) == set(article_ids) - mine


def test_a_purchase_is_left_out_of_the_next_answer_though_the_last_was_kept(
    client: httpx2.Client, customers: list[str]
) -> None:
    who = customers[6]
    before = ids(recommended(client, who, exclude_purchased=True))
    kept = answered(client, who, exclude_purchased=True)
    assert kept.headers["x-cache"] == "hit"
    post(client, event(who, before[0]))
    after = answered(client, who, exclude_purchased=True)
    assert after.headers["x-cache"] == "miss"
    assert before[0] not in ids(after.json()["recommendations"])
    assert len(after.json()["recommendations"]) == 12


def test_each_way_of_asking_has_an_answer_of_its_own_in_the_cache(client: httpx2.Client) -> None:
    who = "7c" * 32
    post(client, event(who, "0794071001"))
    ways = [{}, {"k": 5}, {"exclude_purchased": True}, {"explain": True}, {"colour": "Black"}]
    first = [answered(client, who, **way) for way in ways]
    second = [answered(client, who, **way) for way in ways]
    assert [each.headers["x-cache"] for each in first] == ["miss"] * 5
    assert [each.headers["x-cache"] for each in second] == ["hit"] * 5
    assert [each.content for each in first] == [each.content for each in second]
    assert len({each.content for each in first}) == 5


@pytest.mark.parametrize("kind", ["view", "click"])
def test_what_was_looked_at_changes_the_list_until_it_is_bought(
    client: httpx2.Client, offline: Offline, customers: list[str], kind: str
) -> None:
    who = customers[8 if kind == "view" else 9]
    before = recommended(client, who, k=60)
    looked_at = before[40]["article_id"]
    post(client, event(who, looked_at, kind))
    after = recommended(client, who)
    near = offline.folder.scan("article_reccs.parquet").filter(article=int(looked_at), strategy="hybrid")
    neighbours = near.sort("rank").select("neighbour").collect().to_series().to_list()
    # The list votes with 1 / (3 + place), what goes with the article, itself first, with half of that.
    votes = Counter({each["article_id"]: 1 / (3 + each["rank"]) for each in before[:12]})
    votes.update({f"{each:010d}": 0.5 / (4 + n) for n, each in enumerate([int(looked_at), *neighbours])})
    assert ids(after) == sorted(votes, key=lambda article: (-votes[article], article))[:12]
    assert LOOKED_AT in next(each for each in after if each["article_id"] == looked_at)["proposed_by"]
    bought = Bought(looked_at)
    post(client, bought.event(who))
    number = offline.numbers[who]
    expected = offline.lists([number], TODAY + timedelta(days=1), [(number, bought)])
    assert scored(recommended(client, who)) == expected[number]


def test_what_was_looked_at_the_day_before_yesterday_is_forgotten(
    client: httpx2.Client, customers: list[str]
) -> None:
    who = customers[10]
    before = recommended(client, who, k=60)
    post(client, event(who, before[50]["article_id"], "view", at="2020-09-23T11:00:00Z"))
    long_ago = event(who, before[51]["article_id"], "view", at="2020-09-21T11:00:00Z")
    post(client, long_ago)
    after = ids(recommended(client, who, k=12))
    assert before[50]["article_id"] in after
    assert before[51]["article_id"] not in after


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ({"colour": "Black"}, pl.col("colour_group_name") == "Black"),
        ({"colour": ["Black", "White"]}, pl.col("colour_group_name").is_in(["Black", "White"])),
        ({"section": "Kids Girl"}, pl.col("section_name") == "Kids Girl"),
        ({"product_type": "Sweater"}, pl.col("product_type_name") == "Sweater"),
        ({"pattern": "Stripe"}, pl.col("graphical_appearance_name") == "Stripe"),
        (
            {"pattern": "Solid", "colour": "Dark Blue"},
            (pl.col("graphical_appearance_name") == "Solid") & (pl.col("colour_group_name") == "Dark Blue"),
        ),
        ({"photo": True}, pl.lit(value=True)),
        ({"photo": False}, pl.lit(value=False)),
    ],
)
def test_every_article_passes_the_filters_and_what_sells_fills_the_list(
    client: httpx2.Client,
    offline: Offline,
    customers: list[str],
    chart: list[str],
    asked: dict[str, object],
    passes: pl.Expr,
) -> None:
    who = customers[11]
    table = offline.folder.scan("articles.parquet").filter(passes).select("article_id").collect()
    fine = set(table["article_id"])
    everything = recommended(client, who, k=100)
    found = recommended(client, who, k=20, **asked)
    by_model = [each for each in everything if each["score"] is not None and each["article_id"] in fine]
    filled = [article for article in chart if article in fine and article not in ids(by_model)]
    assert ids(found) == [*ids(by_model), *filled][:20]
    assert all(each["proposed_by"] == ["popularity"] for each in found if each["score"] is None)


def test_prices_narrow_from_both_sides(client: httpx2.Client, customers: list[str]) -> None:
    prices = {
        each["article_id"]: each["price"]
        for each in client.get("/v1/articles", params={"limit": 100}).json()["articles"]
    }
    lowest, highest = 10.0, 25.0
    found = ids(recommended(client, customers[12], k=100, price_min=lowest, price_max=highest))
    assert set(found) == {
        article for article, price in prices.items() if price is not None and lowest <= price <= highest
    }
    assert 0 < len(found) < len(prices)
    assert recommended(client, customers[12], price_min=highest, price_max=lowest) == []


def test_a_label_that_no_article_has_is_refused(client: httpx2.Client, customers: list[str]) -> None:
    path = f"/v1/customers/{customers[0]}/recommendations"
    answer = client.get(path, params={"colour": ["Black", "Blakc"], "season": "Monsoon"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"where": "query.colour", "what": "No article has 'Blakc'."},
        {"where": "query.season", "what": "No article has 'Monsoon'."},
    ]


def test_explanations_are_those_of_the_saved_model(
    client: httpx2.Client, offline: Offline, customers: list[str]
) -> None:
    rows = offline.folder.scan("articles.parquet").select("article", "prod_name", "colour_group_name")
    names = {article: (name, colour) for article, name, colour in rows.collect().iter_rows()}
    for who in (customers[13], customers[-1]):
        shown = recommended(client, who, explain=True)
        expected = offline.saved.explain(offline.numbers[who], 12)
        assert [each["why"]["sentence"] for each in shown] == [each.sentence(names) for each in expected]
        for each, why in zip((each["why"] for each in shown), expected, strict=True):
            because = None if why.because is None else f"{why.because:010d}"
            assert (each["kind"], each["because"], each["days"]) == (why.kind, because, why.days)
            ranks = [(one["strategy"], one["rank"]) for one in each["strategies"]]
            assert ranks == list(why.proposed_by)
            features = [(one["name"], one["value"], one["added"]) for one in each["features"]]
            known = [
                (name, None if math.isnan(value) else value, added) for name, value, added in why.features
            ]
            assert features == known


def test_what_fills_a_list_and_what_was_looked_at_are_explained_too(
    client: httpx2.Client, customers: list[str]
) -> None:
    who = customers[14]
    last = recommended(client, who, k=60, explain=True)[-1]
    assert last["score"] is None
    assert last["why"]["sentence"] == "Popular right now."
    post(client, event(who, last["article_id"], "view"))
    shown = recommended(client, who, explain=True)
    looked_at = next(each for each in shown if each["article_id"] == last["article_id"])
    assert looked_at["why"]["sentence"] == "Goes with what you have just viewed."


@pytest.mark.parametrize("as_of", [TODAY, date(2020, 9, 15), date(2020, 6, 1), date(2000, 1, 1), date.min])
def test_a_replay_knows_what_was_bought_before_its_day(
    client: httpx2.Client, offline: Offline, customers: list[str], as_of: date
) -> None:
    who = customers[15]
    number = offline.numbers[who]
    post(client, event(who, "0794071001", "view"), Bought("0794071001").event(who))
    found = answered(client, who, as_of=str(as_of)).json()
    assert found["as_of"] == str(as_of)
    assert scored(found["recommendations"]) == offline.lists([number], as_of)[number]


def test_a_replay_of_the_future_is_refused(client: httpx2.Client, customers: list[str]) -> None:
    for as_of in ("2020-09-24", "9999-12-31"):
        answer = client.get(f"/v1/customers/{customers[16]}/recommendations", params={"as_of": as_of})
        assert answer.status_code == 422
        assert answer.json()["detail"] == "as_of is in the future."


def test_a_batch_gives_what_one_by_one_gives(client: httpx2.Client, customers: list[str]) -> None:
    post(client, Bought("0794071001").event(customers[17]), event(customers[18], "0794071001", "view"))
    new = "ab" * 32
    post(client, event(new, "0794071001", "click"))
    asked = [*customers[:70], NOBODY, new, customers[0], "f" * 64]
    answer = client.post("/v1/batch", json={"customers": asked, "k": 7, "exclude_purchased": True})
    assert answer.status_code == 200
    lists = {each["customer_id"]: each for each in answer.json()["lists"]}
    assert list(lists) == [*customers[:70], new]
    for who, given in lists.items():
        assert given == answered(client, who, k=7, exclude_purchased=True).json()
    assert answer.json()["unknown"] == [NOBODY, "f" * 64]
