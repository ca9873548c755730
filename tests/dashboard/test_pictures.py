"""Which picture an article has, and what a browser gets when it asks for it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from helpers import jpeg, put
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from stylo.dashboard.pictures import address, route
from stylo.tables.folder import DataFolder
from stylo.visual.photos import open_photos
from stylo.visual.thumbnails import LARGE, SMALL, Pictures, Thumbnails

RED, BLUE = (200, 0, 0), (0, 0, 200)
BOTH, PHOTO, THUMBNAIL, NEITHER = 108775015, 108775044, 200000001, 999999999


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """BOTH has a red photo and a blue thumbnail, PHOTO a red photo, THUMBNAIL a blue thumbnail."""
    for article in (BOTH, PHOTO):
        put(tmp_path, f"images/010/{article:010d}.jpg", jpeg(RED, size=(1200, 1800)))
    for article in (BOTH, THUMBNAIL):
        name = f"{article:010d}"
        put(tmp_path, f"thumbnails/{name[:3]}/{name}.jpg", jpeg(BLUE, size=(288, 432)))
    return tmp_path


def pictures(root: Path, photos: bool = True) -> Pictures:
    opened = open_photos(root / "images") if photos else None
    return Pictures(opened, Thumbnails.of(DataFolder(root)))


def looks(picture: bytes | None) -> tuple[str, int] | None:
    """Colour and width."""
    if picture is None:
        return None
    image = Image.open(io.BytesIO(picture))
    red, _, blue = image.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return "red" if red > blue else "blue", image.width


def test_a_small_picture_is_the_thumbnail_that_was_kept_else_made_from_the_photo(root: Path) -> None:
    found = [looks(pictures(root).find(article, SMALL)) for article in (BOTH, PHOTO, THUMBNAIL, NEITHER)]
    assert found == [("blue", 288), ("red", 320), ("blue", 288), None]


def test_a_large_picture_is_made_from_the_photo_else_the_thumbnail(root: Path) -> None:
    found = [looks(pictures(root).find(article, LARGE)) for article in (BOTH, PHOTO, THUMBNAIL, NEITHER)]
    assert found == [("red", 720), ("red", 720), ("blue", 288), None]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_without_photos_there_are_thumbnails(root: Path, size: str) -> None:
    found = [looks(pictures(root, photos=False).find(article, size)) for article in (BOTH, PHOTO)]
    assert found == [("blue", 288), None]


def test_a_thumbnail_that_comes_later_is_found(root: Path) -> None:
    shown = pictures(root)
    assert shown.find(NEITHER, SMALL) is None
    put(root, "thumbnails/099/0999999999.jpg", jpeg(BLUE, size=(288, 432)))
    assert looks(shown.find(NEITHER, SMALL)) == ("blue", 288)


def test_a_photo_that_cannot_be_read_gives_way_to_the_thumbnail(root: Path) -> None:
    (root / "images/010/0108775015.jpg").write_bytes(b"no picture")
    (root / "images/010/0108775044.jpg").write_bytes(b"no picture")
    assert looks(pictures(root).find(BOTH, LARGE)) == ("blue", 288)
    assert pictures(root).find(PHOTO, LARGE) is None


def test_a_photo_that_is_out_of_reach_gives_way_to_the_thumbnail_until_it_is_back(root: Path) -> None:
    shown = pictures(root)
    (root / "images").rename(root / "away")
    assert looks(shown.find(BOTH, LARGE)) == ("blue", 288)
    assert shown.find(PHOTO, LARGE) is None
    (root / "away").rename(root / "images")
    assert looks(shown.find(BOTH, LARGE)) == ("red", 720)
    assert looks(shown.find(PHOTO, LARGE)) == ("red", 720)


@pytest.fixture
def browser(root: Path) -> TestClient:
    return TestClient(Starlette(routes=[route("", lambda: pictures(root))]))


def test_the_address_of_a_picture_gives_it_and_the_browser_may_keep_it(browser: TestClient) -> None:
    answer = browser.get("/" + address(BOTH, "abc"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert looks(answer.content) == ("blue", 288)
    assert looks(browser.get("/" + address(BOTH, "abc", LARGE)).content) == ("red", 720)


def test_another_version_of_the_shop_has_other_addresses() -> None:
    assert address(BOTH, "a") != address(BOTH, "b")


def test_where_there_is_no_photo_a_tile_stands_in_and_is_asked_for_again(browser: TestClient) -> None:
    answer = browser.get("/" + address(NEITHER, "abc"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["108775015.jpg", "passwd", "..%2f..%2fapp.py", "%3Cb%3E.jpg"])
def test_what_is_no_article_number_is_not_found_and_not_echoed(browser: TestClient, name: str) -> None:
    answer = browser.get(f"/picture/small/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert name not in answer.text


def test_before_the_shop_is_open_there_are_tiles() -> None:
    closed = TestClient(Starlette(routes=[route("", lambda: None)]))
    assert closed.get("/" + address(BOTH, "abc")).headers["content-type"].startswith("image/svg+xml")
