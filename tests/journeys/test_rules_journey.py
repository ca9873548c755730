"""Merchandising rules from a file with a mistake to a rollback, by public commands and a real server alone."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from helpers import run_here
from serving import Server, linked, until


@pytest.fixture
def shop(demo_shop: Path, tmp_path: Path) -> Path:
    return linked(demo_shop, tmp_path / "shop")


def command(*words: str | Path, status: int = 0) -> str:
    """What a command prints, on both streams."""
    done = run_here(*words, env={"STYLO_SERVICE_TIME_ZONE": "UTC"})
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_rules_are_checked_set_seen_everywhere_and_taken_back(
    shop: Path, demo_shop: Path, buyer: str, tmp_path: Path
) -> None:
    data, file = ("--data", shop), tmp_path / "rules.toml"
    with Server(shop, demo_shop / "images") as server, server.client() as client:

        def listed() -> list[dict[str, Any]]:
            answer = client.get(f"/v1/customers/{buyer}/recommendations")
            assert answer.status_code == 200, answer.text
            return answer.json()["recommendations"]

        def ids() -> list[str]:
            return [each["article_id"] for each in listed()]

        before = ids()
        last, first = before[-1], before[0]

        file.write_text("# none yet\n")
        command("serve.py", "rules", "set", file, "--reason", "to begin with", *data)

        file.write_text(f'\n[[pin]]\nname = "autumn coat"\nartikles = ["{last}"]\n')
        said = command("serve.py", "rules", "check", file, *data, status=2)
        assert "Line 2, pin 'autumn coat'" in said
        assert "stylo rules check" in said  # the cure

        file.write_text(
            f'[[pin]]\nname = "autumn coat"\narticles = ["{last}"]\n'
            f'[[exclude]]\nname = "sold out"\narticles = ["{first}"]\n'
        )
        assert "can be used: 2 rules" in command("serve.py", "rules", "check", file, *data)
        assert ids() == before
        shown = command("serve.py", "rules", "preview", "--customer", buyer, "--rules", file, *data)
        assert "The rule “autumn coat” places it first." in " ".join(shown.split())
        assert f"Not in it any more: {first}" in shown

        command("serve.py", "rules", "set", file, "--reason", "autumn", *data)
        until(lambda: ids()[0] == last)
        after = listed()
        assert after[0]["rules"] == [{"kind": "pin", "name": "autumn coat"}]
        assert [each["article_id"] for each in after][:11] == [last, *before[1:11]]
        assert first not in {each["article_id"] for each in after}

        chosen, out = tmp_path / "customers.txt", tmp_path / "lists.csv"
        chosen.write_text(f"{buyer}\n")
        command("-m", "stylo.service.batch", "--customers", chosen, "--out", out, *data)
        with out.open() as rows:
            (row,) = csv.DictReader(rows)
        assert row["prediction"].split() == [each["article_id"] for each in after]

        command("serve.py", "rules", "rollback", "--reason", "too much of it", *data)
        until(lambda: ids() == before)
        history = command("serve.py", "rules", "history", *data)
        assert [word for word in ("autumn", "too much of it", "rollback") if word not in history] == []
