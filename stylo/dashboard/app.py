"""What `stylo dashboard` has Streamlit run, which finds the application by `st.App` in the text of this file."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import site
from stylo.dashboard.main import SCRIPT

app = st.App(
    SCRIPT,
    routes=site.routes(st.get_option("server.baseUrlPath")),
    lifespan=site.lifespan,
    middleware=site.middleware(),
)
