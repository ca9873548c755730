"""Which rules had a hand in where an article stands, and how that is said."""

from __future__ import annotations

from typing import NamedTuple


class RuleTouch(NamedTuple):
    """A rule that had a hand in where an article stands."""

    kind: str
    name: str


#: In place of a rule: the variety that a request asks for.
ASKED = RuleTouch("diversity", "request")

_SAYS = {
    "pin": "The rule “{name}” places it first.",
    "boost": "The rule “{name}” raises it.",
    "bury": "The rule “{name}” lowers it.",
    "exclude": "The rule “{name}” leaves it out.",
    "cap": "The rule “{name}” allows no more of its kind.",
    "diversity": "The rule “{name}” puts it here for variety.",
}


def said_of(touch: RuleTouch) -> str:
    """What a rule does to an article, in a sentence."""
    if touch == ASKED:
        return "It stands here for the variety that was asked for."
    return _SAYS[touch.kind].format(name=touch.name)
