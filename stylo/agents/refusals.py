"""What goes wrong, as an agent is told: what, why, and what to do. No traceback, no path, no key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stylo.service.client import Refused, Unreachable

#: How whoever runs the service makes a key that all tools work with.
MAKE_A_KEY = "stylo keys create --name agent --scope read"
_LONGEST_VALUE = 80
_FIND_IDS = "Find the ids of articles with search_articles, and give them exactly as they are, as texts."
_FIND_LABELS = "list_labels lists the labels that there are."
# Where an argument of a tool is a parameter of the service.
_WHERE = re.compile(r"^(query|path|body)\.")
_CUSTOMERS = "A customer's id is not a name: ask for the id by which the shop knows the customer."
_HANDED_OVER = (
    "Over stdio it goes into STYLO_MCP_KEY or --key-file, over HTTP into the header Authorization: Bearer."
)


class ToolRefusal(Exception):
    """A tool cannot do what it was asked for; its text is for the agent."""


def of_the_service(error: Refused) -> ToolRefusal:
    """From what the service answered instead."""
    return ToolRefusal(" ".join([_reason(error), *_cure(error)]))


def of_a_silent_service(error: Unreachable) -> ToolRefusal:
    """From a service that did not answer, or something else in its place."""
    reason = re.sub(r"^\[Errno -?\d+\] ", "", error.reason).rstrip(".")
    return ToolRefusal(
        f"The shop's service cannot be reached: {reason}. Nothing is wrong with the request. Whoever "
        "runs the service starts it with: stylo serve. Its address is given with: stylo mcp --service."
    )


def of_arguments(tool: str, error: ValidationError) -> ToolRefusal:
    """From arguments that do not fit the tool's schema: each with what is wrong."""
    wrong = [_argument(each) for each in error.errors(include_url=False)]
    return ToolRefusal(f"The arguments of {tool} are not valid: {'; '.join(wrong)}.")


def _reason(error: Refused) -> str:
    wrong = "; ".join(f"{_WHERE.sub('', where)}: {what}" for where, what in error.errors)
    return f"{error.detail.rstrip('.')}{f' ({wrong})' if wrong else ''}."


def _cure(error: Refused) -> Sequence[str]:
    again = (
        f"Try again in {error.retry_after:.0f} s." if error.retry_after is not None else "Try again later."
    )
    match error.status:
        case 401:
            return [f"Whoever runs the service makes a key with: {MAKE_A_KEY}.", _HANDED_OVER]
        case 403:
            return [
                "All tools need a key with the scope 'read'.",
                f"Whoever runs the service makes one with: {MAKE_A_KEY}.",
                _HANDED_OVER,
            ]
        case 404 if "no article" in " ".join([error.detail, *(what for _, what in error.errors)]):
            return [_FIND_IDS]
        case 404 if error.detail.rstrip(".") == "Not Found":
            return ["The shop's service does not know this request: it is older than this tool."]
        case 422:
            wrong = " ".join(f"{where} {what}" for where, what in error.errors)
            cures = {"article_id": _FIND_IDS, "customer_id": _CUSTOMERS, "No article has": _FIND_LABELS}
            return [cure for sign, cure in cures.items() if sign in wrong]
        case 413 | 415:
            return ["Send a JPEG, PNG or WebP that is smaller: 1,000 pixels a side are plenty."]
        case 429 | 502 | 503 | 504:
            return [again]
        case status if status >= 500:
            return [f"This is a defect of the service; its log knows the request as {error.request_id}."]
    return []


def _argument(wrong: ErrorDetails) -> str:
    name = ".".join(map(str, wrong["loc"])) or "arguments"
    if wrong["type"] == "extra_forbidden":
        return f"{name}: there is no such argument"
    shown = "" if wrong["type"] == "missing" else repr(wrong["input"])
    told = f" (it is {shown})" if 0 < len(shown) <= _LONGEST_VALUE else ""
    return f"{name}: {wrong['msg'].rstrip('.')}{told}"
