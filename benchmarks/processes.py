"""What a command costs, run in a process of its own: wall time, CPU time, peak memory.

    usages = measure({"ours": [sys.executable, "split_data.py"], "eager Polars": [sys.executable, "-c", "…"]})
    print(table(usages))

Rivals take turns, so that a noisy spell of the machine hits them all alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Starts the command and waits for it. Linux counts the memory of the process that starts another towards the
#: other's peak, so that a small one has to start it: this one holds some 10 MiB.
_LAUNCHER = """
import json, os, sys, time
usage, out, err, *command = sys.argv[1:]
actions = [
    (os.POSIX_SPAWN_OPEN, number, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, path in ((1, out), (2, err))
]
started = time.perf_counter()
process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
_, status, used = os.wait4(process, 0)
wall = time.perf_counter() - started
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
with open(usage, "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, peak], file)
"""


@dataclass(frozen=True)
class Usage:
    """What one run cost, in seconds and bytes, and what it wrote to standard output."""

    wall: float
    cpu: float
    peak_bytes: int
    output: str = ""


def measure(
    commands: Mapping[str, Sequence[str]], runs: int = 3, before: Callable[[], object] = lambda: None
) -> dict[str, list[Usage]]:
    """Runs each command `runs` times in a fresh process, in turn: name → one Usage a run.

    `before` is called before each run and not measured (to clear a folder, to warm the page cache). Raises
    CalledProcessError with what the command wrote, if it fails. POSIX only.
    """
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            before()
            usages[name].append(run(command))
    return usages


def run(command: Sequence[str]) -> Usage:
    """Runs a command once. Raises CalledProcessError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        usage, out, err = (Path(folder, name) for name in ("usage", "out", "err"))
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
        subprocess.run([*launcher, str(usage), str(out), str(err), *command], check=True)
        code, wall, cpu, peak = json.loads(usage.read_text())
        if code:
            raise subprocess.CalledProcessError(code, command, out.read_text(), err.read_text())
        return Usage(wall, cpu, peak, out.read_text())


def median(usages: Sequence[Usage]) -> Usage:
    """The medians of several runs, each figure for itself; the output of the last."""
    wall, cpu, peak = (
        statistics.median(getattr(usage, figure) for usage in usages)
        for figure in ("wall", "cpu", "peak_bytes")
    )
    return Usage(wall, cpu, round(peak), usages[-1].output)


def table(usages: Mapping[str, Sequence[Usage]]) -> str:
    """A Markdown table of the medians; the first is ours, and the ratios are ours to the rival's."""
    medians = {name: median(runs) for name, runs in usages.items()}
    ours = next(iter(medians.values()))
    lines = [
        "| | wall s | CPU s | peak MiB | ours ÷ it: wall | CPU | peak |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, theirs in medians.items():
        ratios = (ours.wall / theirs.wall, ours.cpu / theirs.cpu, ours.peak_bytes / theirs.peak_bytes)
        shares = " | ".join(f"{ratio:.2f}" for ratio in ratios) if theirs is not ours else "| |"
        lines.append(
            f"| {name} | {theirs.wall:.2f} | {theirs.cpu:.2f} | {theirs.peak_bytes / 2**20:,.0f} | {shares} |"
        )
    return "\n".join(lines)
