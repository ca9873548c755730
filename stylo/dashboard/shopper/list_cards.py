"""A shopper's list and what was bought, as cards that tell of each other: hits are marked, ranks are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from stylo.dashboard import text
from stylo.dashboard.cards import Card
from stylo.dashboard.shop import Shop
from stylo.dashboard.shopper.records import Listed


def recommended(
    shop: Shop,
    listed: Listed,
    wanted: Collection[int],
    hidden: Collection[int] = (),
    ruled: Mapping[int, str] | None = None,
) -> list[Card]:
    """A list with its reasons and its hits among what was bought; articles that are hidden keep their ranks.

    ruled : article → what rules had to do with its place.
    """
    because = [why.because for why in listed.reasons if why.because is not None]
    known = {row["article"]: row for row in shop.rows([*listed.articles, *because])}
    names = {article: (row["prod_name"], row["colour_group_name"]) for article, row in known.items()}
    shown = []
    for place, article in enumerate(listed.articles):
        if article not in known or article in hidden:
            continue
        hit = article in wanted
        sentence = listed.reasons[place].sentence(names, listed.past) if place < len(listed.reasons) else ""
        proposed = " · ".join(text.STRATEGIES.get(name, name) for name in listed.proposed_by[place][:3])
        said = (ruled or {}).get(article, "")
        proposed = " · ".join(filter(None, (proposed, said)))
        badge = text.HIT if hit else str(place + 1)
        shown.append(
            Card(
                known[article], sentence or proposed, match=proposed if sentence else "", badge=badge, hit=hit
            )
        )
    return shown


def in_truth(shop: Shop, listed: Listed | None, wanted: Sequence[int]) -> list[Card]:
    """What was bought, with its rank in a list where it is there."""
    ranks = {article: place + 1 for place, article in enumerate(listed.articles)} if listed else {}
    return [
        Card(row, badge=text.RANK.format(rank=ranks[row["article"]]), hit=True)
        if row["article"] in ranks
        else Card(row)
        for row in shop.rows(list(wanted))
    ]
