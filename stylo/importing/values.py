"""Texts of an export as values: prices, whole numbers, days, plain text."""

from __future__ import annotations

import html
import re
from typing import Literal

import polars as pl

from stylo.errors import BadOption
from stylo.time_zone import TimeZone

Dates = Literal["auto", "day first", "month first"]
Decimal = Literal["auto", ".", ","]
_YEAR_FIRST = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_YEAR_LAST = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})\b"
_TIME = r"[T ,]+(?P<h>\d{1,2}):(?P<n>\d{2})(?::(?P<s>\d{2}))?(?:\.\d+)? ?(?P<half>[AaPp]\.?[Mm]\.?)?"
_OFFSET = r":\d{2}(?:\.\d+)? ?(?P<sign>[+-])(?P<oh>\d{2}):?(?P<om>\d{2})?$"
_IN_UTC = r"(?:\d ?Z|\bUTC|\bGMT)$"
# Three digits behind a sign may be thousands.
_COMMA, _POINT = r",\d{1,2}$|,\d{4,}$|\.\d{3},", r"\.\d{1,2}$|\.\d{4,}$|,\d{3}\."
_LONGEST_TEXT = 5_000
#: What exports write for true.
YES = ("true", "yes", "1")
#: Of a day that somebody shopped; before lie the zeros of databases and spreadsheets.
_FIRST_YEAR = 1900
# Letters or signs between digits: no price, but 2 for 10, or 1e3. And a share is none.
_NO_PRICE = r"%|\d[\s.,]*[^\d.,'’\s]+[\s.,]*\d"
# The point of "Rs. 499" and "49.90 Fr." is no decimal sign; that of "$.50" is. And "7.-" has no cents.
_ABBREVIATION, _POINT_BEFORE, _NO_CENTS = r"\p{L}+\.*", r"^([^\d]*)\.\s+", r"\s*[.,/]\s*[-–—]*\s*$"


def prices(texts: pl.Series, decimal: Decimal, where: str, of_json: pl.Series | None = None) -> pl.Series:
    """Float64; null where a text is no price. Signs of currencies and separators of thousands are passed over.

    of_json : Boolean, which texts are of JSON, whose numbers have a decimal point whatever `decimal` says; None: none.

    Raises BadOption where texts contradict each other as to the decimal sign.
    """
    if of_json is None or not of_json.any():
        return _prices(texts, decimal, where)
    theirs = texts.set(~of_json, None)
    # A text with a comma is no number of JSON: somebody's own program wrote it.
    comma = theirs.str.contains(",", literal=True).fill_null(value=False) & (decimal == ",")
    read = pl.DataFrame(
        {
            "others": _prices(texts.set(of_json, None), decimal, where),
            "with_comma": _prices(theirs.set(~comma, None), ",", where),
            "with_point": _prices(theirs.set(comma, None), "auto" if decimal == "auto" else ".", where),
        }
    )
    return read.select(pl.coalesce(pl.all()).alias(texts.name)).to_series()


def from_json(rows: pl.DataFrame) -> pl.Series | None:
    """Which rows come from JSON, as `read_all` says it."""
    return rows["of_json"] if "of_json" in rows.columns else None


def _prices(texts: pl.Series, decimal: Decimal, where: str) -> pl.Series:
    known = texts.drop_nulls().unique(maintain_order=True)
    bare = known.set(known.str.contains(_NO_PRICE), None).str.replace_all(_ABBREVIATION, "")
    bare = bare.str.replace(_POINT_BEFORE, "$1").str.replace(_NO_CENTS, "").str.replace_all(r"[^0-9.,+-]", "")
    if decimal == "auto":
        comma, point = (bare.str.contains(sign).sum() for sign in (_COMMA, _POINT))
        if comma and point:
            one, other = (
                known.filter(bare.str.contains(sign).fill_null(value=False))[0] for sign in (_COMMA, _POINT)
            )
            raise BadOption(
                f"{where} has prices with decimal commas and with decimal points.",
                where=f"For example {one!r} and {other!r}.",
                cure='Say which it is in shop.toml: decimal = "," or decimal = "."',
            )
        decimal = "," if comma else "."
    if decimal == ",":
        bare = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        bare = bare.str.replace_all(",", "", literal=True)
    numbers = bare.cast(pl.Float64, strict=False)
    return texts.replace_strict(known, numbers, default=None, return_dtype=pl.Float64)


def whole(texts: pl.Series) -> pl.Series:
    """Int32; null where a text is no whole number. 2.0 and 2,00 are whole."""
    number = texts.str.replace(r"[.,]0*$", "").cast(pl.Float64, strict=False)
    return number.set(number != number.round(), None).cast(pl.Int32, strict=False)


def days(texts: pl.Series, dates: Dates, zone: TimeZone, where: str) -> pl.Series:
    """The shop's days; null where a text is no date. A time with an offset is moved into the shop's zone.

    Raises BadOption where nothing shows whether the day or the month comes first.
    """
    known = texts.drop_nulls().unique()
    table = known.to_frame("text").with_columns(
        pl.col("text").str.extract_groups(_YEAR_FIRST).struct.unnest(),
    )
    last = known.to_frame("text").select(pl.col("text").str.extract_groups(_YEAR_LAST).struct.unnest())
    a, b = (last[name].cast(pl.Int32, strict=False) for name in "ab")
    if a.len() - a.null_count():
        if dates == "auto":
            dates = _which_first(a, b, known, where)
        year = last["y"].cast(pl.Int32)
        year = pl.select(pl.when(year < 100).then(year + 2000).otherwise(year)).to_series()
        day, month = (a, b) if dates == "day first" else (b, a)
        table = table.with_columns(
            y=pl.coalesce(pl.col("y").cast(pl.Int32), year),
            m=pl.coalesce(pl.col("m").cast(pl.Int32), month),
            d=pl.coalesce(pl.col("d").cast(pl.Int32), day),
        )
    text = pl.col("text")
    table = table.with_columns(
        text.str.extract_groups(_TIME).struct.unnest(), text.str.extract_groups(_OFFSET).struct.unnest()
    ).with_columns(pl.col("y", "m", "d", "h", "n", "s", "oh", "om").cast(pl.Int32, strict=False))
    afternoon = pl.col("half").str.to_lowercase().str.starts_with("p").fill_null(value=False)
    hour = pl.when(pl.col("half").is_null()).then("h").otherwise(pl.col("h") % 12 + 12 * afternoon)
    table = table.with_columns(day=_valid_day()).with_columns(
        at=pl.col("day").cast(pl.Datetime("us"))
        + pl.duration(
            hours=hour.fill_null(0), minutes=pl.col("n").fill_null(0), seconds=pl.col("s").fill_null(0)
        )
    )
    offset = (pl.col("oh") * 60 + pl.col("om").fill_null(0)) * pl.when(pl.col("sign") == "-").then(
        -1
    ).otherwise(1)
    timed = pl.col("h").is_not_null()
    offset = pl.when(timed & text.str.contains(_IN_UTC)).then(0).when(timed).then(offset)
    table = table.with_columns(moment=pl.col("at") - pl.duration(minutes=offset))
    local = zone.days(table["moment"])
    found = pl.select(pl.coalesce(local, table["day"])).to_series()
    return texts.replace_strict(known, found, default=None, return_dtype=pl.Date)


def _valid_day() -> pl.Expr:
    """A date from `y`, `m` and `d`; null where there is no such day."""
    padded = pl.format(
        "{}-{}-{}",
        pl.col("y"),
        pl.col("m").cast(pl.String).str.zfill(2),
        pl.col("d").cast(pl.String).str.zfill(2),
    )
    day = padded.str.to_date("%Y-%m-%d", strict=False)
    return pl.when(day.dt.year() >= _FIRST_YEAR).then(day)


def _which_first(a: pl.Series, b: pl.Series, texts: pl.Series, where: str) -> Dates:
    day_first, month_first = (a > 12).any(), (b > 12).any()
    if day_first != month_first:
        return "day first" if day_first else "month first"
    example = texts.filter(a.is_not_null())[0]
    told = "some dates begin with the day, others with the month" if day_first else "either may come first"
    raise BadOption(
        f"{where}: it is not clear whether the day or the month comes first: {told}.",
        where=f"For example {example!r}.",
        cure='Say it in shop.toml: dates = "day first" or dates = "month first"',
    )


def folded(sku: pl.Expr) -> pl.Expr:
    """A SKU without case and blanks, by which one that was written otherwise is found."""
    return sku.str.normalize("NFC").str.to_lowercase().str.replace_all(r"\s", "")


def plain_text(text: str | None) -> str | None:
    """A description without its HTML, in one line; None if nothing is left."""
    if not text:
        return None
    if "<" in text:
        text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->", " ", text)
        text = re.sub(r"(?i)</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|table)\b[^>]*>", " ", text)
        text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"\s+", " ", html.unescape(text)).strip()
    return text[:_LONGEST_TEXT] or None
