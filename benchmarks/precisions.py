"""python -m benchmarks.precisions --photos FOLDER --articles articles.csv: float32, bfloat16 and int8 side by side.

What the network alone costs a photo, and how near its vectors come to those of float32, on photos that calibration
has not seen. Needs NNCF: pip install -e '.[int8]' -c constraints.txt
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from pathlib import Path
from typing import Annotated
from unittest import mock

import numpy as np
import polars as pl
import typer

from stylo.system.processor import has_int8_dot_products
from stylo.visual import runtime
from stylo.visual.encoder import SIZE, Encoder, load_encoder
from stylo.visual.kept_network import as_kept
from stylo.visual.photos import open_image, open_photos
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.quantised import Agreement, agreement, quantised, sample

_LABELS = ["product_type_name", "colour_group_name"]


def main(
    photos: Annotated[Path, typer.Option(help="A folder of photos, or a zip.")],
    articles: Annotated[Path, typer.Option(help="The catalogue's CSV.")],
    model: Annotated[str, typer.Option(help="resnet50 or efficientnet-lite0.")] = "efficientnet-lite0",
    weights: Annotated[
        str, typer.Option(help="imagenet, or random: then only the speed tells something.")
    ] = "imagenet",
    rounds: Annotated[int, typer.Option(help="How often each encodes 64 photos, in turns.")] = 5,
    integers: Annotated[
        bool,
        typer.Option(help="Also with integers where the processor lacks their dot products: wrong sums."),
    ] = False,
) -> None:
    """Prints both tables."""
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, dot products of bytes: {has_int8_dot_products()}\n",
        flush=True,
    )
    source = open_photos(photos)
    wide = load_encoder(weights, "f32", "openvino", model=model)
    catalogue = pl.read_csv(articles, columns=["article_id", *_LABELS])
    labels = {name: dict(catalogue.select("article_id", name).iter_rows()) for name in _LABELS}

    def of(wanted: list[int]) -> tuple[list[str], list[str]]:
        types, colours = [[str(labels[name][article]) for article in wanted] for name in _LABELS]
        return types, colours

    started = time.process_time()
    narrow = quantised(wide, source, source.articles, of)
    print(f"Quantised and compared: {time.process_time() - started:.0f} s of CPU.", narrow.quantised, "\n")
    encoders = {"f32": wide, "int8" if has_int8_dot_products() else "int8, its steps in f32": narrow}
    if runtime.has_bf16():
        encoders["bf16"] = load_encoder(weights, "bf16", "openvino", model=model)
    seen = set(sample(source.articles)[0])
    others = [article for article in source.articles if article not in seen]
    pixels = np.stack(
        [PreparedPhoto.of_picture(open_image(source.read(article), SIZE), SIZE).pixels for article in others]
    )
    vectors = {name: encoder.encode(pixels) for name, encoder in encoders.items()}
    if integers and not has_int8_dot_products():
        with mock.patch.object(runtime, "has_int8_dot_products", lambda: True):
            wrong = _again(narrow)
            wrong.encode(pixels[:1])
        encoders["int8, integers without dot products"] = wrong
        vectors["int8, integers without dot products"] = wrong.encode(pixels)
    _costs(encoders, pixels[:64], rounds)
    types, colours = of(others)
    print(
        "| | cosine, mean | lowest | of the 12 nearest stay | same type | same colour |\n|---|--:|--:|--:|--:|--:|"
    )
    for name, found in vectors.items():
        _row(name, agreement(vectors["f32"], found, types, colours))


def _again(encoder: Encoder) -> Encoder:
    """The same network, to be compiled again."""
    assert encoder.network is not None
    again = runtime.OnOpenVino(as_kept(encoder.network()), encoder.precision)
    return Encoder(**{**vars(encoder), "_run": again})


def _costs(encoders: dict[str, Encoder], pixels: runtime.Pixels, rounds: int) -> None:
    """CPU time a photo, since others may load the machine; medians of what is measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(rounds):
        for name, encoder in encoders.items():
            started = time.process_time()
            encoder.encode(pixels)
            times[name].append((time.process_time() - started) / len(pixels))
    ratios = {
        name: statistics.median(mine / wide for mine, wide in zip(found, times["f32"], strict=True))
        for name, found in times.items()
    }
    print("| the network alone | CPU ms a photo | f32 ÷ it |\n|---|--:|--:|")
    for name, found in times.items():
        print(f"| {name} | {1000 * statistics.median(found):.1f} | {1 / ratios[name]:.2f} |")
    print(flush=True)


def _row(name: str, found: Agreement) -> None:
    print(
        f"| {name} | {found.mean_cosine:.4f} | {found.lowest_cosine:.4f} | {found.neighbours_kept:.1%} "
        f"| {found.same_type_int8:.4f} | {found.same_colour_int8:.4f} |"
    )


if __name__ == "__main__":
    typer.run(main)
