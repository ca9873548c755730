"""python -m benchmarks: all of them, one after the other."""

from __future__ import annotations

from benchmarks import metrics, twins

if __name__ == "__main__":
    for benchmark in (metrics, twins):
        benchmark.main()
