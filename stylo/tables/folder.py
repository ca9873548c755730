"""The data folder: which artefact lies where, which script makes it, and whether it is still true."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from stylo.artefacts import Manifest, fingerprint, read_manifest, read_parts, scan_table, stamp
from stylo.errors import DamagedArtefact, MissingArtefact, StaleArtefact
from stylo.tables.ids import SHOP_CUSTOMER, ArticleIds
from stylo.tables.schemas import OWN_IDS, PARQUET_COLUMNS, PRICE_UNIT
from stylo.user_paths import quoted

if TYPE_CHECKING:
    from stylo.records.importing import ShopFacts

#: What a demo shop leaves beside its tables, and the table of its articles.
DEMO_MARKER, ARTICLES_CSV = "demo_shop.json", "articles.csv"
#: What an import leaves beside its CSVs, and a conversion beside the tables.
SHOP_FILE = "shop.json"

#: The trained model, and what it is made from: another one of these makes it out of date.
MODEL_FILE = "model.bin"
#: What goes with what, made from the same.
OUTFITS_FILE = "outfits.bin"
MODEL_INPUTS = (
    "train_split.parquet",
    "valid_split.parquet",
    "articles.parquet",
    "customers.parquet",
    "visual_features.npy",
    "visual_reccs.parquet",
    "visual_reccs_plain.parquet",
)
#: The script that makes each artefact, in the order in which they are run.
MADE_BY: dict[str, str] = {
    "transactions.parquet": "data_optim.py",
    "customers.parquet": "data_optim.py",
    "articles.parquet": "data_optim.py",
    "rejects.parquet": "data_optim.py",
    "train_split.parquet": "split_data.py",
    "valid_split.parquet": "split_data.py",
    "folds.parquet": "split_data.py",
    "visual_features.npy": "visual_features.py",
    "visual_photos.parquet": "visual_features.py",
    "visual_network.xml": "visual_features.py",
    "visual_network.bin": "visual_features.py",
    "visual_reccs.parquet": "visual_reccs.py",
    "visual_reccs_plain.parquet": "visual_reccs.py",
    "visual_map.parquet": "visual_reccs.py",
    "visual_index.npy": "visual_reccs.py",
    "visual_learned.npy": "visual_reccs.py",
    "visual_learned_index.npy": "visual_reccs.py",
    "visual_search.npy": "visual_reccs.py",
    "visual_search_index.npy": "visual_reccs.py",
    "visual_search_projection.bin": "visual_reccs.py",
    "weekly_sales.parquet": "final.py",
    "text_features.npy": "final.py",
    "style_features.npy": "final.py",
    "predictions.parquet": "final.py",
    "article_reccs.parquet": "final.py",
    "model.bin": "final.py",
    "outfits.bin": "final.py",
    "ranker_settings.json": "final.py",
    "tuning.log": "final.py",
}


@dataclass(frozen=True)
class DataFolder:
    """A folder of tables and artefacts."""

    root: Path

    @property
    def price_unit(self) -> float:
        """Units of money in a price of 1 in the transactions: an imported shop's own, else H&M's.

        Raises DamagedArtefact.
        """
        facts = self.shop_facts
        return PRICE_UNIT if facts is None else facts.price_unit

    @property
    def shop_facts(self) -> ShopFacts | None:
        """What is particular to an imported shop (`shop.json`); None of any other. Raises DamagedArtefact."""
        path = self.path(SHOP_FILE)
        if not path.exists():
            return None
        from stylo.records.importing import ShopFacts  # loads pydantic, which most scripts do without

        return ShopFacts.load(path, "stylo import")

    def for_cluster(self, address: str | None) -> DataFolder:
        """By its absolute path if a cluster is named, whose processes are in other folders; else as it is."""
        return DataFolder(self.root.absolute()) if address else self

    def path(self, name: str) -> Path:
        """Where an artefact of MADE_BY lies."""
        return self.root / name

    def files_of(self, *names: str) -> list[Path]:
        """A file of each artefact by which another machine sees whether it has the same; of parts, their list."""
        paths = [self.path(name) for name in names if self.has(name)]
        return [path.with_suffix(".json") if path.is_dir() else path for path in paths]

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    def require(self, name: str) -> Path:
        """The path of an artefact. Raises MissingArtefact, naming the script, if it is not there."""
        path = self.path(name)
        if not path.exists():
            raise MissingArtefact(
                f"{path} does not exist yet.",
                cure=f"Make it first: python {MADE_BY[name]} --data {quoted(self.root)}",
            )
        return path

    def scan(self, name: str) -> pl.LazyFrame:
        """A Parquet artefact, checked: it is there, readable, ours, and made from what lies here now.

        Raises MissingArtefact, DamagedArtefact or StaleArtefact; each names the script to run.
        """
        path = self.require(name)
        again = f"Make it again: python {MADE_BY[name]} --data {quoted(self.root)}"
        if reason := self.out_of_date(name):
            raise StaleArtefact(f"{path} is out of date: {reason}.", cure=again)
        files = [path / part.file for part in read_parts(path)] if path.is_dir() else [path]
        frame = scan_table(*files)
        columns = frame.collect_schema().names()
        expected = list(PARQUET_COLUMNS[name])
        own = list(OWN_IDS.get(name, ()))
        if columns not in [[*expected, *own[:count]] for count in range(len(own) + 1)]:
            raise DamagedArtefact(
                f"{path} does not have the columns of {name}.",
                where=f"It has {', '.join(columns)}; expected: {', '.join(expected)}.",
                cure=again,
            )
        return frame

    def article_ids(self) -> ArticleIds:
        """The ids by which the shop's articles are known outside. Raises what `scan` raises for `articles.parquet`."""
        articles = self.scan("articles.parquet")
        own = [name for name in OWN_IDS["articles.parquet"] if name in articles.collect_schema()]
        return ArticleIds(articles.select("article", *own).collect()) if own else ArticleIds()

    def has_own_customer_ids(self) -> bool:
        """Whether its customers have ids of the shop's own. Raises what `scan` raises for `customers.parquet`."""
        return SHOP_CUSTOMER in self.scan("customers.parquet").collect_schema()

    def out_of_date(self, name: str) -> str | None:
        """Why an artefact that is there no longer fits the others; None if it does. Raises DamagedArtefact."""
        try:
            manifest = read_manifest(self.path(name))
        except DamagedArtefact as error:
            cure = f"Make it again: python {MADE_BY[name]} --data {quoted(self.root)}"
            raise DamagedArtefact(error.problem, where=error.where, cure=cure) from error
        if manifest is None or manifest.made_by != MADE_BY[name]:
            return f"it was not made by {MADE_BY[name]}"
        return self.contradiction(manifest)

    def contradiction(self, manifest: Manifest) -> str | None:
        """Which input that a manifest names is another one in this folder, in words; None if none is.

        An input that is not in the folder cannot contradict and is passed over. Raises DamagedArtefact.
        """
        for source in {**manifest.inputs, **manifest.stamps}:
            if not self.has(source):
                continue
            if source in manifest.stamps and manifest.stamps[source] == stamp(self.path(source)):
                continue
            if source not in manifest.inputs:
                return f"{source} has changed since"
            if fingerprint(self.path(source)) != manifest.inputs[source]:
                return f"it was made from another {source}"
        return None

    def fingerprints(self, *names: str) -> dict[str, str]:
        """The inputs of a manifest: name → fingerprint of each artefact that is there."""
        return {name: fingerprint(self.path(name)) for name in names if self.has(name)}
