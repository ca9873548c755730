"""The journal: what was appended is there, whatever happened after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stylo.visual.journal import Journal

FACTS = {"weights": "a"}


def written(path: Path, *articles: int, facts: dict[str, str] = FACTS) -> None:
    with Journal(path, 4) as journal:
        journal.begin(facts)
        for article in articles:
            record = np.zeros(1, journal.type)
            record["article"], record["vector"] = article, article / 2
            journal.append(record)


def found(path: Path, facts: dict[str, str] = FACTS) -> list[int]:
    with Journal(path, 4) as journal:
        journal.begin(facts)
        records = journal.records()
        assert (records["vector"] == records["article"][:, None] / 2).all()
        return records["article"].tolist()


def test_records_come_back_in_their_order_also_over_several_runs(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    assert found(path) == []
    written(path, 3, 1)
    written(path, 2)
    assert found(path) == [3, 1, 2]


@pytest.mark.parametrize("torn", [1, 40, 100])
def test_a_torn_tail_is_cut_off(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "journal"
    written(path, 1, 2)
    path.write_bytes(path.read_bytes()[:-torn])
    whole = [1, 2][: 2 - -(-torn // Journal(path, 4).type.itemsize)]
    assert found(path) == whole
    written(path, 3)
    assert found(path) == [*whole, 3]


@pytest.mark.parametrize("head", [b"", b"{", b"no JSON" * 100])
def test_a_file_that_is_no_journal_is_written_over(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(head)
    assert found(path) == []
    written(path, 5)
    assert found(path) == [5]


def test_records_of_other_facts_are_not_read_and_go_with_the_first_new_one(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, 1)
    assert found(path, {"weights": "b"}) == []
    assert Journal(path, 4).facts == FACTS
    written(path, 2, facts={"weights": "b"})
    assert found(path, {"weights": "b"}) == [2]


def test_a_journal_without_a_record_leaves_no_file_and_one_that_is_done_goes(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    assert not path.exists()
    written(path, 1)
    Journal(path, 4).discard()
    assert not path.exists()
