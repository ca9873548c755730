"""A tour of three steps for whoever is here for the first time; the browser remembers that it was seen."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.components import component


def tour() -> None:
    """Lies above a corner of the page and takes no room in it; for pages to call last."""
    steps = len(text.TOUR_STEPS)
    data = {
        "label": text.TOUR,
        "steps": [
            {"title": title, "words": words, "place": text.TOUR_PLACE.format(step=step, steps=steps)}
            for step, (title, words) in enumerate(text.TOUR_STEPS, start=1)
        ],
        "words": {
            "back": text.TOUR_BACK,
            "next": text.TOUR_NEXT,
            "done": text.TOUR_DONE,
            "skip": text.TOUR_SKIP,
        },
    }
    with st.container(key="tour"):
        component("tour")(key="tour-steps", data=data)
