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
from stylo.artefacts.writing import uninterrupted, writing

__all__ = [
    "Manifest",
    "Part",
    "digest_of",
    "fingerprint",
    "let_go",
    "listed_parts",
    "open_arrays",
    "parquet_metadata",
    "read_manifest",
    "read_parts",
    "sample_digest",
    "stamp",
    "uninterrupted",
    "write_arrays",
    "write_list",
    "write_parquet",
    "writing",
]
