"""The generated shop that the benchmarks of tables work on, and its tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def make_shop(folder: Path, scale: float) -> Path:
    """Kaggle's three CSVs at `scale` times H&M's size, without photos."""
    return _done(folder, "-m", "stylo_demo", "--out", str(folder), "--scale", str(scale))


def make_tables(shop: Path, folder: Path) -> Path:
    """The tables that data_optim.py makes of a shop."""
    return _done(folder, "data_optim.py", "--raw", str(shop), "--data", str(folder))


def _done(folder: Path, *command: str) -> Path:
    subprocess.run(
        [sys.executable, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return folder
