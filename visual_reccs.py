"""Step 4: which articles look alike.

    python visual_reccs.py            # the 12 nearest of each article
    python visual_reccs.py --k 24
    python visual_reccs.py --variants exclude      # never the same product in another colour

Reads visual_features.npy with its .json, and articles.parquet; writes visual_reccs.parquet, visual_map.parquet, the
catalogue in two dimensions, and visual_index.npy, which answers live queries.
Next: individual_baseline.py.
"""

from enum import StrEnum
from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, run
from stylo.tables.folder import DataFolder
from stylo.visual.twins import make_twins


class Variants(StrEnum):
    """Whether other variants of the same product count as twins."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


VariantsOption = Annotated[
    Variants, typer.Option("--variants", help="Whether other variants of the same product count as twins.")
]
KOption = Annotated[int, typer.Option("--k", help="How many twins of each article.")]


def main(
    data: DataOption = DEFAULT_DATA, k: KOption = 12, variants: VariantsOption = Variants.INCLUDE
) -> Report:
    """Find the visual twins of every article by cosine similarity, exactly."""
    made = make_twins(DataFolder(data), k, variants=variants is Variants.INCLUDE, progress=Terminal())
    counts = {"articles": made.articles, "twins": made.twins, "vectors of unknown articles": made.left_out}
    return Report(
        script="visual_reccs",
        folder=data,
        columns=["what", "how many"],
        rows=[[what, f"{count:,}"] for what, count in counts.items()],
        facts={
            **{what.replace(" ", "_"): count for what, count in counts.items()},
            "k": k,
            "variants": variants.value,
        },
        lines=["The vectors come from an untrained network."] if made.embeddings.untrained else [],
    )


if __name__ == "__main__":
    run(main)
