"""Vectors made from the plain ones, row by row: kept beside them with an index, used only where they belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stylo.artefacts import Manifest
from stylo.errors import StyloError
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import FILE, Embeddings, EmbeddingWriter, json_beside, open_embeddings
from stylo.vectors.index import write_index, write_index_json


def open_derived(folder: DataFolder, name: str, plain: Embeddings) -> Embeddings | None:
    """The vectors under a name of INDEX_OF; None unless they are there, whole, and made from the plain ones."""
    if not folder.has(name):
        return None
    try:
        derived = open_embeddings(folder, name)
    except StyloError:
        return None
    made = dict(derived.facts.get("manifest", {}).get("inputs", {}))
    theirs = made.get(FILE) == folder.fingerprints(FILE)[FILE]
    return derived if theirs and np.array_equal(derived.articles, plain.articles) else None


def files_of(folder: DataFolder, *names: str) -> list[Path]:
    """Each artefact of the folder, and the JSON beside it."""
    return [each for name in names for each in (folder.path(name), json_beside(folder.path(name)))]


def write_derived(
    temporary: Sequence[Path], folder: DataFolder, embeddings: Embeddings, manifest: Manifest
) -> None:
    """Writes vectors and index under the temporary names that `writing` gave for `files_of` both."""
    matrix, beside, heads, beside_heads = temporary
    with EmbeddingWriter(matrix, embeddings.vectors.shape[1]) as writer:
        writer.append(embeddings.articles.tolist(), embeddings.vectors)
    writer.write_json(beside, manifest, dict(embeddings.facts))
    write_index(heads, embeddings)
    write_index_json(beside_heads, folder)
