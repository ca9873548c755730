"""Retraining gives its long work to the cluster that was named, and to none that was not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from clusters import Elsewhere
from serving import linked

from stylo.errors import NoCluster
from stylo.operations import retraining_steps as steps
from stylo.operations.workspace import Workspace
from stylo.parallel import connecting
from stylo.parallel.workers import LOCAL, Workers
from stylo.progress import SILENT
from stylo.service.settings import ServiceSettings


class Seen(Exception):
    """Ends a step where its work begins."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self.folder, self.workers = folder, workers


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step ends where it gives its work away, and tells to whom."""

    def seen(folder: Any, *_: Any, workers: Workers | None = None, **__: Any) -> None:
        raise Seen(folder.root, workers or next(each for each in _ if hasattr(each, "is_cluster")))

    for name in ("extract", "make_twins", "score_hybrid"):
        monkeypatch.setattr(steps, name, seen)


def each_step(workspace: Workspace) -> Iterator[Seen]:
    for step in (
        lambda: steps.encode_photos(workspace, SILENT),
        lambda: steps.find_twins(workspace, SILENT),
        lambda: steps.train(workspace, 1, SILENT),
    ):
        with pytest.raises(Seen) as found:
            step()
        yield found.value


@pytest.mark.usefixtures("begun")
def test_every_long_step_works_on_the_cluster_that_was_named(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, named = linked(demo_shop, tmp_path / "shop"), list[str | None]()
    connected = connecting.workers_at

    @contextmanager
    def workers_at(address: str | None, progress: Any) -> Iterator[Workers]:
        named.append(address)
        if address:
            yield Elsewhere()
        else:
            with connected(address, progress) as workers:
                yield workers

    monkeypatch.setattr(connecting, "workers_at", workers_at)
    monkeypatch.chdir(tmp_path)
    settings = ServiceSettings(data=Path("shop"), images=demo_shop / "images")
    for seen in each_step(Workspace(settings, ray="auto")):
        assert isinstance(seen.workers, Elsewhere)
        assert seen.folder == shop  # other machines are in other folders
    for seen in each_step(Workspace(settings)):
        assert seen.workers is LOCAL
        assert seen.folder == Path("shop")
    assert named == ["auto"] * 3 + [None] * 3


def test_a_cluster_that_cannot_be_reached_is_told(demo_shop: Path, tmp_path: Path) -> None:
    shop = linked(demo_shop, tmp_path / "shop")
    workspace = Workspace(ServiceSettings(data=shop), ray="ray://127.0.0.1:1")
    with pytest.raises(NoCluster, match="nothing answers there"):
        steps.train(workspace, 1, SILENT)
