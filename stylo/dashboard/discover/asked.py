"""What is asked of the list on Discover: words, a price, sales and filters, as the address and its words tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stylo.dashboard import text
from stylo.dashboard.links import ARTICLE, QUERY, number, put, spans, value, values
from stylo.search.facets import Range
from stylo.search.query import UnderstoodQuery, understand, without

PRICE, SOLD, LITERALLY, SORT = "price", "sold", "literal", "sort"
#: An article that sold less often than this was never sold.
NEVER = 1
_MOST_SOLD = 999_999_999


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    typed : the words as they stand in the search box.
    literally : whether they are to be taken as they are.
    query : what they are understood to mean.
    price : what they say of it, unless the address itself names a price.
    sold_below : articles that sold less often; from the address, else from the words.
    chosen : facet → labels.
    """

    typed: str
    literally: bool
    query: UnderstoodQuery
    price: Range
    sold_below: int | None
    chosen: Mapping[str, list[str]]


def asked(typed: str) -> Asked:
    """What is asked with these words in the search box."""
    literally = bool(typed) and value(LITERALLY) == "yes"
    query = UnderstoodQuery(typed) if literally else understand(typed)
    return Asked(
        typed,
        literally,
        query,
        (None, None) if spans(PRICE) else query.price,
        number(SOLD, NEVER, _MOST_SOLD, 0) or query.sold_below,
        {facet: values(key) for facet, key in text.FACET_KEYS.items()},
    )


def leaves(typed: str) -> list[str]:
    """What goes from the address when somebody types: a price or sales in words replace those that were chosen."""
    query = understand(typed or "")
    told = ((PRICE, query.price_words), (SOLD, query.sold_words))
    return [ARTICLE, LITERALLY, *(name for name, words in told if words)]


def take_literally(*, literally: bool) -> None:
    """Has the words taken as they are, or understood again; for callbacks."""
    put({LITERALLY: ["yes"] if literally else []})


def remove(name: str, label: str) -> None:
    """Takes one thing out of what is asked, also where words tell it; for callbacks."""
    if name == PRICE:
        put({PRICE: [], QUERY: _words(without(value(QUERY), understand(value(QUERY)).price_words))})
    elif name == SOLD:
        put(_any_sales())
    elif name in text.FACET_KEYS.values():
        put({name: [each for each in values(name) if each != label]})


def tick(ticked: Mapping[str, list[str]]) -> None:
    """Asks for the labels that are ticked, by name, and no others; for callbacks.

    Of sales, only never can be ticked; another number stays as it is.
    """
    facets = {name: ticked.get(name, []) for name in text.FACET_KEYS.values()}
    never, shown = bool(ticked.get(SOLD)), asked(value(QUERY)).sold_below == NEVER
    sales = {} if never == shown else {SOLD: [str(NEVER)]} if never else _any_sales()
    put({**facets, **sales})


def clear(also: Sequence[str] = ()) -> None:
    """Asks for nothing any more, nor for other names of the address; for callbacks."""
    put(dict.fromkeys([*text.FACET_KEYS.values(), QUERY, PRICE, SOLD, LITERALLY, SORT, *also], ()))


def is_clear() -> bool:
    """Whether nothing is asked."""
    return not any(map(values, (*text.FACET_KEYS.values(), QUERY, PRICE, SOLD, SORT)))


def _any_sales() -> dict[str, list[str]]:
    return {SOLD: [], QUERY: _words(without(value(QUERY), understand(value(QUERY)).sold_words))}


def _words(typed: str) -> list[str]:
    return [typed] if typed else []
