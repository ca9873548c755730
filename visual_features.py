"""Step 3: photos become vectors.

    python visual_features.py                              # images/0XX/*.jpg, ImageNet weights
    python visual_features.py --images ~/h-and-m.zip       # straight from Kaggle's zip
    python visual_features.py --weights random             # no network, no weights: untrained

Reads articles.parquet and the photos; writes visual_features.npy (ResNet50, 2,048 values an article),
visual_features.json, visual_photos.parquet (state and colours of each photo) and thumbnails/. Run it again after an
interrupt, or when photos have come, gone or changed: only what is new is encoded. Next: visual_reccs.py.
"""

from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DEFAULT_IMAGES, DataOption, ImagesOption, Report, Terminal, run
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import load_encoder
from stylo.visual.extract import extract

WeightsOption = Annotated[
    str,
    typer.Option(
        "--weights", help="imagenet, random (untrained), auto (imagenet if it can be had), or a weights FILE."
    ),
]
PrecisionOption = Annotated[
    str, typer.Option("--precision", help="auto (bf16 where the processor has it), bf16 or f32.")
]
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
    weights: WeightsOption = "imagenet",
    precision: PrecisionOption = "auto",
    runtime: RuntimeOption = "auto",
    verify: VerifyOption = False,
    limit: LimitOption = None,
) -> Report:
    """Turn every photo of the catalogue into a ResNet50 vector."""
    terminal = Terminal()
    done = extract(
        DataFolder(data),
        images,
        lambda: load_encoder(weights, precision, runtime, terminal),
        limit,
        terminal,
        verify,
    )
    encoder, speed = done.encoder, done.photos_a_second
    counts = {
        "photos encoded": done.encoded,
        "photos reused": done.reused,
        "articles dropped": done.dropped,
        "articles without a photo": len(done.absent),
        "photos that cannot be read": len(done.corrupt),
        "photos of unknown articles": len(done.unknown),
        "photos left out by --limit": done.left_out,
    }
    lines = [f"{speed:,.1f} photos a second, {encoder.runtime}, {encoder.precision}."] if speed else []
    if done.unchanged:
        lines.append("Nothing has changed: the vectors stay as they are.")
    if not encoder.trained:
        lines.append("The network is untrained (random weights): good for colour and texture.")
    return Report(
        script="visual_features",
        folder=data,
        columns=["what", "how many"],
        rows=[[what, f"{count:,}"] for what, count in counts.items()],
        facts={
            **{what.replace(" ", "_"): count for what, count in counts.items()},
            **{key: encoder.facts[key] for key in ("weights", "trained", "precision", "runtime")},
            "photos_a_second": speed,
            "unchanged": done.unchanged,
            "absent": done.absent,
            "corrupt": done.corrupt,
            "unknown": done.unknown,
        },
        lines=lines,
    )


if __name__ == "__main__":
    run(main)
