"""A table whose columns are explained: on hover at their headings, and by a button, which keyboards reach, too."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.downloads import shown


def explained(
    table: pl.DataFrame, name: str, labels: Mapping[str, str], help: Mapping[str, str], **formats: str
) -> None:
    """As `downloads.shown`, and below it what each column that `help` names means."""
    shown(table, name, labels, help, **formats)
    with st.popover(text.EXPLAIN, key=f"explain-{name}", type="tertiary", icon=":material/help:"):
        st.markdown(
            "\n".join(
                f"- **{label.strip()}**: {help[each]}" for each, label in labels.items() if each in help
            )
        )
