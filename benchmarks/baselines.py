"""`individual_baseline.py` against eager Polars and Python lists, each in a process of its own.

python -m benchmarks.baselines --scale 0.1       # a shop made for it
python -m benchmarks.baselines --data data       # a folder after split_data.py

Ours gives recall, NDCG and 95 % intervals as well, checks the artefacts, and starts the command line.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.processes import measure, table
from stylo.tables.folder import DataFolder
from stylo.tables.split import read_cut


def main(
    data: Annotated[Path | None, typer.Option(help="A data folder after split_data.py.")] = None,
    scale: Annotated[float, typer.Option(help="Without --data: the size of the shop against H&M's.")] = 0.01,
    runs: Annotated[int, typer.Option(help="How many runs each; the table shows medians.")] = 5,
) -> None:
    """Prints the comparison, and whether both found the same MAP@12."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = data or _make_shop(Path(temporary), scale)
        cutoff, _ = read_cut(DataFolder(folder))
        usages = measure(
            {
                "individual_baseline.py": [sys.executable, "individual_baseline.py", "--data", str(folder)],
                "eager Polars + Python lists": [
                    sys.executable, "-m", "benchmarks.notebook", str(folder), cutoff.isoformat(),
                ],
            },
            runs,
        )  # fmt: skip
        report = json.loads((folder / "reports" / "individual_baseline.json").read_text())
        print(f"Baselines, {report['customers']:,} buyers in the week of {cutoff}, medians of {runs} runs:\n")
        print(table(usages))
        theirs = json.loads(usages["eager Polars + Python lists"][-1].output)
        ours = {name: model["map@12"] for name, model in report["models"].items()}
        same = all(math.isclose(ours[name], theirs[name], rel_tol=1e-9) for name in ours)
        figures = ", ".join(f"{name} {value:.9f}" for name, value in ours.items())
        print(f"\nMAP@12 {'the same' if same else f'DIFFERENT, theirs {theirs}'}: {figures}")


def _make_shop(folder: Path, scale: float) -> Path:
    for command in (
        ("-m", "stylo_demo", "--out", folder, "--scale", scale),
        ("data_optim.py", "--data", folder),
        ("split_data.py", "--data", folder),
    ):
        subprocess.run([sys.executable, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return folder


if __name__ == "__main__":
    typer.run(main)
