"""Cards of articles, and what is done with the articles of a list."""

from __future__ import annotations

CARD_WORDS = {
    "back": "Scroll back",
    "on": "Scroll forward",
    "select": "Select {name}",
    "copy": "Copy article number {article}",
    "copied": "Copied",
    "failed": "Not copied: your browser blocks it",
}
EXPORT = "Export CSV"
EXPORT_HELP = "All {articles} of this list, in this order"
COPY_IDS = "Copy IDs"
COPY_LINK = "Copy link"
SELECT_ARTICLE = "Select"
AS_TABLE = "Table"
TOO_MANY_TO_SELECT = "Rows can be selected in lists of up to {most:,} articles."
NOTHING_TO_EXPORT = "There is nothing to export."
TABLE_COLUMNS = {
    "article_id": "Article",
    "name": "Name",
    "type": "Type",
    "colour": "Colour",
    "pattern": "Pattern",
    "section": "Section",
    "department": "Department",
    "price": "Price",
    "sold_last_week": "Sold last week",
    "sold_in_all": "Sold in total",
    "first_sold": "First sold",
    "has_photo": "Photo",
}
COMPARE_SELECTED = "Compare"
COMPARE_SELECTED_HELP = "Select two to four articles to compare them."
CLEAR_SELECTION = "Clear"


def selected(count: int) -> str:
    """How many articles are selected."""
    return f"{count:,} selected"
