"""The demo shop's three tables with Kaggle's columns, in Kaggle's order.

Transactions are written week by week: some 30 MB of CSV at a time, whatever the history's length.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import BinaryIO

import numpy as np
import polars as pl

from stylo.tables.schemas import PRICE_UNIT
from stylo_demo.article import CatalogueArticle
from stylo_demo.audiences import DEPARTMENT_SUFFIXES
from stylo_demo.customers import Ints, Marks
from stylo_demo.purchases import Purchases
from stylo_demo.vocabulary import (
    APPEARANCE_NOS,
    GARMENT_GROUP_NOS,
    INDEX_CODES,
    INDEX_GROUP_NOS,
    INDEX_GROUPS,
    MASTER_IDS,
    SECTION_NOS,
    VALUE_IDS,
)

_DEPARTMENTS = [group + suffix for group in GARMENT_GROUP_NOS for suffix in DEPARTMENT_SUFFIXES]
_DEPARTMENT_NOS = {name: 1101 + 3 * at for at, name in enumerate(_DEPARTMENTS)}
_CENTS = 100
_FIELDS = ("customer", "article", "day", "cents", "channel")


@dataclass
class Receipts:
    """A transactions_train.csv that grows a week at a time, its rows sorted by day, customer and article.

    `customer_ids` and `article_ids` stand in the order of the positions that sales name. `bought` tells
    who ever bought, `sold` how often each article was.
    """

    file: BinaryIO
    customer_ids: pl.Series
    article_ids: pl.Series
    rows: int = 0
    first_day: date | None = None
    last_day: date | None = None
    bought: Marks = field(init=False)
    sold: Ints = field(init=False)

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()
        self.bought = np.zeros(len(self.customer_ids), dtype=bool)
        self.sold = np.zeros(len(self.article_ids), dtype=np.int64)
        self._write(b"t_dat,customer_id,article_id,price,sales_channel_id\n")

    def add(self, sales: list[Purchases], start: date) -> None:
        """Writes what was sold in the seven days from `start`."""
        if not sum(len(part.customer) for part in sales):
            return
        columns = {name: np.concatenate([getattr(part, name) for part in sales]) for name in _FIELDS}
        order = np.lexsort([columns[name] for name in ("channel", "cents", "article", "customer", "day")])
        customer, article, day, cents, channel = (columns[name][order] for name in _FIELDS)
        days = np.datetime64(start, "D") + day
        table = pl.DataFrame(
            {
                "t_dat": days,
                "customer_id": self.customer_ids.gather(customer),
                "article_id": self.article_ids.gather(article),
                "price": cents / (_CENTS * PRICE_UNIT),
                "sales_channel_id": channel,
            }
        )
        text = BytesIO()
        table.write_csv(text, include_header=False)
        self._write(text.getbuffer())
        self.rows += table.height
        self.first_day = self.first_day or days[0].item()
        self.last_day = days[-1].item()
        self.bought[customer] = True
        self.sold += np.bincount(article, minlength=len(self.sold))

    @property
    def fingerprint(self) -> str:
        """What `stylo.artefacts.fingerprint` gives for the file, without reading it again."""
        return hashlib.sha256(self._hash.digest()).hexdigest()[:16]

    def _write(self, text: bytes | memoryview) -> None:
        self._hash.update(text)
        self.file.write(text)


def articles_table(articles: tuple[CatalogueArticle, ...]) -> pl.DataFrame:
    """articles.csv: 25 columns, sorted by article_id; a missing description is null."""
    return pl.DataFrame([_row(article) for article in articles], infer_schema_length=None).with_columns(
        pl.col("detail_desc").replace("", None)
    )


def customers_table(customers: pl.DataFrame) -> pl.DataFrame:
    """customers.csv: what the shop knows of its customers, without their household."""
    return customers.drop("household")


def _row(article: CatalogueArticle) -> dict[str, str | int]:
    product, colour = article.product, article.colour
    index_group = INDEX_GROUPS[product.index]
    return {
        "article_id": article.article_id,
        "product_code": product.code,
        "prod_name": product.name,
        "product_type_no": product.type_no,
        "product_type_name": product.design.kind,
        "product_group_name": product.group,
        "graphical_appearance_no": APPEARANCE_NOS[article.appearance],
        "graphical_appearance_name": article.appearance,
        "colour_group_code": colour.code,
        "colour_group_name": colour.name,
        "perceived_colour_value_id": VALUE_IDS[colour.value],
        "perceived_colour_value_name": colour.value,
        "perceived_colour_master_id": MASTER_IDS[colour.master],
        "perceived_colour_master_name": colour.master,
        "department_no": _DEPARTMENT_NOS[product.department],
        "department_name": product.department,
        "index_code": INDEX_CODES[product.index],
        "index_name": product.index,
        "index_group_no": INDEX_GROUP_NOS[index_group],
        "index_group_name": index_group,
        "section_no": SECTION_NOS[product.section],
        "section_name": product.section,
        "garment_group_no": GARMENT_GROUP_NOS[product.garment_group],
        "garment_group_name": product.garment_group,
        "detail_desc": article.description,
    }
