"""python -m benchmarks: all of them, one after the other, at a small scale."""

from __future__ import annotations

from benchmarks import baselines, layouts, metrics, tables, visual

if __name__ == "__main__":
    for benchmark in (tables, layouts, baselines, metrics, visual):
        print(f"\n# {benchmark.__name__}\n", flush=True)
        benchmark.main()
