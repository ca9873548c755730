"""How large a shop becomes, and the sizes that are refused."""

from typing import Any

import pytest
from helpers import run_script

from stylo.errors import BadOption
from stylo_demo.size import ShopSize, size_of


def test_scale_one_is_hms_own_size_without_photos() -> None:
    assert size_of(1.0) == ShopSize(articles=105_542, customers=1_371_980, days=734, images=0)


def test_the_smallest_scale_keeps_the_proportion_of_customers_to_articles() -> None:
    assert size_of(0.001) == ShopSize(articles=106, customers=1372, days=734, images=0)


def test_without_a_scale_it_is_the_plain_demo_with_all_photos() -> None:
    assert size_of() == ShopSize(articles=1000, customers=5000, days=734, images=None)


def test_counts_that_are_named_go_before_the_scale() -> None:
    size = size_of(0.01, customers=50, days=30, images=7, image_size="1166x1750")
    assert size == ShopSize(articles=1055, customers=50, days=30, images=7, image_size=(1166, 1750))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"scale": 0.0}, "--scale 0"),
        ({"scale": 0.0009}, "--scale 0.0009"),
        ({"scale": 1.1}, "--scale 1.1"),
        ({"scale": -1.0}, "--scale -1"),
        ({"scale": float("nan")}, "--scale nan"),
        ({"scale": 0.01, "articles": 0}, "--articles 0"),
        ({"articles": 200_001}, "--articles 200001"),
        ({"customers": -5}, "--customers -5"),
        ({"days": 0}, "--days 0"),
        ({"days": 3651}, "--days 3651"),
        ({"images": -1}, "--images -1"),
        ({"articles": 10, "images": 11}, "--images 11"),
        ({"image_size": "big"}, "--image-size big"),
        ({"image_size": "400 x 600"}, "--image-size 400 x 600"),
        ({"image_size": "600x400"}, "--image-size 600x400"),
        ({"image_size": "400x0"}, "--image-size 400x0"),
        ({"image_size": "20x30"}, "--image-size 20x30"),
        ({"image_size": "8000x12000"}, "--image-size 8000x12000"),
    ],
)
def test_sizes_that_make_no_sense_are_refused_by_their_option(options: dict[str, Any], named: str) -> None:
    with pytest.raises(BadOption) as refused:
        size_of(**options)
    assert refused.value.where == named
    assert refused.value.cure


def test_a_refused_size_ends_with_status_2_and_writes_nothing(tmp_path: Any) -> None:
    done = run_script("-m", "stylo.demo", "--out", tmp_path / "shop", "--scale", "2")
    assert done.returncode == 2
    assert "--scale 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "shop").exists()
