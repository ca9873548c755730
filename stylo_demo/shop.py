"""The whole demo shop in a folder: three tables under Kaggle's names, and photos of its articles.

It is a test bed made by `stylo.demo`: scores on it are no evidence about real purchases.
"""

import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from stylo.artefacts import fingerprint, uninterrupted, write_csv
from stylo.errors import BadOption, CannotWrite
from stylo.progress import SILENT, Progress
from stylo.system.room import no_room
from stylo.tables.folder import ARTICLES_CSV, DEMO_MARKER
from stylo_demo.article import CatalogueArticle
from stylo_demo.assortment import ShopAssortment, measure
from stylo_demo.catalogue import make_catalogue, to_be_pictured
from stylo_demo.customers import Habits, draw_habits, make_customers
from stylo_demo.photo import write_photo
from stylo_demo.purchases import CustomerPurchases
from stylo_demo.size import LAST_DAY, SMALL_PHOTO, ShopSize
from stylo_demo.tables import Receipts, articles_table, customers_table
from stylo_demo.visits import Visitors, day_of_week_start, weeks_of

MARKER = DEMO_MARKER
TRANSACTIONS, ARTICLES, CUSTOMERS = "transactions_train.csv", ARTICLES_CSV, "customers.csv"
TABLES = (TRANSACTIONS, ARTICLES, CUSTOMERS)

# Below this a pool of processes costs more time than it saves.
_ALONE = 100


@dataclass(frozen=True)
class Summary:
    """What a shop holds."""

    articles: int
    photos: int
    customers: int
    buyers: int
    transactions: int
    never_sold: int
    first_day: date | None
    last_day: date | None


def write_shop(
    out: Path,
    *,
    articles: int = 1000,
    customers: int = 5000,
    days: int = 734,
    seed: int = 1,
    images: int | None = None,
    image_size: tuple[int, int] = SMALL_PHOTO,
    progress: Progress = SILENT,
) -> Summary:
    """Writes an H&M-shaped shop into a folder, the same bytes for the same options and library versions.

    The tables and photos of an older demo shop there are replaced when the new ones are complete. Holds about
    600 bytes a customer and a week of sales, whatever the number of days.

    Parameters
    ----------
    out : the folder; made if it is not there.
    articles, customers : how many of each.
    days : length of the sales history, which ends on 2020-09-22.
    seed : another seed is another shop.
    images : how many photos, of the best-selling articles of every kind in turn; None is all.
    image_size : width and height of the photos in pixels.

    Raises
    ------
    BadOption : a count is out of bounds, or the folder holds tables or photos that are not a demo shop's.
    CannotWrite : the folder cannot be made or written.
    """
    size = ShopSize(articles, customers, days, images, image_size)
    if seed < 0:
        raise BadOption("A seed cannot be negative.", where=f"--seed {seed}", cure="Choose 0 or more.")
    _refuse_foreign(out)
    catalogue = make_catalogue(articles, weeks_of(days), seed, progress)
    with _workshop(out) as workshop:
        write_csv(articles_table(catalogue), workshop / ARTICLES)
        receipts = _write_sales(workshop, catalogue, size, seed, progress)
        pictured = to_be_pictured(catalogue, receipts.sold, size.images)
        photos = _draw_photos(pictured, workshop / "images", size.image_size, progress)
        tables = {name: fingerprint(workshop / name) for name in (ARTICLES, CUSTOMERS)}
        tables[TRANSACTIONS] = receipts.fingerprint
        options = {**asdict(size), "seed": seed}
        (workshop / MARKER).write_text(
            json.dumps({"made_by": "stylo.demo", **options, "tables": tables}) + "\n"
        )
        with uninterrupted():
            _move_in(workshop, out, photos)
    return Summary(
        articles=len(catalogue),
        photos=len(photos),
        customers=customers,
        buyers=int(receipts.bought.sum()),
        transactions=receipts.rows,
        never_sold=int((receipts.sold == 0).sum()),
        first_day=receipts.first_day,
        last_day=receipts.last_day,
    )


def _write_sales(
    workshop: Path, catalogue: tuple[CatalogueArticle, ...], size: ShopSize, seed: int, progress: Progress
) -> Receipts:
    """Writes the customers and, week by week, what they buy; gives back the closed till."""
    people = make_customers(size.customers, seed)
    write_csv(customers_table(people), workshop / CUSTOMERS)
    article_ids = pl.Series([article.article_id for article in catalogue], dtype=pl.String)
    habits = draw_habits(people["household"].to_numpy(), seed)
    with (workshop / TRANSACTIONS).open("wb") as file:
        receipts = Receipts(file, people["customer_id"], article_ids)
        _sell(receipts, measure(catalogue, seed), habits, size.days, seed, progress)
    return receipts


def _sell(
    receipts: Receipts, range_: ShopAssortment, habits: Habits, days: int, seed: int, progress: Progress
) -> None:
    """Lets the weeks pass, one after another, and writes what was sold."""
    weeks = weeks_of(days)
    opening = LAST_DAY - timedelta(days=days - 1)
    visitors = Visitors(len(habits.household), weeks, seed)
    rng = np.random.default_rng([seed, 7])
    purchases = CustomerPurchases(habits, range_, seed)
    with progress.task("Weeks of shopping", weeks) as advance:
        for week in range(weeks):
            start = day_of_week_start(week, weeks, LAST_DAY)
            discounts = range_.discounts(week, rng)
            shelf, prices = purchases.shelf(range_.pull(week, start, discounts)), range_.prices(discounts)
            rounds = visitors.week_of_visits(week, start, closed=max((opening - start).days, 0))
            receipts.add([purchases.buy(visits, week, shelf, prices) for visits in rounds], start)
            advance(1)


def _refuse_foreign(out: Path) -> None:
    """Real data under the same names is hours of download: only another demo shop is ever replaced."""
    if out.exists() and not out.is_dir():
        raise BadOption(f"{out} is a file, not a folder.", where=f"--out {out}", cure="Choose a folder.")
    if (out / "pyproject.toml").exists():
        raise BadOption(
            f"{out.resolve()} is a project folder, not a place for a shop.", cure="Choose another --out."
        )
    made = _tables_of_a_demo(out / MARKER)
    if made:  # a photo of its own shop is replaced, another is not
        drawn = _articles_in(out / ARTICLES)
        others = [photo for photo in _photos_in(out) if photo.stem not in drawn]
    else:
        others = [*out.glob("*.parquet"), *_photos_in(out)]
    for found in (*(out / name for name in TABLES), *others):
        if found.exists() and (found.name not in made or fingerprint(found) != made[found.name]):
            raise BadOption(
                f"{out} holds data that the demo did not make.",
                where=f"{found} is there, but {MARKER} does not list it.",
                cure="Choose another folder with --out, or move those files away.",
            )


def _tables_of_a_demo(marker: Path) -> dict[str, str]:
    """The digests of the tables that an earlier run wrote; empty where there was none."""
    try:
        return dict(json.loads(marker.read_text("utf-8"))["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _articles_in(table: Path) -> set[str]:
    """The ids of the articles of an earlier run; those of a table that is not there are none."""
    try:
        with table.open(encoding="utf-8") as lines:
            return {line.partition(",")[0].strip('"') for line in lines}
    except (OSError, UnicodeDecodeError):
        return set()


def _photos_in(out: Path) -> Iterator[Path]:
    return (out / "images").glob("0[0-9][0-9]/0*.jpg")


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder inside `out` in which the shop is made, gone at the end whatever happens."""
    made = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".demo-", dir=out))
        yield made
    except OSError as error:
        raise CannotWrite(
            f"The shop cannot be written: {no_room(error) or error.strerror or error}.",
            where=f"--out {out}",
            cure="Free some space, give yourself permission to write there, or choose another folder.",
        ) from error
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _draw_photos(
    pictured: list[CatalogueArticle], folder: Path, size: tuple[int, int], progress: Progress
) -> list[str]:
    """Draws the photos below a folder; gives back their paths in it."""
    for top in {article.photo_path.split("/")[0] for article in pictured}:
        (folder / top).mkdir(parents=True, exist_ok=True)
    targets = [folder / article.photo_path for article in pictured]
    write = partial(write_photo, size=size)
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with progress.task("Photos drawn", len(pictured)) as advance:
        if len(pictured) < _ALONE or workers == 1:
            for article, target in zip(pictured, targets, strict=True):
                write(article, target)
                advance(1)
        else:
            # Spawned, not forked: Polars' threads do not survive a fork.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, mp_context=context) as pool:
                for _ in pool.map(write, pictured, targets, chunksize=8):
                    advance(1)
    return [article.photo_path for article in pictured]


def _move_in(workshop: Path, out: Path, photos: list[str]) -> None:
    """Renames everything into place; photos of an older demo shop that the new one has not are removed."""
    (workshop / MARKER).replace(out / MARKER)
    outdated = set(_photos_in(out)) - {out / "images" / path for path in photos}
    for path in photos:
        target = out / "images" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (workshop / "images" / path).replace(target)
    for name in TABLES:
        (workshop / name).replace(out / name)
    for photo in sorted(outdated):
        photo.unlink()
