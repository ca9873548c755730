"""Text from the data is shown letter by letter, whatever it looks like."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stylo.dashboard.text import plain


def shown(markdown: str) -> str:
    """What a reader sees of Markdown, by an independent parser."""
    html = MarkdownIt("commonmark").render(markdown)
    assert re.fullmatch(r"(<p>[^<>]*</p>\n)?", html, re.S), html
    text = html.removeprefix("<p>").removesuffix("</p>\n")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


@given(st.text(alphabet="ab01 *_`#[]()<>!|~$:&;-+.\\{}\n\t/", max_size=40))
def test_nothing_in_a_text_is_markup(text: str) -> None:
    assert shown(plain(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", ":red[x]", "$x^2$", "# Big"]
)
def test_known_mischief_is_shown_as_it_is(text: str) -> None:
    assert shown(plain(text)) == text
