"""Releases: what a model needs to be served, kept apart from the data folder in which the next one is made.

    STATE/models/2020-09-23-3f2a9c1b/
        articles.parquet  model.bin  weekly_sales.parquet  visual_features.npy …    read-only copies
        service.parquet   articles with what they sold
        service.bin       customers' numbers and articles' neighbours as arrays
        release.json      what it is, and the SHA-256 of every file

Whatever happens to the data folder, a release stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

import polars as pl

from stylo.artefacts import (
    Manifest,
    open_arrays,
    own_copy,
    read_table,
    write_arrays,
    write_table,
    writing,
)
from stylo.assortment import Assortment, with_facts
from stylo.deployment.online_model import OnlineModel
from stylo.deployment.popularity_fallback import PopularityFallback
from stylo.deployment.release import (
    Release,
    neighbours_table,
    network_files,
    tables_made_at,
    version_of,
)
from stylo.deployment.release_arrays import CustomerIndex, Neighbours
from stylo.deployment.release_files import ReleaseFiles, Stamp, sha256, stamp
from stylo.deployment.state_folder import StateFolder
from stylo.errors import BadOption, DamagedArtefact, MissingFile, NoPhotos, PhotosOutOfReach, StyloError
from stylo.outfits.model import OutfitModel
from stylo.recommender import HYBRID, SavedModel
from stylo.records.operations import ReleaseCard
from stylo.tables.folder import MODEL_FILE, OUTFITS_FILE, SHOP_FILE, DataFolder
from stylo.tables.schemas import WEEKLY_SALES
from stylo.tables.weekly_sales import FILE as SALES_FILE
from stylo.tables.weekly_sales import weekly_sales
from stylo.visual.photos import Photos, open_photos
from stylo.visual.thumbnails import Pictures, Thumbnails

_NEEDED = (
    "articles.parquet",
    "customers.parquet",
    MODEL_FILE,
    "model.json",
    SALES_FILE,
    "article_reccs.parquet",
)
_WELCOME = (
    OUTFITS_FILE,
    "outfits.json",
    SHOP_FILE,
    "visual_features.npy",
    "visual_features.json",
    "visual_index.npy",
    "visual_index.json",
    "visual_learned.npy",
    "visual_learned.json",
    "visual_learned_index.npy",
    "visual_learned_index.json",
    "visual_search.npy",
    "visual_search.json",
    "visual_search_index.npy",
    "visual_search_index.json",
    "visual_search_projection.bin",
    "visual_search_projection.json",
    "visual_photos.parquet",
)
_ARTICLES, _COMPILED = "service.parquet", "service.bin"
#: What a problem with the network that is kept of the looks is called.
NETWORK = "network"
# Without these a version is served, and answers say so; without any other it is not.
_MODEL, _LOOKS, OUTFITS = "model", "looks", "outfits"
_OF_OUTFITS = OUTFITS_FILE, "outfits.json"
_OF_THE_MODEL, _OF_LOOKS, _OF_THE_NETWORK = (MODEL_FILE, "model.json"), "visual_", "visual_network."


class Releases:
    """The releases in a state folder.

    thumbnails : of the data folder: pictures do not belong to a model.
    images : where the photos are, if they are; they are looked through whenever a release is opened.
    """

    def __init__(self, state: StateFolder, thumbnails: Thumbnails, images: Path | None = None) -> None:
        self._state, self._thumbnails, self._images = state, thumbnails, images
        self._photos: Photos | None = None
        #: Stamps of the files of versions that were opened, as they were then; and of those that were good.
        self._opened: dict[str, Mapping[Path, Stamp]] = {}
        self._good: dict[str, Mapping[str, Stamp]] = {}

    @classmethod
    def of(cls, state: StateFolder, images: Path | None = None) -> Releases:
        """With the thumbnails of the data folder."""
        return cls(state, Thumbnails.of(state.data_folder), images)

    def versions(self) -> list[str]:
        """The releases that are complete, the newest name last."""
        return self._state.versions()

    def note_live(self, version: str) -> None:
        """Notes which version answers. Without room for it nothing is noted, and nothing else is lost."""
        with suppress(StyloError, OSError), writing(self._state.noted_live) as (temporary,):
            temporary.write_text(version)

    def noted_live(self) -> str | None:
        """The version that answered last, as far as was noted. The database knows better, where there is one."""
        try:
            version = self._state.noted_live.read_text("utf-8")
        except (OSError, ValueError):
            return None
        return version if version in self.versions() else None

    def publish(self, folder: DataFolder) -> str:
        """Makes a release of what a data folder holds, unless there is a good one already; returns its version.

        Raises MissingArtefact, StaleArtefact or DamagedArtefact for artefacts that are no good, and CannotWrite, Busy.
        """
        version = version_of(folder)
        if self._state.release_card(version).exists() and self._opens(version):
            return version
        SavedModel.open(folder)
        weekly_sales(folder)  # made where that is due
        with writing(folders=[self._state.release(version)]) as (temporary,):
            for name in (*_NEEDED, *_WELCOME, *(path.name for path in network_files(folder))):
                source = folder.path(name)
                if name in _NEEDED and name != "model.json":
                    folder.require(name)
                if source.exists():
                    own_copy(source, temporary / name)
            _compile(DataFolder(temporary), tables_made_at(folder))
            self._open(version, temporary)  # it must open before anyone is sent to it
            paths = sorted(temporary.iterdir())
            card = ReleaseCard(
                version=version,
                files={path.name: sha256(path) for path in paths},
                stamps={path.name: stamp(path) for path in paths},
            )
            (temporary / self._state.release_card(version).name).write_text(card.to_json() + "\n")
        return version

    def open(self, version: str, *, checked: bool = False) -> Release:
        """Opens a release, memory-mapped: at once, and shared by processes.

        Parameters
        ----------
        checked : every byte is read and compared with the SHA-256 that was noted when it was published; else those of
            files that were touched since. Then a version whose model, looks or network have changed opens without
            these.

        Raises BadOption for a version that is not here, DamagedArtefact for one whose bytes are not what they were,
        OSError if the machine cannot look now.
        """
        if version not in self.versions():
            raise BadOption(
                f"There is no version {version[:80]!r} of the model here.",
                cure=f"There are: {', '.join(self.versions()) or 'none'}.",
            )
        card = self._state.release_card(version)
        card_stamp, files = stamp(card), self._files(version)
        stamps = files.stamps()
        self._opened[version] = {
            card: card_stamp,
            **{files.folder / name: each for name, each in stamps.items()},
        }
        if checked:
            files.check()
        changed = files.changed(stamps if checked else self._good.get(version, {}))
        self._good[version] = {name: each for name, each in stamps.items() if name not in changed}
        problems: dict[str, StyloError] = {
            _part(files, name): files.damaged(name) for name in reversed(changed)
        }
        return self._open(version, self._state.release(version), problems)

    def touched(self, version: str) -> list[str]:
        """Files of a version that may have changed since it was opened here. Costs a look at each of them."""
        return [path.name for path, each in self._opened.get(version, {}).items() if each != stamp(path)]

    def check(self, version: str) -> None:
        """Raises DamagedArtefact if a byte of a release is not what it was."""
        self._files(version).check()

    def _files(self, version: str) -> ReleaseFiles:
        return ReleaseFiles.of(self._state.release(version), self._state.release_card(version))

    def _opens(self, version: str) -> bool:
        try:
            return not self.open(version).problems
        except DamagedArtefact:
            return False

    def _open(
        self, version: str, path: Path, changed: Mapping[str, StyloError] = MappingProxyType({})
    ) -> Release:
        """changed : what cannot be used, since its bytes are not what they were."""
        folder, photos = DataFolder(path), self._photos_now()
        problems = dict(changed)
        arrays, facts, compiled = open_arrays(
            folder.path(_COMPILED), "Publish it again: python serve.py models publish"
        )
        sales = pl.DataFrame(schema=WEEKLY_SALES)
        assortment = Assortment(
            folder, self._articles(folder, photos), sales, with_looks=_LOOKS not in problems
        )
        neighbours = {name: Neighbours.from_arrays(arrays, name) for name in facts["strategies"]}
        engine: OnlineModel | PopularityFallback
        try:
            if _MODEL in problems:
                raise problems[_MODEL]
            engine = OnlineModel(SavedModel.open(folder), assortment, neighbours.get(HYBRID))
        except StyloError as error:
            problems[_MODEL] = error
            engine = PopularityFallback(assortment, date.fromisoformat(facts["as_of"]))
        outfits = None
        if folder.has(OUTFITS_FILE) and OUTFITS not in problems:  # there are none in a model made before them
            try:
                outfits = OutfitModel.open(folder)
            except StyloError as error:
                problems[OUTFITS] = error
        return Release(
            version,
            datetime.fromisoformat(facts.get("tables_made_at", compiled.made_at)),
            engine,
            CustomerIndex.from_arrays(arrays),
            neighbours,
            assortment,
            Pictures(photos, self._thumbnails),
            problems,
            bool(facts.get("own_customer_ids", False)),
            outfits,
        )

    def _photos_now(self) -> Photos | None:
        """Those that are there; those of the last time while they are the same, or cannot be reached."""
        if self._images is None:
            return None
        try:
            found = open_photos(self._images)
        except PhotosOutOfReach:
            return self._photos
        except (MissingFile, NoPhotos):
            return None
        if self._photos is None or found.stamps != self._photos.stamps:
            self._photos = found
        return self._photos

    def _articles(self, folder: DataFolder, photos: Photos | None) -> pl.DataFrame:
        """The articles, with which of them have a photo now."""
        pictured = set(photos.stamps) if photos else self._thumbnails.articles()
        try:
            articles = read_table(folder.path(_ARTICLES))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DamagedArtefact(f"{_ARTICLES} of {folder.root.name} cannot be read.") from error
        return articles.with_columns(has_photo=pl.col("article").is_in(sorted(pictured)))


def _part(files: ReleaseFiles, name: str) -> str:
    """What cannot be used without a file. Raises DamagedArtefact where that is all of it."""
    if name in _OF_THE_MODEL:
        return _MODEL
    if name in _OF_OUTFITS:
        return OUTFITS
    if name.startswith(_OF_THE_NETWORK):
        return NETWORK
    if name.startswith(_OF_LOOKS):
        return _LOOKS
    raise files.damaged(name)


def _compile(folder: DataFolder, made_at: datetime) -> None:
    """Computes once what every process would otherwise compute when it opens the release."""
    sales = folder.scan(SALES_FILE).collect()
    articles = with_facts(folder.scan("articles.parquet").collect(), sales, None, set())
    write_table(articles, folder.path(_ARTICLES))
    customers = folder.scan("customers.parquet").select("customer", "customer_id").collect()
    near = Neighbours.by_strategy(neighbours_table(folder))
    arrays = CustomerIndex.of(customers).arrays()
    for name, each in near.items():
        arrays |= each.arrays(name)
    path = folder.path(_COMPILED)
    manifest = Manifest("serve.py", folder.fingerprints("customers.parquet", "article_reccs.parquet"))
    as_of = SavedModel.open(folder).as_of.isoformat()
    facts = {
        "strategies": sorted(near),
        "as_of": as_of,
        "tables_made_at": made_at.isoformat(),
        "own_customer_ids": folder.has_own_customer_ids(),
    }
    write_arrays(path, path.with_suffix(".json"), arrays, facts, manifest)
