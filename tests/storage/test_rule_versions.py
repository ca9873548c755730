"""Which rules are live, and the history of them, with several who set rules at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from storage_processes import NOW

from stylo.errors import Overtaken
from stylo.storage import rule_versions
from stylo.storage.database import Database
from stylo.storage.rule_versions import RulesAction, RulesStep, before_live, version_of


def put(
    database: Database, text: str, action: RulesAction = RulesAction.SET, seen: int | None = None
) -> RulesStep:
    return rule_versions.record(database, text, action, who="a test", reason="", now=NOW, seen=seen)


def test_before_the_first_rules_nothing_is_live(database: Database) -> None:
    assert rule_versions.live(database) is None
    assert rule_versions.last_step(database) == 0
    assert before_live(rule_versions.history(database, 9)) is None


def test_rules_that_are_set_at_once_follow_each_other(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        steps = list(pool.map(lambda number: put(database, f"# {number}\n"), range(12)))
    history = rule_versions.history(database, 99)
    assert {each.text for each in history} == {f"# {number}\n" for number in range(12)}
    assert [each.previous for each in history] == [each.version for each in history[1:]] + [None]
    assert len({each.id for each in steps}) == 12
    assert rule_versions.live(database) == history[0]


def test_of_two_who_saw_the_same_rules_one_is_told_that_the_other_was_first(database: Database) -> None:
    seen = put(database, "# before\n").id

    def decided(text: str) -> str:
        try:
            put(database, text, seen=seen)
        except Overtaken:
            return "overtaken"
        return text

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(decided, ["# one\n", "# other\n"]))
    assert outcomes.count("overtaken") == 1
    (won,) = (each for each in outcomes if each != "overtaken")
    live = rule_versions.live(database)
    assert live is not None
    assert live.text == won
    assert live.previous == version_of("# before\n")
    assert len(rule_versions.history(database, 9)) == 2


def test_the_first_rules_are_set_once_by_two_who_saw_none(database: Database) -> None:
    put(database, "# one\n", seen=0)
    with pytest.raises(Overtaken):
        put(database, "# other\n", seen=0)


def test_a_rollback_goes_to_what_was_live_before_and_the_next_one_further_back(database: Database) -> None:
    for text in ("# a\n", "# b\n", "# c\n"):
        put(database, text)
    for expected in ("# b\n", "# a\n"):
        back = before_live(rule_versions.history(database, 9))
        assert back is not None
        assert back.text == expected
        put(database, back.text, RulesAction.ROLLBACK)
    assert before_live(rule_versions.history(database, 9)) is None
