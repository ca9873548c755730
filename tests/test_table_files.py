"""A table is the one in its own folder, whatever that folder is called."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nasty_names
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stylo.artefacts import (
    Manifest,
    open_table,
    read_manifest,
    read_table,
    scan_csv,
    scan_table,
    table_rows,
    write_csv,
    write_parquet,
    write_table,
    writing,
)

OURS, THEIRS = pl.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [7, 8, 9]})


@settings(max_examples=40, deadline=None)
@given(name=nasty_names.names, relative=st.booleans())
@example(name="data*", relative=True)
@example(name="~", relative=True)
@example(name=nasty_names.NOT_UTF_8, relative=False)
def test_tables_are_those_of_their_own_folder(name: str, relative: bool) -> None:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        own = root / name
        own.mkdir()
        for other in nasty_names.beside(root, name):
            for file in ("t.parquet", "u.parquet"):
                write_table(THEIRS, other / file)
            write_csv(THEIRS, other / "t.csv")
        os.chdir(root)
        try:
            folder = Path(name) if relative else own
            write_table(OURS, folder / "t.parquet")
            with writing(folder / "u.parquet") as (temporary,):
                write_parquet(OURS.lazy(), temporary, Manifest("x"))
            write_csv(OURS, folder / "t.csv")
            assert sorted(path.name for path in own.iterdir()) == ["t.csv", "t.parquet", "u.parquet"]
            assert read_table(folder / "t.parquet").equals(OURS)
            assert read_table(folder / "u.parquet", columns=["n"]).equals(OURS)
            assert table_rows(folder / "t.parquet") == OURS.height
            assert scan_table(folder / "t.parquet").collect().equals(OURS)
            both = scan_table(folder / "t.parquet", folder / "u.parquet")
            assert both.collect().equals(pl.concat([OURS, OURS]))
            assert scan_csv(folder / "t.csv").collect().equals(OURS)
            manifest = read_manifest(folder / "u.parquet")
            assert manifest is not None
            assert manifest.made_by == "x"
            with open_table(folder / "t.parquet") as table:
                assert table.read().equals(pa.table({"n": [1, 2]}))
        finally:
            os.chdir(before)


@pytest.mark.parametrize("name", ["plain", nasty_names.NOT_UTF_8])
def test_a_scan_reads_its_table_again_and_holds_no_descriptor_when_it_is_gone(
    name: str, tmp_path: Path
) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("no /proc here")
    (tmp_path / name).mkdir()
    write_table(OURS, tmp_path / name / "t.parquet")
    before = len(list(descriptors.iterdir()))
    scan = scan_table(tmp_path / name / "t.parquet")
    assert scan.collect().equals(OURS)
    assert scan.filter(pl.col("n") > 1).collect().height == 1
    del scan
    assert len(list(descriptors.iterdir())) == before
