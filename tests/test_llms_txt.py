"""docs/llms.txt: the list of all pages, in the form that language models expect (llmstxt.org)."""

from __future__ import annotations

import re

from helpers import REPOSITORY

DOCS = REPOSITORY / "docs"
TEXT = (DOCS / "llms.txt").read_text("utf-8")
LINK = re.compile(r"- \[([^\]]+)\]\(([^)]+)\): (.+)")


def test_it_begins_with_a_title_and_a_summary() -> None:
    title, _, summary, *_ = TEXT.splitlines()
    assert title == "# StyloAI"
    assert summary.startswith("> ") and len(summary) > 100


def test_every_line_of_a_section_is_a_link_with_a_sentence() -> None:
    sections = TEXT.split("\n## ")[1:]
    assert len(sections) >= 3
    for section in sections:
        lines = [line for line in section.splitlines()[1:] if line]
        assert lines and all(LINK.fullmatch(line) for line in lines), section


def test_every_page_is_in_it_once_and_every_link_leads_to_one() -> None:
    links = [target for _, target, _ in LINK.findall(TEXT)]
    assert len(set(links)) == len(links)
    assert [target for target in links if not (DOCS / target).resolve().is_file()] == []
    assert set(links) == {path.name for path in DOCS.glob("*.md")} | {"../README.md"}
