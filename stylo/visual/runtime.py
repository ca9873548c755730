"""What runs the network: OpenVINO on processors, TensorFlow where there is a graphics card or it is asked for.

Both give a photo the same bits whatever batch it comes in: its share of the arithmetic never depends on the others.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylo.artefacts import uninterrupted
from stylo.errors import BadOption

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]
Run = Callable[[Pixels], Vectors]

AUTO, OPENVINO, TENSORFLOW = "auto", "openvino", "tensorflow"
RUNTIMES = (AUTO, OPENVINO, TENSORFLOW)
PRECISIONS = (AUTO, "bf16", "f32")
_IMAGENET_MEANS = (103.939, 116.779, 123.68)  # blue, green, red: those of ResNet50's own preprocessing
_REQUESTS_A_STREAM = 2


def choose_runtime(asked: str) -> str:
    """`openvino` or `tensorflow`; `auto` is TensorFlow where it sees a graphics card. Raises BadOption."""
    if asked not in RUNTIMES:
        raise BadOption(f"--runtime {asked} is none of {', '.join(RUNTIMES)}.")
    if asked != AUTO:
        return asked
    return TENSORFLOW if tensorflow().config.list_physical_devices("GPU") else OPENVINO


def choose_precision(asked: str, runtime: str) -> str:
    """`bf16` or `f32`; `auto` is bf16 where OpenVINO finds it in the processor. Raises BadOption."""
    if asked not in PRECISIONS:
        raise BadOption(f"--precision {asked} is none of {', '.join(PRECISIONS)}.")
    if runtime == TENSORFLOW:
        return "f32" if asked == AUTO else asked
    if asked == AUTO:
        return "bf16" if has_bf16() else "f32"
    if asked == "bf16" and not has_bf16():
        raise BadOption(
            "--precision bf16: this processor does not compute in bfloat16.",
            where="It needs AMX or AVX512-BF16.",
            cure="Use --precision f32, or leave the option out. TensorFlow imitates it: --runtime tensorflow, slow.",
        )
    return asked


def has_bf16() -> bool:
    """Whether OpenVINO finds bfloat16 arithmetic in this processor."""
    capabilities = openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "BF16" in capabilities


def version(runtime: str) -> str:
    """The runtime's name with its version: another version may round otherwise."""
    if runtime == TENSORFLOW:
        return f"TensorFlow {tensorflow().__version__}"
    return f"OpenVINO {openvino().__version__.split('-')[0]}"


class OnOpenVino:
    """A Keras network on the processor, converted when it is first called.

    Each photo is a request of its own, computed by one thread, so that neither the other photos nor the number of
    processors can touch its bits; there are as many streams of requests as processors. The preprocessing is part
    of the network: RGB bytes go in. Threads may share it; calls wait for each other.
    """

    def __init__(self, network: Any, precision: str) -> None:
        self._network, self._precision = network, precision
        self._turn = threading.Lock()

    def __call__(self, pixels: Pixels) -> Vectors:
        """Bytes (n, height, width, 3) in RGB → float32 (n, dimensions)."""
        with self._turn:
            vectors = np.empty((len(pixels), self._network.output_shape[1]), dtype=np.float32)
            for row in range(len(pixels)):
                self._requests.start_async({0: pixels[row : row + 1]}, (vectors, row))
            self._requests.wait_all()
        return vectors

    @cached_property
    def _requests(self) -> Any:
        ov = openvino()
        threads = processors()
        compiled = ov.Core().compile_model(
            _converted(ov, self._network),
            "CPU",
            {
                "NUM_STREAMS": threads,
                "INFERENCE_NUM_THREADS": threads,
                "INFERENCE_PRECISION_HINT": self._precision,
                "ENABLE_CPU_PINNING": False,  # the threads that decode photos need room beside
            },
        )
        requests = ov.AsyncInferQueue(compiled, _REQUESTS_A_STREAM * threads)
        requests.set_callback(_keep)
        return requests


def _keep(request: Any, place: tuple[Vectors, int]) -> None:
    vectors, row = place
    vectors[row] = request.get_output_tensor().data[0]


def _converted(ov: Any, network: Any) -> Any:
    """The network for one photo: RGB bytes, made blue, green, red less ImageNet's means."""
    with warnings.catch_warnings(), uninterrupted():  # the converter makes another error of Ctrl-C
        warnings.simplefilter("ignore", UserWarning)  # Keras on how the converter names the input
        model = ov.convert_model(network)
    prepared = ov.preprocess.PrePostProcessor(model)
    photo = prepared.input()
    photo.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    photo.tensor().set_color_format(ov.preprocess.ColorFormat.RGB)
    photo.preprocess().convert_element_type(ov.Type.f32)
    photo.preprocess().convert_color(ov.preprocess.ColorFormat.BGR).mean(list(_IMAGENET_MEANS))
    photo.model().set_layout(ov.Layout("NHWC"))
    model = prepared.build()
    model.reshape([1, *network.input_shape[1:]])
    return model


class OnTensorFlow:
    """A Keras network as Keras runs it, photo by photo: in a batch, a photo's place in it would touch its bits."""

    def __init__(self, network: Any) -> None:
        self._network = network
        # Without it a graphics card may add up in another order next time.
        tensorflow().config.experimental.enable_op_determinism()

    def __call__(self, pixels: Pixels) -> Vectors:
        """Bytes (n, height, width, 3) in RGB → float32 (n, dimensions)."""
        vectors = np.empty((len(pixels), self._network.output_shape[1]), dtype=np.float32)
        for row, photo in enumerate(pixels):
            prepared = photo[None, ..., ::-1] - np.array(_IMAGENET_MEANS, dtype=np.float32)
            vectors[row] = self._network.predict_on_batch(prepared)[0]
        return vectors


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keras() -> Any:
    # Imported when needed: TensorFlow takes seconds to load. Its start-up chatter is no news to anyone.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    return _imported("keras")


def tensorflow() -> Any:
    keras()
    return _imported("tensorflow")


def openvino() -> Any:
    # Left alone, OpenVINO reports its import over the network; without this module it keeps to itself.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return _imported("openvino")


def _imported(library: str) -> Any:
    # Where Ctrl-C hits the C++ of a library's start, another error comes out, or nothing at all: it waits instead.
    with uninterrupted():
        return importlib.import_module(library)
