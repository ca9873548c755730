"""The colours of a garment: found without the background, named as H&M does, compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from stylo.visual.colours import (
    COLOURS,
    NAMED,
    colour_master,
    colour_name,
    colour_vectors,
    garment_colours,
    to_lab,
    to_rgb,
)
from stylo.visual.photos import open_image, open_photos

RED, BLUE, WHITE, BLACK = (200, 30, 40), (30, 60, 160), (250, 250, 250), (15, 15, 15)
Rgb = tuple[int, int, int]


def paper(colour: Rgb, height: int = 180, width: int = 120) -> np.ndarray:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def disc(colour: Rgb, on: Rgb, radius: int = 40) -> np.ndarray:
    picture = paper(on)
    y, x = np.mgrid[:180, :120]
    picture[(y - 90) ** 2 + (x - 60) ** 2 < radius**2] = colour
    return picture


def shirt(colour: Rgb, on: Rgb) -> np.ndarray:
    """A body with two sleeves."""
    picture = paper(on)
    picture[40:150, 35:85] = colour
    picture[40:100, 15:105] = colour
    return picture


def lab(*colours: Rgb) -> np.ndarray:
    return to_lab(np.array(colours, dtype=np.uint8))


def names(found: np.ndarray) -> list[str]:
    """The names of the rows that are used."""
    return list(colour_name(found[found[:, 3] > 0, :3]))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    first, second = colour_vectors(np.stack([one, other]))
    return float(first @ second)


def test_lab_has_the_published_values_of_the_corners_of_srgb() -> None:
    """Bruce Lindbloom's calculator, D65 without adaptation; also in many a library's tests."""
    found = lab((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (119, 119, 119))
    published = [
        (53.24, 80.09, 67.20),
        (87.73, -86.18, 83.18),
        (32.30, 79.19, -107.86),
        (100, 0, 0),
        (0, 0, 0),
        (50.03, 0, 0),
    ]
    assert found == pytest.approx(np.array(published), abs=0.02)


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=1, max_side=20).map(lambda shape: (*shape, 3))))
def test_the_way_back_from_lab_gives_the_same_bytes(rgb: np.ndarray) -> None:
    assert np.abs(to_rgb(to_lab(rgb)).astype(int) - rgb).max() <= 1


def test_what_no_screen_can_show_is_clipped() -> None:
    beyond = np.array([[50, 200, 200], [-20, 0, 0], [140, 0, 0]], dtype=np.float32)
    assert to_rgb(beyond)[0, 0] == 255
    assert to_rgb(beyond)[1:].tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("on", [WHITE, (238, 238, 238), (205, 205, 208)])
def test_a_red_disc_is_red_and_its_background_does_not_count(on: Rgb) -> None:
    found = garment_colours(disc(RED, on))
    assert found[0, :3] == pytest.approx(lab(RED)[0], abs=0.01)
    assert found[0, 3] == 1
    assert not found[1:].any()


def test_a_background_that_darkens_from_top_to_bottom_does_not_count() -> None:
    picture = np.broadcast_to(
        np.linspace(250, 190, 180).astype(np.uint8)[:, None, None], (180, 120, 3)
    ).copy()
    picture[50:130, 30:90] = RED
    assert names(garment_colours(picture)) == ["Red"]


def test_two_colours_come_with_the_larger_first() -> None:
    picture = shirt(RED, WHITE)
    picture[40:75] = np.where(picture[40:75] == RED, BLUE, picture[40:75])
    found = garment_colours(picture)
    assert found[:2, :3] == pytest.approx(lab(RED, BLUE), abs=0.01)
    assert found[0, 3] > found[1, 3] > 0.25
    assert not found[2].any()


def test_a_fourth_colour_is_counted_with_the_one_that_it_resembles() -> None:
    picture = paper(WHITE)
    for number, colour in enumerate([RED, BLUE, BLACK, (210, 60, 40)]):
        picture[40 + 25 * number : 65 + 25 * number, 20:100] = colour
    found = garment_colours(picture)
    assert found[:, 3].sum() == pytest.approx(1, abs=1e-6)
    assert names(found)[0] == "Red"


@pytest.mark.parametrize("on", [(215, 215, 215), (240, 240, 240), WHITE])
def test_a_white_shirt_stays_white_on_grey_and_on_white(on: Rgb) -> None:
    found = garment_colours(shirt((253, 253, 253), on))
    assert names(found)[0] == "White"
    assert found[0, 3] > 0.9


def test_what_an_outline_encloses_is_the_garment() -> None:
    """A cream line round a white shirt on white paper: the shirt is more white than cream."""
    picture = shirt((240, 238, 230), WHITE)
    picture[44:146, 39:81] = WHITE
    picture[44:96, 19:101] = WHITE
    assert names(garment_colours(picture))[0] == "White"


def test_the_hole_of_a_black_ring_is_not_white() -> None:
    picture = disc(BLACK, WHITE, radius=50)
    picture[disc(BLACK, WHITE, radius=30)[..., 0] == BLACK[0]] = WHITE
    found = garment_colours(picture)
    assert names(found)[0] == "Black"
    assert found[0, 3] > 0.8


def test_a_blurred_outline_is_no_colour_of_its_own() -> None:
    picture = disc((130, 130, 140), WHITE, radius=42)
    picture[disc(BLACK, WHITE, radius=40)[..., 0] == BLACK[0]] = BLACK
    assert names(garment_colours(picture)) == ["Black"]


def test_a_button_is_no_colour_of_the_garment() -> None:
    """6 × 6 of some 4,400 pixels are under 4 %; a patch of 30 × 30 is over it."""
    picture = disc(RED, WHITE)
    picture[87:93, 57:63] = BLUE
    assert names(garment_colours(picture)) == ["Red"]
    picture[75:105, 45:75] = BLUE
    assert names(garment_colours(picture)) == ["Red", "Blue"]


def test_the_middle_of_the_picture_counts_more() -> None:
    """Of three equal stripes, the middle one is blue."""
    picture = paper(WHITE)
    picture[30:150, 20:100] = RED
    picture[70:110, 20:100] = BLUE
    found = garment_colours(picture)
    assert names(found) == ["Red", "Blue"]
    assert found[1, 3] > 0.36


def test_a_garment_that_leaves_the_picture_at_the_side_is_seen_there_too() -> None:
    picture = paper(WHITE)
    picture[40:60, :70] = BLUE
    picture[60:140, 50:70] = RED
    found = garment_colours(picture)
    assert sorted(names(found)) == ["Blue", "Red"]
    assert found[names(found).index("Blue"), 3] > 0.25


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (2, 2), (72, 48), (73, 49), (300, 1)])
def test_a_picture_of_one_colour_has_that_colour_at_any_size(shape: tuple[int, int]) -> None:
    found = garment_colours(np.full((*shape, 3), RED, dtype=np.uint8))
    assert found.shape == (COLOURS, 4)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx([*lab(RED)[0], 1], abs=0.01)
    assert not found[1:].any()


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=90).map(lambda shape: (*shape, 3))))
def test_shares_sum_to_one_and_fall_for_any_picture(picture: np.ndarray) -> None:
    found = garment_colours(picture)
    assert found[:, 3].sum() == pytest.approx(1, abs=1e-5)
    assert np.all(np.diff(found[:, 3]) <= 0)
    assert np.array_equal(found, garment_colours(picture))
    assert np.linalg.norm(colour_vectors(found[None])) == pytest.approx(1, abs=1e-5)


def test_a_mirrored_garment_has_the_same_colours() -> None:
    picture = shirt(RED, WHITE)
    picture[40:75, :40] = np.where(picture[40:75, :40] == RED, BLUE, picture[40:75, :40])
    assert likeness(garment_colours(picture), garment_colours(picture[:, ::-1])) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("rgb", "group", "master"),
    [
        ((20, 20, 22), "Black", "Black"),
        ((230, 230, 230), "White", "White"),
        ((150, 150, 150), "Grey", "Grey"),
        ((75, 75, 78), "Dark Grey", "Grey"),
        ((230, 227, 210), "Off White", "White"),
        ((214, 203, 188), "Light Beige", "Beige"),
        ((196, 172, 140), "Beige", "Beige"),
        ((122, 77, 46), "Yellowish Brown", "Brown"),
        ((108, 104, 78), "Greenish Khaki", "Khaki green"),
        ((196, 28, 44), "Red", "Red"),
        ((96, 28, 42), "Dark Red", "Red"),
        ((230, 140, 170), "Pink", "Pink"),
        ((226, 186, 184), "Light Pink", "Pink"),
        ((240, 205, 60), "Yellow", "Yellow"),
        ((226, 125, 50), "Orange", "Orange"),
        ((30, 40, 66), "Dark Blue", "Blue"),
        ((70, 112, 158), "Blue", "Blue"),
        ((156, 182, 208), "Light Blue", "Blue"),
        ((32, 140, 150), "Turquoise", "Turquoise"),
        ((36, 76, 62), "Dark Green", "Green"),
        ((50, 140, 80), "Green", "Green"),
        ((196, 182, 214), "Light Purple", "Lilac Purple"),
        ((120, 84, 150), "Purple", "Lilac Purple"),
    ],
)
def test_plain_colours_have_the_names_of_the_catalogue(rgb: Rgb, group: str, master: str) -> None:
    assert colour_name(lab(rgb)).tolist() == [group]
    assert colour_master(lab(rgb)).tolist() == [master]


def test_vectors_have_length_one_no_negative_values_and_zeros_for_no_colours() -> None:
    garments = np.stack([garment_colours(disc(colour, WHITE)) for colour in (RED, BLUE, BLACK)])
    vectors = colour_vectors(np.concatenate([garments, np.zeros((1, COLOURS, 4), dtype=np.float32)]))
    assert vectors.shape == (4, NAMED)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 0], abs=1e-6)
    assert (vectors >= 0).all()
    assert colour_vectors(garments[:0]).shape == (0, NAMED)


def test_more_garments_than_fit_a_block_have_the_vectors_that_each_has_alone() -> None:
    rng = np.random.default_rng(0)
    garments = rng.uniform(0, 1, (5000, COLOURS, 4)).astype(np.float32) * (100, 60, 60, 1)
    alone = np.concatenate([colour_vectors(garments[place : place + 1]) for place in (0, 4095, 4096, 4999)])
    assert colour_vectors(garments)[[0, 4095, 4096, 4999]] == pytest.approx(alone, abs=1e-4)


def test_the_order_of_the_colours_does_not_matter() -> None:
    picture = shirt(RED, WHITE)
    picture[:75] = np.where(picture[:75] == RED, BLUE, picture[:75])
    found = garment_colours(picture)
    assert likeness(found, found[::-1]) == pytest.approx(1, abs=1e-6)


def test_the_same_colours_have_likeness_one_and_nearer_colours_more_than_farther_ones() -> None:
    shades = [(200, 30, 40), (205, 45, 60), (225, 90, 90), (235, 160, 170), (60, 120, 180)]
    garments = [garment_colours(disc(shade, WHITE)) for shade in shades]
    likenesses = [likeness(garments[0], other) for other in garments]
    assert likenesses[0] == pytest.approx(1, abs=1e-6)
    assert likenesses == sorted(likenesses, reverse=True)
    assert likenesses[1] > 0.8
    assert likenesses[-1] < 0.01


def test_a_shared_second_colour_makes_two_garments_more_alike() -> None:
    plain = garment_colours(disc(RED, WHITE))
    with_blue, with_black = plain.copy(), plain.copy()
    for garment, second in ((with_blue, BLUE), (with_black, BLACK)):
        garment[:2, 3] = 0.7, 0.3
        garment[1, :3] = lab(second)[0]
    assert likeness(with_blue, with_blue) > likeness(with_blue, plain) > likeness(with_blue, with_black) > 0.5


def test_likeness_is_the_sum_of_the_roots_of_the_shares_in_common() -> None:
    """Red and blue have nothing in common: √0.8 × √1 + √0.2 × 0."""
    both = np.zeros((COLOURS, 4), dtype=np.float32)
    both[:2, :3], both[:2, 3] = lab(RED, BLUE), (0.8, 0.2)
    assert likeness(both, garment_colours(disc(RED, WHITE))) == pytest.approx(0.8**0.5, abs=1e-3)


@pytest.mark.sample
def test_photos_of_the_real_catalogue_have_the_colours_that_it_names(hm_sample: Path) -> None:
    """Of every tenth photo: always "Black" is right for 0.31, the mean of the whole photo for 0.10."""
    photos = open_photos(hm_sample / "images")
    some_articles = photos.articles[::10]
    written = (
        pl.scan_csv(hm_sample / "articles.csv")
        .select(pl.col("article_id").cast(pl.Int64), "colour_group_name", "perceived_colour_master_name")
        .filter(pl.col("article_id").is_in(some_articles))
        .sort("article_id")
        .collect()
    )
    found = np.stack(
        [
            garment_colours(np.asarray(open_image(photos.read(article), 224)))
            for article in written["article_id"]
        ]
    )
    first = found[:, 0, :3]
    assert np.mean(colour_name(first) == written["colour_group_name"].to_numpy()) > 0.55
    assert np.mean(colour_master(first) == written["perceived_colour_master_name"].to_numpy()) > 0.65
