"""A catalogue with spoilt photos: each is read or named, and none keeps the others from being read."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from helpers import jpeg, put, run_here
from PIL import Image
from studio import Counting, encoder

from benchmarks.spoilt_pictures import of_scans, read_by_script, saved, spoilt_pictures
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder


def test_spoilt_photos_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    found = read_by_script(spoilt_pictures(200, seed=6), tmp_path)
    assert set(found) == {"pictures", "refused"}
    assert sum(found.values()) == 200


def test_the_script_names_photos_that_ask_for_too_much_and_does_the_rest(
    tiny_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.commands.encode.load_encoder", lambda *_: encoder(Counting()))
    convert(tiny_shop, DataFolder(tiny_shop))
    images = tiny_shop / "images"
    bomb = bytearray(saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    bomb[21:25] = struct.pack("<I", 9989 | 9989 << 14)
    put(images, "010/0108775015.jpg", jpeg())
    put(images, "010/0108775044.jpg", of_scans(900, 12_000))
    put(images, "020/0200000001.webp", bytes(bomb))
    put(images, "099/0999999999.png", saved(Image.new("1", (9000, 9000)), "PNG"))
    done = run_here("visual_features.py", "--data", tiny_shop, "--images", images)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    facts = json.loads((tiny_shop / "reports" / "visual_features.json").read_text())
    assert facts["photos_encoded"] == 1
    assert facts["corrupt"] == {
        "0108775044": "it has more than 50 scans",
        "0200000001": "9990 × 9990 pixels are too many: a WebP may have 14 million",
        "0999999999": "9000 × 9000 pixels are too many: a PNG may have 24 million",
    }
