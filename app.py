"""The dashboard.

    streamlit run app.py
    streamlit run app.py -- --data demo --images demo/images

Reads what the six scripts wrote: articles.parquet, train_split.parquet, visual_reccs.parquet and
article_reccs.parquet, and the photos. `?article=0706016001` opens that article.
"""

import argparse
import os
from pathlib import Path

import streamlit as st

from stylo.dashboard import discover
from stylo.dashboard.cards import ICON
from stylo.dashboard.text import TITLE
from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES

parser = argparse.ArgumentParser(
    prog="streamlit run app.py --", description="StyloAI's dashboard.", allow_abbrev=False
)
parser.add_argument("--data", type=Path, default=Path(os.environ.get("STYLO_DATA", DEFAULT_DATA)))
parser.add_argument("--images", type=Path, default=Path(os.environ.get("STYLO_IMAGES", DEFAULT_IMAGES)))
options, unknown = parser.parse_known_args()

st.set_page_config(page_title=TITLE, page_icon=str(ICON), layout="wide")
if unknown:
    st.error(f"Unknown option: {' '.join(unknown)}. There are --data and --images.")
discover.page(options.data, options.images)
