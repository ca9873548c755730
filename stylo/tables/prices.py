"""Prices as Kaggle gives them and as people read them."""

from __future__ import annotations

#: Every price of the real sample times 590 is a whole number of cents (31,662 of 31,662 rows); the currency
#: is not published.
PRICE_UNIT = 590
