"""Which articles may be found: by type, colour, section, price, and whether they are on sale."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.errors import BadOption

_COLUMNS = {
    "product_types": "product_type_name",
    "colours": "colour_group_name",
    "sections": "section_name",
}


@dataclass(frozen=True)
class Filter:
    """What a found article must be; empty means anything.

    product_types, colours, sections : names as in articles.parquet, any of them.
    price : from and to, both included, in units of money; None leaves an end open.
    on_sale_weeks : bought within so many weeks before the day of asking.
    """

    product_types: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    price: tuple[float | None, float | None] = (None, None)
    on_sale_weeks: int | None = None

    def allowed(self, articles: pl.DataFrame, as_of: date | None) -> NDArray[np.bool_] | None:
        """Who passes, in the order of the rows; None if everybody does.

        Parameters
        ----------
        articles : columns of articles.parquet, and `price` and `sold` (the last day), null if never sold.
        as_of : the day of asking.

        Raises BadOption for a name that no article has, a price range upside down, weeks or prices where no
        sales are known.
        """
        conditions = []
        for name, column in _COLUMNS.items():
            if wanted := getattr(self, name):
                _check(wanted, articles[column], name)
                conditions.append(pl.col(column).is_in(list(wanted)))
        if self.price != (None, None):
            conditions.append(_priced_within(*self.price, as_of))
        if self.on_sale_weeks is not None:
            conditions.append(_sold_within(self.on_sale_weeks, as_of))
        if not conditions:
            return None
        passes = articles.select(pl.all_horizontal(conditions).fill_null(value=False)).to_series()
        return passes.to_numpy()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) != field.default for field in fields(self))


def _check(wanted: tuple[str, ...], there: pl.Series, what: str) -> None:
    names = {name.casefold(): name for name in sorted(there.drop_nulls().unique())}
    for name in wanted:
        if names.get(name.casefold()) != name:
            close = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.5)
            raise BadOption(
                f"No article has {name!r} among its {what.replace('_', ' ')}.",
                cure=f"Is {names[close[0]]!r} meant?" if close else "Names are those of articles.parquet.",
            )


def _priced_within(least: float | None, most: float | None, as_of: date | None) -> pl.Expr:
    _sales_known(as_of)
    least, most = -math.inf if least is None else least, math.inf if most is None else most
    if not least <= most:
        raise BadOption(f"A price from {least:g} to {most:g} is none.", cure="Give the smaller one first.")
    return pl.col("price").is_between(least, most)


def _sold_within(weeks: int, as_of: date | None) -> pl.Expr:
    day = _sales_known(as_of)
    if weeks < 1:
        raise BadOption(f"On sale within {weeks} weeks: at least one is needed.")
    # The calendar begins with the year 1.
    return pl.col("sold") >= day - timedelta(weeks=min(weeks, (day - date.min).days // 7))


def _sales_known(as_of: date | None) -> date:
    if as_of is None:
        raise BadOption("Sales are unknown: transactions.parquet is missing.", cure="Run data_optim.py.")
    return as_of
