"""`visual_features.py` and `stylo encode`: photos become vectors."""

from __future__ import annotations

from typing import Annotated

import typer

from stylo.parallel.connecting import workers_at
from stylo.script import (
    DEFAULT_DATA,
    DEFAULT_IMAGES,
    DataOption,
    ImagesOption,
    RayOption,
    Report,
    Terminal,
    word_or_path_option,
)
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import WEIGHTS, load_encoder
from stylo.visual.extract import extract
from stylo.visual.quantised import in_int8, where_it_pays
from stylo.visual.runtime import AUTO, INT8

_MODEL = "resnet50, efficientnet-lite0, or auto: ResNet50, or EfficientNet-Lite0 if its weights cannot be downloaded."
ModelOption = Annotated[str, typer.Option("--model", help=_MODEL)]
_WEIGHTS = "auto or imagenet (trained), random (untrained), or a weights FILE."
WeightsOption = Annotated[str, word_or_path_option("--weights", words=WEIGHTS, help=_WEIGHTS)]
PrecisionOption = Annotated[
    str, typer.Option("--precision", help="auto (what the processor is fast at), bf16, int8 or f32.")
]
_QUANTISE = {AUTO: where_it_pays, INT8: in_int8}
RuntimeOption = Annotated[
    str, typer.Option("--runtime", help="auto (TensorFlow on a graphics card), openvino or tensorflow.")
]
VerifyOption = Annotated[
    bool, typer.Option("--verify", help="Compare the content of every photo, not only size and time.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", help="Only the first N photos.", show_default="all")
]


def main(
    data: DataOption = DEFAULT_DATA,
    images: ImagesOption = DEFAULT_IMAGES,
    model: ModelOption = "auto",
    weights: WeightsOption = "auto",
    precision: PrecisionOption = "auto",
    runtime: RuntimeOption = "auto",
    verify: VerifyOption = False,
    limit: LimitOption = None,
    ray: RayOption = None,
) -> Report:
    """Turn every photo of the catalogue into a vector."""
    terminal = Terminal()
    with workers_at(ray, terminal) as workers:
        done = extract(
            DataFolder(data).for_cluster(ray),
            images,
            lambda: load_encoder(weights, precision, runtime, terminal, model),
            limit,
            terminal,
            verify,
            _QUANTISE.get(precision),
            workers,
        )
    return Report(
        script="visual_features",
        folder=data,
        columns=["what", "how many"],
        rows=[[what, f"{count:,}"] for what, count in done.counts.items()],
        facts=done.facts,
        lines=done.lines,
    )
