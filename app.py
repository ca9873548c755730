"""The dashboard.

    streamlit run app.py
    streamlit run app.py -- --data demo --images demo/images

Reads what the six scripts wrote, and the photos; whatever is missing, the pages name with the script that makes it.
`/?article=0706016001` opens that article.
"""

import argparse
import os
from pathlib import Path

import streamlit as st

from stylo.dashboard import site
from stylo.dashboard.main import SCRIPT

parser = argparse.ArgumentParser(
    prog="streamlit run app.py --", description="StyloAI's dashboard.", allow_abbrev=False
)
parser.add_argument(
    "--data",
    type=Path,
    default=Path(os.environ.get(site.DATA, "data")),
    help="Folder of tables and artefacts.",
)
parser.add_argument(
    "--images",
    type=Path,
    default=Path(os.environ.get(site.IMAGES, "images")),
    help="Folder or zip of photos.",
)
options = parser.parse_args()
os.environ |= {site.DATA: str(options.data), site.IMAGES: str(options.images)}

app = st.App(SCRIPT, routes=site.ROUTES, lifespan=site.lifespan)

if __name__ == "__main__":
    app.run()
