"""What a user gets from one version of the code, as files, to compare with what another version gives.

    python tests/golden.py take --shop DIR OUT    # DIR: the three CSVs and images/, as `python -m stylo.demo` makes
    python tests/golden.py compare BEFORE AFTER   # exit status 1 if anything differs

Both versions get the same shop. Taken are the scripts' tables and reports, `predictions.parquet` and
`article_reccs.parquet` as rows, the service's answers and its description, and each page's text with a screenshot.
Times, paths, ids drawn at random and the like are blanked; names of schemas in the description are left out.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

_SCRIPTS = (
    "data_optim.py",
    "split_data.py",
    "visual_features.py",
    "visual_reccs.py",
    "individual_baseline.py",
    "final.py",
)
_TABLES = ("predictions.parquet", "article_reccs.parquet", "visual_reccs.parquet", "weekly_sales.parquet")
_PAGES = ("discover", "photo", "shopper", "map", "evaluation", "operations", "data")
_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?( UTC)?"), "<time>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[0-9a-f]{32}(?![0-9a-f])"), "<id>"),
    (re.compile(r"\b\d+(\.\d+)? ?(seconds?|ms|s|minutes?|min|KiB|MiB|GiB|kB|MB|GB)\b"), "<amount>"),
    (re.compile(r"/tmp/[\w./-]+"), "<path>"),
)
_ALWAYS_OTHER = {
    "seconds",
    "made_at",
    "created",
    "duration",
    "peak_memory",
    "code",
    "started",
    "ended",
    "bytes",
}

app = typer.Typer(add_completion=False)


@app.command()
def take(
    out: Path, shop: Annotated[Path, typer.Option("--shop", help="A folder of CSVs with images/.")]
) -> None:
    """Run everything over a shop and keep what comes out."""
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shop"
        shutil.copytree(shop, data)
        for script in _SCRIPTS:
            images = ["--images", str(data / "images")] if script == "visual_features.py" else []
            done = _run(script, "--data", str(data), *images)
            (out / f"{script}.txt").write_text(_blank(done))
            typer.echo(script)
        for report in sorted((data / "reports").glob("*.json")):
            (out / report.name).write_text(_pretty(json.loads(report.read_text())))
        _keep_tables(data, out)
        _keep_answers(data, out)
        typer.echo("service")
        _keep_pages(data, out)


@app.command()
def compare(before: Path, after: Path) -> None:
    """Name every file that differs, with its first differing lines."""
    names = sorted({path.name for folder in (before, after) for path in folder.iterdir()})
    differing = 0
    for name in names:
        pair = before / name, after / name
        if not all(path.exists() for path in pair):
            differing += 1
            typer.echo(f"{name}: only in {pair[0].parent if pair[0].exists() else pair[1].parent}")
        elif name.endswith(".png"):
            typer.echo(f"{name}: {_other_pixels(*pair):.2%} of the pixels differ")
        elif pair[0].read_bytes() != pair[1].read_bytes():
            differing += 1
            found = subprocess.run(["diff", "-U0", *map(str, pair)], capture_output=True, text=True)
            lines = found.stdout.splitlines()
            typer.echo(f"{name}: differs")
            typer.echo("\n".join(f"    {line[:200]}" for line in lines[2:14]))
    typer.echo(f"{len(names)} files, {differing} differ")
    raise typer.Exit(bool(differing))


def _run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _keep_tables(data: Path, out: Path) -> None:
    import polars as pl

    for name in _TABLES:
        table = pl.read_parquet(data / name)
        (out / f"{name}.ndjson").write_text(table.write_ndjson())


def _keep_answers(data: Path, out: Path) -> None:
    import polars as pl
    from serving import Server

    _run("serve.py", "models", "publish", "--data", str(data))
    customers = pl.read_parquet(data / "customers.parquet")["customer_id"].sort().gather([0, 200]).to_list()
    articles = pl.read_parquet(data / "articles.parquet")["article_id"].sort().gather([0, 40]).to_list()
    answers: dict[str, Any] = {}
    with Server(data, data / "images") as server, server.client() as asking:
        description = asking.get("/openapi.json").json()
        routes = [
            path
            for path, methods in description["paths"].items()
            if "get" in methods and not path.endswith("photo")
        ]
        for route in sorted(routes):
            for customer, article in zip(customers, articles, strict=True):
                path = re.sub(r"\{\w*customer\w*\}", customer, route)
                path = re.sub(r"\{\w*article\w*\}", article, path)
                answer = asking.get(re.sub(r"\{\w+\}", "none", path))
                is_json = "json" in answer.headers.get("content-type", "")
                answers[f"GET {path}"] = {
                    "status": answer.status_code,
                    "body": answer.json() if is_json else len(answer.content) > 0,
                }
    (out / "answers.json").write_text(_pretty(answers))
    (out / "openapi.json").write_text(_pretty(_without_schema_names(description)))


def _keep_pages(data: Path, out: Path) -> None:
    from browsing import CHROMIUM, QUIET, SLOW, expect, served, settled
    from playwright.sync_api import sync_playwright

    with served(data, data / "images") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(SLOW)
        for name in _PAGES:
            page.goto(f"{address}/{name}" if name != _PAGES[0] else address)
            expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
            settled(page)
            page.wait_for_timeout(3000)
            (out / f"page {name}.txt").write_text(_blank(page.locator("body").inner_text()))
            page.screenshot(path=out / f"page {name}.png", full_page=True)
            typer.echo(name)
        browser.close()


def _blank(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def _pretty(facts: Any) -> str:
    return _blank(json.dumps(_without_varying(facts), indent=1, sort_keys=True, ensure_ascii=False))


def _without_varying(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {
            key: "<varies>" if key in _ALWAYS_OTHER else _without_varying(each) for key, each in facts.items()
        }
    return [_without_varying(each) for each in facts] if isinstance(facts, list) else facts


def _without_schema_names(description: dict[str, Any]) -> dict[str, Any]:
    """The description with its schemas in place of references to them."""
    schemas = description.get("components", {}).pop("schemas", {})

    def resolve(part: Any, depth: int = 0) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                name = part["$ref"].rsplit("/", 1)[-1]
                return resolve(schemas.get(name), depth + 1) if depth < 9 else "…"
            return {
                key: resolve(each, depth)
                for key, each in part.items()
                if key != "title" or not isinstance(each, str)
            }
        return [resolve(each, depth) for each in part] if isinstance(part, list) else part

    resolved: dict[str, Any] = resolve(description)
    return resolved


def _other_pixels(first: Path, second: Path) -> float:
    import numpy as np
    from PIL import Image

    pictures = [np.asarray(Image.open(path).convert("L"), dtype=np.int16) for path in (first, second)]
    height, width = (min(sizes) for sizes in zip(*(picture.shape for picture in pictures), strict=True))
    one, other = (picture[:height, :width] for picture in pictures)
    return float((abs(one - other) > 16).mean())


if __name__ == "__main__":
    app()
