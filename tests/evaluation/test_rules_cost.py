"""What rules cost in weeks that are over: `final.py --rules`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from helpers import run_here
from serving import linked

from stylo.evaluation.rules_cost import REVENUE, RULED
from stylo.recommender import HYBRID
from stylo.tables.folder import DataFolder


@pytest.fixture(scope="module")
def shop(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(demo_shop, tmp_path_factory.mktemp("cost") / "shop")


def test_a_file_with_a_mistake_is_refused_before_anything_is_computed(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[exclude]]\nname = "out"\nwhere = {sektion = "x"}\n')
    before = (shop / "reports" / "final.json").read_bytes()
    done = run_here("final.py", "--data", shop, "--rules", file)
    assert done.returncode == 2
    assert "is 'section' meant?" in done.stderr
    assert "Traceback" not in done.stderr
    assert (shop / "reports" / "final.json").read_bytes() == before


def test_the_report_compares_the_same_buyers_with_rules_and_without(shop: Path, tmp_path: Path) -> None:
    file, model = tmp_path / "rules.toml", (shop / "model.bin").read_bytes()
    bestseller = pl.read_parquet(shop / "article_reccs.parquet")["article"].min()
    assert isinstance(bestseller, int)
    file.write_text(
        f'[[pin]]\nname = "first"\narticles = ["{bestseller:010d}"]\n'
        '[[cap]]\nname = "two"\nof = "product"\nmost = 2\n'
    )
    done = run_here("final.py", "--data", shop, "--rules", file)
    assert done.returncode == 0, done.stderr
    cost = json.loads((shop / "reports" / "final.json").read_text())["rules"]
    assert (cost["file"], cost["rules"]) == ("rules.toml", 2)
    assert "The 2 rules of rules.toml change" in " ".join(done.stdout.split())
    for part in (cost["map@12"], cost[REVENUE]):
        assert part["difference"] == pytest.approx(part["with"] - part["without"])
        low, high = part["ci95"]
        assert low <= part["difference"] <= high
    lists = DataFolder(shop).scan("predictions.parquet").collect()
    ruled, plain = (lists.filter(model=name).sort("customer_id") for name in (RULED, HYBRID))
    assert ruled["customer_id"].to_list() == plain["customer_id"].to_list()
    assert set(ruled["article_id"].list.first()) == {f"{bestseller:010d}"}
    changed = sum(
        one != other
        for one, other in zip(ruled["article_id"].to_list(), plain["article_id"].to_list(), strict=True)
    )
    assert cost["changed_lists"] == pytest.approx(changed / plain.height)
    # The model that answers is made without the rules.
    assert len((shop / "model.bin").read_bytes()) == len(model)
