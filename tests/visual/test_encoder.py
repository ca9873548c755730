"""ResNet50 as Keras has it: the same vectors, with weights from wherever they come."""

from __future__ import annotations

import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers import run_script, slow

from stylo.errors import BadOption, MissingFile, MissingWeights
from stylo.visual import networks, runtime
from stylo.visual.encoder import Encoder, load_encoder
from stylo.visual.runtime import choose_precision, choose_runtime, has_bf16

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)


#: Each network is made once: nothing changes it.
loaded = cache(load_encoder)


@pytest.fixture(scope="module")
def untrained() -> Encoder:
    return loaded("random", "auto", "openvino")


@pytest.fixture(scope="module")
def keras_own() -> np.ndarray:
    """The vectors of PIXELS as Keras alone computes them in float32."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.applications.ResNet50(
        include_top=False, pooling="avg", weights=None, input_shape=(224, 224, 3)
    )
    prepared = keras.applications.resnet50.preprocess_input(PIXELS.astype("float32"))
    return np.asarray(model(prepared, training=False))


@pytest.fixture(scope="module")
def wide() -> Encoder:
    """In float32."""
    return loaded("random", "f32", "openvino")


def test_vectors_are_those_of_keras_own_model(wide: Encoder, keras_own: np.ndarray) -> None:
    vectors = wide.encode(PIXELS)
    assert vectors.shape == (3, 2048)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, keras_own, rtol=1e-4, atol=1e-5)


def test_random_weights_are_seeded_and_labelled_untrained(untrained: Encoder) -> None:
    again = load_encoder("random")
    assert again.weights_sha256 == untrained.weights_sha256
    assert not untrained.trained
    assert untrained.weights == "random"


@pytest.mark.slow
def test_a_weights_file_with_or_without_classifier_is_read(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(7)
    whole = keras.applications.ResNet50(include_top=True, weights=None)
    bare = keras.applications.ResNet50(
        include_top=False, pooling="avg", weights=None, input_shape=(224, 224, 3)
    )
    bare.set_weights(whole.get_weights()[:-2])
    expected = bare(
        keras.applications.resnet50.preprocess_input(PIXELS[:1].astype("float32")), training=False
    )
    for name, model in (("whole.weights.h5", whole), ("bare.weights.h5", bare)):
        model.save_weights(tmp_path / name)
        found = load_encoder(str(tmp_path / name), "f32")
        assert found.trained
        assert found.weights == name
        np.testing.assert_allclose(found.encode(PIXELS[:1]), np.asarray(expected), rtol=1e-4, atol=1e-5)


def test_a_file_that_holds_no_weights_of_resnet50_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    path.write_text("no weights")
    with pytest.raises(MissingWeights, match="does not hold the weights"):
        load_encoder(str(path))


def test_a_missing_file_and_a_senseless_precision_are_refused() -> None:
    with pytest.raises(MissingFile, match="nowhere"):
        load_encoder("nowhere.h5")
    with pytest.raises(BadOption, match="f64"):
        load_encoder("random", "f64")


def test_without_network_the_alternatives_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_reach(weights: str | None, top: bool = False) -> None:
        raise Exception("URL fetch failure on https://…: None -- [Errno -2] Name or service not known")

    monkeypatch.setattr(networks, "_keras_resnet50", out_of_reach)
    for model in ("resnet50", "auto"):
        with pytest.raises(
            MissingWeights, match=r"Name or service not known\n.*--model efficientnet-lite0.*--weights FILE"
        ):
            load_encoder("imagenet", model=model)


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Row by row."""
    return (ours * theirs).sum(1) / (np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1))


def test_float32_agrees_with_keras_own_result_on_the_same_pixels(
    wide: Encoder, keras_own: np.ndarray
) -> None:
    assert wide.precision == "f32"
    assert cosines(wide.encode(PIXELS), keras_own).min() >= 0.99999


@pytest.mark.skipif(not has_bf16(), reason="this processor does not support bfloat16 (AMX, AVX512-BF16)")
def test_bfloat16_agrees_with_keras_own_float32(keras_own: np.ndarray) -> None:
    half = loaded("random", "auto", "openvino")
    assert half.precision == "bf16"
    assert cosines(half.encode(PIXELS), keras_own).min() >= 0.999


def test_without_bfloat16_in_the_processor_it_is_refused_or_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "has_bf16", lambda: False)
    assert choose_precision("auto", "openvino") == "f32"
    with pytest.raises(BadOption, match=r"does not support bfloat16\.\n.*AMX.*\n.*--precision f32"):
        choose_precision("bf16", "openvino")
    assert choose_precision("bf16", "tensorflow") == "bf16"


def test_with_bfloat16_in_the_processor_auto_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "has_bf16", lambda: True)
    assert choose_precision("auto", "openvino") == "bf16"
    assert choose_precision("f32", "openvino") == "f32"
    assert choose_precision("auto", "tensorflow") == "f32"


@pytest.mark.parametrize("kind", ["openvino", *slow("tensorflow")])
def test_a_photo_gets_the_same_bits_whatever_batch_it_comes_in(kind: str) -> None:
    found = loaded("random", "auto", kind)
    pixels = np.random.default_rng(1).integers(0, 256, (6, 224, 224, 3), dtype=np.uint8)
    together = found.encode(pixels)
    alone = np.concatenate([found.encode(pixels[row : row + 1]) for row in range(2)])
    assert together[:2].tobytes() == alone.tobytes()
    assert found.encode(pixels[::-1])[::-1].tobytes() == together.tobytes()
    assert found.encode(pixels[2:5]).tobytes() == together[2:5].tobytes()
    assert found.encode(pixels[:0]).shape == (0, 2048)


def test_threads_may_share_an_encoder(untrained: Encoder) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda row: untrained.encode(PIXELS[row : row + 1]), [0, 1, 2, 0, 1, 2]))
    assert np.concatenate(found).tobytes() == np.tile(untrained.encode(PIXELS), (2, 1)).tobytes()


def test_the_runtime_follows_the_option_or_the_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    assert loaded("random", "auto", "tensorflow").runtime == f"TensorFlow {tf.__version__}"
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert choose_runtime("auto") == "openvino"
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    assert choose_runtime("auto") == "tensorflow"
    assert choose_runtime("openvino") == "openvino"
    with pytest.raises(BadOption, match="--runtime torch is not one of auto, openvino, tensorflow"):
        choose_runtime("torch")


def test_tensorflow_imitates_bfloat16(keras_own: np.ndarray) -> None:
    half = load_encoder("random", "bf16", "tensorflow")
    assert half.precision == "bf16"
    assert cosines(half.encode(PIXELS[:1]), keras_own[:1]).min() >= 0.999


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="AVX2 is of x86 processors")
def test_a_processor_that_may_not_use_what_it_has_computes_in_float32() -> None:
    code = (
        "import numpy as np; from stylo.visual.encoder import load_encoder\n"
        "found = load_encoder('random', 'auto', 'openvino')\n"
        "found.encode(np.zeros((1, 224, 224, 3), np.uint8)); print(found.precision)"
    )
    done = run_script("-c", code, env={"ONEDNN_MAX_CPU_ISA": "AVX2"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "f32\n", "")


def test_loading_and_encoding_write_nothing_and_tell_nobody() -> None:
    code = (
        "import numpy as np, sys; from stylo.visual.encoder import load_encoder;"
        "load_encoder('random', model='efficientnet-lite0').encode(np.zeros((1, 224, 224, 3), np.uint8));"
        "assert sys.modules['openvino_telemetry'] is None"
    )
    done = run_script("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ctrl_c_while_a_library_starts_waits_until_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "openvino.py").write_text(
        "import signal\n"
        "try:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    raise ImportError('initialization failed')\n"
        "ready = True\n"
    )
    with monkeypatch.context() as patched:
        patched.syspath_prepend(tmp_path)
        patched.setitem(sys.modules, "openvino", None)  # so that it is put back as it was
        del sys.modules["openvino"]
        with pytest.raises(KeyboardInterrupt):
            runtime.openvino()
        assert runtime.openvino().ready
