"""Going back, twice and by two people at once, by the public commands and over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from helpers import run_here, run_script
from in_process import asking
from offline import another_result, fewer_candidates

from stylo.deployment.release_files import ReleaseFiles
from stylo.recommender import SavedModel
from stylo.service.settings import ServiceSettings

MODELS = "/v1/admin/models"


def without_a_ranker(saved: SavedModel) -> SavedModel:
    return replace(saved, model=replace(saved.model, ranker=None))


def command(shop: Path, *words: str, status: int = 0) -> CompletedProcess[str]:
    done = run_here("serve.py", "models", *words, "--data", shop)
    assert done.returncode == status, done.stderr
    return done


def live(done: CompletedProcess[str]) -> str:
    return done.stdout.strip().removeprefix("Live: ")


@pytest.fixture
def published(shop: Path) -> list[str]:
    """Three versions, each of which was live after the one before."""
    versions = [live(command(shop, "publish"))]
    changes: list[Callable[[SavedModel], SavedModel]] = [without_a_ranker, fewer_candidates]
    for change in changes:
        another_result(shop, change)
        versions.append(live(command(shop, "publish")))
    assert len(set(versions)) == 3
    return versions


def test_back_and_back_again_never_leads_to_what_somebody_went_back_from(
    shop: Path, published: list[str]
) -> None:
    first, second, third = published
    assert live(command(shop, "rollback", "--reason", "fewer clicks")) == second
    assert live(command(shop, "rollback", "--reason", "still fewer")) == first
    told = command(shop, "rollback", status=2).stderr
    assert "No earlier version is left to roll back to" in told and "models activate VERSION" in told
    assert live(command(shop, "activate", third, "--reason", "it was the weather")) == third
    assert live(command(shop, "rollback")) == first  # not the second, which nobody has wanted back


def test_to_activate_an_older_version_is_to_go_back(shop: Path, published: list[str]) -> None:
    first, _, third = published
    assert live(command(shop, "activate", first, "--reason", "the last good one")) == first
    assert "No earlier version is left" in command(shop, "rollback", status=2).stderr
    listed = command(shop, "list").stdout
    assert f"Live: {first}" in listed and "Held: command line decided so (activate)" in listed
    assert third in listed


def test_of_two_people_at_once_the_second_is_told_over_http(
    shop: Path, published: list[str], demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = published
    real, between = ReleaseFiles.check, list[str]()

    def check(files: ReleaseFiles) -> None:
        """While the bytes of a version are compared, somebody else types a command."""
        real(files)
        if not between:
            between.append(files.card.version)
            done = run_script("serve.py", "models", "rollback", "--reason", "bob was faster", "--data", shop)
            assert done.returncode == 0, done.stderr

    with asking(ServiceSettings(data=shop, images=demo_shop / "images")) as client:
        monkeypatch.setattr(ReleaseFiles, "check", check)
        refused = client.post(f"{MODELS}/rollback", json={"reason": "fewer clicks"})
        assert refused.status_code == 409
        detail = refused.json()["detail"]
        assert f"meanwhile version {second} was made live (rollback)" in detail
        assert "bob was faster" in detail
        assert client.get(MODELS).json()["live"] == second
        again = client.post(f"{MODELS}/rollback", json={"reason": "still fewer"})
        assert (again.status_code, again.json()["version"]) == (201, first)


def test_who_holds_the_live_version_is_told_over_http_until_it_is_let_go(shop: Path, demo_shop: Path) -> None:
    with asking(ServiceSettings(data=shop, images=demo_shop / "images")) as client:

        def models() -> dict[str, Any]:
            found: dict[str, Any] = client.get(MODELS).json()
            return found

        before = models()
        assert before["held"] is None
        held = client.post(f"{MODELS}/hold", json={"reason": "christmas"})
        assert (held.status_code, held.json()["version"]) == (201, before["live"])
        assert "(hold)" in models()["held"] and "christmas" in models()["held"]
        assert client.post(f"{MODELS}/unhold", json={}).status_code == 201
        assert (models()["held"], models()["live"]) == (None, before["live"])
