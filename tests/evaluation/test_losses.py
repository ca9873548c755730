"""What became of every bought article, and what it was to its customer."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.evaluation.breakdowns import ALL, KINDS, kinds, losses, outcomes

BEFORE = str(AS_OF - timedelta(days=1))
LONG_BEFORE = str(AS_OF - timedelta(days=700))

#: Two variants of one product, another product, and a third variant that nobody has bought yet.
RED, BLUE, OTHER, NEW = 700_001, 700_002, 800_001, 700_003


def shop(*rows: tuple[str, int, int]) -> History:
    return History(transactions(*rows), catalogue(*((each, 0, 0, 0) for each in (RED, BLUE, OTHER, NEW))))


def pairs(*rows: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32}, orient="row")


def ranked(lists: dict[int, list[int]]) -> pl.DataFrame:
    """Lists from customer → articles in order."""
    rows = [
        (who, what, rank) for who, articles in lists.items() for rank, what in enumerate(articles, start=1)
    ]
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}, orient="row")


def test_an_article_is_hit_ranked_low_or_not_proposed() -> None:
    bought = pairs((1, 5), (1, 5), (1, 6), (1, 7), (1, 8), (2, 5))
    lists = ranked({1: [5, *range(101, 112), 6, 7]})  # 6 and 7 at ranks 13 and 14
    proposed = pairs((1, 5), (1, 6), (1, 6), (2, 9), (3, 5))
    expected = [
        (1, 5, "hit"),
        (1, 6, "ranked low"),
        (1, 7, "not proposed"),
        (1, 8, "not proposed"),
        (2, 5, "not proposed"),
    ]
    assert outcomes(bought, lists, proposed).rows() == expected
    assert outcomes(bought, lists, proposed.lazy()).rows() == expected


def test_a_hit_is_a_hit_even_if_the_candidates_do_not_hold_it() -> None:
    assert outcomes(pairs((1, 5)), ranked({1: [5]}), pairs()).rows() == [(1, 5, "hit")]


PAST = ((LONG_BEFORE, 1, RED), (BEFORE, 9, BLUE), (BEFORE, 9, OTHER))


def test_an_article_is_what_it_was_to_its_customer() -> None:
    bought = pairs((1, RED), (1, BLUE), (1, NEW), (1, OTHER), (2, RED))
    assert kinds(bought, shop(*PAST), AS_OF).rows() == [
        (1, RED, "repurchase"),
        (1, BLUE, "variant"),
        (1, NEW, "never sold"),
        (1, OTHER, "sold to others"),
        (2, RED, "sold to others"),
    ]


def test_another_variant_beside_a_repurchase_is_still_a_repurchase() -> None:
    history = shop((BEFORE, 1, RED), (BEFORE, 1, BLUE))
    assert kinds(pairs((1, RED)), history, AS_OF)["kind"].to_list() == ["repurchase"]


def test_what_is_bought_from_the_cutoff_on_makes_nothing_a_repurchase() -> None:
    bought = pairs((1, RED), (1, BLUE), (1, NEW), (1, OTHER), (2, RED))
    later = [(str(AS_OF), who, what) for who, what in bought.rows()]
    assert kinds(bought, shop(*PAST, *later), AS_OF).equals(kinds(bought, shop(*PAST), AS_OF))


def test_kinds_and_outcomes_are_counted_together() -> None:
    bought = pairs((1, RED), (1, BLUE), (1, NEW), (1, OTHER), (2, RED))
    found = losses(bought, ranked({1: [RED], 2: [RED]}), pairs((1, RED), (1, BLUE)), shop(*PAST), AS_OF)
    assert found.columns == ["kind", "bought", "hit", "ranked low", "not proposed"]
    assert found.rows() == [
        (ALL, 5, 2, 1, 2),
        ("never sold", 1, 0, 0, 1),
        ("repurchase", 1, 1, 0, 0),
        ("variant", 1, 0, 1, 0),
        ("sold to others", 2, 1, 0, 1),
    ]


def test_nothing_bought_is_nothing_lost() -> None:
    found = losses(pairs(), ranked({1: [RED]}), pairs((1, RED)), shop(*PAST), AS_OF)
    assert found.rows() == [(kind, 0, 0, 0, 0) for kind in (ALL, *KINDS)]


def test_without_lists_candidates_and_history_everything_is_new_and_not_proposed() -> None:
    found = losses(pairs((1, RED), (1, BLUE)), ranked({}), pairs(), shop(), AS_OF)
    assert found.rows()[:2] == [(ALL, 2, 0, 0, 2), ("never sold", 2, 0, 0, 2)]
    assert found.rows()[2:] == [(kind, 0, 0, 0, 0) for kind in KINDS[1:]]
