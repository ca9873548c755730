"""What has happened to values that a column does not allow, told by how they look; and what to do about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from stylo.tables.records import CUT_SHORT, STRAY_MARK, TOO_LONG

_FLOATS = (
    "pandas has written the ids as decimal numbers. Read the column as text (dtype=str) and write it again."
)
_ROUNDED = (
    "A spreadsheet has rounded the ids: their last digits are lost and cannot be restored. "
    "Export the file again with the ids as text."
)
_WRAPPED = (
    "There are extra characters around the ids (spaces, quotation marks, an apostrophe, an equals sign). "
    "Remove them."
)
_AS_TEXT = "Dates must be written as in 2020-09-22: year, month, day."
_HASH = "hashlib.sha256(ID.encode()).hexdigest()"
#: Why the id of a customer is refused although it is one.
NO_DIGEST = "is not the SHA-256 of shop_customer_id"

# For each column: how a value looks, and what that means. The first that fits counts.
_LOOKS: dict[str, tuple[tuple[str, str], ...]] = {
    "article_id": (
        (
            r"\d{9}",
            "The leading zero of the ids is lost: a spreadsheet or pandas has read them as numbers. "
            "data_optim.py --restore-leading-zero restores it (also with --append); or export the file again with the "
            "ids as text.",
        ),
        (r"\d+\.0*", _FLOATS),
        (r"\d+([.,]\d+)?[eE]\+?\d+", _ROUNDED),
        (r"\d{1,8}", "The ids are too short: digits are lost. Export the file again with the ids as text."),
        (r"\W*\d{9,10}\W*", _WRAPPED),
        (
            r".*",
            "An article id is ten digits, the first of them a zero. If your shop uses other ids, number "
            "its articles this way: the same numbers in articles.csv, in the transactions and in the photos' names.",
        ),
    ),
    "customer_id": (
        (
            r"(?=.*[A-F])[0-9A-Fa-f]{64}",
            "The ids are in upper case; StyloAI takes ids exactly as written and expects 0-9 a-f. Write them in lower "
            "case, in both customers.csv and the transactions.",
        ),
        (
            r"-?\d{1,25}",
            "The ids are whole numbers. If a notebook converted Kaggle's ids to them, go back to Kaggle's file; if "
            f"they are your shop's, replace them with {_HASH}, in both customers.csv and the transactions.",
        ),
        (r"-?\d+\.0*", _FLOATS),
        (r"-?\d+([.,]\d+)?[eE]\+?\d+", _ROUNDED),
        (r"\W*[0-9a-f]{64}\W*", _WRAPPED),
        (r"[0-9a-f]{40,63}", "The ids are truncated: download or export the file again."),
        (
            r".*",
            f"A customer id is 64 characters 0-9 a-f. If your shop uses other ids, replace them with {_HASH}, in "
            "both customers.csv and the transactions.",
        ),
    ),
    "t_dat": (
        (r"\d{4}-\d\d-\d\d[T ].+", f"The dates include a time of day. Remove it. {_AS_TEXT}"),
        (r"\d{4}([/. ])\d\d?\1\d\d?", f"The dates are written with other separators. {_AS_TEXT}"),
        (
            r"\d\d?([/. -])\d\d?\1\d{2,4}",
            f"The dates begin with the day or the month; the file does not say which. {_AS_TEXT}",
        ),
        (r"\d{8}", f"The dates are written without hyphens. {_AS_TEXT}"),
        (
            r"\d{5}([.,]\d+)?",
            f"The dates are a spreadsheet's days since 1900. Export the column as text. {_AS_TEXT}",
        ),
        (
            r"\d{10}(\d{3}|\d{6}|\d{9})?(\.\d+)?",
            f"The dates are seconds since 1970, or parts of these. {_AS_TEXT}",
        ),
        (
            r"\d{4}-\d\d-\d\d",
            "There is no such day, or it is outside these years. Is it a placeholder for a missing date?",
        ),
        (r"\W*\d{4}-\d\d-\d\d\W*", f"There are extra characters around the dates. Remove them. {_AS_TEXT}"),
        (r".*", _AS_TEXT),
    ),
    "price": (
        (
            r"-.*",
            "Negative amounts are returns. Remove these rows: returned articles are not purchases to learn from.",
        ),
        (
            r"\d{1,3}([.,' ]\d{3})+([.,]\d+)?",
            "The prices have thousands separators. Write them as in 1234.50.",
        ),
        (r"\d*,\d+", "The prices have a decimal comma. Write a point: 0.05, not 0,05."),
        (
            r"\d+(\.\d+)?([eE]\+?\d+)?",
            "This price is too high to be one: the price column contains a barcode or another number.",
        ),
        (
            r"(?i)[+-]?(nan|inf|infinity|null|none|n/a)",
            "The price is missing. Remove these rows, or fill in their prices.",
        ),
        (
            r"[^\d]*\s?[\d.,' ]+\s?[^\d]*",
            "The prices include a currency or other characters. Write only the number: 12.50.",
        ),
    ),
    "sales_channel_id": ((r".*", "Write 1 for purchases in a shop and 2 for purchases online."),),
    "age": ((r".*", "Ages are whole years. Leave the cell empty where the age is unknown."),),
}
_CAUSES: tuple[tuple[str, str], ...] = (
    (
        CUT_SHORT,
        "Lines that end early, especially the last line of a file, mean the file is truncated: download it again. "
        "Or trailing cells were left out: their commas are needed all the same.",
    ),
    (
        TOO_LONG,
        "A comma within a cell needs quotation marks around the cell, and a price a decimal point, not a comma.",
    ),
    (
        STRAY_MARK,
        "Quotation marks go around a whole cell; inside it, double them. A file that ends inside quotation marks "
        "is truncated: download it again.",
    ),
    ("UTF-8", "Save the file as UTF-8."),
    (
        "carriage return",
        "Lines end with a line feed (LF, or CR LF). Within a cell a CR needs quotation marks around it.",
    ),
    (
        "NUL",
        "Text never contains such a byte: the file is damaged or in UTF-16. Download it again, or save it as UTF-8.",
    ),
    (
        NO_DIGEST,
        f"Where customers.csv has a column shop_customer_id, customer_id is its digest: {_HASH}, with ID as it stands "
        "in shop_customer_id, in both customers.csv and the transactions. Or leave the column out.",
    ),
    ("appears twice", "Each id may appear only once. Remove all rows but one."),
    (
        "is not in",
        "The three files must come from the same shop and the same time: download or export them together.",
    ),
    ("must hold", "These cells may not be empty: fill them in, or remove the rows."),
)


def cure(examples: Sequence[Mapping[str, object]]) -> str:
    """What to do about rows of REJECTED that have one cause: what most of them call for; empty if nothing is known."""
    found = Counter(_cure(str(row["column"] or ""), str(row["cause"]), row["value"]) for row in examples)
    return found.most_common(1)[0][0] if found else ""


def _cure(column: str, cause: str, value: object) -> str:
    for words, advice in _CAUSES:
        if words in cause:
            return advice
    for looks, advice in _LOOKS.get(column, ()):
        if re.fullmatch(looks, str(value), re.DOTALL):
            return advice
    return "Correct these cells."
