"""What somebody asks for in words: the words to look for, and the price and sales that they tell.

black midi dress under 30   →  black midi dress, price to 30
trousers that never sold    →  trousers, sold less than once
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stylo.search.facets import Range

_SPELT = {
    "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "a hundred": 100, "one hundred": 100, "hundred": 100,
}  # fmt: skip
_MONEY = r"(?:[£$€¥]|eur|euros?|gbp|usd|sek|kr|pounds?|quid|dollars?|bucks)"
# Up to five digits, for more are an article number; 1,000 has a thousand, 29,99 has cents.
_DIGITS = r"\d{1,3}(?:,\d{3})(?!\d)|\d{1,5}(?:[.,]\d{1,2})?(?![.,]?\d)"
_NUMBER = rf"(?:{_DIGITS}|{'|'.join(sorted(_SPELT, key=len, reverse=True))})"
# Not 10-14 years, 20 den, 2 pairs: a number with a unit is no price.
_UNIT = (
    r"(?!\s*-?\s*(?:%|(?:years?|yrs?|months?|mths?|[my]|old|cm|mm|inch(?:es)?|den|denier|pack|pk|pcs?|pieces?"
    r"|pairs?|kg|times|sales|sold|units?)\b))"
)
_PRICE = rf"(?:{_MONEY}\s*)?(?P<END>{_NUMBER})(?:\s*{_MONEY}(?!\w))?{_UNIT}"
_BEFORE = r"(?<![\w.,-])(?:(?:for|at|priced?|costs?|costing)(?:\s+at)?[:\s]+)?"
_AFTER = r"(?![\w-]|[.,]\d)"
_SIZES = r"(?<!size )(?<!sizes )(?<!age )(?<!ages )(?<!aged )"
_LESS = (
    r"(?:under|below|(?:less|cheaper|lower|no more|not more) than|up ?to|at most|max(?:imum)?|within|≤|<=?)"
)
_MORE = (
    r"(?:over|above|(?:more|dearer|pricier|higher|no less|not less) than|not under|at least|min(?:imum)?"
    r"|starting (?:at|from)|from|≥|>=?)"
)
_DASH = r"\s*(?:-|–|—|to)\s*"


def _pattern(words: str) -> re.Pattern[str]:
    for end in ("low", "high"):
        words = words.replace(end.upper(), _PRICE.replace("END", end))
    return re.compile(words, re.IGNORECASE)


_PRICES = (
    _pattern(rf"{_BEFORE}(?:between|from)\s+LOW\s+(?:and|to|-|–)\s+HIGH{_AFTER}"),
    _pattern(rf"{_BEFORE}(?:between\s+|from\s+)?{_SIZES}LOW{_DASH}HIGH{_AFTER}"),
    _pattern(rf"{_BEFORE}{_LESS}\s*HIGH{_AFTER}"),
    _pattern(rf"{_BEFORE}{_MORE}\s*LOW{_AFTER}"),
    _pattern(rf"{_BEFORE}HIGH\s+(?:or|and)\s+(?:less|under|below|cheaper){_AFTER}"),
    _pattern(rf"{_BEFORE}LOW\s+(?:or|and)\s+(?:more|over|above|up|upwards){_AFTER}"),
    _pattern(rf"{_BEFORE}HIGH\s+max(?:imum)?{_AFTER}"),
)
_WHICH = r"(?:(?:what|which|that|things|articles|products|items|clothes|stuff)\s+)*"
_NOT_SOLD = re.compile(
    rf"(?<![\w-]){_WHICH}(?:were\s+|was\s+|has\s+|have\s+|had\s+|are\s+|is\s+)?"
    r"(?:never\s+(?:been\s+)?(?:sold|bought|purchased)|unsold|not\s+(?:been\s+)?(?:sold|bought)(?:\s+yet)?"
    r"|(?:nobody|no[\s-]one)\s+(?:ever\s+)?(?:has\s+)?(?:bought|buys|purchased|wants|wanted)"
    r"|(?:with\s+)?(?:no|zero|0|without)\s+(?:sales|purchases|buyers)"
    r"|(?:did\s*n[o']?t|didn’t|has\s*n[o']?t|hasn’t|have\s*n[o']?t|haven’t|do\s*n[o']?t|don’t)\s+(?:sold|sell))(?![\w-])",
    re.IGNORECASE,
)
_LESS_SOLD = r"(?P<less>less than|fewer than|under|below|at most|no more than|up to|<=?|≤)"
_HARDLY_SOLD = tuple(
    re.compile(rf"(?<![\w-]){_WHICH}{words}{_AFTER}", re.IGNORECASE)
    for words in (
        rf"(?:were\s+|was\s+|has\s+|have\s+)?sold\s+{_LESS_SOLD}\s*(?P<sales>\d{{1,6}})(?:\s+(?:times|pieces|units))?",
        rf"(?:with\s+)?{_LESS_SOLD}\s*(?P<sales>\d{{1,6}})\s+(?:sales|sold|times\s+sold|units(?:\s+sold)?|purchases)",
    )
)
_INCLUSIVE = frozenset({"at most", "no more than", "up to", "<=", "≤"})


@dataclass(frozen=True)
class UnderstoodQuery:
    """A query as understood.

    words : those that are looked for, as typed.
    price : from and to, both included, as the facets have them; None leaves an end open.
    sold_below : articles sold less often than this; 1 means never; None means any.
    price_words, sold_words : what told the price and the sales; empty where nothing did.
    """

    words: str
    price: Range = (None, None)
    sold_below: int | None = None
    price_words: str = ""
    sold_words: str = ""


def understand(text: str) -> UnderstoodQuery:
    """Reads a price and sales out of what was typed; the rest are words.

    The first price that is told holds. `Under 30` includes 30, as the filter does.
    """
    sold_below, sold_words, rest = _sold(text)
    price, price_words, rest = _priced(rest)
    return UnderstoodQuery(" ".join(rest.split()), price, sold_below, price_words, sold_words)


def without(text: str, words: str) -> str:
    """A query without some of its words."""
    return " ".join(text.replace(words, " ", 1).split())


def _sold(text: str) -> tuple[int | None, str, str]:
    if told := _NOT_SOLD.search(text):
        return 1, told[0].strip(), _cut(text, told)
    for pattern in _HARDLY_SOLD:
        if told := pattern.search(text):
            most = int(told["sales"]) + (told["less"].lower() in _INCLUSIVE)
            return max(most, 1), told[0].strip(), _cut(text, told)
    return None, "", text


def _priced(text: str) -> tuple[Range, str, str]:
    for pattern in _PRICES:
        if told := pattern.search(text):
            found = told.groupdict()
            low, high = (_amount(found[end]) if found.get(end) else None for end in ("low", "high"))
            if low is not None and high is not None and (low >= high or high > _MOST_OF_A_RANGE):
                continue
            return (low, high), told[0].strip(), _cut(text, told)
    return (None, None), "", text


#: A bare range with higher ends is rather a number of something.
_MOST_OF_A_RANGE = 9999


def _amount(number: str) -> float:
    number = number.lower()
    if number in _SPELT:
        return float(_SPELT[number])
    thousands = re.fullmatch(r"\d{1,3},\d{3}", number)
    return float(number.replace(",", "" if thousands else "."))


def _cut(text: str, told: re.Match[str]) -> str:
    return f"{text[: told.start()]} {text[told.end() :]}"
