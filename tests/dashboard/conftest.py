"""What the tests of pages share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def pages_are_run(libraries_at_rest: None) -> None:
    """Every test here runs pages."""
