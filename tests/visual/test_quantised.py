"""int8: quantised on the shop's own photos, taken only if it agrees with float32, kept and used again."""

from __future__ import annotations

import importlib
import io
import json
import os
import platform
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import ARTICLE_COLUMNS, REPOSITORY, article_row, put, random_rows, run_script, write_shop
from PIL import Image
from studio import Notes, place

from stylo.errors import BadOption, MissingLibrary, StyloError
from stylo.records.scripts import NetworkCard
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual import quantised, runtime
from stylo.visual.encoder import Encoder, open_encoder
from stylo.visual.extract import extract
from stylo.visual.extraction import Extraction
from stylo.visual.kept_network import as_kept
from stylo.visual.quantised import (
    Agreement,
    NotGoodEnough,
    Quantise,
    agreement,
    in_int8,
    sample,
    where_it_pays,
)
from stylo.visual.runtime import choose_precision

ARTICLES = 64
GOOD = Agreement(500, 0.996, 0.98, 0.87, 0.41, 0.41, 0.33, 0.33, 0.002, 0.002)


def test_it_is_refused_where_it_would_not_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "has_int8_dot_products", lambda: False)
    with pytest.raises(BadOption, match=r"--precision int8.*\n.*AVX512-VNNI.*AMX-INT8.*\n.*--precision f32"):
        choose_precision("int8", "openvino")
    monkeypatch.setattr(runtime, "has_int8_dot_products", lambda: True)
    assert choose_precision("int8", "openvino") == "int8"
    with pytest.raises(BadOption, match=r"TensorFlow.*\n.*\n.*--runtime openvino.*--precision f32"):
        choose_precision("int8", "tensorflow")


def test_without_nncf_the_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(MissingLibrary, match=r"nncf is not installed.*\n.*pip install -e '\.\[int8\]'.*f32"):
        runtime.nncf()


def test_photos_for_calibration_are_evenly_spaced_and_apart_from_those_for_the_agreement() -> None:
    everything = list(range(0, 200_000, 2))
    calibration, others = sample(everything)
    assert (len(calibration), len(others)) == (300, 500)
    assert not set(calibration) & set(others)
    for chosen in (calibration, others):
        steps = np.diff(chosen)
        assert steps.min() > 0 and steps.max() <= 2 * 200_000 / len(chosen)
        assert chosen[-1] >= 199_000
    assert sample(everything) == (calibration, others)
    few, rest = sample(list(range(80)))
    assert (len(few), len(rest)) == (30, 50)
    assert sample([]) == ([], [])
    assert sample([7]) == ([], [7])


def test_the_agreement_is_what_a_loop_over_pairs_finds() -> None:
    random = np.random.default_rng(3)
    wide = random.random((30, 8), np.float32)
    narrow = wide + random.random((30, 8), np.float32) / 5
    types, colours = [list(random.choice(["a", "b", "c"], 30)) for _ in range(2)]

    def cosine(one: np.ndarray, other: np.ndarray) -> float:
        return float(one @ other / np.sqrt((one @ one) * (other @ other)))

    def nearest(vectors: np.ndarray, row: int) -> list[int]:
        others = [other for other in range(30) if other != row]
        return sorted(others, key=lambda other: -cosine(vectors[row], vectors[other]))[:12]

    found = agreement(wide, narrow, types, colours)
    before, after = [[nearest(vectors, row) for row in range(30)] for vectors in (wide, narrow)]
    cosines = [cosine(wide[row], narrow[row]) for row in range(30)]
    kept = np.mean([len(set(a) & set(b)) / 12 for a, b in zip(before, after, strict=True)])
    assert found.photos == 30
    assert found.mean_cosine == pytest.approx(np.mean(cosines), abs=1e-6)
    assert found.lowest_cosine == pytest.approx(min(cosines), abs=1e-6)
    assert found.neighbours_kept == pytest.approx(kept)
    same = [
        [np.mean([types[n] == types[row] for n in rows[row]]) for row in range(30)]
        for rows in (before, after)
    ]
    assert found.same_type_f32 == pytest.approx(np.mean(same[0]))
    assert found.same_type_int8 == pytest.approx(np.mean(same[1]))
    assert found.type_error == pytest.approx(np.std(np.subtract(*same), ddof=1) / 30**0.5)
    equal = agreement(wide, wide, types, colours)
    assert equal.good and not equal.falls
    assert (equal.neighbours_kept, equal.same_colour_f32) == (1, equal.same_colour_int8)


@pytest.mark.parametrize(
    ("other", "good", "falls"),
    [
        ({}, True, False),
        ({"mean_cosine": 0.98}, False, False),
        ({"neighbours_kept": 0.6}, False, False),
        ({"same_type_int8": 0.405}, True, True),
        ({"same_colour_int8": 0.329}, True, False),
        ({"same_colour_int8": 0.31}, False, True),
        ({"same_colour_int8": 0.31, "colour_error": 0.03}, True, False),
    ],
)
def test_what_is_good_enough(other: dict[str, float], good: bool, falls: bool) -> None:
    found = replace(GOOD, **other)
    assert (found.good, found.falls) == (good, falls)


# The whole way, on a small shop with a small network.


def photo(number: int) -> bytes:
    """A garment of one of eight colours and four shapes before a light wall."""
    random = np.random.default_rng(number)
    rows, columns = np.mgrid[0:120, 0:80]
    pixels = np.full((120, 80, 3), 235.0)
    shape = [
        (abs(columns - 40) < 22) & (abs(rows - 60) < 30),
        (columns - 40) ** 2 + (rows - 60) ** 2 < 30**2,
        abs(columns - 40) < rows / 4,
        (abs(columns - 40) < 8) | (abs(rows - 40) < 9),
    ][number % 4]
    colour = np.array([(number % 8 >> bit & 1) * 180 + 20 for bit in range(3)])
    pixels[shape] = colour + 30 * np.sin(columns[shape] / (2 + number % 5))[:, None]
    written = io.BytesIO()
    noisy = pixels + random.normal(0, 6, pixels.shape)
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(written, "JPEG", quality=92)
    return written.getvalue()


@pytest.fixture(scope="module")
def wide() -> Encoder:
    """A network of three layers with seeded weights, in float32."""
    runtime.openvino()
    layer = importlib.import_module("openvino.opset1")
    random = np.random.default_rng(5)
    given = layer.parameter([1, 224, 224, 3], np.uint8)
    x = layer.divide(layer.convert(given, np.float32), np.float32(255))
    x = layer.transpose(x, np.array([0, 3, 1, 2]))
    for entering, leaving, stride in ((3, 16, 4), (16, 32, 2), (32, 64, 2)):
        weights = random.normal(0, (2 / (9 * entering)) ** 0.5, (leaving, entering, 3, 3)).astype(np.float32)
        x = layer.convolution(x, weights, [stride, stride], [1, 1], [1, 1], [1, 1])
        x = layer.relu(layer.add(x, random.normal(0, 0.1, (1, leaving, 1, 1)).astype(np.float32)))
    source = as_kept(runtime.openvino().Model([layer.reduce_mean(x, np.array([2, 3]), False)], [given]))
    run = runtime.OnOpenVino(source, "f32")
    version = runtime.version("openvino")
    return Encoder("small", 64, "none", "test", "0", True, "f32", version, run, lambda: source.network)


@pytest.fixture(scope="module")
def photographed(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """64 articles with photos, of four types and eight colours; nothing is encoded yet."""
    folder = DataFolder(write_shop(tmp_path_factory.mktemp("int8") / "shop", random_rows(1, 20), articles=10))
    rows = [article_row(f"{n:010d}", colour=n % 8, kind=250 + n % 4) for n in range(1, ARTICLES + 1)]
    (folder.root / "articles.csv").write_text("\n".join([ARTICLE_COLUMNS, *rows]) + "\n")
    convert(folder.root, folder)
    for number in range(1, ARTICLES - 3):
        put(folder.root / "images", place(number), photo(number))
    return folder


@pytest.fixture(scope="module")
def first(photographed: DataFolder, wide: Encoder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """The shop after its first run with int8."""
    pytest.importorskip("nncf", reason="NNCF is not installed: python -m pip install -e '.[int8]'")
    folder = copied(photographed, tmp_path_factory.mktemp("first"))
    run(folder, wide)
    return folder


@pytest.fixture
def shop(first: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy of it, to be changed."""
    return copied(first, tmp_path)


def copied(folder: DataFolder, target: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(folder.root, target / "shop")))


def run(
    folder: DataFolder, network: Encoder, how: Quantise | None = in_int8, notes: Notes | None = None
) -> Extraction:
    return extract(folder, folder.root / "images", lambda: network, None, notes or Notes(), False, how)


def never(*_: object) -> None:
    raise AssertionError("It is quantised once.")


def facts(folder: DataFolder) -> dict[str, object]:
    return json.loads((folder.root / "visual_features.json").read_text())


def test_the_vectors_are_near_those_of_float32_and_their_facts_tell_how_near(
    first: DataFolder, wide: Encoder, tmp_path: Path
) -> None:
    other = copied(first, tmp_path)
    done = run(other, wide, None)
    ours, theirs = open_embeddings(first).vectors, open_embeddings(other).vectors
    cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    told = facts(first)
    assert told["precision"] == "int8"
    assert not np.array_equal(ours, theirs)
    held_out = [n - 1 for n in sample(list(range(1, ARTICLES - 3)))[1]]
    assert told["agreement"]["photos"] == len(held_out)
    assert told["agreement"]["mean_cosine"] == pytest.approx(cosines[held_out].mean(), abs=1e-6)
    assert told["agreement"]["lowest_cosine"] == pytest.approx(cosines[held_out].min(), abs=1e-6)
    assert cosines.mean() > 0.99
    assert told["calibration"]["photos"] == ARTICLES - 4 - len(held_out)
    assert done.encoded == ARTICLES - 4
    assert "calibration" not in facts(other)


def test_the_next_run_takes_the_kept_one(
    first: DataFolder, shop: DataFolder, wide: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantised, "quantised", never)
    assert run(shop, wide).encoded == 0
    done = run(shop, wide)
    assert done.unchanged
    assert any(line.startswith("int8 beside f32") for line in done.lines)
    assert done.facts["agreement"] == facts(first)["agreement"]


def test_a_new_photo_gets_the_bits_that_the_kept_network_gives_everywhere(
    shop: DataFolder, wide: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantised, "quantised", never)
    put(shop.root / "images", place(ARTICLES), photo(ARTICLES))
    assert run(shop, wide).encoded == 1
    scratch = copied(shop, tmp_path / "scratch")
    for path in scratch.root.glob("visual_[fp]*"):
        path.unlink()
    assert run(scratch, wide).encoded == ARTICLES - 3
    assert scratch.path("visual_features.npy").read_bytes() == shop.path("visual_features.npy").read_bytes()
    assert facts(scratch)["calibration"] == facts(shop)["calibration"]
    # Search by photo, and retraining, open it without the option.
    vectors = open_embeddings(shop)
    opened = open_encoder(shop, vectors)
    assert {name: vectors.facts[name] for name in opened.facts} == opened.facts
    assert extract(shop, shop.root / "images", lambda: opened).unchanged


def test_a_damaged_one_is_made_again(shop: DataFolder, wide: Encoder) -> None:
    before = {path.name: path.read_bytes() for path in shop.root.glob("visual_network.[bx]*")}
    shop.path("visual_network.bin").write_bytes(b"")
    notes = Notes()
    assert run(shop, wide, notes=notes).encoded == 0  # the photos are the same, so it is the same network
    assert "is damaged" in notes.told[0] and "quantised again" in notes.told[0]
    assert shop.path("visual_network.bin").read_bytes() == before["visual_network.bin"]
    # Of other photos it becomes another network, and no vectors are mixed.
    for number in range(1, 30):
        put(shop.root / "images", place(number), photo(number + 1))
    shop.path("visual_network.xml").unlink()
    done = run(shop, wide, notes=notes)
    assert done.encoded == ARTICLES - 4
    assert "another calibration. All photos are encoded again" in notes.told[-1]


def test_a_float_network_is_not_taken_for_a_quantised_one(shop: DataFolder, wide: Encoder) -> None:
    run(shop, wide, None)
    card = NetworkCard.load(shop.path("visual_network.json"), "")
    assert (card.calibration, card.agreement) == (None, None)
    assert open_encoder(shop, open_embeddings(shop)).precision != "int8"
    assert run(shop, wide).encoded == ARTICLES - 4


def test_one_that_does_not_agree_is_refused_and_everything_stays(
    shop: DataFolder, wide: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.path("visual_network.json").unlink()
    before = {path.name: path.read_bytes() for path in shop.root.glob("visual_*")}
    bad = replace(wide, quantised={"agreement": asdict(replace(GOOD, neighbours_kept=0.5))})
    monkeypatch.setattr(quantised, "quantised", lambda *_: bad)
    with pytest.raises(
        NotGoodEnough, match=r"does not agree.*\nint8 beside f32, on 500.*50\.0% stay.*\n.*\n.*f32"
    ):
        run(shop, wide)
    assert {path.name: path.read_bytes() for path in shop.root.glob("visual_*")} == before


def test_with_too_few_photos_nothing_can_be_said(
    photographed: DataFolder, wide: Encoder, tmp_path: Path
) -> None:
    pytest.importorskip("nncf", reason="NNCF is not installed: python -m pip install -e '.[int8]'")
    few = copied(photographed, tmp_path)
    for number in range(20, ARTICLES):
        (few.root / "images" / place(number)).unlink(missing_ok=True)
    with pytest.raises(StyloError, match=r"19 photos are too few.*\n.*25.*\n.*--precision f32"):
        run(few, wide)
    assert list(few.root.glob("visual_*")) == []


def test_auto_takes_it_only_where_it_pays_and_nothing_is_lost(
    photographed: DataFolder, wide: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quantise(found: Agreement) -> str:
        narrow = replace(wide, precision="int8", quantised={"agreement": asdict(found)})
        monkeypatch.setattr(quantised, "quantised", lambda *_: narrow)
        return choice(None)

    def choice(made: dict[str, object] | None, network: Encoder = wide, articles: int = 20_000) -> str:
        notes.told.clear()
        return where_it_pays(empty, network, None, range(articles), made, notes).precision  # type: ignore[arg-type]

    notes, empty = Notes(), DataFolder(tmp_path)
    monkeypatch.setattr(quantised, "find_spec", lambda name: name)
    monkeypatch.setattr(quantised, "has_int8_dot_products", lambda: True)
    assert quantise(GOOD) == "int8"
    assert quantise(replace(GOOD, same_type_int8=0.405)) == "f32"
    assert "neighbours become worse" in notes.told[0] and "0.410 → 0.405" in notes.told[0]
    assert quantise(replace(GOOD, mean_cosine=0.9)) == "f32"
    assert "does not agree" in notes.told[0]
    quantise(GOOD)
    assert choice(None, articles=19_999) == "f32"
    assert choice({"precision": "f32"}) == "f32"
    assert choice({"precision": "int8"}, articles=10) == "int8"
    assert choice(None, replace(wide, precision="bf16")) == "bf16"
    assert choice(None, replace(wide, trained=False)) == "f32"
    monkeypatch.setattr(quantised, "find_spec", lambda name: None)
    assert choice(None) == "f32"
    monkeypatch.setattr(quantised, "has_int8_dot_products", lambda: False)
    assert choice({"precision": "int8"}) == "f32"


def test_nncf_reports_to_nobody() -> None:
    library = pytest.importorskip("nncf", reason="NNCF is not installed: python -m pip install -e '.[int8]'")
    code = (
        "import logging, sys; before = logging.getLoggerClass(); from stylo.visual import runtime; runtime.nncf()\n"
        "from nncf.telemetry import telemetry; assert not type(telemetry).__module__.startswith('nncf')\n"
        "assert sys.modules['openvino_telemetry'] is None and logging.getLoggerClass() is before"
    )
    places = [str(REPOSITORY), str(Path(library.__file__).parents[1])]
    done = run_script("-c", code, env={"PYTHONPATH": os.pathsep.join(places)})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="AVX2 is of x86 processors")
def test_the_script_says_what_the_processor_lacks_and_writes_nothing(photographed: DataFolder) -> None:
    options = ["--precision", "int8", "--runtime", "openvino", "--model", "efficientnet-lite0"]
    folders = ["--data", photographed.root, "--images", photographed.root / "images"]
    done = run_script("visual_features.py", *options, *folders, env={"ONEDNN_MAX_CPU_ISA": "AVX2"})
    assert done.returncode == 2
    assert "--precision int8: this processor does not multiply" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(photographed.root.glob("visual_*")) == []
