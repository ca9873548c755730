"""python -m benchmarks.outfits --data DIR: the rest of a real basket, among what an outfit shows for each slot.

          as_of
─ known ────┤── days ──┤── days ──┤── …
                 ▲ baskets of articles of at least three slots: given one of them, the others, slot by slot

What is asked for is each other article of the basket in another slot than the given one; it is found if it is among the
twelve that are shown for its slot. DIR is a data folder after final.py, of which nothing but its vectors is used: the
model of outfits is learned anew from what lies before each day.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.candidates.catalogue import hashes
from stylo.candidates.goes_with import GoesWith
from stylo.candidates.history import History
from stylo.candidates.lists import NeighbourLists
from stylo.candidates.similar_articles import article_vectors
from stylo.candidates.strategy import fitted
from stylo.evaluation.intervals import bootstrap_means
from stylo.outfits.composing import OutfitQuery, best_of_slots, compose
from stylo.outfits.learning import learn
from stylo.outfits.model import ATTRIBUTES, LIFT, PRODUCT_LIFT, PRODUCT_TOGETHER, TOGETHER, WORDS, OutfitModel
from stylo.outfits.pairs import Baskets
from stylo.outfits.slots import SLOTS
from stylo.tables.folder import DataFolder

_SHOWN, _LEAST_SLOTS, _LARGEST = 12, 3, 30
_OUTFIT, _VARIANTS = "outfit", "outfit, all variants of a product shown"
_POPULAR, _SHELF, _IN_SLOT = (
    "popularity in the slot",
    "goes-with shelf, twelve in all",
    "goes-with shelf, twelve a slot",
)
_FILLED = "goes-with shelf, filled up by popularity in the slot"
_WITHOUT = {
    "outfit without baskets of the articles": (TOGETHER, LIFT, PRODUCT_TOGETHER, PRODUCT_LIFT),
    "outfit without attributes": ATTRIBUTES,
    "outfit without words": (WORDS,),
}
_GOAL = 1.5


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    last: Annotated[
        str, typer.Option("--last", help="The first day of the last span reported.")
    ] = "2020-09-18",
    spans: Annotated[int, typer.Option("--spans", help="How many spans of days to report.")] = 1,
    days: Annotated[int, typer.Option("--days", help="How many days a span has.")] = 2,
    parts: Annotated[bool, typer.Option("--parts/--no-parts", help="Learn without parts of it, too.")] = True,
    customers: Annotated[
        int, typer.Option("--customers", help="Of how many customers baskets are asked for, at most.")
    ] = 1_000_000,
    requests: Annotated[int, typer.Option("--requests", help="How many outfits to time.")] = 300,
) -> None:
    """Prints recall by way, paired with the shelf's, then by slot; and the processor time of an outfit."""
    folder = DataFolder(data)
    history = History.open(folder, with_twins=False)
    history = history.with_embeddings(article_vectors(folder))
    final = date.fromisoformat(last)
    found, model = [], None
    for span in reversed(range(spans)):
        as_of = final - timedelta(days=days * span)
        model = learn(history, as_of)
        rivals = {name: learn(history, as_of, each) for name, each in _WITHOUT.items()} if parts else {}
        questions = _some(_questions(history, model, as_of, days), customers)
        shelf = fitted(GoesWith(), history, as_of)
        found.append(_judged(questions, model, rivals, shelf))
        print(f"{as_of}: {questions.height:,} pairs, weights learned from {model.learned:,}", flush=True)
    assert model is not None
    _report(pl.concat(found))
    _time(model, requests)


def _questions(history: History, model: OutfitModel, as_of: date, days: int) -> pl.DataFrame:
    """`customer`, `given` and `wanted` (rows): every ordered pair of a basket in two slots; sorted by `given`."""
    rows = (
        history.before(as_of + timedelta(days=days), days)
        .select("customer", "t_dat", "article")
        .unique()
        .collect()
    )
    row = history.catalogue.rows(rows["article"].to_numpy())
    bought = rows.with_columns(row=pl.Series(row, dtype=pl.Int64)).sort("customer", "t_dat", "row")
    baskets = Baskets.of(bought, model.slot, _LARGEST)
    kept = bought.filter(pl.Series(model.slot[row := bought["row"].to_numpy()] >= 0, dtype=pl.Boolean))
    kept = kept.filter(pl.len().over("customer", "t_dat") <= _LARGEST)
    frame = pl.DataFrame(
        {
            "customer": kept["customer"],
            "basket": baskets.basket,
            "row": baskets.row,
            "slot": model.slot[baskets.row],
        }
    )
    frame = frame.filter(pl.col("slot").n_unique().over("basket") >= _LEAST_SLOTS)
    both = frame.join(frame, on="basket", suffix="_other").filter(pl.col("slot") != pl.col("slot_other"))
    return both.select("customer", given="row", wanted="row_other").sort("given", "wanted", "customer")


def _some(questions: pl.DataFrame, most: int) -> pl.DataFrame:
    """Those of some customers, drawn by their numbers, the same each time."""
    everyone = np.unique(questions["customer"].to_numpy())
    drawn = everyone[np.argsort(hashes(everyone, np.zeros_like(everyone)), kind="stable")[:most]]
    return questions.filter(pl.col("customer").is_in(drawn))


def _judged(
    questions: pl.DataFrame, model: OutfitModel, rivals: Mapping[str, OutfitModel], shelf: NeighbourLists
) -> pl.DataFrame:
    """`customer`, `slot` (of what is wanted), and 1 in the column of each way that finds it, else 0."""
    given, wanted = questions["given"].to_numpy(), questions["wanted"].to_numpy()
    slot = model.slot[wanted]
    hits: dict[str, np.ndarray] = {}
    for begin, end in _runs(given):
        one, mine = int(given[begin]), slot[begin:end]
        for way, lists in _shown(one, sorted(set(mine.tolist())), model, rivals, shelf).items():
            column = hits.setdefault(way, np.zeros(len(given)))
            for number, rows in lists.items():
                here = begin + np.flatnonzero(mine == number)
                column[here] = np.isin(wanted[here], rows[:_SHOWN])
    return questions.select("customer").with_columns(slot=pl.Series(slot), **hits)


def _runs(values: np.ndarray) -> Iterator[tuple[int, int]]:
    begins = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else np.zeros(0, int)
    yield from zip(begins.tolist(), [*begins[1:].tolist(), len(values)], strict=True)


def _shown(
    given: int,
    slots: list[int],
    model: OutfitModel,
    rivals: Mapping[str, OutfitModel],
    shelf: NeighbourLists,
) -> dict[str, dict[int, np.ndarray]]:
    """Way → slot → what it shows, the best first."""
    audience = int(model.audience[given])
    ways = {_OUTFIT: _first(best_of_slots(model, slots, [given], audience))}
    ways |= {name: _first(best_of_slots(each, slots, [given], audience)) for name, each in rivals.items()}
    near = shelf.neighbour[shelf.start[given] : shelf.start[given + 1]]
    for way in (*([_VARIANTS] if rivals else []), _POPULAR, _SHELF, _IN_SLOT, _FILLED):
        ways[way] = {}
    for slot in slots:
        if rivals:
            closest = model.shortlist(slot, [given], audience)
            ways[_VARIANTS][slot] = closest[np.argsort(-model.score([given], [1.0], closest), kind="stable")]
        rows = model.of_slot[slot]
        rows = rows[(model.audience[rows] & audience) > 0]
        popular = ways[_POPULAR][slot] = rows[np.argsort(-model.popularity[rows], kind="stable")][
            : 2 * _SHOWN
        ]
        ways[_SHELF][slot] = near[:_SHOWN][model.slot[near[:_SHOWN]] == slot]
        mine = ways[_IN_SLOT][slot] = near[model.slot[near] == slot][:_SHOWN]
        ways[_FILLED][slot] = np.append(mine, popular[~np.isin(popular, mine)])
    return ways


def _first(lists: dict[int, tuple[np.ndarray, np.ndarray]]) -> dict[int, np.ndarray]:
    return {slot: rows for slot, (rows, _) in lists.items()}


def _report(found: pl.DataFrame) -> None:
    ways = [name for name in found.columns if name not in ("customer", "slot")]
    differences = {
        f"{way} against {rival}": pl.col(way) - pl.col(rival)
        for way in ways
        for rival in (_IN_SLOT, _POPULAR)
    }
    goals = {f"{way} against the goal": pl.col(way) - _GOAL * pl.col(_IN_SLOT) for way in ways}
    means = bootstrap_means(found.with_columns(**differences, **goals), [*ways, *differences, *goals])
    print(
        f"\n{found.height:,} wanted articles of {found['customer'].n_unique():,} customers; recall@{_SHOWN} by slot\n"
    )
    print(
        f"| | recall@{_SHOWN} | × {_IN_SLOT} | minus {_GOAL} × it | minus {_POPULAR} |\n|---|--:|--:|--:|--:|"
    )
    for way in ways:
        mean, goal, other = means[way], means[f"{way} against the goal"], means[f"{way} against {_POPULAR}"]
        times = mean.mean / means[_IN_SLOT].mean if means[_IN_SLOT].mean else float("nan")
        print(f"| {way} | {_said(mean)} | {times:.2f} | {_said(goal, '+')} | {_said(other, '+')} |")
    print(f"\n| slot | wanted | {' | '.join(ways)} |\n|---|--:|{'--:|' * len(ways)}")
    for number, name in enumerate(SLOTS):
        mine = found.filter(pl.col("slot") == number)
        if mine.height:
            print(
                f"| {name} | {mine.height:,} | {' | '.join(f'{mine[way].to_numpy().mean():.4f}' for way in ways)} |"
            )


def _said(estimate: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = estimate
    return f"{mean:{sign}.4f} [{low:{sign}.4f}, {high:{sign}.4f}]"


def _time(model: OutfitModel, requests: int) -> None:
    """Of whole outfits around articles drawn from all that have a slot, with three alternatives a slot."""
    draw = np.random.default_rng(0)
    prices = draw.uniform(5, 100, len(model.articles))
    given = draw.choice(np.flatnonzero(model.slot >= 0), requests)
    offered = int((model.offered & (model.slot >= 0)).sum())
    print(
        f"\n{len(model.articles):,} articles, {offered:,} of them to choose from; milliseconds of processor time\n"
    )
    print("| | median | p95 |\n|---|--:|--:|")
    for what, limit in (("an outfit", None), ("an outfit with max_price", 250.0)):
        compose(model, prices, OutfitQuery(int(given[0]), max_price=limit))
        spent = []
        for row in given.tolist():
            started = time.process_time()
            compose(model, prices, OutfitQuery(row, max_price=limit))
            spent.append(1000 * (time.process_time() - started))
        print(f"| {what} | {np.median(spent):.1f} | {np.quantile(spent, 0.95):.1f} |")


if __name__ == "__main__":
    typer.run(main)
