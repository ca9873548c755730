"""The dashboard.

    streamlit run app.py
    streamlit run app.py -- --data demo --images demo/images

Reads what the six scripts wrote, and the photos; whatever is missing, the pages name with the script that makes it.
`/?article=0441480001` opens that article.
"""

import argparse
import os

import streamlit as st

from stylo.dashboard import site
from stylo.dashboard.main import SCRIPT
from stylo.user_paths import as_typed, user_path

parser = argparse.ArgumentParser(
    prog="streamlit run app.py --", description="StyloAI's dashboard.", allow_abbrev=False
)
parser.add_argument(
    "--data",
    type=user_path,
    default=os.environ.get(site.DATA) or "data",
    help="Folder of tables and artefacts.",
)
parser.add_argument(
    "--images",
    type=user_path,
    default=os.environ.get(site.IMAGES) or "images",
    help="Folder or zip of photos.",
)
options = parser.parse_args()
os.environ |= {site.DATA: as_typed(options.data), site.IMAGES: as_typed(options.images)}

app = st.App(
    SCRIPT,
    routes=site.routes(st.get_option("server.baseUrlPath")),
    lifespan=site.lifespan,
    middleware=site.middleware(),
)

if __name__ == "__main__":
    app.run()
