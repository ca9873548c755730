"""A shop with photos."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import random_rows, write_shop
from studio import Studio

from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Ten articles; 1 to 7 have a photo, each of another red."""
    folder = DataFolder(write_shop(tmp_path / "shop", random_rows(1, 20), articles=10))
    convert(folder.root, folder)
    studio = Studio(folder)
    for article in range(1, 8):
        studio.photograph(article, 30 * article)
    return studio
