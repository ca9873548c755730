"""python -m benchmarks.rules --data DIR: what merchandising rules add to an answer, in CPU time of this process.

    with and without   the same customers of a data folder after final.py, each answered in turns: without rules, with
                       them; which comes first changes from customer to customer
    large catalogue    the rules alone, on 300 candidates of 105,542 made-up articles with looks

A set of rules of every kind: pin, two boosts, bury, exclude for an audience, two caps, diversity. Each kind is also
measured by itself. The figure is the median of the differences of one customer's two answers, over all rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.deployment.online_model import OnlineModel, RequestContext
from stylo.deployment.release import unpublished
from stylo.deployment.rule_book import compiled_for
from stylo.records.merchandising import read_rules
from stylo.rules.audiences import CustomerFacts
from stylo.rules.columns import ArticleColumns
from stylo.rules.compiled import CompiledRules, compile_rules
from stylo.tables.folder import DataFolder

_ARTICLES, _CANDIDATES, _SEED = 105_542, 300, 7
_DAY = date(2020, 9, 23)


def rules_of_every_kind(pinned: str, section: str) -> dict[str, str]:
    """Kind → a part of a file of rules."""
    return {
        "pin": f'[[pin]]\nname = "pin"\narticles = ["{pinned}"]\n',
        "boost and bury": (
            f'[[boost]]\nname = "section"\nwhere = {{section = "{section}"}}\n'
            '[[boost]]\nname = "dear ones"\nwhere = {price = {min = 0}}\nalong = "price"\n'
            '[[bury]]\nname = "cheap"\nwhere = {price = {max = 10}}\n'
        ),
        "exclude": (
            "[audiences.young]\nage = {max = 25}\nunknown = true\n"
            f'[[exclude]]\nname = "young"\naudience = "young"\nwhere = {{section = "{section}"}}\n'
        ),
        "cap": '[[cap]]\nname = "product"\nof = "product"\nmost = 2\n[[cap]]\nname = "type"\nof = "type"\nmost = 3\n',
        "diversity": '[[diversity]]\nname = "mixed"\nlambda = 0.3\n',
    }


def main(
    data: Annotated[Path, typer.Option(help="A data folder after final.py.")],
    customers: Annotated[int, typer.Option(help="How many are answered in each round.")] = 300,
    rounds: Annotated[int, typer.Option(help="How often all of them are answered, each way.")] = 9,
) -> None:
    release = unpublished(DataFolder(data))
    assert isinstance(release.model, OnlineModel)
    model, catalogue = release.model, release.assortment.articles
    pinned, section = release.assortment.ids.id(catalogue["article"][-1]), catalogue["section_name"][0]
    kinds = rules_of_every_kind(pinned, section)
    kinds = {"every kind": "".join(kinds.values()), **kinds}
    compiled = {
        kind: compiled_for(release.assortment, data, read_rules(text), kind) for kind, text in kinds.items()
    }
    numbers = np.random.default_rng(_SEED).permutation(release.customers.number)[:customers].tolist()

    def answered(rules: CompiledRules | None) -> list[Callable[[], object]]:
        contexts = [[RequestContext(number, model.as_of, rules=rules)] for number in numbers]
        return [partial(model.recommend, each) for each in contexts]

    print(
        f"{len(numbers)} customers, {catalogue.height:,} articles; ms of CPU for each answer, medians of {rounds}"
    )
    without = answered(None)
    for kind, rules in compiled.items():
        rules.warm_up()
        plain, ruled = _in_turns(without, answered(rules), rounds)
        added = statistics.median(b - a for a, b in zip(plain, ruled, strict=True))
        base = statistics.median(plain)
        print(f"  {kind:16s} without {base:.3f}, added {added:.3f} ({added / base:+.1%})")
    _large(rounds)


def _in_turns(
    ones: Sequence[Callable[[], object]], others: Sequence[Callable[[], object]], rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of CPU of each of some pairs of calls, in every round."""
    found: tuple[list[float], list[float]] = [], []
    for number in range(rounds + 1):
        for n, pair in enumerate(zip(ones, others, strict=True)):
            for which in (0, 1) if (n + number) % 2 else (1, 0):
                started = time.process_time()
                pair[which]()
                if number:  # the first round warms up
                    found[which].append(1000 * (time.process_time() - started))
    return found


def _large(rounds: int) -> None:
    random = np.random.default_rng(_SEED)
    types, sections = random.integers(0, 130, _ARTICLES), random.integers(0, 57, _ARTICLES)
    articles = pl.DataFrame(
        {
            "article": np.arange(100_000_000, 100_000_000 + _ARTICLES, dtype=np.int32),
            "product_code": random.integers(0, 47_000, _ARTICLES),
            "product_type_no": types,
            "product_type_name": [f"type {n}" for n in types],
            "section_name": [f"section {n}" for n in sections],
            "price": random.gamma(2, 12, _ARTICLES),
        }
    )
    looks = random.normal(size=(_ARTICLES + 1, 64)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    text = "".join(rules_of_every_kind("0100000000", "section 3").values())
    started = time.process_time()
    rules = compile_rules(read_rules(text), ArticleColumns.of(articles), lambda: looks, "v")
    compiling = time.process_time() - started
    facts = CustomerFacts(22.0, 2.0, ("section 3",), 5)
    candidates = [random.choice(_ARTICLES, _CANDIDATES, replace=False) for _ in range(300)]
    started = time.process_time()
    rules.plan(facts, _DAY)
    planning = time.process_time() - started

    def arranged(some: np.ndarray) -> object:
        return rules.plan(facts, _DAY).arrange(some, 12)

    _, all_of_it = _in_turns(
        [int] * len(candidates), [partial(arranged, each) for each in candidates], rounds
    )
    added = statistics.median(all_of_it)
    print(
        f"{_ARTICLES:,} made-up articles: compiled in {compiling:.2f} s, "
        f"once for an audience {1000 * planning:.1f} ms, then {added:.3f} ms of CPU for each answer"
    )


if __name__ == "__main__":
    typer.run(main)
