"""Text from the data is shown letter by letter, whatever it looks like."""

import importlib
import inspect
import pkgutil
import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stylo.dashboard import text
from stylo.dashboard.text import plain

#: What Streamlit's page replaces in a text once Markdown is read, as its JavaScript has it.
SIGNS = re.compile(
    r":[\w+-][\w+/-]*:|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
    re.ASCII,
)


def shown(markdown: str) -> str:
    """What a reader sees of Markdown, by an independent parser."""
    html = MarkdownIt("commonmark").render(markdown)
    assert re.fullmatch(r"(<p>[^<>]*</p>\n)?", html, re.S), html
    text = html.removeprefix("<p>").removesuffix("</p>\n")
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert not SIGNS.search(text)
    return text.replace("\u2060", "")


@given(st.text(alphabet="ab01 *_`#[]()<>!|~$:&;-+.\\{}\n\t/", max_size=40))
def test_nothing_in_a_text_is_markup(text: str) -> None:
    assert shown(plain(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        ":red[x]",
        "$x^2$",
        "# Big",
        "Dress :material/delete_forever: :streamlit: :dog::cat: :+1:",
        "person1@example.com www.example.com https://example.com HTTP://x.y",
        "A -> B <- C <-> D -- E >= F <= G ~= H",
        "->",
    ],
)
def test_known_mischief_is_shown_as_it_is(text: str) -> None:
    assert shown(plain(text)) == text


@pytest.mark.parametrize(
    ("said", "commands"),
    [
        ("Make it first: python final.py --data demo", ["python final.py --data demo"]),
        (
            "Run python visual_features.py, then python visual_reccs.py.",
            ["python visual_features.py", "python visual_reccs.py"],
        ),
        ("Make them with python visual_features.py and ImageNet's weights.", ["python visual_features.py"]),
        (
            "Run python final.py --data 'my shop/x.y' --weeks 2. Then look again.",
            ["python final.py --data 'my shop/x.y' --weeks 2"],
        ),
        ("Install them: python -m pip install a-b==0.1.0", ["python -m pip install a-b==0.1.0"]),
        (
            "See python -m stylo.operations experiments list, or wait.",
            ["python -m stylo.operations experiments list"],
        ),
        ("Nothing to do. Run python final.py. Run python final.py again.", ["python final.py"]),
        ("All is well.", []),
    ],
)
def test_the_commands_of_a_sentence_can_be_copied(said: str, commands: list[str]) -> None:
    assert text.commands(said) == commands


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.6849, "68%"),
        (0.0996, "10%"),
        (0.0684, "6.8%"),
        (0.00996, "1.0%"),
        (0.00123, "0.12%"),
        (0.00005, "0.005%"),
    ],
)
def test_a_share_has_no_more_digits_than_say_something(share: float, said: str) -> None:
    assert text.percent(share) == said


def test_no_two_pages_have_different_texts_of_the_same_name() -> None:
    said = defaultdict(list)
    for module in pkgutil.iter_modules(text.__path__):
        for name, value in vars(importlib.import_module(f"{text.__name__}.{module.name}")).items():
            if name.isupper() or (inspect.isfunction(value) and value.__module__.startswith(text.__name__)):
                said[name].append(value)
    assert [name for name, values in said.items() if any(each is not values[0] for each in values)] == []


def test_a_minus_is_as_wide_as_a_plus_and_hyphens_stay() -> None:
    said = "2020-09-30-68eee785: mean -0.034 [-0.15, +0.09], week-39 of 2020-09-30, p-1"
    assert text.minus(said) == "2020-09-30-68eee785: mean −0.034 [−0.15, +0.09], week-39 of 2020-09-30, p-1"


@pytest.mark.parametrize(
    ("similarity", "said"),
    [(0.0, "0%"), (0.001, "under 1%"), (0.634, "63%"), (0.9949, "99%"), (0.9951, "99.5%"), (0.9996, "99.96%"),
     (0.99999, "99.999%"), (0.9999999, "100%"), (1.0, "100%")],
)  # fmt: skip
def test_a_match_has_no_more_digits_than_tell_it_from_100(similarity: float, said: str) -> None:
    assert text.match(similarity) == f"{said} match"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, None, "Any price"),
        (10, None, "Price from 10"),
        (None, 29.99, "Price up to 29.99"),
        (10, 30, "Price 10 to 30"),
    ],
)
def test_a_filter_by_price_is_said_in_words(low: float | None, high: float | None, said: str) -> None:
    assert text.price_filter(low, high) == said
