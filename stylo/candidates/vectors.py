"""Vectors of the articles for strategies and features: what they are called, what they are, how they look."""

from __future__ import annotations

from stylo.content.vectors import content_vectors
from stylo.errors import StyloError
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings, open_embeddings
from stylo.vectors.index import open_index

_LOOK_DIMENSIONS = 128


def article_vectors(folder: DataFolder, progress: Progress = SILENT) -> dict[str, Embeddings]:
    """By kind: "text" and "style", made first where that is due, and "look" if photos were looked at.

    The look is the vectors of visual_features.npy on their 128 main directions, as visual_reccs.py keeps them. Without
    a trained network it says too little, and it is left out if it is out of date or damaged, which is noted.

    Raises MissingArtefact or StaleArtefact (articles.parquet), DamagedArtefact, CannotWrite, Busy.
    """
    content = content_vectors(folder, progress)
    vectors = {"text": content.text, "style": content.style}
    if folder.has("visual_index.npy") and folder.has("visual_features.npy"):
        try:
            embeddings = open_embeddings(folder)
            short = open_index(folder, embeddings).short(_LOOK_DIMENSIONS)
            vectors["look"] = Embeddings(embeddings.articles, short)
        except StyloError as error:
            progress.note(
                f"NOTICE: the hybrid does without the look of articles. {error.problem} {error.cure}"
            )
    return vectors
