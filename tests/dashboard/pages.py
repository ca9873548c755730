"""A page of the dashboard without a browser: run as Streamlit runs it, and looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY, SLOW
from streamlit.testing.v1 import AppTest

from stylo.dashboard.site import DATA, IMAGES


def page(
    monkeypatch: pytest.MonkeyPatch,
    data: Path,
    images: Path | None = None,
    *,
    alone: str | None = None,
    user: dict[str, Any] | None = None,
    secrets: dict[str, Any] | None = None,
    **address: str | list[str],
) -> AppTest:
    """The first page of a data folder, after one run, with an address; or another page alone, without its frame.

    user : what the log-in says of who looks.   secrets : what stands in `.streamlit/secrets.toml`.
    """
    monkeypatch.setenv(DATA, str(data))
    monkeypatch.setenv(IMAGES, str(images or data / "images"))
    if alone:
        app = AppTest.from_function(_alone, args=(alone,), default_timeout=SLOW)
    else:
        app = AppTest.from_file(str(REPOSITORY / "stylo/dashboard/main.py"), default_timeout=SLOW)
    if user is not None:
        app.user = user
    for section, values in (secrets or {}).items():
        app.secrets[section] = values
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def _alone(name: str) -> None:
    import importlib

    from stylo.dashboard.site import site

    importlib.import_module(f"stylo.dashboard.{name}").page(site().shop())


def cards(app: AppTest, key: str) -> list[dict[str, Any]] | None:
    """The cards of a list on the page; None if it is not there."""
    for element in app.get("bidi_component"):
        if element.key == f"cards-{key}":
            shown: list[dict[str, Any]] = json.loads(element.proto.json)["cards"]
            return shown
    return None


def mounted(app: AppTest, key: str) -> dict[str, Any]:
    """What a component on the page was given."""
    (element,) = (each for each in app.get("bidi_component") if each.key == key)
    given: dict[str, Any] = json.loads(element.proto.json)
    return given


def html(app: AppTest, part: str) -> list[str]:
    """The pieces of HTML on the page that hold some text."""
    return [each.proto.body for each in app.get("html") if part in each.proto.body]


def choices(app: AppTest) -> dict[str, dict[str, int]]:
    """The filters on the page: facet → label → how many articles."""
    (element,) = (each for each in app.get("bidi_component") if each.key == "choices")
    facets = json.loads(element.proto.json)["facets"]
    return {
        facet["key"]: {label: int(count.replace(",", "")) for label, _, count in facet["options"]}
        for facet in facets
    }


def applied(app: AppTest) -> list[str]:
    """What narrows the list, as the chips above it say."""
    (element,) = (each for each in app.get("bidi_component") if each.key == "applied")
    return [chip["label"] for chip in json.loads(element.proto.json)["chips"]]


def words(app: AppTest) -> str:
    """Everything that the page says in Streamlit's own elements, as it is seen: without what keeps Markdown out."""
    texts = (app.title, app.header, app.subheader, app.markdown, app.caption, app.code)
    kinds = (*texts, app.info, app.success, app.warning, app.error)
    return (
        "\n".join(element.value for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")
    )
