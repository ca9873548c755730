"""Which picture a card and an article's page show: kept, made from the photo, or the neutral tile."""

from __future__ import annotations

import dataclasses
import io
import shutil
from pathlib import Path

import pytest
from helpers import jpeg, put
from PIL import Image
from streamlit.testing.v1 import AppTest

from stylo.dashboard import cards
from stylo.dashboard.shop import Shop, open_shop
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.visual.photos import open_photos

RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.fixture
def shop(tiny_shop: Path) -> Shop:
    """0108775015 has a red photo and a blue thumbnail, 0108775044 a red photo, 0200000001 a blue thumbnail."""
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    for article in ("0108775015", "0108775044"):
        put(tiny_shop, f"images/{article[:3]}/{article}.jpg", jpeg(RED, size=(1200, 1800)))
    for article in ("0108775015", "0200000001"):
        put(tiny_shop, f"thumbnails/{article[:3]}/{article}.jpg", jpeg(BLUE, size=(288, 432)))
    return open_shop(folder, tiny_shop / "images")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Streamlit was handed."""
    handed: list[object] = []
    monkeypatch.setattr("streamlit.image", lambda picture, **_: handed.append(picture))
    return handed


def looks(picture: object) -> tuple[str, int] | str:
    """Colour and width of a picture that was handed over as bytes; "tile" for the neutral one."""
    if isinstance(picture, str):
        assert "<svg" in picture
        return "tile"
    assert isinstance(picture, bytes)
    image = Image.open(io.BytesIO(picture))
    red, _, blue = image.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return "red" if red > blue else "blue", image.width


def test_a_card_shows_the_thumbnail_that_was_kept_else_one_of_the_photo_else_the_tile(
    shop: Shop, shown: list[object]
) -> None:
    for article in ("0108775015", "0108775044", "0200000001", "0999999999"):
        cards.thumbnail(shop, shop.article(article))
    assert [looks(picture) for picture in shown] == [("blue", 288), ("red", 320), ("blue", 288), "tile"]


def test_the_large_picture_is_the_photo_else_the_thumbnail_else_the_tile(
    shop: Shop, shown: list[object]
) -> None:
    for article in ("0108775015", "0108775044", "0200000001", "0999999999"):
        cards.photo(shop, shop.article(article))
    assert [looks(picture) for picture in shown] == [("red", 720), ("red", 720), ("blue", 288), "tile"]


def test_without_photos_thumbnails_are_shown(shop: Shop, shown: list[object]) -> None:
    without = dataclasses.replace(shop, photos=None)
    for show in (cards.thumbnail, cards.photo):
        for article in ("0108775015", "0108775044"):
            show(without, shop.article(article))
    assert [looks(picture) for picture in shown] == [("blue", 288), "tile", ("blue", 288), "tile"]


def test_a_thumbnail_that_comes_later_is_shown_by_the_same_shop(shop: Shop, shown: list[object]) -> None:
    row = shop.article("0999999999")
    cards.thumbnail(shop, row)
    put(shop.thumbnails.root, "099/0999999999.jpg", jpeg(BLUE, size=(288, 432)))
    cards.thumbnail(shop, row)
    assert [looks(picture) for picture in shown] == ["tile", ("blue", 288)]


def test_a_photo_that_cannot_be_read_gives_way_to_the_thumbnail(shop: Shop, shown: list[object]) -> None:
    place = shop.thumbnails.root.parent / "images"
    (place / "010/0108775015.jpg").write_bytes(b"no picture")
    (place / "010/0108775044.jpg").write_bytes(b"no picture")
    again = dataclasses.replace(shop, photos=open_photos(place))
    for article in ("0108775015", "0108775044"):
        cards.photo(again, shop.article(article))
    assert [looks(picture) for picture in shown] == [("blue", 288), "tile"]


def dashboard(data: str) -> None:
    """A script for AppTest, which runs its source."""
    from pathlib import Path

    from stylo.dashboard import discover

    discover.page(Path(data), Path(data) / "images")


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ([], None),
        (["images"], "The photos are not there; the small pictures kept of them are shown instead"),
        (["images", "thumbnails"], "No photos: "),
    ],
    ids=str,
)
def test_the_notice_says_what_is_shown_where_photos_are_missing(
    shop: Shop, gone: list[str], words: str | None
) -> None:
    data = shop.thumbnails.root.parent
    for name in gone:
        shutil.rmtree(data / name)
    page = AppTest.from_function(dashboard, args=(str(data),), default_timeout=60).run()
    assert not page.exception
    notices = [notice.value.replace("\\", "") for notice in page.info]
    assert len(notices) == (words is not None)
    assert all(words in notice for notice in notices if words)
