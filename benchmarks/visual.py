"""python -m benchmarks.visual: photos to vectors, all twins, live queries and uploads, each against its rival.

Vectors are generated (see `vectors`), photos drawn at Kaggle's size; or yours, with --photos.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.processes import Usage, measure, run, table
from benchmarks.vectors import write_lookalikes
from benchmarks.visual_rivals import K

_RIVAL = [sys.executable, "-m", "benchmarks.visual_rivals"]


def main(
    articles: Annotated[
        int, typer.Option(help="How many vectors of 2,048 numbers; H&M has 105,542.")
    ] = 10_000,
    photos: Annotated[Path | None, typer.Option(help="A folder of photos instead of drawn ones.")] = None,
    count: Annotated[int, typer.Option(help="How many photos are drawn.")] = 96,
    runs: Annotated[int, typer.Option(help="How many runs each; the tables show medians.")] = 3,
) -> None:
    """Prints the tables, and whether ours and the rivals found the same."""
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n", flush=True)
    if not find_spec("faiss"):
        print("FAISS is not installed: pip install faiss-cpu\n")
        raise typer.Exit(2)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        _encode(photos or _drawn(work / "shop", count), runs)
        vectors = work / "vectors.npy"
        write_lookalikes(vectors, articles)
        _twins(vectors, work, runs)
        _live(vectors)
        _uploads(vectors, photos or work / "shop" / "images")


def _drawn(shop: Path, count: int) -> Path:
    options = ["--articles", str(count), "--customers", "50", "--days", "30", "--image-size", "1166x1750"]
    command = [sys.executable, "-m", "stylo_demo", "--out", str(shop), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return shop / "images"


def _encode(photos: Path, runs: int) -> None:
    usages = measure(
        {
            "here: scaled decode, colours, vectors": [*_RIVAL, "ours_encodes", str(photos)],
            "Keras, load_img and predict": [*_RIVAL, "keras_encodes", str(photos)],
        },
        runs,
    )
    print("Photos to vectors, the start left out\n\n| | photos a second | here ÷ it |\n|---|--:|--:|")
    speeds = {name: _median(used, "photos") / _median(used, "seconds") for name, used in usages.items()}
    ours = next(iter(speeds.values()))
    for name, speed in speeds.items():
        print(f"| {name} | {speed:.1f} | {ours / speed:.2f} |")
    print(flush=True)


def _twins(vectors: Path, work: Path, runs: int) -> None:
    found = {name: work / f"{name}.npy" for name in ("ours", "faiss")}
    usages = measure(
        {name: [*_RIVAL, f"{name}_finds_twins", str(vectors), str(out)] for name, out in found.items()}, runs
    )
    shape = np.load(vectors, mmap_mode="r").shape
    print(f"The {K} nearest of each of {shape[0]:,} × {shape[1]:,}\n")
    titles = {"ours": "here", "faiss": "FAISS flat"}
    print(table({titles[name]: used for name, used in usages.items()}))
    ours, theirs = (np.load(path) for path in found.values())
    same = [
        len(set(mine) & set(other)) / K for mine, other in zip(ours.tolist(), theirs.tolist(), strict=True)
    ]
    print(f"\nof ours, found by FAISS as well: {np.mean(same):.6f}\n", flush=True)


def _live(vectors: Path) -> None:
    figures = json.loads(run([*_RIVAL, "live_queries", str(vectors)]).output)
    print("One live query\n\n| | median ms | p95 ms | recall |\n|---|--:|--:|--:|")
    for name, figure in figures.items():
        recall = "" if figure["recall"] is None else f"{figure['recall']:.4f}"
        print(f"| {name} | {figure['median']:.2f} | {figure['p95']:.2f} | {recall} |")
    print(flush=True)


def _uploads(vectors: Path, photos: Path) -> None:
    figure = json.loads(run([*_RIVAL, "uploads", str(vectors), str(photos)]).output)
    print(
        f"An uploaded photo to its twins: median {figure['median']:.0f} ms, {figure['most']:.0f} ms at the most"
    )


def _median(usages: list[Usage], fact: str) -> float:
    told: list[dict[str, Any]] = [json.loads(usage.output) for usage in usages]
    return float(np.median([each[fact] for each in told]))


if __name__ == "__main__":
    typer.run(main)
