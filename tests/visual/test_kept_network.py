"""The network beside the vectors: the same bits without Keras, and no harm where it is missing, damaged or foreign."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import run_script
from studio import Counting, Notes, Studio
from studio import encoder as counting_encoder

from stylo.errors import DamagedArtefact, MissingArtefact, MissingWeights, StaleArtefact, StyloError
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings
from stylo.visual import kept_network
from stylo.visual.encoder import Encoder, load_encoder, open_encoder
from stylo.visual.extract import extract
from stylo.visual.kept_network import check_network, keep_network

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
FILES = ["visual_network.bin", "visual_network.json", "visual_network.xml"]


@pytest.fixture(scope="module")
def built() -> Encoder:
    """EfficientNet-Lite0 with ImageNet's weights, as Keras and OpenVINO's converter give it."""
    return load_encoder("imagenet", "auto", "openvino", model="efficientnet-lite0")


@pytest.fixture(scope="module")
def vectors(built: Encoder) -> Embeddings:
    return Embeddings(np.arange(3, dtype=np.int32), built.encode(PIXELS), built.facts)


@pytest.fixture(scope="module")
def written(built: Encoder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("written"))
    keep_network(folder, built.facts, built.network)
    return folder


@pytest.fixture
def folder(written: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy, to be spoilt."""
    return DataFolder(Path(shutil.copytree(written.root, tmp_path / "shop")))


def kept(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in folder.root.iterdir() if path.name.startswith("visual_network"))


def written_when(folder: DataFolder, name: str) -> tuple[int, int]:
    """Another one after the file was written or replaced."""
    found = folder.path(name).stat()
    return found.st_ino, found.st_mtime_ns


def no_weights(*_: object, **__: object) -> Encoder:
    raise MissingWeights("The weights are out of reach.", cure="Fetch them.")


def test_its_vectors_have_the_same_bits_and_it_says_the_same_of_itself(
    written: DataFolder, vectors: Embeddings
) -> None:
    notes = Notes()
    found = open_encoder(written, vectors, notes)
    assert found.encode(PIXELS).tobytes() == vectors.vectors.tobytes()
    assert (
        found.encode(PIXELS[1:2]).tobytes() == vectors.vectors[1:2].tobytes()
    )  # its pages were let go before
    assert found.encode(PIXELS[:0]).shape == (0, found.dimensions)
    assert found.facts == vectors.facts
    assert notes.told == []


def test_it_agrees_with_keras_own_result(written: DataFolder, vectors: Embeddings) -> None:
    keras = load_encoder("imagenet", "f32", "tensorflow", model="efficientnet-lite0").encode(PIXELS)
    ours = open_encoder(written, vectors).encode(PIXELS)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(keras, axis=1)
    least = 0.99999 if vectors.facts["precision"] == "f32" else 0.999
    assert ((ours * keras).sum(1) / lengths).min() >= least


def test_it_opens_without_keras_and_tensorflow(written: DataFolder, vectors: Embeddings) -> None:
    code = (
        "import json, pathlib, sys, numpy as np\n"
        "from stylo.tables.folder import DataFolder; from stylo.vectors.embeddings import Embeddings\n"
        "from stylo.visual.encoder import open_encoder\n"
        "facts = json.loads(sys.argv[2]); rows = np.zeros((1, 2912), np.float32)\n"
        "found = open_encoder(DataFolder(pathlib.Path(sys.argv[1])), Embeddings(np.arange(1), rows, facts))\n"
        "found.encode(np.zeros((1, 224, 224, 3), np.uint8))\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = run_script("-c", code, written.root, json.dumps(vectors.facts))
    assert (done.returncode, done.stdout, done.stderr) == (0, "set()\n", "")


def test_weights_from_a_file_need_not_be_there_any_more(
    tmp_path: Path, built: Encoder, vectors: Embeddings
) -> None:
    facts = {**built.facts, "weights": "mine.h5"}
    folder = DataFolder(tmp_path)
    with pytest.raises(MissingWeights, match=r"with weights mine\.h5, which are not available"):
        open_encoder(folder, replace(vectors, facts=facts))
    keep_network(folder, facts, built.network)
    found = open_encoder(folder, replace(vectors, facts=facts))
    assert found.weights == "mine.h5"
    assert found.encode(PIXELS).tobytes() == vectors.vectors.tobytes()


def test_a_folder_may_be_called_anything(tmp_path: Path, built: Encoder, vectors: Embeddings) -> None:
    root = tmp_path / "Größe 50 % [neu] 🧥 \udcff"
    root.mkdir()
    keep_network(DataFolder(root), built.facts, built.network)
    assert kept(DataFolder(root)) == FILES
    assert open_encoder(DataFolder(root), vectors).encode(PIXELS).tobytes() == vectors.vectors.tobytes()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", ["cut off", "one bit", "gone", "unreadable"])
def test_a_damaged_one_is_named_and_the_network_is_built_from_its_weights(
    folder: DataFolder, vectors: Embeddings, name: str, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.root / name
    data = bytearray(path.read_bytes())
    path.unlink()
    if spoil == "cut off":
        path.write_bytes(data[: len(data) // 2])
    elif spoil == "one bit":
        # Of the JSON what it says of a digest, which lies in its middle.
        place = data.index(b"network_file_sha256") + 25 if name.endswith("json") else len(data) // 2
        data[place] ^= 1
        path.write_bytes(data)
    elif spoil == "unreadable":
        path.mkdir()
    with pytest.raises((DamagedArtefact, MissingArtefact, StaleArtefact)):
        check_network(folder, vectors.facts)
    monkeypatch.setattr("stylo.visual.encoder.encoder_of", lambda facts, progress: facts)
    notes = Notes()
    assert open_encoder(folder, vectors, notes) == vectors.facts  # type: ignore[comparison-overlap]
    if (name, spoil) != ("visual_network.xml", "gone"):  # which is as if none had been kept
        (told,) = notes.told
        assert str(folder.root) in told
        assert told.endswith("The network is built from its weights.")


@pytest.mark.parametrize("fact", ["model", "weights_sha256", "preprocessing"])
def test_one_of_other_vectors_is_not_used(
    folder: DataFolder, vectors: Embeddings, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.visual.encoder.encoder_of", no_weights)
    for facts in ({**vectors.facts, fact: "another"}, {}):
        with pytest.raises(MissingWeights, match="out of reach") as raised:
            open_encoder(folder, replace(vectors, facts=facts))
        assert "is not the network that made the vectors" in raised.value.where


def test_what_openvino_cannot_read_is_refused_as_damaged(
    folder: DataFolder, vectors: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a later OpenVINO may have written it: whole, but of an unknown kind."""
    xml, _, beside = kept_network.files_of(folder)
    xml.write_text("<net name='x' version='99'><layers/></net>")
    card = json.loads(beside.read_text())
    card["network_file_sha256"] = kept_network._sha256(xml)
    beside.write_text(json.dumps(card))
    with pytest.raises(DamagedArtefact, match=r"visual_network\.xml cannot be read"):
        kept_network.open_network(folder, vectors.facts)
    monkeypatch.setattr("stylo.visual.encoder.encoder_of", no_weights)
    with pytest.raises(MissingWeights):
        open_encoder(folder, vectors)


def test_one_that_was_kept_before_networks_were_quantised_opens(
    folder: DataFolder, vectors: Embeddings
) -> None:
    path = folder.path("visual_network.json")
    card = json.loads(path.read_text())
    for name in ("calibration", "agreement"):
        assert card.pop(name) is None
    path.write_text(json.dumps(card))
    assert open_encoder(folder, vectors).encode(PIXELS).tobytes() == vectors.vectors.tobytes()


def test_it_is_written_once(folder: DataFolder, built: Encoder) -> None:
    def never() -> None:
        raise AssertionError

    before = [written_when(folder, name) for name in FILES]
    keep_network(folder, built.facts, never)
    assert [written_when(folder, name) for name in FILES] == before


def test_a_damaged_one_is_written_anew(folder: DataFolder, built: Encoder, vectors: Embeddings) -> None:
    folder.path("visual_network.bin").write_bytes(b"")
    keep_network(folder, built.facts, built.network)
    assert open_encoder(folder, vectors).encode(PIXELS).tobytes() == vectors.vectors.tobytes()


def test_what_was_opened_can_be_kept_elsewhere(
    written: DataFolder, tmp_path: Path, vectors: Embeddings
) -> None:
    """As retraining does it, which opens the network and encodes new photos with it."""
    opened = open_encoder(written, vectors)
    opened.encode(PIXELS)
    keep_network(DataFolder(tmp_path), opened.facts, opened.network)
    found = open_encoder(DataFolder(tmp_path), vectors)
    assert found.encode(PIXELS).tobytes() == vectors.vectors.tobytes()


def test_without_room_for_it_it_says_so_and_nothing_is_half_written(
    tmp_path: Path, built: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(network: object, xml: Path, weights: Path) -> None:
        save(network, xml, weights)
        weights.write_bytes(weights.read_bytes()[:1000])

    save = kept_network.save_network
    monkeypatch.setattr(kept_network, "save_network", cut_off)
    with pytest.raises(StyloError, match="there is no room for the network"):
        keep_network(DataFolder(tmp_path), built.facts, built.network)
    assert list(tmp_path.glob("*network*")) == []


def test_extracting_photos_keeps_the_network_and_another_run_leaves_it(
    studio: Studio, built: Encoder
) -> None:
    extract(studio.folder, studio.images, lambda: built)
    assert kept(studio.folder) == FILES
    before = written_when(studio.folder, "visual_network.bin")
    assert extract(studio.folder, studio.images, lambda: built).unchanged
    assert written_when(studio.folder, "visual_network.bin") == before


def test_a_network_that_openvino_does_not_run_leaves_none_behind(studio: Studio, built: Encoder) -> None:
    extract(studio.folder, studio.images, lambda: built)
    extract(studio.folder, studio.images, lambda: counting_encoder(Counting()))
    assert kept(studio.folder) == []
