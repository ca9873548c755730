"""What a benchmark says of a process: its own cost and nobody else's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.processes import Usage, measure, median, run, table

_HELD = "import sys; held = bytearray({} << 20); print(len(held))"


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def test_the_peak_is_that_of_the_child_alone() -> None:
    held = np.ones(100 << 17)  # 100 MiB in this process
    small, large = (run(python(_HELD.format(size))) for size in (1, 200))
    assert small.peak_bytes < held.nbytes
    assert 200 << 20 < large.peak_bytes < 260 << 20
    assert large.output == f"{200 << 20}\n"


def test_a_busy_child_costs_cpu_time_and_a_sleeping_one_does_not() -> None:
    busy = run(python("import time\nwhile time.process_time() < 0.2: pass"))
    idle = run(python("import time; time.sleep(0.2)"))
    assert idle.cpu < 0.2 <= min(busy.cpu, busy.wall, idle.wall)


def test_rivals_take_turns_and_each_run_is_prepared() -> None:
    calls: list[str] = []
    usages = measure(
        {"ours": python("print('a')"), "theirs": python("print('b')")}, 2, lambda: calls.append("")
    )
    assert {name: [usage.output for usage in runs] for name, runs in usages.items()} == {
        "ours": ["a\n"] * 2,
        "theirs": ["b\n"] * 2,
    }
    assert len(calls) == 4


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        run(python("import sys; sys.exit('no such table')"))
    assert raised.value.stderr == "no such table\n"


def test_the_table_shows_medians_and_ours_as_a_share_of_the_rival() -> None:
    ours = [Usage(wall, 2.0, 64 << 20) for wall in (9.0, 1.0, 1.5)]
    rows = table({"ours": ours, "rival": [Usage(3.0, 8.0, 640 << 20)]}).splitlines()
    assert median(ours).wall == 1.5
    assert rows[2:] == [
        "| ours | 1.50 | 2.00 | 64 | | | |",
        "| rival | 3.00 | 8.00 | 640 | 0.50 | 0.25 | 0.10 |",
    ]
