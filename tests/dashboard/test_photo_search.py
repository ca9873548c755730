"""Search by photo where it cannot be had, and the part of a picture that is searched for."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import copy_table
from pages import cards, page, words
from PIL import Image

from benchmarks.spoilt_pictures import of_scans, saved, spoilt_pictures
from stylo.dashboard import text
from stylo.dashboard.text import PICTURES_WAIT
from stylo.visual.prepared import WHOLE, PreparedPhoto
from stylo.visual.uploads import UploadDecoder


def test_without_vectors_the_page_names_the_scripts(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, alone="photo_search")
    assert not app.exception
    assert "python visual_features.py" in words(app)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": "MobileNetV3"}, "The vectors come from MobileNetV3"),
        ({"weights": "mine.h5"}, "with weights mine.h5, which are not available"),
        ({"weights_sha256": "0" * 64}, "The random weights that made the vectors differ from those"),
    ],
    ids=["another network", "a file", "other weights"],
)
def test_vectors_of_another_network_are_told(
    changed: dict[str, str], said: str, demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    shutil.copy(demo_shop / "visual_features.npy", tmp_path)
    facts = json.loads((demo_shop / "visual_features.json").read_text())
    (tmp_path / "visual_features.json").write_text(json.dumps(facts | changed))
    app = page(monkeypatch, tmp_path, alone="photo_search")
    assert not app.exception
    assert said in words(app)


def picture(size: tuple[int, int]) -> bytes:
    """Red in its left half, blue in its right."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2, 0] = 255
    pixels[:, size[0] // 2 :, 2] = 255
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("size", [(40, 20), (1000, 3000)])
@pytest.mark.parametrize(("left", "channel"), [(0.05, 0), (0.55, 2)])
def test_the_part_of_a_picture_is_what_lies_in_the_frame(
    size: tuple[int, int], left: float, channel: int
) -> None:
    part = PreparedPhoto.of(picture(size), 224, (left, 0.25, 0.4, 0.5))
    mean = part.pixels.reshape(-1, 3).mean(axis=0)
    assert mean[channel] > 240
    assert sum(mean) - mean[channel] < 20


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.999, 0.999), (0.5, 0.0)])
def test_a_part_of_no_size_is_a_pixel_that_it_lies_on(place: tuple[float, float]) -> None:
    part = PreparedPhoto.of(picture((40, 20)), 224, (*place, 1e-9, 1e-9))
    assert np.ptp(part.pixels.reshape(-1, 3), axis=0).tolist() == [0, 0, 0]
    assert part.pixels[0, 0, 0 if place[0] < 0.5 else 2] == 255


def test_all_of_a_picture_is_as_without_a_frame() -> None:
    framed, plain = (PreparedPhoto.of(picture((90, 60)), 224, *part) for part in ([WHOLE], []))
    assert np.array_equal(framed.pixels, plain.pixels)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a letter", "it is not a JPEG, PNG or WebP"),
        (picture((40, 20))[:-30], "This file isn’t a readable image"),
        (picture((40, 20)) + bytes(25_000_000), "25 MB is too large"),
        (of_scans(100, 12_000), "it has more than 50 scans"),
        (saved(Image.new("1", (6000, 6000)), "PNG"), "a PNG may have 24 million"),
    ],
    ids=["text", "cut off", "too large", "12,000 scans", "36 million pixels"],
)
def test_what_cannot_be_read_is_told_calmly(
    data: bytes, said: str, demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="photo_search")
    app.session_state["picture"] = data
    app.run()
    assert not app.exception
    assert said in " ".join(error.value for error in app.error)


def test_spoilt_pictures_are_searched_for_or_told_calmly(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="photo_search")
    told = set()
    for data in spoilt_pictures(22, seed=5):
        app.session_state["picture"] = data
        app.run()
        assert not app.exception
        told.add(bool(app.error))
    assert told == {True, False}


def test_while_no_picture_can_be_decoded_the_page_asks_to_try_again(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="photo_search")
    closed = UploadDecoder()
    closed.close()
    monkeypatch.setattr("stylo.dashboard.photo_search.decoder", lambda: closed)
    app.session_state["picture"] = picture((40, 20))
    app.run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [PICTURES_WAIT]


def test_a_picture_of_something_else_finds_nothing_alike_and_that_is_said(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="photo_search")
    app.session_state["picture"] = checks()
    app.run()
    assert cards(app, "alike")
    assert text.NOTHING_ALIKE in words(app)
    app.session_state["picture"] = next((demo_shop / "images").rglob("0*.jpg")).read_bytes()
    app.run()
    assert text.NOTHING_ALIKE not in words(app)


def test_the_photo_of_an_article_in_the_address_finds_the_articles_that_look_like_it(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = pl.read_parquet(demo_shop / "articles.parquet").row(5, named=True)
    asked = {"alone": "photo_search", "article": row["article_id"]}
    app = page(monkeypatch, demo_shop, **asked)
    assert not app.exception
    assert f"The photo of {row['prod_name']} ({row['article_id']})." in words(app)
    whole = [card["article"] for card in cards(app, "alike") or []]
    assert len(whole) == 48
    assert row["article_id"] not in whole
    part = [
        card["article"]
        for card in cards(page(monkeypatch, demo_shop, **asked, part=["0", "0", "0.4", "0.3"]), "alike") or []
    ]
    assert part != whole
    other = page(monkeypatch, demo_shop, **asked, alike_colour="other")
    shown = cards(other, "alike")
    assert shown
    assert row["colour_group_name"] not in {card["facts"].split(" · ")[1] for card in shown}


def test_a_picture_of_ones_own_takes_the_place_of_an_articles_photo(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = pl.read_parquet(demo_shop / "articles.parquet")["article_id"][5]
    app = page(monkeypatch, demo_shop, alone="photo_search", article=number, part=["0", "0", "0.4", "0.3"])
    app.get("file_uploader")[0].upload("photo.png", picture((40, 20)))
    app.run()
    assert not app.exception
    assert dict(app.query_params) == {}
    assert cards(app, "alike")


@pytest.mark.parametrize(
    ("number", "said"),
    [("0999999999", "There is no article 0999999999"), ("706016001", "Did you mean 0706016001?")],
)
def test_an_article_that_is_not_there_is_told_and_another_picture_can_be_chosen(
    number: str, said: str, demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="photo_search", article=number)
    assert not app.exception
    assert said in words(app)
    assert "Choose, paste or take a picture" in words(app)


def test_without_the_network_the_photo_of_an_article_is_searched_for_by_its_vector(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    shutil.copy(demo_shop / "visual_features.npy", tmp_path)
    facts = json.loads((demo_shop / "visual_features.json").read_text())
    (tmp_path / "visual_features.json").write_text(json.dumps(facts | {"model": "MobileNetV3"}))
    number = pl.read_parquet(demo_shop / "articles.parquet")["article_id"][5]
    app = page(monkeypatch, tmp_path, demo_shop / "images", alone="photo_search", article=number)
    assert not app.exception
    assert "The vectors come from MobileNetV3" in words(app)
    assert cards(app, "alike")


def checks() -> bytes:
    """Small checks in black, yellow and blue: no garment on white."""
    down, across = np.indices((240, 320)) // 6
    pixels = np.array([[0, 0, 0], [255, 230, 0], [0, 0, 255]], np.uint8)[(down + 2 * across) % 3]
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()
