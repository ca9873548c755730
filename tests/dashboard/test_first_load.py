"""What a browser loads before anything can be shown: small, the same as Streamlit's, and a skeleton meanwhile."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.file_util import get_static_dir
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from stylo.dashboard import first_load, site, text

PAGE = Path(get_static_dir(), "index.html").read_text("utf-8")
NAMED = re.findall(r"\./(static/(?:js|css)/[\w.-]+)", PAGE)
BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip, deflate, br, zstd"}
PLAIN = {"Accept": "text/html", "Accept-Encoding": "identity"}


def client(base: str, *, ours: bool = True) -> TestClient:
    middleware = site.middleware() if ours else []
    return TestClient(Starlette(routes=create_streamlit_static_assets_routes(base), middleware=middleware))


@pytest.mark.parametrize("base", ["", "shop/dash"])
def test_scripts_come_compressed_and_are_the_same(base: str) -> None:
    visitor = client(base)
    below = f"/{base}/" if base else "/"
    sent = 0
    for name in NAMED:
        with visitor.stream("GET", below + name, headers=BROWSER) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "br"
        assert answer.headers["content-type"].split(";")[0] in ("text/javascript", "text/css")
        assert "immutable" in answer.headers["cache-control"]
        assert brotli.decompress(raw) == Path(get_static_dir(), name).read_bytes()
        sent += len(raw)
    assert sent < sum(Path(get_static_dir(), name).stat().st_size for name in NAMED) / 3


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (NAMED[0], PLAIN),
        (NAMED[0], {**BROWSER, "Accept-Encoding": "gzip, brotli"}),
        (NAMED[0], {**BROWSER, "Range": "bytes=0-9"}),
        ("static/js/none.js", {**BROWSER, "Accept": "*/*"}),
        ("static/js/..%2f..%2findex.html", {**BROWSER, "Accept": "*/*"}),
        ("favicon.png", BROWSER),
    ],
)
def test_what_is_not_asked_for_in_brotli_comes_as_streamlit_sends_it(
    path: str, headers: dict[str, str]
) -> None:
    mine, theirs = (client("", ours=ours).get(f"/{path}", headers=headers) for ours in (True, False))
    assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
    assert mine.headers.get("content-encoding") == theirs.headers.get("content-encoding")


@pytest.mark.parametrize("headers", [BROWSER, PLAIN])
@pytest.mark.parametrize("path", ["/", "/map", "/shopper?customer=1"])
def test_a_page_is_streamlits_with_a_skeleton(path: str, headers: dict[str, str]) -> None:
    page = client("").get(path, headers=headers).text
    skeleton = re.search(r'<div id="root">(.*)</div>\n', page, re.S)
    assert skeleton is not None
    assert text.LOADING in skeleton[1]
    assert 'as="font"' not in page and 'as="font"' in PAGE
    # But for what was put in and the font, nothing is changed.
    rest = page.replace(skeleton[1], "")
    rest = re.sub(r"<style>.*</script></head>", "</head>", rest, flags=re.S)
    assert re.sub(r"\s+", " ", rest) == re.sub(r"\s+", " ", re.sub(r'<link\s+rel="preload"[^>]*/>', "", PAGE))


def test_a_page_that_was_kept_from_before_is_sent_anew() -> None:
    stamps = client("", ours=False).get("/", headers=PLAIN).headers
    answer = client("").get(
        "/", headers={**PLAIN, "If-None-Match": stamps["etag"], "If-Modified-Since": stamps["last-modified"]}
    )
    assert answer.status_code == 200
    assert text.LOADING in answer.text
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"


def test_what_the_landing_page_needs_is_found_in_this_version_of_streamlit() -> None:
    found = {re.sub(r"^js/(.+)\.[^.]+\.js$", r"\1", name) for name in first_load.soon()}
    assert found == set(first_load.LANDING)
    assert not {f"static/{name}" for name in first_load.soon()} & set(NAMED)


def test_all_is_compressed_before_the_first_visitor_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    first_load.warm_up()
    monkeypatch.setattr(brotli, "compress", lambda *_, **__: pytest.fail("compressed for a visitor"))
    visitor = client("")
    for name in [*NAMED, *(f"static/{name}" for name in first_load.soon())]:
        assert visitor.get(f"/{name}", headers={**BROWSER, "Accept": "*/*"}).status_code == 200
