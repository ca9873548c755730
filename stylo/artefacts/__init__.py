"""Artefacts: files that a script makes, complete or not at all, each with a manifest that says from what."""

from stylo.artefacts.arrays import let_go, open_arrays, write_arrays
from stylo.artefacts.manifest import (
    Manifest,
    digest_of,
    fingerprint,
    parquet_metadata,
    read_manifest,
    sample_digest,
    stamp,
    write_parquet,
)
from stylo.artefacts.parts import Part, listed_parts, read_parts, write_list
from stylo.artefacts.table_files import (
    open_table,
    read_table,
    scan_csv,
    scan_table,
    table_rows,
    write_csv,
    write_table,
)
from stylo.artefacts.writing import destination, link_or_copy, own_copy, uninterrupted, writing

__all__ = [
    "Manifest",
    "Part",
    "destination",
    "digest_of",
    "fingerprint",
    "let_go",
    "link_or_copy",
    "listed_parts",
    "open_arrays",
    "open_table",
    "own_copy",
    "parquet_metadata",
    "read_manifest",
    "read_parts",
    "read_table",
    "sample_digest",
    "scan_csv",
    "scan_table",
    "stamp",
    "table_rows",
    "uninterrupted",
    "write_arrays",
    "write_csv",
    "write_list",
    "write_parquet",
    "write_table",
    "writing",
]
