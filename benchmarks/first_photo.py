"""python -m benchmarks.first_photo --data demo: what the first photo that comes to a process costs it.

The network that is kept beside the vectors, against the same network built with Keras and converted; each in a process
of its own, in turns. The vectors of both must have the same bits.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import subprocess  # our own program  # nosec B404
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.encoder import SIZE, encoder_of, open_encoder

_WAYS = {"kept": "the kept network", "built": "Keras, converted"}


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after visual_features.py.")],
    runs: Annotated[int, typer.Option("--runs", help="How many runs each; the table shows medians.")] = 3,
    way: Annotated[str, typer.Option("--way", hidden=True)] = "",
) -> None:
    """Prints seconds until the first vector, and how much memory the process has taken for it (Linux)."""
    if way:
        print(json.dumps(_first(DataFolder(data), way)))
        return
    found: dict[str, list[dict[str, float | str]]] = {name: [] for name in _WAYS}
    command = [sys.executable, "-m", "benchmarks.first_photo", "--data", str(data), "--way"]
    for _ in range(runs):
        for name, done in found.items():
            ran = subprocess.run([*command, name], check=True, stdout=subprocess.PIPE, text=True)  # nosec B603
            done.append(json.loads(ran.stdout))
    print("| | wall s | CPU s | RSS + MiB | not of files + MiB |\n|---|--:|--:|--:|--:|")
    for name, done in found.items():
        figures = [
            statistics.median(float(each[key]) for each in done) for key in ("wall", "cpu", "rss", "anon")
        ]
        print(
            f"| {_WAYS[name]} | {figures[0]:.2f} | {figures[1]:.2f} | {figures[2]:.0f} | {figures[3]:.0f} |"
        )
    digests = {each["vector"] for done in found.values() for each in done}
    print(f"\nthe same bits: {'yes' if len(digests) == 1 else 'NO'}")


def _first(folder: DataFolder, way: str) -> dict[str, float | str]:
    plain = open_embeddings(folder)
    rss, anon = _memory()
    wall, cpu = time.perf_counter(), time.process_time()
    encoder = open_encoder(folder, plain) if way == "kept" else encoder_of(plain.facts)
    vector = encoder.encode(np.full((1, SIZE, SIZE, 3), 100, np.uint8))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    now = _memory()
    digest = hashlib.sha256(vector.tobytes()).hexdigest()
    return {"wall": wall, "cpu": cpu, "rss": now[0] - rss, "anon": now[1] - anon, "vector": digest}


def _memory() -> tuple[float, float]:
    """Resident MiB, and those that are no pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kib = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return int(kib["VmRSS"]) / 1024, int(kib["RssAnon"]) / 1024


if __name__ == "__main__":
    typer.run(main)
