"""docs/agents.md says what `stylo mcp` does: its tools, options, and the settings of hosts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from helpers import REPOSITORY, run_here
from shell_examples import _stylo as parse_stylo
from shell_examples import blocks

from stylo.agents.tool_list import all_tools

PAGE = (REPOSITORY / "docs" / "agents.md").read_text("utf-8")
SETTINGS = [json.loads(content) for language, content in blocks(PAGE) if language == "json"]


def test_the_table_of_tools_has_every_tool_and_no_other() -> None:
    table = PAGE.partition("## Tools")[2].partition("\n\n- ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [tool.name for tool in all_tools()]


def test_every_option_is_in_the_table_of_options_and_no_other() -> None:
    done = run_here("-c", "from stylo.cli import main; main()", "mcp", "--help")
    assert done.returncode == 0, done.stderr
    table = PAGE.partition("## Options")[2].partition("## ")[0]
    told = {
        option for row in table.splitlines() for option in re.findall(r"`(--[a-z-]+)", row.split(" | ")[0])
    }
    assert told == set(re.findall(r"(--[a-z][a-z-]+)", done.stdout)) - {"--help"}


@pytest.mark.parametrize("settings", SETTINGS, ids=["stdio", "http"])
def test_settings_of_a_host_start_or_reach_the_server(settings: dict[str, Any]) -> None:
    (entry,) = settings["mcpServers"].values()
    if "command" in entry:
        assert entry["command"].endswith("/stylo")
        parse_stylo(entry["args"], whole=True)
        assert set(entry["env"]) == {"STYLO_MCP_KEY"}
    else:
        assert entry["url"] == "http://127.0.0.1:8010/mcp"
        assert entry["headers"]["Authorization"].startswith("Bearer stylo_")
