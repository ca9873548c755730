"""A photo becomes a vector: a network with weights, and what runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stylo.errors import MissingArtefact, MissingFile, MissingWeights, StyloError
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.user_paths import printable
from stylo.vectors.embeddings import Embeddings
from stylo.visual import runtime as runtimes
from stylo.visual.kept_network import open_network
from stylo.visual.networks import (
    EFFICIENTNET_LITE0,
    IMAGENET,
    NETWORKS,
    RANDOM,
    RESNET50,
    SIZE,
    Network,
    network_named,
)
from stylo.visual.runtime import Pixels, Run, Vectors

__all__ = [
    "AUTO",
    "IMAGENET",
    "RANDOM",
    "SIZE",
    "WEIGHTS",
    "Encoder",
    "encoder_of",
    "load_encoder",
    "open_encoder",
]

AUTO = "auto"
#: What names weights; anything else is a file.
WEIGHTS = AUTO, IMAGENET, RANDOM
#: What the facts of a quantised network's vectors tell beside those of others.
QUANTISED = "calibration", "agreement"


@dataclass(frozen=True)
class Encoder:
    """A network with weights.

    Parameters
    ----------
    model : the network's title.
    dimensions : of a vector.
    preprocessing : what becomes of a photo before the network sees it, in words.
    weights : `imagenet`, `random`, or the name of the file.
    weights_sha256 : digest of their values.
    trained : False where the weights are random.
    precision : `f32`, `bf16` or `int8`.
    runtime : what runs it, with its version.
    network : gives OpenVINO's network for one photo, to be kept; None where something else runs it.
    quantised : of `int8` only: `calibration`, which decides the bits, and `agreement` with float32.
    """

    model: str
    dimensions: int
    preprocessing: str
    weights: str
    weights_sha256: str
    trained: bool
    precision: str
    runtime: str
    _run: Run
    network: Callable[[], Any] | None = None
    quantised: Mapping[str, object] = field(default_factory=dict)

    def encode(self, pixels: Pixels) -> Vectors:
        """Vectors of a batch: uint8 (n, 224, 224, 3) in RGB → float32 (n, dimensions).

        A photo gets the same bits whatever batch it comes in.
        """
        return self._run(pixels)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "network": None}  # another process encodes with it, and keeps none

    def warm_up(self) -> None:
        """Encodes a picture of nothing, so that the first photo need not wait for the network to be compiled."""
        self.encode(np.zeros((1, SIZE, SIZE, 3), np.uint8))

    @property
    def facts(self) -> dict[str, object]:
        """What decides the bits of a vector, and what is said of it: equal facts, equal vectors."""
        return {
            "model": self.model,
            "weights": self.weights,
            "weights_sha256": self.weights_sha256,
            "trained": self.trained,
            "preprocessing": self.preprocessing,
            "precision": self.precision,
            "runtime": self.runtime,
            **self.quantised,
        }


def load_encoder(
    weights: str = AUTO,
    precision: str = runtimes.AUTO,
    runtime: str = runtimes.AUTO,
    progress: Progress = SILENT,
    model: str = AUTO,
) -> Encoder:
    """A network. Reads the weights; the network is compiled when it is first used.

    Parameters
    ----------
    weights : `imagenet` (ResNet50's are fetched and cached by Keras, EfficientNet-Lite0's are installed), a weights
        FILE, `random` (untrained, seeded), or `auto`: ImageNet's.
    precision : `f32`, `bf16`, or `auto`: bf16 where the processor has it (AMX, AVX512-BF16), else f32. `int8` gives
        the f32 network, to be quantised on photos (see `stylo.visual.quantised`), if the processor is fit for it.
    runtime : `openvino`, `tensorflow`, or `auto`: TensorFlow where it sees a graphics card, else OpenVINO.
    model : `resnet50`, `efficientnet-lite0`, or `auto`: ResNet50; with `weights` of `auto` EfficientNet-Lite0 where
        ResNet50's weights cannot be had, with a note.

    Raises MissingWeights if they cannot be fetched or do not fit, MissingFile, BadOption.
    """
    if model == AUTO and weights == AUTO:
        try:
            return load_encoder(IMAGENET, precision, runtime, progress, RESNET50.name)
        except MissingWeights:
            progress.note(
                "ResNet50's weights cannot be downloaded here: using EfficientNet-Lite0, also trained on ImageNet."
            )
            return load_encoder(IMAGENET, precision, runtime, progress, EFFICIENTNET_LITE0.name)
    network = RESNET50 if model == AUTO else network_named(model)
    weights = IMAGENET if weights == AUTO else weights
    if weights not in (IMAGENET, RANDOM) and not Path(weights).is_file():
        raise MissingFile(
            f"--weights {weights}: there is no such file.",
            cure="Give a weights file, imagenet, random or auto.",
        )
    runtime = runtimes.choose_runtime(runtime)
    precision = runtimes.choose_precision(precision, runtime)
    precision = "f32" if precision == runtimes.INT8 else precision
    return _with_weights(network, weights, precision, runtime)


def open_encoder(folder: DataFolder, vectors: Embeddings, progress: Progress = SILENT) -> Encoder:
    """The encoder that made a folder's vectors: what a photo from outside must be encoded with.

    It is the network that is kept beside them, in a second; where there is none, or none that is any good, which is
    noted, it is built from its weights: see `encoder_of`. The vectors have the same bits.

    Raises MissingWeights.
    """
    try:
        return _kept(folder, vectors)
    except MissingArtefact:
        return encoder_of(vectors.facts, progress)
    except StyloError as error:
        progress.note(f"NOTICE: {error.problem} The network is built from its weights.")
        try:
            return encoder_of(vectors.facts, progress)
        except MissingWeights as missing:
            raise MissingWeights(missing.problem, where=error.problem, cure=error.cure) from missing


def _kept(folder: DataFolder, vectors: Embeddings) -> Encoder:
    """Raises what `open_network` raises."""
    facts, source = vectors.facts, open_network(folder, vectors.facts)
    if facts.get("calibration"):
        precision, quantised = runtimes.INT8, {name: facts[name] for name in QUANTISED if name in facts}
    else:
        precision, quantised = runtimes.choose_precision(runtimes.AUTO, runtimes.OPENVINO), {}
    return Encoder(
        model=str(facts["model"]),
        dimensions=runtimes.dimensions(source.network),
        preprocessing=str(facts["preprocessing"]),
        weights=str(facts.get("weights")),
        weights_sha256=str(facts["weights_sha256"]),
        trained=facts.get("trained") is not False,
        precision=precision,
        runtime=runtimes.version(runtimes.OPENVINO),
        _run=runtimes.OnOpenVino(source, precision),
        network=lambda: source.network,
        quantised=quantised,
    )


def encoder_of(facts: Mapping[str, object], progress: Progress = SILENT) -> Encoder:
    """The encoder that made vectors, by the facts of their JSON, built from its weights.

    Raises MissingWeights if it cannot be had: vectors from elsewhere, a weights file (only its name is kept),
    ImageNet's that cannot be fetched, or others of the same name.
    """
    weights, model = facts.get("weights"), facts.get("model")
    network = next((network for network in NETWORKS if network.title == model), None)
    if network is None or weights not in (IMAGENET, RANDOM):
        raise MissingWeights(
            f"The vectors come from {model or 'another network'} with weights {weights or 'unknown'}, "
            "which are not available.",
            cure="Make them with python visual_features.py and ImageNet's weights.",
        )
    encoder = load_encoder(str(weights), progress=progress, model=network.name)
    if encoder.weights_sha256 != facts.get("weights_sha256"):
        raise MissingWeights(
            f"The {weights} weights that made the vectors differ from those available here.",
            cure="Make the vectors again: python visual_features.py",
        )
    return encoder


def _with_weights(network: Network, weights: str, precision: str, runtime: str) -> Encoder:
    half = (runtime, precision) == (runtimes.TENSORFLOW, "bf16")
    built = _built(network, weights, "mixed_bfloat16" if half else "float32")
    source = runtimes.ConvertedNetwork(built, network.preparation)
    with_openvino = runtime == runtimes.OPENVINO
    digest = hashlib.sha256()
    for array in built.get_weights():
        digest.update(array.tobytes())
    return Encoder(
        model=network.title,
        dimensions=network.dimensions,
        preprocessing=network.preprocessing,
        weights=weights if weights in (IMAGENET, RANDOM) else printable(Path(weights).name),
        weights_sha256=digest.hexdigest(),
        trained=weights != RANDOM,
        precision=precision,
        runtime=runtimes.version(runtime),
        _run=(
            runtimes.OnOpenVino(source, precision)
            if with_openvino
            else runtimes.OnTensorFlow(built, network.preparation)
        ),
        network=(lambda: source.network) if with_openvino else None,
    )


def _built(network: Network, weights: str, policy: str) -> Any:
    keras = runtimes.keras()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return network.build(weights)
    finally:
        keras.config.set_dtype_policy(before)
