"""Tools: what they ask the service, and what an agent gets to see."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonschema
import pytest
from agent_calls import call, data_of, here, pictures_of, refusal_of, text_of, with_client
from mcp_types import TextContent
from stub_service import CUSTOMER, JPEG, PNG, WEBP, StubService, facts, problem

from stylo.agents import requests
from stylo.agents.tool_list import all_tools
from stylo.service.schemas import ArticleFilters, SimilarRequest

A, B, C = "0000000001", "0000000002", "0000000003"
SIMILAR = {
    "article_id": A,
    "by": "visual",
    "model_version": "v",
    "untrained": False,
    "articles": [
        {"rank": 1, "article_id": B, "score": 0.9, "parts": {}},
        {"rank": 2, "article_id": C, "score": 0.8, "parts": {}},
    ],
}
WHY = {
    "kind": "bought together",
    "sentence": "Often bought with Article 0000000002.",
    "because": B,
    "days": 3,
    "strategies": [{"strategy": "bought together", "rank": 2}],
    "features": [
        {"name": "price", "value": 1.0, "added": -0.1},
        {"name": "days", "value": 3.0, "added": 0.7},
    ],
}
PICKS = {
    "customer_id": CUSTOMER,
    "as_of": "2020-09-23",
    "model_version": "v",
    "variant": "live",
    "degraded": [],
    "recommendations": [
        {"rank": 1, "article_id": A, "score": 1.5, "proposed_by": ["bought together"], "why": WHY},
        {"rank": 2, "article_id": C, "score": None, "proposed_by": [], "why": None},
    ],
}
TOGETHER = {"kind": "together", "value": 12, "sentence": "Bought together 12 times."}
OUTFIT = {
    "article_id": A,
    "model_version": "v",
    "slot": "dress",
    "price": 60.0,
    "slots": [
        {
            "slot": "shoes",
            "article_id": B,
            "score": 0.71234,
            "price": 20.0,
            "locked": True,
            "why": [TOGETHER],
            "alternatives": [{"article_id": C, "score": 0.6, "price": 20.0, "why": []}],
        },
        {
            "slot": "bag",
            "article_id": C,
            "score": 0.5,
            "price": 20.0,
            "locked": False,
            "why": [],
            "alternatives": [],
        },
    ],
    "left_out": [{"slot": "outerwear", "reason": "too dear"}],
}
RECOMMENDATIONS = f"/v1/customers/{CUSTOMER}/recommendations"


@pytest.fixture
def found(service: StubService) -> StubService:
    service.answers |= {
        "/v1/articles": {
            "found": 12,
            "corrected": "black dress",
            "unknown": ["zzz"],
            "facets": {"colour": [{"label": "Black", "articles": 7}]},
            "articles": [facts(A), facts(B, photo=False, price=None)],
        },
        f"/v1/articles/{A}/similar": SIMILAR,
        "/v1/visual-search": {**SIMILAR, "article_id": None, "untrained": True},
        f"/v1/articles/{A}/outfit": OUTFIT,
        RECOMMENDATIONS: PICKS,
    }
    return service


def test_every_tool_says_what_it_is_for_and_that_it_only_reads() -> None:
    listed = with_client(here("http://127.0.0.1:9"), lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == [tool.name for tool in all_tools()]
    for tool in listed:
        assert tool.description is not None and tool.description.endswith(".")
        assert tool.title
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint and not tool.annotations.open_world_hint
        for schema in (tool.input_schema, tool.output_schema):
            assert schema is not None
            jsonschema.Draft202012Validator.check_schema(schema)
        assert tool.input_schema["additionalProperties"] is False


def test_every_argument_of_a_tool_is_described() -> None:
    for tool in all_tools():
        for name, field in tool.arguments.model_fields.items():
            assert field.description, f"{tool.name}: {name}"


def test_tools_take_all_filters_and_weights_of_the_service() -> None:
    assert set(requests.ShopFilters.model_fields) == set(ArticleFilters.model_fields)
    assert set(requests.LookWeights.model_fields) <= set(SimilarRequest.model_fields)


def test_an_answer_is_data_and_the_same_as_text(found: StubService) -> None:
    for name, arguments in (
        ("search_articles", {"query": "blck dress"}),
        ("list_labels", {}),
        ("get_article", {"article_id": A}),
        ("similar_articles", {"article_id": A}),
        ("compose_outfit", {"article_id": A}),
        ("recommend", {"customer_id": CUSTOMER}),
        ("explain_recommendation", {"customer_id": CUSTOMER, "article_id": A}),
    ):
        result = call(here(found.address), name, **arguments)  # the client checks data by the tool's schema
        first = result.content[0]
        assert isinstance(first, TextContent)
        said = json.loads(first.text)
        assert without_nulls(data_of(result)) == said


def without_nulls(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: without_nulls(each) for name, each in content.items() if each is not None}
    return [without_nulls(each) for each in content] if isinstance(content, list) else content


def test_a_search_gives_articles_with_their_facts_and_says_what_it_did_not_understand(
    found: StubService,
) -> None:
    answer = data_of(
        call(
            here(found.address),
            "search_articles",
            query="blck dress",
            colour=["Black"],
            price_max=30,
            offset=5,
        )
    )
    assert (answer["found"], answer["corrected"], answer["not_understood"]) == (12, "black dress", ["zzz"])
    first, second = answer["articles"]
    assert (first["article_id"], first["price"], first["colour"]) == (A, 20.0, "Black")
    assert first["photo"] == f"stylo://articles/{A}/photo"
    assert (second["photo"], second["price"]) == (None, None)
    assert len(first["description"]) <= 202 and first["description"].endswith(" …")
    assert found.parameters("/v1/articles") == {
        "q": ["blck dress"],
        "limit": ["8"],
        "offset": ["5"],
        "colour": ["Black"],
        "price_max": ["30.0"],
    }


@pytest.mark.parametrize("written", [["Black", "White"], '["Black", "White"]'])
def test_a_list_may_be_written_as_models_do(written: object, found: StubService) -> None:
    call(here(found.address), "search_articles", colour=written)
    assert found.parameters("/v1/articles")["colour"] == ["Black", "White"]


def test_one_label_may_stand_without_a_list(found: StubService) -> None:
    call(here(found.address), "search_articles", colour="Black")
    assert found.parameters("/v1/articles")["colour"] == ["Black"]


def test_the_labels_of_filters_are_listed_with_their_counts(found: StubService) -> None:
    answer = data_of(call(here(found.address), "list_labels"))
    assert answer == {"articles": 12, "labels": {"colour": [{"label": "Black", "articles": 7}]}}


def test_an_article_comes_whole_and_with_its_photo(found: StubService) -> None:
    result = call(here(found.address), "get_article", article_id=A)
    assert data_of(result)["description"] == facts(A)["description"]
    (picture,) = pictures_of(result)
    assert (base64.b64decode(picture.data), picture.mime_type) == (JPEG, "image/jpeg")
    assert f"Photo of article {A}:" in text_of(result)


def test_no_photo_is_fetched_where_none_is_wanted_or_there(found: StubService) -> None:
    found.answers[f"/v1/articles/{B}"] = facts(B, photo=False)
    assert pictures_of(call(here(found.address), "get_article", article_id=A, photos=False)) == []
    assert pictures_of(call(here(found.address), "get_article", article_id=B)) == []
    assert not [path for path, *_ in found.asked if path.endswith("/thumbnail")]


def test_a_photo_whose_file_is_gone_is_left_out(found: StubService) -> None:
    found.answers[f"/v1/articles/{B}/thumbnail"] = (404, {}, problem(404, "There is no photo."))
    result = call(here(found.address), "similar_articles", article_id=A, photos=2)
    assert len(pictures_of(result)) == 1
    assert [each["article_id"] for each in data_of(result)["articles"]] == [B, C]


def test_look_alikes_have_names_and_prices(found: StubService) -> None:
    answer = data_of(
        call(here(found.address), "similar_articles", article_id=A, colour_weight=0.5, price_max=25)
    )
    assert [(each["rank"], each["name"], each["score"]) for each in answer["articles"]] == [
        (1, f"Article {B}", 0.9),
        (2, f"Article {C}", 0.8),
    ]
    asked = found.parameters(f"/v1/articles/{A}/similar")
    assert (asked["by"], asked["colour_weight"], asked["price_max"]) == (["visual"], ["0.5"], ["25.0"])


@pytest.mark.parametrize(
    ("photo", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")]
)
@pytest.mark.parametrize("before", ["", "data:image/jpeg;base64,"])
def test_a_photo_in_base64_is_sent_as_it_is(
    photo: bytes, media_type: str, before: str, found: StubService
) -> None:
    written = before + base64.b64encode(photo).decode()
    answer = data_of(call(here(found.address), "similar_to_photo", photo_base64=written))
    assert answer["untrained"]
    _, _, headers, body = next(each for each in found.asked if each[0] == "/v1/visual-search")
    assert (body, headers["content-type"]) == (photo, media_type)


def test_an_outfit_has_an_article_for_each_slot_and_a_price(found: StubService) -> None:
    asked = {"alternatives": 2, "locked": [B], "without": "accessory", "max_price": 50, "photos": 2}
    result = call(here(found.address), "compose_outfit", article_id=A, **asked)
    answer = data_of(result)
    assert answer["article"]["name"] == f"Article {A}"
    assert [(each["slot"], each["article"]["article_id"], each["locked"]) for each in answer["slots"]] == [
        ("shoes", B, True),
        ("bag", C, False),
    ]
    first = answer["slots"][0]
    assert (first["article"]["why"], first["article"]["score"]) == (["Bought together 12 times."], 0.7123)
    assert [each["article_id"] for each in first["alternatives"]] == [C]
    assert (answer["price"], answer["left_out"]) == (60.0, [{"slot": "outerwear", "reason": "too dear"}])
    assert len(pictures_of(result)) == 2
    assert found.parameters(f"/v1/articles/{A}/outfit") == {
        "alternatives": ["2"],
        "locked": [B],
        "without": ["accessory"],
        "max_price": ["50.0"],
    }


def test_recommendations_come_with_reasons(found: StubService) -> None:
    answer = data_of(
        call(
            here(found.address), "recommend", customer_id=CUSTOMER, exclude_purchased=True, as_of="2020-09-01"
        )
    )
    assert [(each["rank"], each["why"], each["fills_up"]) for each in answer["articles"]] == [
        (1, WHY["sentence"], False),
        (2, None, True),
    ]
    asked = found.parameters(RECOMMENDATIONS)
    assert (asked["explain"], asked["exclude_purchased"], asked["as_of"]) == (
        ["true"],
        ["true"],
        ["2020-09-01"],
    )


def test_wishes_for_recommendations_are_passed_on_and_others_are_not_named(found: StubService) -> None:
    server = here(found.address)
    call(server, "recommend", customer_id=CUSTOMER)
    usual = {"k": ["8"], "explain": ["true"], "exclude_purchased": ["false"]}
    assert found.parameters(RECOMMENDATIONS) == usual
    wishes = {"exclude": [B], "diversity": 0, "seed_articles": [C], "section": ["Divided"]}
    call(server, "recommend", customer_id=CUSTOMER, **wishes)
    assert found.parameters(RECOMMENDATIONS) == usual | {
        "exclude": [B],
        "diversity": ["0.0"],
        "seed_articles": [C],
        "section": ["Divided"],
    }


def test_a_person_who_is_no_customer_is_recommended_to_by_age_and_basket(found: StubService) -> None:
    found.answers["/v1/recommendations"] = {**PICKS, "customer_id": None}
    answer = data_of(call(here(found.address), "recommend", age=34, seed_articles=A))
    assert (answer["customer_id"], len(answer["articles"])) == (None, 2)
    asked = found.parameters("/v1/recommendations")
    assert (asked["age"], asked["seed_articles"]) == (["34.0"], [A])


def test_a_recommendation_is_explained_by_what_counted_most(found: StubService) -> None:
    answer = data_of(call(here(found.address), "explain_recommendation", customer_id=CUSTOMER, article_id=A))
    assert (answer["recommended"], answer["rank"], answer["reason"]) == (True, 1, WHY["sentence"])
    assert (answer["because"]["article_id"], answer["days"]) == (B, 3)
    assert [each["name"] for each in answer["features"]] == ["days", "price"]
    assert found.parameters(RECOMMENDATIONS)["k"] == ["100"]


def test_an_article_that_is_not_recommended_is_told_of_as_such(found: StubService) -> None:
    answer = data_of(call(here(found.address), "explain_recommendation", customer_id=CUSTOMER, article_id=B))
    assert (answer["recommended"], answer["rank"], answer["reason"]) == (False, None, None)
    assert answer["looked_at"] == 2


def test_the_photo_of_an_article_is_a_resource(found: StubService) -> None:
    read = with_client(
        here(found.address), lambda client: client.read_resource(f"stylo://articles/{A}/photo")
    )
    (content,) = read.contents
    assert base64.b64decode(content.blob) == JPEG  # type: ignore[union-attr]
    templates = with_client(here(found.address), lambda client: client.list_resource_templates())
    assert [each.uri_template for each in templates.resource_templates] == [
        "stylo://articles/{article_id}/photo"
    ]


def test_an_article_with_an_id_of_the_shops_own_is_found_and_shown(found: StubService) -> None:
    sku = "Ä 12/b?%"
    path = "/v1/articles/%C3%84%2012%2Fb%3F%25"
    found.answers[path] = facts(sku)
    card = data_of(call(here(found.address), "get_article", article_id=sku))
    assert card["article_id"] == sku
    assert card["photo"] == "stylo://articles/%C3%84%2012%2Fb%3F%25/photo"
    with_client(here(found.address), lambda client: client.read_resource(card["photo"]))
    assert found.asked[-1][0] == f"{path}/thumbnail"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"limit": 99}, "limit: Input should be less than or equal to 24"),
        ({"limit": "many"}, "limit: Input should be a valid integer"),
        ({"colr": "Black"}, "colr: there is no such argument"),
        ({"price_max": -1}, "price_max: Input should be greater than or equal to 0"),
        ({"query": "x" * 1001}, "query: String should have at most 1000 characters"),
        ({"colour": {"is": "Black"}}, "colour: Input should be a valid list"),
        ({"colour": "[" * 100_000}, "colour.0: String should have at most 200 characters"),
        ({"colour": ["x"] * 51}, "colour: List should have at most 50 items"),
        ({"price_max": "NaN"}, "price_max: Input should be a finite number"),
    ],
)
def test_arguments_that_do_not_fit_are_named(
    arguments: dict[str, object], told: str, found: StubService
) -> None:
    assert told in refusal_of(call(here(found.address), "search_articles", **arguments))
    assert found.asked == []


def test_what_is_missing_is_named(found: StubService) -> None:
    assert "article_id: Field required" in refusal_of(call(here(found.address), "get_article"))


def test_an_id_that_is_a_number_or_a_path_stays_one_segment_of_the_address(found: StubService) -> None:
    assert "article_id: Input should be a valid string" in refusal_of(
        call(here(found.address), "get_article", article_id=706016001)
    )
    for name in ("get_article", "compose_outfit", "similar_articles"):
        call(here(found.address), name, article_id="../admin/models?x=1#y")
    assert {path for path, *_ in found.asked if not path.endswith("/thumbnail")} == {
        f"/v1/articles/..%2Fadmin%2Fmodels%3Fx%3D1%23y{rest}" for rest in ("", "/outfit", "/similar")
    }
