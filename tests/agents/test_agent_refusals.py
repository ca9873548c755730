"""What goes wrong reaches the agent in words that say what to do, and nothing else does."""

from __future__ import annotations

import logging

import pytest
from agent_calls import call, here, refusal_of, with_client
from mcp.shared.exceptions import MCPError
from serving import free_port
from stub_service import CUSTOMER, StubService, problem

ARTICLE = "0000000001"
PLACE = f"/v1/articles/{ARTICLE}"


@pytest.mark.parametrize(
    ("status", "detail", "headers", "told"),
    [
        (
            401,
            "The key is unknown, expired or revoked.",
            {},
            ["unknown, expired or revoked", "stylo keys create"],
        ),
        (
            403,
            "The key does not have the scope 'read'.",
            {},
            ["the scope 'read'", "stylo keys create", "--scope read"],
        ),
        (404, f"There is no article {ARTICLE}.", {}, [f"There is no article {ARTICLE}", "search_articles"]),
        (429, "The key has made too many requests.", {"retry-after": "7"}, ["too many", "Try again in 7 s"]),
        (503, "The service is overloaded.", {"retry-after": "9"}, ["overloaded", "Try again in 9 s"]),
        (500, "A defect.", {}, ["A defect", "knows the request as r1"]),
        (413, "The body is too large.", {}, ["too large", "smaller"]),
    ],
)
def test_a_refusal_of_the_service_comes_with_its_cure(
    status: int, detail: str, headers: dict[str, str], told: list[str], service: StubService
) -> None:
    service.answers[PLACE] = (status, headers, problem(status, detail))
    said = refusal_of(call(here(service.address), "get_article", article_id=ARTICLE))
    assert [words for words in told if words not in said] == []


def test_what_is_wrong_in_a_request_is_named(service: StubService) -> None:
    wrong = problem(422, "The request is not valid.", ("query.colour", "no article has the label 'Blak'"))
    service.answers["/v1/articles"] = (422, {}, wrong)
    said = refusal_of(call(here(service.address), "search_articles", colour="Blak"))
    assert "colour: no article has the label 'Blak'" in said


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("query.colour", "No article has 'Blak'."), "list_labels"),
        (("path.article_id", "String should match pattern"), "search_articles"),
        (("path.customer_id", "String should match pattern"), "the id by which the shop knows the customer"),
    ],
)
def test_where_to_find_the_right_one_is_told(wrong: tuple[str, str], told: str, service: StubService) -> None:
    service.answers[PLACE] = (422, {}, problem(422, "Something in the request is invalid.", wrong))
    assert told in refusal_of(call(here(service.address), "get_article", article_id=ARTICLE))


def test_a_service_that_is_older_than_a_tool_is_told_of(service: StubService) -> None:
    service.answers[f"{PLACE}/outfit"] = (404, {}, problem(404, "Not Found"))
    said = refusal_of(call(here(service.address), "compose_outfit", article_id=ARTICLE))
    assert "older than this tool" in said


def test_an_agent_is_not_kept_waiting_for_a_service_that_says_later(service: StubService) -> None:
    service.answers[PLACE] = (
        429,
        {"retry-after": "3600"},
        problem(429, "The key has made too many requests."),
    )
    assert "Try again in 3600 s" in refusal_of(call(here(service.address), "get_article", article_id=ARTICLE))
    assert len(service.asked) == 1


def test_a_dead_service_is_told_of_without_its_address() -> None:
    port = free_port()
    said = refusal_of(call(here(f"http://127.0.0.1:{port}"), "get_article", article_id=ARTICLE))
    assert "cannot be reached: Connection refused" in said
    assert "stylo serve" in said
    assert str(port) not in said


def test_something_else_at_the_address_of_the_service_is_told_of(service: StubService) -> None:
    service.answers[PLACE] = b"<html>Welcome to nginx</html>"
    assert "something else answers there" in refusal_of(
        call(here(service.address), "get_article", article_id=ARTICLE)
    )


def test_a_defect_of_our_own_is_logged_and_not_shown(
    service: StubService, caplog: pytest.LogCaptureFixture
) -> None:
    service.answers[PLACE] = {"secret": "no article at all"}
    with caplog.at_level(logging.INFO, "stylo.agents"):
        said = refusal_of(call(here(service.address), "get_article", article_id=ARTICLE))
    assert "defect of the server" in said and "secret" not in said
    assert "KeyError" in caplog.text


def test_the_log_names_tools_but_no_customers_and_no_keys(
    service: StubService, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "stylo.agents"):
        refusal_of(call(here(service.address), "recommend", customer_id=CUSTOMER))
    assert "recommend refused in" in caplog.text
    assert CUSTOMER not in caplog.text and "stylo_key" not in caplog.text


def test_a_tool_or_resource_that_there_is_not_is_an_error_of_the_protocol(service: StubService) -> None:
    with pytest.raises(MCPError, match="There is no tool 'buy'; there are search_articles"):
        call(here(service.address), "buy")
    for address in ("file:///etc/passwd", "stylo://articles/a/b/photo", "stylo://customers/1/photo"):
        with pytest.raises(MCPError, match="There is no resource"):
            with_client(here(service.address), lambda client, uri=address: client.read_resource(uri))  # type: ignore[misc]


def test_a_photo_that_the_service_does_not_have_is_an_error_of_the_protocol(service: StubService) -> None:
    service.answers[f"{PLACE}/thumbnail"] = (
        404,
        {},
        problem(404, f"There is no photo of article {ARTICLE}."),
    )
    with pytest.raises(MCPError, match="There is no photo"):
        with_client(
            here(service.address), lambda client: client.read_resource(f"stylo://articles/{ARTICLE}/photo")
        )
