"""The photos show what the metadata name."""

import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylo_demo.catalogue import make_catalogue
from stylo_demo.designs import KINDS
from stylo_demo.photo import draw_photo
from stylo_demo.rendering import HEIGHT, WIDTH, drawing, file_name, plan, words_of
from stylo_demo.vocabulary import COLOURS, MOTIFS

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
def test_every_kind_is_drawn_in_all_its_words(kind: str) -> None:
    designs = {
        words_of(article.product.design): article.product.design
        for article in make_catalogue(600, 60, seed=2)
        if article.product.design.kind == kind
    }
    assert designs
    for design in designs.values():
        cover = plan(design, (0, 0, WIDTH, HEIGHT), (100, 150))[..., 3]
        assert 0.04 < (cover > 0).mean() < 0.8, design


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_ask_for_words_that_their_kind_has(kind: str) -> None:
    """A word with a slip in it would hide its part for ever."""
    known = {
        f"{'neck' if name == 'neckline' else name}-{file_name(word)}"
        for name, weights in KINDS[kind].words.items()
        for word in weights
    }
    known |= {f"with-{file_name(detail)}" for detail in KINDS[kind].details}
    known |= {"cut-a", "cut-b", "finish-a", "finish-b", "look-front-print", "look-placement-print"}
    # What denim, an audience or a dress's model decide.
    known |= {"model-jeans", "model-trucker", "model-swim-shorts", "fabric-denim", "neck-shirt"}
    asked = re.findall(r'data-when="([^"]*)"', drawing("garments", file_name(kind)))
    assert {word for words in asked for word in words.split()} <= known


def test_every_motif_has_a_drawing() -> None:
    for appearance, motifs in MOTIFS.items():
        for motif in motifs:
            assert drawing("prints" if "print" in appearance else "patterns", file_name(motif))


def test_every_kind_has_words_to_be_designed_with() -> None:
    assert all(kind.words for kind in KINDS.values())


def test_a_drawing_is_the_same_whatever_was_drawn_before() -> None:
    """Colourways share a rendering: it must not tell which of them came first."""
    catalogue = make_catalogue(18, 6, seed=1)
    alone = {article.article_id: draw_photo(article).tobytes() for article in catalogue}
    again = {article.article_id: draw_photo(article).tobytes() for article in reversed(catalogue)}
    assert alone == again
