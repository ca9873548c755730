"""A release, opened: everything that recommendations, search and similar articles are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from stylo.artefacts import open_arrays, sample_digest
from stylo.assortment import Assortment, with_facts
from stylo.candidates.goes_with import GoesWith
from stylo.deployment.online_model import OnlineModel
from stylo.deployment.popularity_fallback import PopularityFallback
from stylo.deployment.release_arrays import CustomerIndex, Neighbours
from stylo.errors import StyloError
from stylo.outfits.maker import OutfitMaker
from stylo.outfits.model import OutfitModel
from stylo.recommender import HYBRID, SavedModel
from stylo.tables.folder import MODEL_FILE, OUTFITS_FILE, DataFolder
from stylo.tables.weekly_sales import weekly_sales
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.kept_network import check_network, files_of
from stylo.visual.thumbnails import Pictures, Thumbnails

# Beside the model's own bytes, what a version is told apart by.
_DECIDE = (
    "articles.parquet",
    "customers.parquet",
    OUTFITS_FILE,
    "visual_features.npy",
    "visual_learned.npy",
    "visual_search.npy",
    "visual_photos.parquet",
)


@dataclass(frozen=True, eq=False)
class Release:
    """A release, opened. It never changes.

    made_at : when the tables were made that its purchases come from, or later.
    model : recommends; a PopularityFallback where the trained model cannot be used.
    problems : what cannot be used, and why; answers that need it are marked as degraded or refused.
    own_customer_ids : whether the shop has customer ids of its own, of which ours are made.
    outfits : what goes with what; None where the model was made before there were outfits, or they cannot be used.
    """

    version: str
    made_at: datetime
    model: OnlineModel | PopularityFallback
    customers: CustomerIndex
    neighbours: Mapping[str, Neighbours]
    assortment: Assortment
    pictures: Pictures
    problems: Mapping[str, StyloError] = field(default_factory=dict)
    own_customer_ids: bool = False
    outfits: OutfitModel | None = None

    def let_go(self) -> None:
        """Frees the memory of pages of the model that were read lately."""
        if isinstance(self.model, OnlineModel):
            self.model.let_go()

    @cached_property
    def outfit_maker(self) -> OutfitMaker | None:
        """Makes outfits of its articles; None where it has no `outfits`."""
        return (
            None
            if self.outfits is None
            else OutfitMaker(self.outfits, self.assortment.articles, self.assortment.ids)
        )

    @property
    def as_of(self) -> date:
        """The day after the last purchase that it knows."""
        return self.model.as_of


def unpublished(folder: DataFolder) -> Release:
    """What lies in a data folder, as it would be if it were published.

    Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    version = version_of(folder)
    near, sales = Neighbours.by_strategy(neighbours_table(folder)), weekly_sales(folder)
    catalogue = folder.scan("articles.parquet").collect()
    assortment = Assortment(folder, with_facts(catalogue, sales, None, set()), sales)
    return Release(
        version,
        tables_made_at(folder),
        OnlineModel(SavedModel.open(folder), assortment, near.get(HYBRID)),
        CustomerIndex.of(folder.scan("customers.parquet").select("customer", "customer_id").collect()),
        near,
        assortment,
        Pictures(None, Thumbnails.of(folder)),
        own_customer_ids=folder.has_own_customer_ids(),
        outfits=OutfitModel.open(folder) if folder.has(OUTFITS_FILE) else None,
    )


def neighbours_table(folder: DataFolder) -> pl.DataFrame:
    """What the service is asked for of `article_reccs.parquet`; what goes with an article, only pages show."""
    columns = ("article", "strategy", "neighbour", "rank", "score")
    served = pl.col("strategy") != GoesWith.name
    return folder.scan("article_reccs.parquet").filter(served).select(columns).collect()


def version_of(folder: DataFolder) -> str:
    """The model's day and eight letters that stand for its bytes and those of what is served beside it.

    Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    model, path = SavedModel.open(folder), folder.path(MODEL_FILE)
    _, facts, _ = open_arrays(path, "")  # what is no array: weights, how many candidates
    digest = hashlib.sha256(f"{sample_digest(path)} {json.dumps(facts, sort_keys=True)}".encode())
    for name, fingerprint in sorted(folder.fingerprints(*_DECIDE).items()):
        digest.update(f"{name} {fingerprint}".encode())
    for path in network_files(folder):  # which network it is, the vectors say
        digest.update(path.name.encode())
    return f"{model.as_of}-{digest.hexdigest()[:8]}"


def network_files(folder: DataFolder) -> tuple[Path, ...]:
    """The files of the network that is kept; none unless it is whole, and that of the vectors."""
    try:
        check_network(folder, open_embeddings(folder).facts)
    except StyloError:
        return ()
    return files_of(folder)


def tables_made_at(folder: DataFolder) -> datetime:
    """When the transactions last changed that a data folder's model was made from; that of the model at the latest."""
    _, _, model = open_arrays(folder.path(MODEL_FILE), "")
    made_at = datetime.fromisoformat(model.made_at)
    try:
        changed = folder.path("transactions.parquet").with_suffix(".json").stat().st_mtime
    except OSError:
        return made_at
    return min(made_at, datetime.fromtimestamp(changed, UTC))
