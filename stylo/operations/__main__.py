"""python -m stylo.operations: versions, retraining, experiments, drift, monitoring, lineage."""

from stylo.script import with_libraries

with with_libraries("operations"):
    from stylo.operations.commands import app

if __name__ == "__main__":
    app()
