"""Texts are found by their hashes and confirmed by all their characters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stylo.tables import texts
from stylo.tables.texts import NOWHERE, KnownTexts, SeenTexts, Words, runs_of


def words(values: list[bytes], count: int = 2) -> Words:
    """Texts of at most 8 × `count` bytes, filled up with zeros."""
    return np.frombuffer(b"".join(value.ljust(8 * count, b"\0") for value in values), np.uint64).reshape(
        -1, count
    )


some_texts = st.lists(st.text("ab01", min_size=1, max_size=16).map(str.encode), max_size=60)


@pytest.fixture(params=[False, True], ids=["", "all hashes alike"], scope="module")
def _hashes(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setattr(texts, "_FACTORS", np.zeros(8, dtype=np.uint64))
        yield


@pytest.mark.usefixtures("_hashes")
@given(some_texts, some_texts)
def test_a_text_is_found_where_it_stands_and_others_nowhere(listed: list[bytes], asked: list[bytes]) -> None:
    listed = list(dict.fromkeys(listed))
    found = KnownTexts(words(listed)).of(words([*asked, *listed]))
    expected = [listed.index(text) if text in listed else NOWHERE for text in [*asked, *listed]]
    assert found.tolist() == expected


@pytest.mark.usefixtures("_hashes")
@given(some_texts)
def test_a_text_that_stands_in_the_list_twice_is_named(listed: list[bytes]) -> None:
    repeated = KnownTexts(words(listed)).repeated
    if len(set(listed)) == len(listed):
        assert repeated is None
    else:
        assert repeated is not None
        assert listed.count(listed[repeated]) > 1


@pytest.mark.usefixtures("_hashes")
@given(st.lists(some_texts, max_size=5))
def test_each_text_is_read_once_and_means_the_same_for_ever(columns: list[list[bytes]]) -> None:
    read: list[bytes] = []

    def length(cells: list[bytes]) -> NDArray[np.uint8]:
        read.extend(cells)
        return np.array([len(cell.rstrip(b"\0")) for cell in cells], dtype=np.uint8)

    seen = SeenTexts(length, 2, np.uint8, 300)
    for column in columns:
        values = seen.values(words(column))
        assert values is not None
        assert values.tolist() == [len(text) for text in column]
    assert len(read) == len(set(read))


def test_a_text_that_cannot_be_read_spoils_its_column_only() -> None:
    def read(cells: list[bytes]) -> NDArray[np.uint8] | None:
        return None if any(b"x" in cell for cell in cells) else np.ones(len(cells), dtype=np.uint8)

    seen = SeenTexts(read, 2, np.uint8, 3)
    assert seen.values(words([b"a", b"x"])) is None
    assert seen.values(words([b"a", b"a", b"b"])) is not None
    assert seen.values(words([b"c", b"d"])) is None, "there is room for one more, not for two"
    assert seen.values(words([b"c"])) is None
    assert seen.values(words([b"b", b"a"])) is not None


def test_what_may_come_next_is_read_with_what_is_new_while_half_of_the_room_is_left() -> None:
    calls: list[list[bytes]] = []

    def read(cells: list[bytes]) -> NDArray[np.uint8]:
        calls.append([cell.rstrip(b"\0") for cell in cells])
        return np.array([int(cell) for cell in calls[-1]], dtype=np.uint8)

    def two_more(cells: list[bytes]) -> list[bytes]:
        last = max(int(cell.rstrip(b"\0")) for cell in cells)
        return [str(last + more).encode().ljust(16, b"\0") for more in (1, 2)]

    seen = SeenTexts(read, 2, np.uint8, 10, two_more)
    for number in (10, 11, 12, 20, 21, 30):
        found = seen.values(words([str(number).encode()]))
        assert found is not None
        assert found.tolist() == [number]
    # Ten have room: with 10, 11, 12 and 20 there would be six of them after 21 and 22, so these wait.
    assert calls == [[b"10"], [b"11", b"12"], [b"20"], [b"21"], [b"30"]]


@given(some_texts)
def test_runs_tell_where_equal_neighbours_begin(column: list[bytes]) -> None:
    first, length = runs_of(words(column))
    assert np.repeat(words(column)[first], length, axis=0).tolist() == words(column).tolist()
    assert all(column[at] != column[at - 1] for at in first.tolist() if at)
