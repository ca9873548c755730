"""Photos as customers take them: each way to disturb one changes it, the same way every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.photo_search import WAYS, as_it_is, main
from stylo.visual.disturbances import Disturb

pytestmark = pytest.mark.slow

PHOTO = Image.fromarray(
    np.pad(
        np.random.default_rng(0).integers(0, 200, (120, 60, 3), dtype=np.uint8),
        ((30, 30), (30, 30), (0, 0)),
        constant_values=235,
    )
)


@pytest.mark.parametrize("way", WAYS[1:], ids=lambda way: way.__name__)
def test_a_photo_is_disturbed_in_the_same_way_every_time(way: Disturb) -> None:
    first, second = (way(PHOTO, np.random.default_rng(1)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.mode == "RGB"
    assert first.size != PHOTO.size or first.tobytes() != PHOTO.tobytes()


def test_an_undisturbed_photo_finds_its_article(demo_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(demo_shop, demo_shop / "images", photos=5)
    rows = {
        line.split("|")[1].strip(): line.split("|")[2:5]
        for line in capsys.readouterr().out.splitlines()
        if "|" in line
    }
    assert [float(cell) for cell in rows[as_it_is.__name__.replace("_", " ")]] == [1, 1, 1]
    assert len(rows) == 2 + len(WAYS) + 1  # on another photo
