"""`visual_reccs.py` and `stylo twins`: which articles look alike."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stylo.parallel.connecting import workers_at
from stylo.script import DEFAULT_DATA, DataOption, RayOption, Report, Terminal
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import LIST_LENGTH
from stylo.visual.look import Choice
from stylo.visual.twins import make_twins


class VariantsChoice(StrEnum):
    """Whether other variants of the same product count as twins."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


VariantsOption = Annotated[
    VariantsChoice,
    typer.Option("--variants", help="Whether other variants of the same product count as twins."),
]
VectorsOption = Annotated[
    Choice,
    typer.Option(
        "--vectors",
        help="plain, learned from the catalogue's labels, or auto: learned where that finds more similar articles.",
    ),
]
KOption = Annotated[int, typer.Option("--k", help="How many twins per article.")]


def main(
    data: DataOption = DEFAULT_DATA,
    k: KOption = LIST_LENGTH,
    variants: VariantsOption = VariantsChoice.INCLUDE,
    vectors: VectorsOption = Choice.AUTO,
    ray: RayOption = None,
) -> Report:
    """Find the visual twins of every article by cosine similarity, exactly."""
    folder, progress = DataFolder(data).for_cluster(ray), Terminal()
    with_variants = variants is VariantsChoice.INCLUDE
    with workers_at(ray, progress) as workers:
        made = make_twins(
            folder, k, variants=with_variants, vectors=vectors, progress=progress, workers=workers
        )
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
            **made.look.facts,
            **made.photos.facts,
        },
        lines=made.look.lines + made.photos.lines,
    )
