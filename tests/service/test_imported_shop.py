"""A shop of its own from its exports to an answer of the service and a page of the dashboard.

SKUs of twelve characters, 300 products, nine months, one channel, no ages.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from exports import DAYS, FIRST_DAY, price, shopify_orders, sku, write_shopify_exports
from helpers import REPOSITORY, SLOW, run_here, run_script
from in_process import asking
from streamlit.testing.v1 import AppTest

from stylo.dashboard.site import DATA, IMAGES
from stylo.service.settings import ServiceSettings

pytestmark = pytest.mark.slow
_PRODUCTS, _CUSTOMERS = 300, 250
PRICES = {round(price(n), 2) for n in range(_PRODUCTS)}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the import and all six scripts."""
    place = tmp_path_factory.mktemp("own")
    exports, data = place / "exports", place / "data"
    write_shopify_exports(exports, _PRODUCTS, _CUSTOMERS)
    done = run_here(
        "-c", "from stylo.cli import main; main()", "import", exports / "shop.toml", "--data", data
    )
    assert done.returncode == 0, done.stderr
    encode = ("--images", data / "images", "--model", "efficientnet-lite0", "--weights", "random")
    for command in (
        ("data_optim.py", "--data", data),
        ("split_data.py", "--data", data),
        ("visual_features.py", "--data", data, *encode),
        ("visual_reccs.py", "--data", data),
        ("individual_baseline.py", "--data", data),
        ("final.py", "--data", data, "--weeks", "1"),
    ):
        done = run_script(*command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    return data


def test_every_purchase_of_the_exports_is_in_the_tables(imported: Path) -> None:
    lines = shopify_orders(_PRODUCTS, _CUSTOMERS)
    gone = {
        row["Name"] for row in lines if row.get("Financial Status") == "refunded" or row.get("Cancelled at")
    }
    pieces = [int(str(row["Lineitem quantity"])) for row in lines if row["Name"] not in gone]
    sold = pl.read_parquet(imported / "transactions.parquet" / "*.parquet")
    assert sold.height == sum(pieces)
    assert set(sold["price"].cast(pl.Float64).round(2)) <= PRICES
    assert (sold["t_dat"].max() - FIRST_DAY).days < DAYS  # type: ignore[operator]


def test_the_service_answers_with_the_shop_s_own_ids_and_prices(imported: Path) -> None:
    settings = ServiceSettings(data=imported, images=imported / "images", rate=1e6)
    skus = set(pl.read_parquet(imported / "articles.parquet")["sku"])
    who = pl.read_parquet(imported / "customers.parquet")["customer_id"][0]
    with asking(settings) as client:
        answer = client.get(f"/v1/customers/{who}/recommendations")
        assert answer.status_code == 200, answer.text
        shown = [each["article_id"] for each in answer.json()["recommendations"]]
        assert len(shown) == 12
        assert set(shown) <= skus
        article = client.get(f"/v1/articles/{shown[0]}")
        assert article.status_code == 200, article.text
        assert round(article.json()["price"], 2) in PRICES
        # Sizes are one article: the SKU of each leads to it.
        large = client.get(f"/v1/articles/{sku(1, 'Navy', 'L')}")
        assert large.json()["article_id"] == sku(1, "Navy", "S")


def test_the_dashboard_opens(imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(imported))
    monkeypatch.setenv(IMAGES, str(imported / "images"))
    app = AppTest.from_file(str(REPOSITORY / "stylo/dashboard/main.py"), default_timeout=SLOW).run()
    assert not app.exception
    assert not app.error
