"""ResNet50 as Keras has it: the same vectors, with weights from wherever they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stylo.errors import BadOption, MissingFile, MissingWeights
from stylo.progress import Silent
from stylo.visual import encoder
from stylo.visual.encoder import Encoder, load_encoder

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def untrained() -> Encoder:
    return load_encoder("random")


def test_vectors_are_those_of_keras_own_model(untrained: Encoder) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = keras.applications.ResNet50(
        include_top=False, pooling="avg", weights=None, input_shape=(224, 224, 3)
    )
    expected = model(keras.applications.resnet50.preprocess_input(PIXELS.astype("float32")), training=False)
    vectors = untrained.encode(PIXELS)
    assert vectors.shape == (3, 2048)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, np.asarray(expected), rtol=1e-4, atol=1e-5)


def test_random_weights_are_seeded_and_labelled_untrained(untrained: Encoder) -> None:
    again = load_encoder("random")
    assert again.weights_sha256 == untrained.weights_sha256
    assert not untrained.trained
    assert untrained.weights == "random"


@pytest.mark.parametrize("top", [False, True])
def test_a_weights_file_with_or_without_classifier_is_read(tmp_path: Path, top: bool) -> None:
    import keras

    keras.utils.set_random_seed(7)
    whole = keras.applications.ResNet50(include_top=True, weights=None)
    bare = keras.applications.ResNet50(
        include_top=False, pooling="avg", weights=None, input_shape=(224, 224, 3)
    )
    bare.set_weights(whole.get_weights()[:-2])
    path = tmp_path / "resnet.weights.h5"
    (whole if top else bare).save_weights(path)
    found = load_encoder(str(path))
    assert found.trained
    assert found.weights == "resnet.weights.h5"
    expected = bare(
        keras.applications.resnet50.preprocess_input(PIXELS[:1].astype("float32")), training=False
    )
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


def no_network(keras: object, weights: str | None, top: bool = False) -> object:
    if weights == "imagenet":
        raise Exception("URL fetch failure on https://…: None -- [Errno -2] Name or service not known")
    return ORIGINAL(keras, weights, top)


ORIGINAL = encoder._resnet50


def test_without_network_the_alternatives_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_resnet50", no_network)
    with pytest.raises(
        MissingWeights, match=r"Name or service not known\n.*--weights FILE.*--weights random"
    ):
        load_encoder("imagenet")


def test_auto_goes_on_untrained_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_resnet50", no_network)
    notes: list[str] = []

    class Listener(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    assert not load_encoder("auto", progress=Listener()).trained
    assert "untrained" in " ".join(notes)


def test_bfloat16_is_close_to_float32(untrained: Encoder) -> None:
    half = load_encoder("random", "bf16")
    assert half.precision == "bf16"
    ours, theirs = half.encode(PIXELS[:1])[0], untrained.encode(PIXELS[:1])[0]
    assert ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)) > 0.999
