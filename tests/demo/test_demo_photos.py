"""The photos show what the metadata name."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylo.demo.catalogue import make_catalogue
from stylo.demo.designs import WORDS
from stylo.demo.garments import cut
from stylo.demo.kinds import KINDS
from stylo.demo.photo import draw_photo
from stylo.demo.vocabulary import COLOURS

# Garments whose middle is plain cloth.
PLAIN_IN_THE_MIDDLE = ("T-shirt", "Sweater", "Vest top", "Top", "Skirt", "Swimsuit", "Hoodie")


def test_every_photo_opens_and_lies_where_kaggle_puts_it(shop: Any) -> None:
    photos = sorted((shop.folder / "images").glob("*/*.jpg"))
    assert len(photos) == shop.summary.photos
    for photo in photos:
        assert photo.parent.name == photo.name[:3]
        with Image.open(photo) as image:
            image.load()
            assert (image.format, image.size, image.mode) == ("JPEG", (400, 600), "RGB")


def test_photos_belong_to_articles(shop: Any) -> None:
    names = {photo.stem for photo in (shop.folder / "images").glob("*/*.jpg")}
    assert names <= set(shop.articles["article_id"])


def test_solid_garments_have_the_colour_that_their_metadata_name(shop: Any) -> None:
    seen = 0
    for row in shop.articles.iter_rows(named=True):
        photo = shop.folder / "images" / row["article_id"][:3] / f"{row['article_id']}.jpg"
        if (
            row["graphical_appearance_name"] != "Solid"
            or row["product_type_name"] not in PLAIN_IN_THE_MIDDLE
            or not photo.exists()
        ):
            continue
        with Image.open(photo) as image:
            patch = np.asarray(image, dtype=float)[290:350, 165:235]
        named = np.array(COLOURS[row["colour_group_name"]].rgb)
        assert np.abs(np.median(patch, axis=(0, 1)) - named).max() < 30, row["article_id"]
        seen += 1
    assert seen >= 5


def test_the_background_is_light_grey(shop: Any) -> None:
    for photo in (shop.folder / "images").glob("*/*.jpg"):
        with Image.open(photo) as image:
            corner = np.asarray(image, dtype=float)[:12, :12]
        assert 225 < corner.mean() < 250
        assert np.ptp(corner.mean(axis=(0, 1))) < 6


def test_a_photo_depends_on_its_article_alone() -> None:
    article = make_catalogue(40, 20, seed=1)[7]
    assert draw_photo(article).tobytes() == draw_photo(article).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_cut_in_all_its_words(kind: str) -> None:
    designs = {
        article.product.design
        for article in make_catalogue(1500, 60, seed=2)
        if article.product.design.kind == kind
    }
    assert designs
    for design in designs:
        parts = cut(design)
        assert len(parts) >= 3


def test_every_kind_has_words_to_be_designed_with() -> None:
    assert set(WORDS) == set(KINDS)
