"""What runs the network: OpenVINO on processors, TensorFlow with a graphics card or on request.

Both give a photo the same bits whatever batch it comes in: its share of the arithmetic never depends on the others.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stylo.artefacts import let_go, uninterrupted
from stylo.errors import BadOption, MissingLibrary, OtherVersions
from stylo.system.processor import has_int8_dot_products
from stylo.system.streams import quiet
from stylo.system.threads import processors

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]
Run = Callable[[Pixels], Vectors]

AUTO, OPENVINO, TENSORFLOW = "auto", "openvino", "tensorflow"
RUNTIMES = (AUTO, OPENVINO, TENSORFLOW)
INT8 = "int8"
PRECISIONS = (AUTO, "bf16", "f32", INT8)
_REQUESTS_A_STREAM = 2
_INSTALL = "Install what photos need: python -m pip install -r requirements.txt -c constraints.txt"
_INSTALL_NNCF = "Install it: python -m pip install -e '.[int8]' -c constraints.txt. Or use --precision f32."


def choose_runtime(asked: str) -> str:
    """`openvino` or `tensorflow`; `auto` is TensorFlow where it sees a graphics card. Raises BadOption."""
    if asked not in RUNTIMES:
        raise BadOption(f"--runtime {asked} is not one of {', '.join(RUNTIMES)}.")
    if asked != AUTO:
        return asked
    library = tensorflow()
    with quiet():
        return TENSORFLOW if library.config.list_physical_devices("GPU") else OPENVINO


def choose_precision(asked: str, runtime: str) -> str:
    """`bf16`, `f32` or `int8`; `auto` is bf16 where OpenVINO finds it in the processor. Raises BadOption."""
    if asked not in PRECISIONS:
        raise BadOption(f"--precision {asked} is not one of {', '.join(PRECISIONS)}.")
    if runtime == TENSORFLOW:
        if asked == INT8:
            raise BadOption(
                "--precision int8: TensorFlow does not run the quantised network.",
                where="OpenVINO does, on the processor.",
                cure="Add --runtime openvino, or use --precision f32.",
            )
        return "f32" if asked == AUTO else asked
    if asked == AUTO:
        return "bf16" if has_bf16() else "f32"
    if asked == "bf16" and not has_bf16():
        raise BadOption(
            "--precision bf16: this processor does not support bfloat16.",
            where="It needs AMX or AVX512-BF16.",
            cure="Use --precision f32, or leave the option out. TensorFlow emulates it, slowly: --runtime tensorflow.",
        )
    if asked == INT8 and not has_int8_dot_products():
        raise BadOption(
            "--precision int8: this processor does not multiply 8-bit integers faster than floats.",
            where="It needs AVX512-VNNI, AVX-VNNI or AMX-INT8; on ARM, dot products.",
            cure="Use --precision f32, or leave the option out.",
        )
    return asked


@cache
def has_bf16() -> bool:
    """Whether OpenVINO finds bfloat16 arithmetic in this processor and can use it: the environment may forbid that."""
    library = openvino()
    with quiet():
        core = library.Core()
        if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            return False
        layer = importlib.import_module("openvino.opset1")
        given = layer.parameter([1, 8, 6, 6], np.float32)
        folded = layer.convolution(given, np.ones((8, 8, 3, 3), np.float32), [1, 1], [0, 0], [0, 0], [1, 1])
        network = library.Model([layer.max_pool(folded, [2, 2], [0, 0], [0, 0], [2, 2])], [given])
        try:
            core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "bf16"})
        except RuntimeError:
            return False
    return True


def version(runtime: str) -> str:
    """The runtime's name with its version: another version may round otherwise."""
    if runtime == TENSORFLOW:
        return f"TensorFlow {tensorflow().__version__}"
    return f"OpenVINO {openvino().__version__.split('-')[0]}"


@dataclass(frozen=True)
class Preparation:
    """What becomes of RGB bytes before a network sees them: perhaps BGR, then (value - mean) / scale.

    `means` are in the order of the channels that the network sees.
    """

    reverse: bool
    means: tuple[float, float, float]
    scale: float


class Source(Protocol):
    """Where OpenVINO has a network from."""

    @property
    def network(self) -> Any:
        """The network for one photo: RGB bytes go in, the preparation is part of it."""

    def let_go(self) -> None:
        """Frees memory that a compiled network no longer needs."""


class OnOpenVino:
    """A network on the processor, read and compiled when it is first called.

    Each photo is a request of its own, computed by one thread, so that neither the other photos nor the number of
    processors can touch its bits; there are as many streams of requests as processors. The preprocessing is part
    of the network: RGB bytes go in. Threads may share it; calls wait for each other.

    A network that was quantised (`int8`) computes with integers where the processor has their dot products. Where it
    has not, older instructions would cut off sums that do not fit into 16 bits: there its steps are taken in float32,
    which gives the same vectors but for what is rounded to a neighbouring step.
    """

    def __init__(self, source: Source, precision: str) -> None:
        self.source, self._precision = source, precision
        self._turn = threading.Lock()

    def __call__(self, pixels: Pixels) -> Vectors:
        """Bytes (n, height, width, 3) in RGB → float32 (n, dimensions)."""
        with self._turn:
            vectors = np.empty((len(pixels), dimensions(self.source.network)), dtype=np.float32)
            for row in range(len(pixels)):
                self._requests.start_async({0: pixels[row : row + 1]}, (vectors, row))
            self._requests.wait_all()
            self.source.let_go()  # not before: each stream is made ready by its first photo
        return vectors

    def __reduce__(self) -> tuple[Callable[..., OnOpenVino], tuple[bytes, NDArray[np.uint8], str]]:
        """As it would be read when it has been kept."""
        with tempfile.TemporaryDirectory(prefix="stylo-") as scratch:
            xml, weights = Path(scratch) / "network.xml", Path(scratch) / "network.bin"
            save_network(self.source.network, xml, weights)
            return _in_another_process, (xml.read_bytes(), np.fromfile(weights, np.uint8), self._precision)

    @cached_property
    def _requests(self) -> Any:
        ov = openvino()
        threads = processors()
        with quiet():
            compiled = ov.Core().compile_model(
                self._network,
                "CPU",
                {
                    "NUM_STREAMS": threads,
                    "INFERENCE_NUM_THREADS": threads,
                    "ENABLE_CPU_PINNING": False,  # the threads that decode photos need room beside
                    "INFERENCE_PRECISION_HINT": "f32" if self._precision == INT8 else self._precision,
                },
            )
            requests = ov.AsyncInferQueue(compiled, _REQUESTS_A_STREAM * threads)
        requests.set_callback(_keep)
        return requests

    @property
    def _network(self) -> Any:
        network = self.source.network
        if self._precision != INT8 or has_int8_dot_products():
            return network
        # Weights that are floats keep OpenVINO from integers. Its setting LP_TRANSFORMS_MODE would, too, but in
        # version 2026.4 gives wrong vectors with more than one stream.
        passes = importlib.import_module("openvino.passes")
        manager = passes.Manager()
        manager.register_pass(passes.ConstantFolding())
        floats = network.clone()
        manager.run_passes(floats)
        return floats


def _in_another_process(xml: bytes, weights: NDArray[np.uint8], precision: str) -> OnOpenVino:
    """Raises OtherVersions where the processor lacks the precision."""
    if precision == "bf16" and not has_bf16():
        raise OtherVersions(
            f"The processor of {socket.gethostname()} does not support bfloat16, in which the others compute.",
            cure="Use --precision f32.",
        )
    return OnOpenVino(
        KeptNetwork(xml, weights.copy()), precision
    )  # OpenVINO wants memory that can be written to


def _keep(request: Any, place: tuple[Vectors, int]) -> None:
    vectors, row = place
    vectors[row] = request.get_output_tensor().data[0]


def dimensions(network: Any) -> int:
    """Of the vectors that a network of OpenVINO's gives."""
    return int(network.outputs[0].shape[1])


class ConvertedNetwork:
    """A `Source`: a Keras network, converted when it is first needed."""

    def __init__(self, built: Any, preparation: Preparation) -> None:
        self._built, self._preparation = built, preparation

    @cached_property
    def network(self) -> Any:
        return _converted(openvino(), self._built, self._preparation)

    def let_go(self) -> None:
        pass  # nobody else has the weights


class KeptNetwork:
    """A `Source`: a network as `save_network` wrote it. Raises RuntimeError for what is none.

    Parameters
    ----------
    xml : bytes of the one file.
    weights : uint8 (n,), the bytes of the other; a mapping of the file costs no memory once the network is compiled.
    """

    def __init__(self, xml: bytes, weights: NDArray[np.uint8]) -> None:
        ov = openvino()
        self._weights = weights
        with quiet():
            self.network = ov.Core().read_model(xml, ov.Tensor(weights, shared_memory=True))

    def let_go(self) -> None:
        let_go(self._weights)


def save_network(network: Any, xml: Path, weights: Path) -> None:
    """Writes a network of OpenVINO's, its weights as they are. Raises RuntimeError."""
    with quiet():
        openvino().serialize(network, str(xml), str(weights))


def _converted(ov: Any, network: Any, preparation: Preparation) -> Any:
    with warnings.catch_warnings(), quiet(), uninterrupted():  # the converter makes another error of Ctrl-C
        warnings.simplefilter("ignore", UserWarning)  # Keras on how the converter names the input
        model = ov.convert_model(network)
    prepared = ov.preprocess.PrePostProcessor(model)
    photo = prepared.input()
    photo.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    photo.tensor().set_color_format(ov.preprocess.ColorFormat.RGB)
    photo.preprocess().convert_element_type(ov.Type.f32)
    if preparation.reverse:
        photo.preprocess().convert_color(ov.preprocess.ColorFormat.BGR)
    photo.preprocess().mean(list(preparation.means)).scale(preparation.scale)
    photo.model().set_layout(ov.Layout("NHWC"))
    model = prepared.build()
    model.reshape([1, *network.input_shape[1:]])
    return model


class OnTensorFlow:
    """A Keras network as Keras runs it, photo by photo: in a batch, a photo's place in it would touch its bits."""

    def __init__(self, network: Any, preparation: Preparation) -> None:
        self._network, self._preparation = network, preparation
        # Without it a graphics card may add up in another order next time.
        tensorflow().config.experimental.enable_op_determinism()

    def __reduce__(self) -> Any:
        raise BadOption(
            "TensorFlow's network cannot be sent to the machines of a cluster.",
            cure="Add --runtime openvino.",
        )

    def __call__(self, pixels: Pixels) -> Vectors:
        """Bytes (n, height, width, 3) in RGB → float32 (n, dimensions)."""
        vectors = np.empty((len(pixels), self._network.output_shape[1]), dtype=np.float32)
        means, scale = np.array(self._preparation.means, np.float32), np.float32(self._preparation.scale)
        with quiet():
            for row, photo in enumerate(pixels[..., ::-1] if self._preparation.reverse else pixels):
                vectors[row] = self._network.predict_on_batch((photo[None] - means) / scale)[0]
        return vectors


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


def nncf() -> Any:
    """The library that quantises networks. Raises MissingLibrary."""
    openvino()  # without what reports over the network, which NNCF would use likewise
    os.environ.setdefault("NNCF_CI", "1")  # NNCF's own switch for the same
    before = logging.getLoggerClass()
    try:
        library = _imported("nncf", _INSTALL_NNCF)
    finally:
        logging.setLoggerClass(before)
    library.set_log_level(logging.ERROR)
    return library


def _imported(library: str, cure: str = _INSTALL) -> Any:
    # Where Ctrl-C hits the C++ of a library's start, another error comes out, or nothing at all: it waits instead.
    try:
        with quiet(), uninterrupted():
            return importlib.import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise MissingLibrary(f"The library {library} is not installed.", cure=cure) from error
