"""Step 3: photos become vectors.

    python visual_features.py                              # images/0XX/*.jpg, ImageNet weights
    python visual_features.py --images ~/h-and-m.zip       # straight from Kaggle's zip
    python visual_features.py --weights random             # no network, no weights: untrained

Reads articles.parquet and the photos; writes visual_features.npy (ResNet50, 2,048 values an article) and
visual_features.json. Next: visual_reccs.py.
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
PrecisionOption = Annotated[str, typer.Option("--precision", help="auto, bf16 or f32.")]
LimitOption = Annotated[
    int | None, typer.Option("--limit", help="Only the first N photos.", show_default="all")
]


def main(
    data: DataOption = DEFAULT_DATA,
    images: ImagesOption = DEFAULT_IMAGES,
    weights: WeightsOption = "imagenet",
    precision: PrecisionOption = "auto",
    limit: LimitOption = None,
) -> Report:
    """Turn every photo of the catalogue into a ResNet50 vector."""
    terminal = Terminal()
    done = extract(
        DataFolder(data), images, lambda: load_encoder(weights, precision, terminal), limit, terminal
    )
    encoder = done.encoder
    counts = {
        "photos encoded": done.encoded,
        "articles without a photo": len(done.absent),
        "photos that cannot be read": len(done.corrupt),
        "photos of unknown articles": len(done.unknown),
        "photos left out by --limit": done.left_out,
    }
    return Report(
        script="visual_features",
        folder=data,
        columns=["what", "how many"],
        rows=[[what, f"{count:,}"] for what, count in counts.items()],
        facts={
            **{what.replace(" ", "_"): count for what, count in counts.items()},
            "weights": encoder.weights,
            "trained": encoder.trained,
            "precision": encoder.precision,
            "absent": done.absent,
            "corrupt": done.corrupt,
            "unknown": done.unknown,
        },
        lines=[]
        if encoder.trained
        else ["The network is untrained (random weights): good for colour and texture."],
    )


if __name__ == "__main__":
    run(main)
