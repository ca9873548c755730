"""A copy of the demo shop whose photos are to be encoded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from serving import linked


@pytest.fixture
def shop(demo_shop: Path, tmp_path: Path) -> Path:
    shop = linked(demo_shop, tmp_path / "shop")
    shutil.rmtree(shop / "thumbnails")
    return shop
