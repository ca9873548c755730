"""The log-in in a browser, with a provider on loopback: from a look to an action that is recorded by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browsing import SLOW, served
from oidc import CLIENT, provider
from playwright.sync_api import Page, expect
from serving import linked

from stylo.dashboard import text
from stylo.deployment.state_folder import StateFolder
from stylo.storage import experiments

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEFINITION = {
    "name": "new model", "layer": "model", "slot": [0, 1], "salt": "1", "metric": "conversion",
    "variants": [{"name": "control", "share": 0.5}, {"name": "new", "share": 0.5}],
    "minimum_effect": 0.05, "planned_customers": 100,
}  # fmt: skip
SECRETS = """
[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "of these tests alone, and long enough"
client_id = "{client}"
client_secret = "also of these tests"
server_metadata_url = "{provider}/.well-known/openid-configuration"

[roles]
operate = ["anna@example.org"]
"""


def test_one_logs_in_operates_under_ones_name_and_logs_out(
    demo_shop: Path, empty_page: Page, tmp_path: Path
) -> None:
    pytest.importorskip("authlib", reason="Authlib is not installed (pip install '.[login]')")
    shop, page = linked(demo_shop, tmp_path / "shop"), empty_page
    database = StateFolder.of(shop).open_database(migrate=True)
    try:
        definition = json.dumps(DEFINITION)
        noon = datetime(2020, 9, 23, 12, tzinfo=UTC)
        experiments.define(database, "new model", definition, who="me", reason="to test", now=noon)
        secrets = tmp_path / "secrets.toml"
        with provider({"sub": "7", "name": "Anna Berg", "email": "anna@example.org"}) as there:
            secrets.write_text(SECRETS.format(client=CLIENT, provider=there))
            with served(shop, demo_shop / "images", "--secrets.files", str(secrets)) as address:
                page.goto(f"{address}/operations")
                # A browser on this machine, too, logs in where there is a log-in.
                expect(page.get_by_text(text.LOG_IN_TO_OPERATE)).to_be_visible(timeout=SLOW)
                page.get_by_text(text.OPERATE, exact=True).click()
                expect(page.get_by_text(text.READ_ONLY_LOG_IN)).to_be_visible(timeout=SLOW)
                page.get_by_role("button", name=text.LOG_IN, exact=True).click()
                page.wait_for_url(f"{address}/", timeout=SLOW)  # the log-in leads to the first page
                page.get_by_role("link", name=text.OPERATIONS).first.click()
                expect(page.get_by_text("Logged in as Anna Berg")).to_be_visible(timeout=SLOW)
                page.get_by_text(text.OPERATE, exact=True).click()
                page.get_by_label(text.REASONS["start"]).fill("Monday")
                page.get_by_role("button", name="Start new model").click()
                expect(page.get_by_text(text.STARTED.format(name="new model"))).to_be_visible(timeout=SLOW)
                kept = experiments.one(database, "new model")
                assert (kept.state, kept.who) == ("running", "Anna Berg · anna@example.org")
                page.get_by_role("button", name=text.LOG_OUT).click()
                page.wait_for_url(f"{address}/", timeout=SLOW)
                page.get_by_role("link", name=text.OPERATIONS).first.click()
                expect(page.get_by_text(text.LOG_IN_TO_OPERATE)).to_be_visible(timeout=SLOW)
    finally:
        database.close()
