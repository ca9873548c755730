"""A table with its download, folded away below the chart that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.lists.export import safe_csv

#: Columns whose values people call otherwise; a CSV keeps the names that programs use.
_WORDS = {"model": text.MODELS, "strategy": text.STRATEGIES, "kind": text.LOSS_KINDS, "state": text.STATES}

#: Units of bytes. Streamlit's own format of bytes is the browser's, and its British one makes 7 MB “7mB”.
_UNITS = {"kB": 10**3, "MB": 10**6}

_WITHOUT_SCROLLING = 40


def folded(table: pl.DataFrame, name: str, labels: Mapping[str, str], **formats: str) -> None:
    """The columns that are labelled, under these labels; all of them, as they are, in the CSV of that name."""
    with st.expander(text.TABLE):
        shown(table, name, labels, {}, **formats)


def shown(
    table: pl.DataFrame, name: str, labels: Mapping[str, str], help: Mapping[str, str], **formats: str
) -> None:
    """The same without a fold.

    formats : column → a format of Streamlit's, or a unit in which its bytes are shown, `kB` or `MB`: rounded up, so
        that nothing that takes room is 0.
    """
    columns: dict[str, Any] = {}
    named = table.select(labels.keys()).with_columns(
        *(pl.col(column).replace(words) for column, words in _WORDS.items() if column in labels),
        # More digits of a share say nothing; the CSV has them all.
        *(
            pl.col(column).round_sig_figs(2)
            for column, form in formats.items()
            if form == "percent" and column in labels and table.schema[column].is_float()
        ),
        *(
            (pl.col(column) / _UNITS[form]).ceil().cast(pl.Int64)
            for column, form in formats.items()
            if form in _UNITS
        ),
    )
    for column, label in labels.items():
        said = help.get(column)
        if table.schema[column].is_numeric():
            usual = "%.4f" if table.schema[column].is_float() else "localized"
            form = formats.get(column, usual)
            if form in _UNITS:
                label, form = f"{label} ({form})", "localized"
            columns[column] = st.column_config.NumberColumn(label, help=said, format=form)
        elif table.schema[column] == pl.Date:
            columns[column] = st.column_config.DateColumn(label, help=said)
        elif table.schema[column] == pl.Datetime:
            columns[column] = st.column_config.DatetimeColumn(label, help=said, format="D MMM YYYY, HH:mm")
        else:
            columns[column] = st.column_config.Column(label, help=said, pinned=column == "name")
    st.dataframe(
        named,
        hide_index=True,
        column_config=columns,
        key=f"table-{name}",
        alt=name,
        height="content" if named.height <= _WITHOUT_SCROLLING else "auto",
        placeholder="",
    )
    st.download_button(
        text.DOWNLOAD,
        partial(safe_csv, table),
        f"{name}.csv",
        "text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
