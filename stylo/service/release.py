"""Releases: what a model needs to be served, kept apart from the data folder in which the next one is made.

    STATE/models/2020-09-23-3f2a9c1b/
        articles.parquet  model.bin  weekly_sales.parquet  visual_features.npy …    hard links: no bytes are copied
        service.parquet   articles with what they sold
        service.bin       customers' numbers and articles' neighbours as arrays
        release.json      what it is, and the SHA-256 of every file

A run of final.py replaces its files by new ones, so that those of a release stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from stylo.artefacts import Manifest, open_arrays, sample_digest, write_arrays, writing
from stylo.assortment import Assortment, with_facts
from stylo.errors import BadOption, DamagedArtefact, StyloError
from stylo.recommender import HYBRID, MODEL_FILE, SavedModel
from stylo.service.customer_index import CustomerIndex
from stylo.service.engine import Bestsellers, Engine
from stylo.service.neighbours import Neighbours
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import WEEKLY_SALES
from stylo.tables.weekly_sales import FILE as SALES_FILE
from stylo.tables.weekly_sales import weekly_sales
from stylo.visual.photos import Photos
from stylo.visual.pictures import Pictures
from stylo.visual.thumbnails import Thumbnails

_NEEDED = (
    "articles.parquet",
    "customers.parquet",
    MODEL_FILE,
    "model.json",
    SALES_FILE,
    "article_reccs.parquet",
)
_WELCOME = (
    "visual_features.npy",
    "visual_features.json",
    "visual_index.npy",
    "visual_index.json",
    "visual_photos.parquet",
)
# Beside the model's own bytes, what a version is told apart by.
_DECIDE = ("articles.parquet", "customers.parquet", "visual_features.npy", "visual_photos.parquet")
_ARTICLES, _COMPILED, _CARD = "service.parquet", "service.bin", "release.json"
_MODELS = "models"
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class Release:
    """A release, opened: everything that answers are made from. It never changes.

    engine : what recommends; Bestsellers where the model is no good.
    problems : what cannot be used, and why; answers that would need it are flagged or refused.
    """

    version: str
    engine: Engine | Bestsellers
    customers: CustomerIndex
    neighbours: Mapping[str, Neighbours]
    assortment: Assortment
    pictures: Pictures
    problems: Mapping[str, StyloError] = field(default_factory=dict)

    def let_go(self) -> None:
        """Frees the memory of pages of the model that were looked at of late."""
        if isinstance(self.engine, Engine):
            self.engine.let_go()

    @property
    def as_of(self) -> date:
        """The day after the last purchase that it knows."""
        return self.engine.as_of


class Releases:
    """The releases in a state folder.

    thumbnails : of the data folder: pictures do not belong to a model.
    photos : None where they are not there.
    """

    def __init__(self, state: Path, thumbnails: Thumbnails, photos: Photos | None = None) -> None:
        self._models = state / _MODELS
        self._thumbnails, self._photos = thumbnails, photos

    def versions(self) -> list[str]:
        """Those that are there whole, the newest name last."""
        names = (path.parent.name for path in self._models.glob(f"*/{_CARD}"))
        return sorted(name for name in names if not name.startswith("."))  # else it is being written

    def publish(self, folder: DataFolder) -> str:
        """Makes a release of what lies in a data folder, unless it is there already and good; gives its version.

        Raises MissingArtefact, StaleArtefact or DamagedArtefact for artefacts that are no good, and CannotWrite, Busy.
        """
        version = version_of(folder)
        target = self._models / version
        if (target / _CARD).exists() and self._opens(version):
            return version
        SavedModel.open(folder)
        weekly_sales(folder)  # made where that is due
        with writing(folders=[target]) as (temporary,):
            for name in (*_NEEDED, *_WELCOME):
                source = folder.path(name)
                if name in _NEEDED and name != "model.json":
                    folder.require(name)
                if source.exists():
                    _link(source, temporary / name)
            _compile(DataFolder(temporary))
            self._open(version, temporary)  # it must open before anyone is sent to it
            files = {path.name: sha256(path) for path in sorted(temporary.iterdir())}
            card = {"version": version, "files": files}
            (temporary / _CARD).write_text(json.dumps(card, indent=2) + "\n")
        return version

    def open(self, version: str, *, checked: bool = False) -> Release:
        """Memory-mapped: at once, and shared by processes.

        Parameters
        ----------
        checked : every byte is read and compared with the SHA-256 that was noted when it was published.

        Raises BadOption for a version that is not here, DamagedArtefact for one whose bytes are not what they were.
        """
        path = self._models / version
        if version not in self.versions():
            raise BadOption(
                f"There is no version {version[:80]!r} of the model here.",
                cure=f"There are: {', '.join(self.versions()) or 'none'}.",
            )
        if checked:
            self.check(version)
        return self._open(version, path)

    def check(self, version: str) -> None:
        """Raises DamagedArtefact if a byte of a release is not what it was."""
        path = self._models / version
        for name, digest in json.loads((path / _CARD).read_text())["files"].items():
            if not (path / name).exists() or sha256(path / name) != digest:
                raise DamagedArtefact(
                    f"{name} of version {version} is not what it was when it was published.",
                    cure="Go back to another version, or publish this one again from its data folder.",
                )

    def remove(self, version: str) -> None:
        """Takes a release away; processes that have it open keep it."""
        shutil.rmtree(self._models / version)

    def _opens(self, version: str) -> bool:
        try:
            return not self.open(version).problems
        except DamagedArtefact:
            return False

    def _open(self, version: str, path: Path) -> Release:
        folder = DataFolder(path)
        problems: dict[str, StyloError] = {}
        arrays, facts, _ = open_arrays(
            folder.path(_COMPILED), "Publish it again: python serve.py models publish"
        )
        assortment = Assortment(folder, self._articles(folder), pl.DataFrame(schema=WEEKLY_SALES))
        neighbours = {name: Neighbours.from_arrays(arrays, name) for name in facts["strategies"]}
        engine: Engine | Bestsellers
        try:
            engine = Engine(SavedModel.open(folder), assortment, neighbours.get(HYBRID))
        except StyloError as error:
            problems["model"] = error
            engine = Bestsellers(assortment, date.fromisoformat(facts["as_of"]))
        return Release(
            version,
            engine,
            CustomerIndex.from_arrays(arrays),
            neighbours,
            assortment,
            Pictures(self._photos, self._thumbnails),
            problems,
        )

    def _articles(self, folder: DataFolder) -> pl.DataFrame:
        """With the photos that are there now."""
        pictured = set(self._photos.stamps) if self._photos else self._thumbnails.articles()
        try:
            articles = pl.read_parquet(folder.path(_ARTICLES))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DamagedArtefact(f"{_ARTICLES} of {folder.root.name} cannot be read.") from error
        return articles.with_columns(has_photo=pl.col("article").is_in(sorted(pictured)))


def version_of(folder: DataFolder) -> str:
    """The model's day and eight letters that stand for its bytes and those of what is served beside it.

    Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    model, path = SavedModel.open(folder), folder.path(MODEL_FILE)
    _, facts, _ = open_arrays(path, "")  # what is no array: weights, how many candidates
    digest = hashlib.sha256(f"{sample_digest(path)} {json.dumps(facts, sort_keys=True)}".encode())
    for name, fingerprint in sorted(folder.fingerprints(*_DECIDE).items()):
        digest.update(f"{name} {fingerprint}".encode())
    return f"{model.as_of}-{digest.hexdigest()[:8]}"


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copyfile(source, target)


def _compile(folder: DataFolder) -> None:
    """Works out once what every process would else work out when it opens the release."""
    sales = folder.scan(SALES_FILE).collect()
    articles = with_facts(folder.scan("articles.parquet").collect(), sales, None, set())
    articles.write_parquet(folder.path(_ARTICLES))
    customers = folder.scan("customers.parquet").select("customer", "customer_id").collect()
    table = folder.scan("article_reccs.parquet").select("article", "strategy", "neighbour", "rank", "score")
    near = Neighbours.by_strategy(table.collect())
    arrays = CustomerIndex.of(customers).arrays()
    for name, each in near.items():
        arrays |= each.arrays(name)
    path = folder.path(_COMPILED)
    manifest = Manifest("serve.py", folder.fingerprints("customers.parquet", "article_reccs.parquet"))
    as_of = SavedModel.open(folder).as_of.isoformat()
    told = {"strategies": sorted(near), "as_of": as_of}
    write_arrays(path, path.with_suffix(".json"), arrays, told, manifest)
