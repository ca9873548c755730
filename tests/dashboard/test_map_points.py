"""The points of the catalogue map: whose points there are, their bytes and colours, and what a lasso holds."""

from __future__ import annotations

import base64
import gzip
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import jpeg, put
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from stylo.artefacts import Manifest, write_parquet
from stylo.dashboard import text
from stylo.dashboard.map import routes as map_routes
from stylo.dashboard.map.colours import SALES_STEPS, by_colour, by_label, by_sales
from stylo.dashboard.map.lasso import MOST_CORNERS, SIDE, from_text, inside, to_text
from stylo.dashboard.map.points import COLOURINGS, MapPoints
from stylo.dashboard.shop import Shop, open_shop
from stylo.errors import DamagedArtefact, MissingArtefact, StaleArtefact, StyloError
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.visual.colours import named_colours, to_rgb
from stylo.visual.map import FILE

ARTICLES = (108775015, 108775044, 200000001, 999999999)


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    made = DataFolder(tiny_shop)
    convert(tiny_shop, made)
    return made


def put_map(folder: DataFolder, *rows: tuple[int, float, float]) -> None:
    schema = {"article": pl.Int32, "x": pl.Float32, "y": pl.Float32}
    made_from = folder.fingerprints("articles.parquet")
    table = pl.DataFrame(rows, schema=schema, orient="row")
    write_parquet(table, folder.path(FILE), Manifest("visual_reccs.py", made_from))


def map_of(folder: DataFolder) -> MapPoints:
    points = open_shop(folder, folder.root).map
    assert points is not None
    return points


def problem_of(folder: DataFolder) -> StyloError:
    """What a shop says of its map, which is not there."""
    shop = open_shop(folder, folder.root)
    assert shop.map is None
    return shop.problems[FILE]


def test_points_are_articles_of_the_shop_by_number_and_know_their_rows(folder: DataFolder) -> None:
    put_map(folder, (200000001, -1, 1), (5, 0, 0), (108775015, 1, -1))
    shop = open_shop(folder, folder.root)
    points = shop.map
    assert points is not None
    assert points.articles["article"].to_list() == [108775015, 200000001]
    assert shop.articles[points.rows]["article"].to_list() == [108775015, 200000001]
    assert points.places.tolist() == [[SIDE, 0], [0, SIDE]]


def test_the_bytes_give_back_articles_and_places(folder: DataFolder) -> None:
    put_map(folder, *((article, place / 3, -place / 3) for place, article in enumerate(ARTICLES)))
    put(folder.root, "010/0108775044.jpg", jpeg())
    points = map_of(folder)
    data = points.packed
    count = len(points)
    assert len(data) == 8 * count + 1
    assert np.cumsum(np.frombuffer(data, "<i4", count)).tolist() == list(ARTICLES)
    x, y = np.frombuffer(data, "<u2", 2 * count, offset=4 * count).reshape(2, count) / SIDE * 2 - 1
    assert x == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=1.01 / SIDE)
    assert y == pytest.approx([0, -1 / 3, -2 / 3, -1], abs=1.01 / SIDE)
    assert data[-1] == 0b0010  # the second one has a photo


@given(st.lists(st.booleans(), max_size=40))
def test_bits_tell_which_points_are_meant(meant: list[bool]) -> None:
    points = MapPoints(pl.DataFrame(), np.zeros(len(meant), np.int64), np.zeros((len(meant), 2), np.uint16))
    data = base64.b64decode(points.bits(np.array(meant, dtype=np.bool_)))
    assert [bool(data[point >> 3] >> (point & 7) & 1) for point in range(len(meant))] == meant


def test_without_the_artefact_the_script_to_run_is_named(folder: DataFolder) -> None:
    problem = problem_of(folder)
    assert isinstance(problem, MissingArtefact)
    assert "visual_reccs.py" in problem.cure


@pytest.mark.parametrize(
    "rows",
    [
        [(108775015, 0.0, 1.5)],
        [(108775015, float("nan"), 0.0)],
        [(108775015, float("inf"), 0.0)],
        [(108775015, None, 0.0)],
        [(108775015, 0.0, 0.0), (108775015, 0.5, 0.0)],
    ],
    ids=["outside", "nan", "infinite", "nothing", "twice"],
)
def test_a_damaged_map_is_not_shown(folder: DataFolder, rows: list[tuple[int, float, float]]) -> None:
    put_map(folder, *rows)
    assert isinstance(problem_of(folder), DamagedArtefact)


def test_a_map_that_was_cut_off_is_not_shown(folder: DataFolder) -> None:
    put_map(folder, *((article, 0.1, 0.2) for article in ARTICLES))
    path = folder.path(FILE)
    data = bytearray(path.read_bytes())
    data[4:40] = bytes(36)
    path.write_bytes(data)
    assert isinstance(problem_of(folder), DamagedArtefact)


def test_a_map_of_another_shop_is_stale(folder: DataFolder) -> None:
    put_map(folder, (5, 0, 0))
    assert isinstance(problem_of(folder), StaleArtefact)


# What a lasso holds

corner = st.tuples(st.integers(0, 12), st.integers(0, 12))


def held(place: tuple[int, int], corners: list[tuple[int, int]]) -> bool:
    """Whether a ray to the left meets an odd number of sides, by exact fractions; a side has its lower end only."""
    met = 0
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if min(y0, y1) <= place[1] < max(y0, y1):
            met += x0 + Fraction((place[1] - y0) * (x1 - x0), y1 - y0) < place[0]
    return met % 2 == 1


def test_the_reference_and_the_lasso_agree_on_which_side_a_ray_leaves() -> None:
    square = [(2, 2), (2, 6), (6, 6), (6, 2)]
    assert held((4, 4), square)
    assert inside(np.array([[4, 4], [1, 4], [7, 4], [4, 7]]), np.array(square)).tolist() == [
        True,
        False,
        False,
        False,
    ]


@given(st.lists(corner, min_size=3, max_size=9))
def test_a_lasso_holds_what_a_naive_loop_says(corners: list[tuple[int, int]]) -> None:
    everywhere = [(x, y) for x in range(13) for y in range(13)]
    found = inside(np.array(everywhere, dtype=np.uint16), np.array(corners, dtype=np.uint16))
    on_a_side = [place for place in everywhere if touches(place, corners)]
    for place, mine in zip(everywhere, found.tolist(), strict=True):
        if place not in on_a_side:
            assert mine == held(place, corners), place


def touches(place: tuple[int, int], corners: list[tuple[int, int]]) -> bool:
    """Whether a place lies on a side."""
    x, y = place
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        within = min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)
        if within and (x1 - x0) * (y - y0) == (x - x0) * (y1 - y0):
            return True
    return False


def test_lassos_side_by_side_share_no_point_and_leave_none_between() -> None:
    places = np.array([(x, y) for x in range(9) for y in range(9)], dtype=np.uint16)
    left = inside(places, np.array([(0, 0), (4, 0), (6, 8), (0, 8)]))
    right = inside(places, np.array([(4, 0), (8, 0), (8, 8), (6, 8)]))
    whole = inside(places, np.array([(0, 0), (8, 0), (8, 8), (0, 8)]))
    assert not (left & right).any()
    assert ((left | right) == whole).all()


@pytest.mark.parametrize(
    "corners",
    [
        [],
        [(5, 5)],
        [(2, 2), (9, 9)],
        [(5, 5)] * 4,
        [(0, 5), (9, 5), (4, 5)],
        [(1, 1), (5, 5), (9, 9), (5, 5)],
    ],
    ids=str,
)
def test_a_lasso_without_area_holds_nothing(corners: list[tuple[int, int]]) -> None:
    places = np.array([(x, y) for x in range(10) for y in range(10)], dtype=np.uint16)
    assert not inside(places, np.array(corners, dtype=np.uint16).reshape(-1, 2)).any()


def test_the_widest_lasso_does_not_overflow() -> None:
    corners = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], dtype=np.uint16)
    assert inside(np.array([[SIDE // 2, SIDE // 2], [1, SIDE - 1]], dtype=np.uint16), corners).all()


@given(st.lists(st.tuples(st.integers(0, SIDE), st.integers(0, SIDE)), min_size=3, max_size=MOST_CORNERS))
def test_the_short_form_gives_back_the_lasso(corners: list[tuple[int, int]]) -> None:
    short = to_text(np.array(corners, dtype=np.uint16))
    assert set(short) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    back = from_text(short)
    assert back is not None
    assert back.tolist() == [list(each) for each in corners]


@given(st.text(max_size=60))
def test_any_text_is_a_lasso_or_none(said: str) -> None:
    corners = from_text(said)
    assert corners is None or corners.shape[0] >= 3


@pytest.mark.parametrize("said", ["", "AAAA", "!" * 16, "A" * 17, "ä" * 16, "A" * 4 * 4 * MOST_CORNERS])
def test_what_is_no_lasso_is_none(said: str) -> None:
    assert from_text(said) is None


# Colours


def test_the_largest_groups_have_colours_of_their_own_and_the_others_are_grey() -> None:
    labels = pl.Series([f"kind {number:02}" for number in range(12) for _ in range(20 - number)] + [None])
    colouring = by_label(labels)
    assert [group.name for group in colouring.groups] == [f"kind {n:02}" for n in range(10)] + [
        text.MAP_OTHERS
    ]
    assert [group.count for group in colouring.groups] == [20 - n for n in range(10)] + [10 + 9 + 1]
    assert len({group.light for group in colouring.groups}) == 11
    assert colouring.codes[0] == 0
    assert colouring.codes[-1] == 10


def test_a_named_colour_has_its_own_and_any_other_that_of_its_photos() -> None:
    names = pl.Series(["Dark Blue", "Gold", "Gold", "Gold", "Nowhere", None])
    lab = np.full((6, 3), np.nan)
    lab[0] = (90, 0, 0)
    lab[1], lab[2] = (60, 10, 50), (64, 10, 50)
    colouring = by_colour(names, lab)
    colours = {group.name: group.light for group in colouring.groups}
    blue, gold = (
        "#{:02x}{:02x}{:02x}".format(*to_rgb(np.array(value, dtype=np.float32)).tolist())
        for value in (named_colours(["Dark Blue"])[0, 0, :3], (62, 10, 50))
    )
    assert colours["Dark Blue"] == blue
    assert colours["Gold"] == gold
    assert colours["Nowhere"] == colours[text.UNKNOWN] == "#a09a95"


def test_groups_of_sales_begin_at_their_steps() -> None:
    sold = np.array([0, 1, 2, 3, 9, 10, 31, 32, 99, 100, 315, 316, 10**6])
    colouring = by_sales(sold)
    assert colouring.codes.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert [group.name for group in colouring.groups] == [
        "Never sold", "1–2", "3–9", "10–31", "32–99", "100–315", "316 or more",
    ]  # fmt: skip
    assert len(colouring.groups) == len(SALES_STEPS)


def test_a_choice_of_groups_that_are_not_there_is_none() -> None:
    colouring = by_label(pl.Series(["a", "a", "b"]))
    assert colouring.of(["b"]).tolist() == [False, False, True]
    assert colouring.of(["z"]).all()
    assert colouring.of([]).all()


# The way to the browser


@pytest.fixture
def shop(folder: DataFolder) -> Shop:
    put_map(folder, *((article, 0.1 * place, 0.2) for place, article in enumerate(ARTICLES)))
    return open_shop(folder, folder.root, "v1")


@pytest.fixture
def client(shop: Shop) -> TestClient:
    return TestClient(Starlette(routes=map_routes.routes("", lambda: shop)))


@pytest.mark.parametrize("what", ["places", *COLOURINGS])
def test_a_part_is_sent_compressed_or_not_and_kept(client: TestClient, shop: Shop, what: str) -> None:
    assert shop.map is not None
    wanted = shop.map.packed if what == "places" else shop.map.colouring(what).codes.tobytes()
    for accepted in ("gzip", "identity"):
        answer = client.get(f"/map/{what}.bin?v=v1", headers={"Accept-Encoding": accepted})
        assert answer.status_code == 200
        assert answer.content == wanted
        assert answer.headers.get("Content-Encoding", "identity") == accepted
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(f"/map/{what}.bin").headers["Cache-Control"] == "no-cache"


def test_the_names_of_regions_are_sent_level_by_level(client: TestClient, shop: Shop) -> None:
    assert shop.map is not None
    answer = client.get("/map/labels.json?v=v1")
    assert answer.headers["Content-Type"] == "application/json"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.json() == [
        [[label.name, label.x, label.y, label.count] for label in level] for level in shop.map.labels
    ]


def test_compressed_bytes_are_the_same_at_each_run(client: TestClient) -> None:
    with client.stream("GET", "/map/places.bin") as answer:
        raw = b"".join(answer.iter_raw())
    assert raw[4:8] == bytes(4)
    assert gzip.decompress(raw) == client.get("/map/places.bin").content


def test_the_words_of_a_point_are_those_of_its_article(client: TestClient) -> None:
    words = client.get("/map/article/0108775015?v=v1").json()
    assert words == {
        "name": "Tee",
        "facts": "T-shirt · Colour 9",
        "alt": "No photo: Tee, T-shirt, Colour 9",
    } | {"href": "./?article=0108775015"}


@pytest.mark.parametrize(
    "address",
    ["places.bin?v=older", "nonsense.bin", "article/1", "article/0000000001", "article/0108775015?v=older"],
)
def test_what_is_not_there_is_not_found_and_not_kept(client: TestClient, address: str) -> None:
    answer = client.get(f"/map/{address}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_map_or_a_shop_nothing_is_found(folder: DataFolder, tmp_path: Path) -> None:
    mapless = open_shop(folder, folder.root)
    assert (
        TestClient(Starlette(routes=map_routes.routes("", lambda: mapless)))
        .get("/map/places.bin")
        .status_code
        == 404
    )
    shutil.rmtree(folder.root)

    def none() -> Shop:
        return open_shop(folder, tmp_path)

    assert TestClient(Starlette(routes=map_routes.routes("", none))).get("/map/places.bin").status_code == 404


def test_what_was_never_sold_stands_out_from_the_ground_of_the_map() -> None:
    never = by_sales(np.array([0, 1])).groups[0]
    for colour, ground in ((never.light, "#f4f3f2"), (never.dark, "#231f1d")):
        lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3  # WCAG 1.4.11


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
