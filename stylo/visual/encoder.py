"""Keras' ResNet50 without its last layer: a photo becomes 2,048 numbers."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylo.errors import MissingFile, MissingWeights
from stylo.progress import SILENT, Progress
from stylo.visual import runtime as runtimes
from stylo.visual.photos import SCALED
from stylo.visual.runtime import Pixels, Run, Vectors

SIZE = 224
DIMENSIONS = 2048
MODEL = "ResNet50, average pooling"
PREPROCESSING = (
    f"{SCALED}; RGB squeezed to {SIZE} × {SIZE}, bilinear; BGR less the ImageNet means (ResNet50's own)"
)
IMAGENET, RANDOM, AUTO = "imagenet", "random", "auto"
_SEED = 0
_CURE = (
    "Use --weights FILE with Keras' resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 fetched elsewhere, "
    "or --weights random: untrained, still useful for colour and texture."
)


@dataclass(frozen=True)
class Encoder:
    """A network with weights.

    Parameters
    ----------
    weights : `imagenet`, `random`, or the name of the file.
    weights_sha256 : digest of their values.
    trained : False where the weights are random.
    precision : `f32` or `bf16`.
    runtime : what runs it, with its version.
    """

    weights: str
    weights_sha256: str
    trained: bool
    precision: str
    runtime: str
    _run: Run

    def encode(self, pixels: Pixels) -> Vectors:
        """Vectors of a batch: uint8 (n, 224, 224, 3) in RGB → float32 (n, 2048).

        A photo gets the same bits whatever batch it comes in.
        """
        return self._run(pixels)

    @property
    def facts(self) -> dict[str, object]:
        """What decides the bits of a vector, and what is told of it: equal facts, equal vectors."""
        return {
            "model": MODEL,
            "weights": self.weights,
            "weights_sha256": self.weights_sha256,
            "trained": self.trained,
            "preprocessing": PREPROCESSING,
            "precision": self.precision,
            "runtime": self.runtime,
        }


def load_encoder(
    weights: str = IMAGENET,
    precision: str = runtimes.AUTO,
    runtime: str = runtimes.AUTO,
    progress: Progress = SILENT,
) -> Encoder:
    """ResNet50 with average pooling. Reads the weights; the network is compiled when it is first used.

    Parameters
    ----------
    weights : `imagenet` (Keras fetches and caches them), a weights FILE, `random` (untrained, seeded), or
        `auto`: ImageNet's if they can be had, else random, with a note.
    precision : `f32`, `bf16`, or `auto`: bf16 where the processor has it (AMX, AVX512-BF16), else f32.
    runtime : `openvino`, `tensorflow`, or `auto`: TensorFlow where it sees a graphics card, else OpenVINO.

    Raises MissingWeights if they cannot be fetched or do not fit, MissingFile, BadOption.
    """
    if weights == AUTO:
        try:
            return load_encoder(IMAGENET, precision, runtime)
        except MissingWeights as error:
            progress.note(
                f"NOTICE: {error.problem} Going on with random weights: the network is untrained, so that"
            )
            progress.note(
                "twins agree in colour and texture rather than in kind. It is said wherever they are shown."
            )
            return load_encoder(RANDOM, precision, runtime)
    if weights not in (IMAGENET, RANDOM) and not Path(weights).is_file():
        raise MissingFile(
            f"--weights {weights}: there is no such file.",
            cure="Name a weights file, imagenet, random or auto.",
        )
    runtime = runtimes.choose_runtime(runtime)
    precision = runtimes.choose_precision(precision, runtime)
    network = _network(
        weights, "mixed_bfloat16" if (runtime, precision) == (runtimes.TENSORFLOW, "bf16") else "float32"
    )
    digest = hashlib.sha256()
    for array in network.get_weights():
        digest.update(array.tobytes())
    return Encoder(
        weights=Path(weights).name if weights not in (IMAGENET, RANDOM) else weights,
        weights_sha256=digest.hexdigest(),
        trained=weights != RANDOM,
        precision=precision,
        runtime=runtimes.version(runtime),
        _run=_run(network, runtime, precision),
    )


def encoder_of(facts: Mapping[str, object], progress: Progress = SILENT) -> Encoder:
    """The encoder that made vectors, by the facts of their JSON: what a photo from outside must be looked at with.

    Raises MissingWeights if it cannot be had: vectors from elsewhere, a weights file (only its name is kept),
    ImageNet's that cannot be fetched, or others of the same name.
    """
    weights = facts.get("weights")
    if facts.get("model") != MODEL or weights not in (IMAGENET, RANDOM):
        raise MissingWeights(
            f"The vectors come from {facts.get('model') or 'another network'} with weights {weights or 'unknown'}, "
            "which is not at hand.",
            cure="Make them with python visual_features.py and ImageNet's weights.",
        )
    encoder = load_encoder(str(weights), progress=progress)
    if encoder.weights_sha256 != facts.get("weights_sha256"):
        raise MissingWeights(
            f"The {weights} weights that made the vectors are others than those that are here.",
            cure="Make the vectors again: python visual_features.py",
        )
    return encoder


def _run(network: Any, runtime: str, precision: str) -> Run:
    if runtime == runtimes.TENSORFLOW:
        return runtimes.OnTensorFlow(network)
    return runtimes.OnOpenVino(network, precision)


def _network(weights: str, policy: str) -> Any:
    keras = runtimes.keras()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return _build(keras, weights)
    finally:
        keras.config.set_dtype_policy(before)


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
