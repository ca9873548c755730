"""The demo shop's three tables with Kaggle's columns, in Kaggle's order."""

import polars as pl

from stylo.demo.article import Article
from stylo.demo.audiences import DEPARTMENT_SUFFIXES
from stylo.demo.vocabulary import (
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


def articles_table(articles: tuple[Article, ...]) -> pl.DataFrame:
    """articles.csv: 25 columns, sorted by article_id; a missing description is null."""
    return pl.DataFrame([_row(article) for article in articles], infer_schema_length=None).with_columns(
        pl.col("detail_desc").replace("", None)
    )


def customers_table(customers: pl.DataFrame) -> pl.DataFrame:
    """customers.csv: what the shop knows of its customers, without their household."""
    return customers.drop("household")


def _row(article: Article) -> dict[str, str | int]:
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
