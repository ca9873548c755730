"""Photos, twins and lists on clusters of one and of three machines: the bytes of this process alone, whatever dies."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from clusters import node, ray_cluster
from mean_colours import deadly, encoded, visual_files
from polars.testing import assert_frame_equal
from serving import linked

from stylo.evaluation import scoring
from stylo.parallel.connecting import workers_at
from stylo.parallel.workers import Workers
from stylo.progress import Silent
from stylo.service.batch import command
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.vectors.nearest import nearest
from stylo.visual.encoder import open_encoder
from stylo.visual.twins import make_twins

# What is quicker: photos and a process that is killed in test_ray_workers.py, and all work packed as for a cluster.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with ray_cluster(1) as cluster:
        yield cluster


@pytest.fixture(scope="module", params=[1, 3])
def workers(request: pytest.FixtureRequest, cluster: Any) -> Iterator[Workers]:
    """On one machine, and then on three."""
    while len(cluster.list_all_nodes()) < request.param + 1:  # the head has no core
        cluster.add_node(**node(1))
    with workers_at(cluster.address) as workers:
        assert workers.count == request.param
        yield workers


@pytest.fixture
def batches_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylo.visual.extract._BATCH", 10)


@pytest.mark.usefixtures("batches_of_ten")
def test_photos_get_the_vectors_that_this_process_gives_them(
    shop: Path, demo_shop: Path, kept_network: Path, workers: Workers
) -> None:
    for path in kept_network.iterdir():
        os.link(path, shop / path.name)
    (shop / "visual_features.npy").rename(shop / "before.npy")
    encoder = open_encoder(DataFolder(shop), replace(open_embeddings(DataFolder(demo_shop))))
    done = encoded(shop, demo_shop / "images", workers, encoder)
    assert done.encoded == 60
    assert visual_files(shop) == visual_files(demo_shop)


@pytest.mark.usefixtures("batches_of_ten")
def test_photos_in_a_zip(shop: Path, demo_shop: Path, tmp_path: Path, workers: Workers) -> None:
    shutil.make_archive(str(tmp_path / "photos"), "zip", demo_shop / "images")
    encoded(shop, tmp_path / "photos.zip", workers)
    here = linked(demo_shop, tmp_path / "here")
    encoded(here, tmp_path / "photos.zip")
    assert visual_files(shop) == visual_files(here)


@pytest.mark.parametrize("count", [700, 5000])
def test_neighbours_are_those_of_this_process(count: int, tmp_path: Path, workers: Workers) -> None:
    numbers = np.random.default_rng(count)
    around = numbers.normal(size=(40, 96)).astype(np.float32)
    vectors = around[numbers.integers(40, size=count)] + 0.3 * numbers.normal(size=(count, 96)).astype(
        np.float32
    )
    vectors[100:130] = vectors[100]  # ties
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    rows, kin = np.arange(0, count, dtype=np.int64), np.arange(count) // 3
    for found, expected in zip(
        nearest(mapped, rows, rows, 12, kin=kin, workers=workers),
        nearest(vectors, rows, rows, 12, kin=kin),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_so_many_alike_that_each_is_compared_with_all(workers: Workers) -> None:
    numbers = np.random.default_rng(3)
    vectors = np.ones((4200, 64), np.float32) + 1e-4 * numbers.normal(size=(4200, 64)).astype(np.float32)
    rows = np.arange(4200)
    found = nearest(vectors, rows, rows, 5, workers=workers)
    for mine, expected in zip(found, nearest(vectors, rows, rows, 5), strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_twins_are_those_of_this_process(shop: Path, demo_shop: Path, workers: Workers) -> None:
    make_twins(DataFolder(shop), workers=workers)
    for name in ("visual_reccs.parquet", "visual_map.parquet"):
        assert_frame_equal(pl.read_parquet(shop / name), pl.read_parquet(demo_shop / name))


def test_lists_are_those_of_this_process(
    shop: Path, demo_shop: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.ranking.snapshot.SIZE", 20)
    result, found = scoring.score_hybrid(DataFolder(shop), 2, shop / "again.csv", workers=workers)
    for name in ("predictions.parquet", "article_reccs.parquet"):
        assert_frame_equal(pl.read_parquet(shop / name), pl.read_parquet(demo_shop / name))
    assert (shop / "again.csv").read_bytes() == (demo_shop / "submission.csv").read_bytes()
    assert (shop / "model.bin").read_bytes() == (demo_shop / "model.bin").read_bytes()
    report = json.loads((demo_shop / "reports" / "final.json").read_text())
    mine = json.loads(json.dumps(scoring.facts(result) | found, default=str))
    del mine["beyond_accuracy"]  # sums of floats, which Polars adds up in any order
    assert {key: report[key] for key in mine} == mine


def test_everybodys_lists_are_those_of_this_process(
    shop: Path, workers: Workers, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.ranking.snapshot.SIZE", 20)
    here, there = shop / "here.parquet", shop / "there.parquet"
    command.main("all", here, shop, at_a_time=50)
    monkeypatch.setattr(command, "workers_at", lambda *_: given(workers))
    command.main("all", there, shop, at_a_time=50, ray=cluster.address)
    assert_frame_equal(pl.read_parquet(there), pl.read_parquet(here))


@contextmanager
def given(workers: Workers) -> Iterator[Workers]:
    yield workers


@pytest.mark.usefixtures("batches_of_ten")
def test_a_process_that_is_killed_costs_nothing(
    shop: Path, demo_shop: Path, tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = linked(demo_shop, tmp_path / "here")
    encoded(here, demo_shop / "images")
    deadly(monkeypatch, 33, tmp_path / "killed")
    done = encoded(shop, demo_shop / "images", workers)
    assert (tmp_path / "killed").exists()
    assert (done.encoded, done.corrupt) == (60, {})
    assert visual_files(shop) == visual_files(here)


@pytest.mark.usefixtures("batches_of_ten")
def test_a_photo_that_kills_who_reads_it_is_named_and_left_out(
    shop: Path, demo_shop: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = deadly(monkeypatch, 33)
    done = encoded(shop, demo_shop / "images", workers)
    assert done.encoded == 59
    (why,) = done.corrupt.values()
    assert list(done.corrupt) == [f"{chosen[0]:010d}"]
    assert why.startswith("every process that read it has ended. ")
    assert why.endswith("its process ended unexpectedly.")
    kept = open_embeddings(DataFolder(shop)).articles.tolist()
    assert chosen[0] not in kept
    assert len(kept) == 59


class Advancing(Silent):
    """Does something when the work has got so far."""

    def __init__(self, at: int, do: Callable[[], object]) -> None:
        self._at, self._do, self._done = at, do, 0

    @contextmanager
    def task(self, what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
        def advance(steps: int) -> None:
            before, self._done = self._done, self._done + steps
            if before < self._at <= self._done:
                self._do()

        yield advance


def test_a_machine_that_goes_costs_nothing(
    shop: Path,
    demo_shop: Path,
    tmp_path: Path,
    cluster: Any,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if workers.count == 1:
        pytest.skip("on one machine, nobody would be left")
    monkeypatch.setattr("stylo.visual.extract._BATCH", 2)
    here = linked(demo_shop, tmp_path / "here")
    encoded(here, demo_shop / "images")

    def exchanged() -> None:
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        cluster.add_node(**node(1))

    done = encoded(shop, demo_shop / "images", workers, progress=Advancing(10, exchanged))
    assert (done.encoded, done.corrupt) == (60, {})
    assert visual_files(shop) == visual_files(here)
