"""What is known of customers beside what they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Members:
    """What is known of all customers beside their purchases, by customer number; NaN where it is not.

    age : float32 (n,), years.
    club : float32 (n,): 0 has left the club, 1 is about to join, 2 is a member.
    news : float32 (n,): 0 wants no fashion news, 1 monthly, 2 regularly.
    """

    age: np.ndarray
    club: np.ndarray
    news: np.ndarray

    @classmethod
    def of(cls, customers: pl.DataFrame) -> Members:
        """Of `customers.parquet`; a column that it lacks is unknown of everybody."""
        number = customers["customer"].to_numpy() if customers.height else np.zeros(0, dtype=np.uint32)
        count = int(number.max(initial=0)) + 1 if len(number) else 0

        def known(column: str, words: dict[str, int] | None = None) -> np.ndarray:
            values = np.full(count, np.nan, dtype=np.float32)
            if column in customers.columns:
                read = customers[column]
                if words is not None:
                    read = read.replace_strict(words, default=None, return_dtype=pl.Float32)
                values[number] = read.cast(pl.Float32).fill_null(np.nan).to_numpy()
            return values

        return cls(
            known("age"),
            known("club_member_status", {"LEFT CLUB": 0, "PRE-CREATE": 1, "ACTIVE": 2}),
            known("fashion_news_frequency", {"NONE": 0, "None": 0, "Monthly": 1, "Regularly": 2}),
        )

    def only(self, customers: np.ndarray) -> Members:
        """Those of some customers, in their order; an unknown customer is unknown in everything."""

        def of(values: np.ndarray) -> np.ndarray:
            found = np.full(len(customers), np.nan, dtype=np.float32)
            here = customers < len(values)
            found[here] = values[customers[here]]
            return found

        return Members(of(self.age), of(self.club), of(self.news))
