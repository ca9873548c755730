"""The numbers that a shop's own ids were given: kept beside the CSVs, never changed, new ones behind the last.

kind,own_id,number
article,TEE-RED-01,1
product,tee,1
colour,Red,1
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stylo.errors import DamagedArtefact

FILE = "import_numbers.csv"
_SCHEMA = {"kind": pl.String, "own_id": pl.String, "number": pl.Int32}


class OwnNumbers:
    """For each kind (article, product, type, colour …) the number of every own id that was ever seen."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table

    @classmethod
    def open(cls, path: Path) -> OwnNumbers:
        """Those of earlier imports; none where there were none. Raises DamagedArtefact."""
        if not path.exists():
            return cls(pl.DataFrame(schema=_SCHEMA))
        cure = "Put back the file of the last import: without it articles would get other numbers."
        try:
            table = pl.read_csv(path.read_bytes(), schema=_SCHEMA)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DamagedArtefact(f"{path} cannot be read.", where=str(error)[:300], cure=cure) from error
        if table.null_count().sum_horizontal().item() or table.select("kind", "own_id").is_duplicated().any():
            raise DamagedArtefact(f"{path} has an empty cell or an id twice.", cure=cure)
        return cls(table)

    def of(self, kind: str, ids: pl.Series) -> pl.Series:
        """Int32: the number of each id; one that is new gets the next. Null stays null. O(ids)."""
        known = self._of_kind(kind)
        new = ids.drop_nulls().unique(maintain_order=True)
        new = new.filter(~new.is_in(known["own_id"].implode()))
        self.give(kind, new, pl.Series(range(len(new)), dtype=pl.Int32) + self.next(kind))
        known = self._of_kind(kind)
        return ids.replace_strict(known["own_id"], known["number"], default=None, return_dtype=pl.Int32)

    def known(self, kind: str, ids: pl.Series) -> pl.Series:
        """Int32: the number of each id that has one; else null."""
        known = self._of_kind(kind)
        return ids.replace_strict(known["own_id"], known["number"], default=None, return_dtype=pl.Int32)

    def pairs(self, kind: str) -> pl.DataFrame:
        """`own_id` and `number` of all that were given."""
        return self._of_kind(kind).select("own_id", "number")

    def next(self, kind: str) -> int:
        """The lowest number above all that were given; 1 at first."""
        given = self._of_kind(kind)["number"]
        return int(given.max() or 0) + 1  # type: ignore[arg-type]

    def give(self, kind: str, ids: pl.Series, numbers: pl.Series) -> None:
        """Notes the numbers of ids that have none yet; ids may share one."""
        rows = pl.DataFrame({"own_id": ids, "number": numbers}).select(
            pl.lit(kind).alias("kind"), "own_id", "number"
        )
        self._table = pl.concat([self._table, rows.cast(_SCHEMA)])  # type: ignore[arg-type]

    def save(self, path: Path) -> None:
        path.write_text(self._table.write_csv(quote_style="non_numeric"), "utf-8")

    def _of_kind(self, kind: str) -> pl.DataFrame:
        return self._table.filter(pl.col("kind") == kind)
