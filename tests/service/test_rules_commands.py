"""`stylo rules` as it is typed: what is said, the exit status, and what is live afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import polars as pl
import pytest
from helpers import run_here

from stylo.service.settings import ServiceSettings
from stylo.storage import rule_versions
from stylo.storage.database import Database


class RulesCommands:
    """The commands over a data folder, each in this process."""

    def __init__(self, data: Path) -> None:
        self.data, self.file = data, data / "rules.toml"

    def __call__(
        self, command: str, *more: str | Path, status: int = 0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        done = run_here(
            "serve.py",
            "rules",
            command,
            *more,
            "--data",
            self.data,
            env={"STYLO_SERVICE_TIME_ZONE": "UTC", **env},
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def write(self, text: str) -> Path:
        self.file.write_text(text)
        return self.file


@pytest.fixture
def rules(shop: Path) -> RulesCommands:
    return RulesCommands(shop)


@pytest.fixture
def articles(demo_shop: Path) -> list[str]:
    return pl.read_parquet(demo_shop / "articles.parquet")["article_id"].to_list()


def pin(article: str, more: str = "") -> str:
    return f'[[pin]]\nname = "autumn coat"\narticles = ["{article}"]\n{more}'


def test_a_good_file_is_described_and_nothing_is_set(rules: RulesCommands, articles: list[str]) -> None:
    done = rules("check", rules.write(pin(articles[0])))
    assert "autumn coat" in done.stdout
    assert "1 of 60" in done.stdout
    assert "can be used: 1 rules" in done.stdout
    assert rules("history").stdout.strip() == "No rules were ever set."
    assert "No rules were ever set" in rules("show").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n[[pin]]\nname = 'a'\n", "Line 2, pin 'a', articles: Field required"),
        ("[[pin]\n", "line 1"),
        (pin("0000000099"), "there is no article 0000000099"),
        ('[[exclude]]\nname = "a"\nwhere = {sektion = "x"}\n', "is 'section' meant?"),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_line_and_cure(
    rules: RulesCommands, text: str, said: str
) -> None:
    for command in ("check", "set"):
        done = rules(command, rules.write(text), status=2)
        assert said in " ".join(done.stderr.split())
        assert "stylo rules check" in done.stderr
    assert rules("history").stdout.strip() == "No rules were ever set."


def test_a_file_that_is_not_there_or_no_text_is_refused(rules: RulesCommands, tmp_path: Path) -> None:
    assert "cannot be read" in rules("check", tmp_path / "none.toml", status=2).stderr
    rules.file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in rules("set", rules.file, status=2).stderr


def test_rules_are_set_shown_and_rolled_back_with_who_and_why(
    rules: RulesCommands, articles: list[str]
) -> None:
    first, second = pin(articles[0]), pin(articles[1])
    rules("set", rules.write(first), "--reason", "autumn")
    rules("set", rules.write(second))
    assert rules("show").stdout.strip() == second.strip()
    assert "command line" in rules("show").stderr
    version = rule_versions.version_of(first)
    assert rules("show", "--version", version).stdout.strip() == first.strip()
    assert version in rules("rollback", "--reason", "too much of it").stdout
    assert rules("show").stdout.strip() == first.strip()
    history = rules("history").stdout
    assert [
        word for word in ("rollback", "too much of it", "autumn", "no reason given") if word not in history
    ] == []
    assert "no earlier rules" in rules("rollback", status=2).stderr
    assert "no rules of version 'nix'" in rules("rollback", "--to", "nix", status=2).stderr
    assert "no rules of version 'nix'" in rules("show", "--version", "nix", status=2).stderr
    rules("rollback", "--to", rule_versions.version_of(second))
    database = Database.open(ServiceSettings(data=rules.data).state_folder.database_url)
    assert [each.text for each in rule_versions.history(database, 9)] == [second, first, second, first]


def test_a_preview_shows_a_customer_s_list_before_and_after(
    rules: RulesCommands, articles: list[str], customers: list[str]
) -> None:
    plain = rules("preview", "--customer", customers[0]).stdout
    assert "Rules for this customer: none." in plain
    unlisted = next(each for each in articles if each not in plain)
    done = rules("preview", "--customer", customers[0], "--rules", rules.write(pin(unlisted))).stdout
    assert unlisted in done
    assert "The rule “autumn coat” places it first." in " ".join(done.split())
    assert "Rules for this customer: pin “autumn coat”." in done
    assert "Not in it any more" in done
    assert "no customer" in rules("preview", "--customer", "0" * 64, status=2).stderr
    assert "not a customer id" in rules("preview", "--customer", "somebody", status=2).stderr
    assert "50" in rules("preview", "--customer", customers[0], "--k", "50").stdout
    rules("preview", "--customer", customers[0], "--k", "0", status=2)


def test_a_preview_is_of_the_day_on_which_the_service_lives(
    rules: RulesCommands, articles: list[str], customers: list[str]
) -> None:
    last = pl.read_parquet(rules.data / "transactions.parquet")["t_dat"].max()
    day = last.replace(year=last.year + 1)  # type: ignore[union-attr]
    file = rules.write(pin(articles[5], f"from = {day}\n"))
    asked = ("--customer", customers[0], "--rules", file)
    assert "Rules for this customer: none." in rules("preview", *asked).stdout
    then = rules("preview", *asked, STYLO_SERVICE_TODAY=str(day))
    assert "Rules for this customer: pin" in then.stdout
    over = rules.write(pin(articles[5], f"until = {day.replace(day=1)}\n"))
    assert "has run out" not in rules("check", over).stderr
    assert (
        "has run out" in rules("check", over, STYLO_SERVICE_TODAY=str(day.replace(year=day.year + 1))).stderr
    )


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    rules = RulesCommands(tmp_path)
    rules("check", rules.write(""), status=2)
