"""The ids of a request: what they stand for in the release that answers, or the problem that says which is wrong.

An id that the shop cannot have is 422, an article that it does not have is 404, each with the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

import numpy as np
from starlette.types import Scope

from stylo.deployment.release import Release
from stylo.errors import BadIdentifier, UnknownArticle
from stylo.service.problems import ProblemError
from stylo.tables.ids import customer_key

# A slash within an id, while its address is cut at slashes: a code that no text has.
_SLASH = "\ufdd0"
_ENCODED_SLASH = re.compile(b"%2f", re.IGNORECASE)
_TOLD = 100


def keep_slashes(scope: Scope) -> Scope:
    """The ASGI scope in which a slash that came as `%2F`, within an id, does not cut the address."""
    raw = (scope.get("raw_path") or b"").partition(b"?")[0]
    marked, count = _ENCODED_SLASH.subn(quote(_SLASH).encode(), raw)
    return {**scope, "path": unquote(marked.decode("latin-1"))} if count else scope


def with_slashes(text: str) -> str:
    """What `keep_slashes` has marked, as it was meant."""
    return text.replace(_SLASH, "/")


def article_of(release: Release, written: str, where: str = "path.article_id") -> int:
    """The number of an article of the catalogue. Raises ProblemError: 422 for what is no id, 404 for no article."""
    try:
        return articles_of(release, [(where, written)])[0]
    except ProblemError as error:
        if error.status == 404:
            raise ProblemError(404, f"There is no article {written}.") from error
        raise


def articles_of(
    release: Release,
    written: Iterable[tuple[str, str]],
    *,
    known_only: bool = True,
    unknown_detail: str = "An article is not in the catalogue.",
) -> list[int]:
    """The numbers of articles that stand at several places of a request: (where, what is written there).

    known_only : without it, ten digits may also be those of no article.
    unknown_detail : what is said of several articles of which some are not there.

    Raises ProblemError with all that is wrong: 422 if something is no id, else 404 if something is no article.
    """
    numbers: list[int] = []
    bad, unknown = list[dict[str, str]](), list[dict[str, str]]()
    there = list(written)
    for where, text in there:
        number = -1
        try:
            number = release.assortment.ids.number(text)
        except BadIdentifier as error:
            bad.append({"where": where, "what": error.cure or error.problem})
        except UnknownArticle:
            unknown.append({"where": where, "what": f"There is no article {text}."})
        numbers.append(number)
    if bad:
        raise ProblemError(422, "Something in the request is invalid.", errors=bad[:_TOLD])
    if known_only and not unknown:
        places = release.assortment.places(np.array(numbers, dtype=np.int64))
        unknown = [
            {"where": there[n][0], "what": f"There is no article {there[n][1]}."}
            for n in np.flatnonzero(places < 0).tolist()
        ]
    if unknown:
        raise ProblemError(404, unknown_detail, errors=unknown[:_TOLD])
    return numbers


def excluded_of(release: Release, written: Iterable[tuple[str, str]]) -> list[int]:
    """The numbers of articles that are not wanted; those that there are not cannot come anyway. Raises ProblemError,
    422, for what is no id."""
    numbers = list[int]()
    for where, text in written:
        try:
            numbers.append(release.assortment.ids.number(text))
        except UnknownArticle:
            continue
        except BadIdentifier as error:
            wrong = [{"where": where, "what": error.cure or error.problem}]
            raise ProblemError(422, "Something in the request is invalid.", errors=wrong) from error
    return numbers


def customer_of(release: Release, written: str, where: str = "path.customer_id") -> str:
    """The 64 hex characters of a customer. Raises ProblemError, 422, for what is no id."""
    return customers_of(release, [(where, written)])[0]


def customers_of(release: Release, written: Sequence[tuple[str, str]]) -> list[str]:
    """The same of customers at several places of a request."""
    keys, bad = list[str](), list[dict[str, str]]()
    for where, text in written:
        try:
            keys.append(customer_key(text, own=release.own_customer_ids))
        except BadIdentifier as error:
            bad.append({"where": where, "what": error.cure or error.problem})
    if bad:
        raise ProblemError(422, "Something in the request is invalid.", errors=bad[:_TOLD])
    return keys
