"""Keras' ResNet50 without its last layer: a photo becomes 2,048 numbers."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stylo.errors import BadOption, MissingFile, MissingWeights
from stylo.progress import SILENT, Progress

SIZE = 224
DIMENSIONS = 2048
PREPROCESSING = f"RGB squeezed to {SIZE} × {SIZE}, bilinear; BGR less the ImageNet means (ResNet50's own)"
PRECISIONS = {"auto": "float32", "f32": "float32", "bf16": "mixed_bfloat16"}
IMAGENET, RANDOM, AUTO = "imagenet", "random", "auto"
_SEED = 0
_CURE = (
    "Use --weights FILE with Keras' resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 fetched elsewhere, "
    "or --weights random: untrained, still useful for colour and texture."
)


@dataclass(frozen=True)
class Encoder:
    """A network with weights. `trained` is False where the weights are random."""

    weights: str
    weights_sha256: str
    trained: bool
    precision: str
    _network: Any

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Vectors of a batch: uint8 (n, 224, 224, 3) in RGB → float32 (n, 2048)."""
        keras = _keras()
        prepared = keras.applications.resnet50.preprocess_input(pixels.astype(np.float32))
        return np.asarray(self._network.predict_on_batch(prepared), dtype=np.float32)


def load_encoder(weights: str = IMAGENET, precision: str = "auto", progress: Progress = SILENT) -> Encoder:
    """ResNet50 with average pooling.

    Parameters
    ----------
    weights : `imagenet` (Keras fetches and caches them), a weights FILE, `random` (untrained, seeded), or
        `auto`: ImageNet's if they can be had, else random, with a note.
    precision : `f32`, `bf16` (slow where the processor has no bfloat16), or `auto`, which is f32.

    Raises MissingWeights if they cannot be fetched or do not fit, MissingFile, BadOption.
    """
    if precision not in PRECISIONS:
        raise BadOption(f"--precision {precision} is none of {', '.join(PRECISIONS)}.")
    if weights == AUTO:
        try:
            return load_encoder(IMAGENET, precision)
        except MissingWeights as error:
            progress.note(
                f"NOTICE: {error.problem} Going on with random weights: the network is untrained, so that"
            )
            progress.note(
                "twins agree in colour and texture rather than in kind. It is said wherever they are shown."
            )
            return load_encoder(RANDOM, precision)
    if weights not in (IMAGENET, RANDOM) and not Path(weights).is_file():
        raise MissingFile(
            f"--weights {weights}: there is no such file.",
            cure="Name a weights file, imagenet, random or auto.",
        )
    keras = _keras()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[precision])
    try:
        network = _build(keras, weights)
    finally:
        keras.config.set_dtype_policy(before)
    digest = hashlib.sha256()
    for array in network.get_weights():
        digest.update(array.tobytes())
    used = "bf16" if PRECISIONS[precision] == "mixed_bfloat16" else "f32"
    name = Path(weights).name if weights not in (IMAGENET, RANDOM) else weights
    return Encoder(name, digest.hexdigest(), weights != RANDOM, used, network)


def _build(keras: Any, weights: str) -> Any:
    if weights == RANDOM:
        keras.utils.set_random_seed(_SEED)
        return _resnet50(keras, None)
    if weights == IMAGENET:
        try:
            return _resnet50(keras, IMAGENET)
        except Exception as error:  # Keras raises a bare Exception when a download fails
            reason = str(error).rsplit("-- ", 1)[-1]
            raise MissingWeights(
                "The ImageNet weights of ResNet50 are not cached here and cannot be fetched.",
                where=f"Keras says: {reason}",
                cure=_CURE,
            ) from error
    path = Path(weights)
    for top in (False, True):  # Keras publishes files with and without the classifier
        with contextlib.suppress(ValueError, OSError, KeyError, zipfile.BadZipFile):
            return _resnet50(keras, str(path), top)
    raise MissingWeights(
        f"{path} does not hold the weights of Keras' ResNet50.",
        where="Tried as a network with and without its classifier (1,000 classes).",
        cure=_CURE,
    )


def _resnet50(keras: Any, weights: str | None, top: bool = False) -> Any:
    # Keras tells of a download on standard output, which belongs to the results.
    with contextlib.redirect_stdout(sys.stderr):
        if not top:
            return keras.applications.ResNet50(
                include_top=False, pooling="avg", weights=weights, input_shape=(SIZE, SIZE, 3)
            )
        whole = keras.applications.ResNet50(include_top=True, weights=weights)
    return keras.Model(whole.input, whole.get_layer("avg_pool").output)


def _keras() -> Any:
    # Imported when needed: TensorFlow takes seconds to load. Its start-up chatter is no news to anyone.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    return keras
