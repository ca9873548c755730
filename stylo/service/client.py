"""A client of the service for shops. With client_types.py beside it, it needs nothing but Python.

For versions of the model and experiments there is admin_client.py.

    from stylo.service.client import Client, Event

    with Client("https://stylo.example", token) as stylo:
        stylo.send([Event(customer_id, "purchase", article_id, price=19.99)])
        for each in stylo.recommendations(customer_id, colour=["Black"])["recommendations"]:
            print(each["article_id"])

What the service refuses is raised as Refused, a service that does not answer as Unreachable.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import TracebackType
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from stylo.service.client_types import (
    ArticleDetails,
    Articles,
    Batch,
    Event,
    OutfitAnswer,
    Ready,
    Recommendations,
    Refused,
    RequestOutcome,
    Similar,
    Stored,
    Unreachable,
    Version,
)

__all__ = ["AGAIN", "Client", "Event", "Option", "Refused", "Unreachable"]

#: Statuses after which the same request may be answered: too many, overloaded, a proxy without its service.
AGAIN = (429, 502, 503, 504)
_UNKNOWN = 504  # it may be done yet
_BEGINNING, _LONGEST = 0.2, 10.0  # seconds between attempts: doubled each time, up to the longest
_JSON, _SHOWN = "application/json", 300

#: What a filter or another option may be: `colour=["Black"]`, `price_max=30`, `exclude_purchased=True`.
Option = str | int | float | bool | date | Sequence[str] | None


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Asks one service. Threads may share it: each request has a connection to itself, kept for the next.

    A request that was not answered, or with a status of AGAIN, is sent again: all of them may be, for those that store
    something carry an idempotency key.

    Parameters
    ----------
    address : such as https://stylo.example, or with a path under which the service lies.
    token : a key of `python serve.py keys create`.
    timeout : seconds that the service may be silent for, in each attempt.
    attempts : how often a request is sent at most.
    longest_wait : seconds; a service that says it will not be there for longer is not waited for.
    sleep, chance : how to wait some seconds, and a number from 0 to 1, for tests.

    Raises ValueError for an address or a token that cannot be one.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        timeout: float = 5.0,
        attempts: int = 4,
        longest_wait: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{address!r} is not a service address such as https://stylo.example")
        if not (token.isascii() and token.isprintable() and token.strip() == token != ""):
            raise ValueError("the token is not in the form that `python serve.py keys create` prints")
        if attempts < 1:
            raise ValueError(f"{attempts} attempts are too few")
        self.address = address.rstrip("/")
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._headers = {"authorization": f"Bearer {token}", "user-agent": "stylo-client"}
        self._timeout, self._attempts, self._longest_wait = timeout, attempts, longest_wait
        self._sleep, self._chance = sleep, chance
        self._idle: deque[HTTPConnection] = deque()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    def recommendations(self, customer_id: str, k: int = 12, **options: Option) -> Recommendations:
        """Articles for a customer.

        Options: filters, `exclude_purchased`, `exclude`, `diversity`, `explain`, `as_of`, `seed_articles`; `age` and
        `club` of one whom the shop does not know.
        """
        return self._get(f"/v1/customers/{_quoted(customer_id)}/recommendations", {"k": k, **options})

    def recommendations_for_anybody(self, k: int = 12, **options: Option) -> Recommendations:
        """Articles for a person without a customer id. Options: `age`, `club`, `section`, `seed_articles`, others."""
        return self._get("/v1/recommendations", {"k": k, **options})

    def batch(self, customers: Sequence[str], k: int = 12, *, exclude_purchased: bool = False) -> Batch:
        """Lists for up to 1,000 customers."""
        asked = {"customers": list(customers), "k": k, "exclude_purchased": exclude_purchased}
        return self._post("/v1/batch", json.dumps(asked).encode(), _JSON)

    def similar(self, article_id: str, **options: Option) -> Similar:
        """What goes with an article. Options: `by`, `k`, `same_product`, weights, filters."""
        return self._get(f"/v1/articles/{_quoted(article_id)}/similar", options)

    def outfit(self, article_id: str, **options: Option) -> OutfitAnswer:
        """An outfit around an article. Options: `alternatives`, `locked`, `without`, `max_price`."""
        return self._get(f"/v1/articles/{_quoted(article_id)}/outfit", options)

    def search(self, q: str = "", **options: Option) -> Articles:
        """Articles found by words. Options: `limit`, `offset`, filters."""
        return self._get("/v1/articles", {"q": q, **options})

    def article(self, article_id: str) -> ArticleDetails:
        """What is known of an article."""
        return self._get(f"/v1/articles/{_quoted(article_id)}", {})

    def thumbnail(self, article_id: str) -> bytes:
        """The article's photo as JPEG, some 300 pixels wide."""
        return self._ask("GET", f"/v1/articles/{_quoted(article_id)}/thumbnail").body

    def visual_search(self, picture: bytes, content_type: str = "image/jpeg", **options: Option) -> Similar:
        """Articles that look like a JPEG, PNG or WebP. Options: `k`, weights, filters."""
        return self._post(f"/v1/visual-search{_query(options)}", picture, content_type)

    def send(self, events: Iterable[Event], *, idempotency_key: str | None = None) -> Stored:
        """Stores up to 1,000 events, all or none, once however often they had to be sent; on disk when this returns.

        idempotency_key : one's own name of these events, to send them again after a crash without storing them twice.
        """
        body = json.dumps({"events": [_event(each) for each in events]}).encode()
        return self._post("/v1/events", body, _JSON, {"idempotency-key": idempotency_key or uuid.uuid4().hex})

    def outcome(
        self, idempotency_key: str, of: Literal["events", "models", "experiments", "rules"] = "events"
    ) -> RequestOutcome:
        """What became of a request that was refused with 504: whether it was done, and what was answered."""
        place = "/v1/events" if of == "events" else f"/v1/admin/{of}"
        return self._get(f"{place}/outcome", {"idempotency_key": idempotency_key})

    def version(self) -> Version:
        return self._get("/version", {})

    def ready(self) -> Ready:
        """Whether the service can serve, and what it does without; at once, also where it cannot."""
        answer = self._ask("GET", "/health/ready", answers=(200, 503))
        ready = self._read(answer)
        if "ready" not in ready:
            raise _refused(answer)
        return ready

    def _get(self, path: str, options: Mapping[str, Option]) -> Any:
        return self._read(self._ask("GET", path + _query(options)))

    def _post(self, path: str, body: bytes, content_type: str, more: Mapping[str, str] | None = None) -> Any:
        return self._read(self._ask("POST", path, body, {"content-type": content_type, **(more or {})}))

    def _read(self, answer: _Answer) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError as error:
            said = answer.body[:_SHOWN].decode(errors="replace")
            raise Unreachable(self.address, f"something else answers there: {said}", 1) from error

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Container[int] = range(200, 300),
    ) -> _Answer:
        """The answer to a request that may be sent several times.

        Raises Unreachable, or Refused: with the answer that left the outcome open, if one did and none settled it.
        """
        in_doubt: _Answer | None = None
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            wait = None
            try:
                answer = self._exchange(method, path, body, {**self._headers, **(headers or {})})
            except (OSError, HTTPException) as error:
                if last:
                    raise Unreachable(self.address, _reason(error), attempt) from error
            else:
                if answer.status in answers:
                    return answer
                wait = _retry_after(answer)
                if answer.status == _UNKNOWN:
                    in_doubt = answer
                again = answer.status in AGAIN
                if last or not again or (wait or 0) > self._longest_wait:
                    raise _refused((in_doubt if again else None) or answer)
            # By chance, also where the service says how long: so that not all come in the same moment.
            most = min(_LONGEST, _BEGINNING * 2**attempt) if wait is None else _BEGINNING
            self._sleep((wait or 0) + self._chance() * most)
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> _Answer:
        """One request on a connection that was kept, or a new one if that was closed meanwhile."""
        while True:
            kept = self._kept()
            connection = kept or self._kind(self._host, self._port, timeout=self._timeout)
            try:
                with suppress(BrokenPipeError):  # it may have said why before it hung up
                    connection.request(method, self._path + path, body, dict(headers))
                response = connection.getresponse()
                names = {name.lower(): value for name, value in response.getheaders()}
                answer = _Answer(response.status, names, response.read())
            except BaseException as error:
                connection.close()
                if kept and isinstance(error, ConnectionError | HTTPException):
                    continue
                raise
            if not response.will_close:
                self._idle.append(connection)
            return answer

    def _kept(self) -> HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _query(options: Mapping[str, Option]) -> str:
    given = {name: _text(value) for name, value in options.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _text(value: Option) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) else list(value or ())


def _event(event: Event) -> dict[str, Any]:
    content = {name: value for name, value in asdict(event).items() if value is not None}
    return content if event.at is None else content | {"at": event.at.isoformat()}


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(error) or type(error).__name__


def _retry_after(answer: _Answer) -> float | None:
    """Seconds; None where the answer does not say, or says it in another way."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def _refused(answer: _Answer) -> Refused:
    """From a problem, or from whatever a proxy has answered with."""
    request_id = answer.headers.get("x-request-id", "")
    try:
        problem = json.loads(answer.body)
        errors = [(each["where"], each["what"]) for each in problem.get("errors", [])]
        known_as = problem.get("request_id", request_id)
        wait = _retry_after(answer)
        return Refused(answer.status, problem["detail"], known_as, errors, problem.get("find_out"), wait)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused(answer.status, answer.body[:_SHOWN].decode(errors="replace"), request_id)
