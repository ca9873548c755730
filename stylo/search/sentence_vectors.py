"""What words mean, as vectors: WordLlama's weights and tokenizer, read from the files of its wheel.

The package itself is not imported: it would bring an HTTP client along and set up logging for everybody. What it
computes is short: the mean of the vectors of a text's tokens. Nothing is fetched, here or later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: How many values a vector has.
DIMENSIONS = 256
_PACKAGE = "wordllama"
_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")
_TENSOR = "embedding.weight"
_LENGTH = 8


@dataclass(frozen=True, eq=False)
class SentenceVectors:
    """Vectors of tokens, float16 (tokens, width), memory-mapped, and what cuts words into tokens."""

    weights: NDArray[np.float16]
    tokenizer: Tokenizer

    def of_words(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Of each word, the sum of its tokens' vectors, float32 (n, DIMENSIONS).

        The sum over a text's words points where the mean of all its tokens does, which is WordLlama's vector of it.
        """
        sums = np.zeros((len(words), DIMENSIONS), dtype=np.float32)
        for row, word in enumerate(words):
            sums[row] = self.weights[self._tokens(word)].sum(axis=0, dtype=np.float32)
        return sums

    def is_whole(self, word: str) -> bool:
        """Whether a word is one token: a common word of the texts that the tokenizer was made from."""
        return len(self._tokens(word)) == 1

    def _tokens(self, word: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(word, add_special_tokens=False).ids
        return [token for token in ids if token < len(self.weights)]


@cache
def sentence_vectors() -> SentenceVectors | None:
    """The vectors of this environment, opened once for a process; None where WordLlama is not installed, or not whole.

    About 0.1 s and 30 MB, the weights apart, which are mapped.
    """
    try:
        found = find_spec(_PACKAGE)
        if found is None or not found.submodule_search_locations:
            return None
        from tokenizers import Tokenizer

        package = Path(next(iter(found.submodule_search_locations)))
        tokenizer = Tokenizer.from_file(str(package / _TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return SentenceVectors(_mapped(package / _WEIGHTS), tokenizer)
    except Exception:  # the tokenizer's own errors are plain `Exception`s
        return None


def _mapped(path: Path) -> NDArray[np.float16]:
    """The matrix of a safetensors file: eight bytes that tell how long its JSON is, the JSON, the arrays."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if length > path.stat().st_size:
            raise ValueError(f"{path} is no safetensors file.")
        facts = json.loads(file.read(length))[_TENSOR]
    if facts["dtype"] != "F16" or facts["shape"][1] != DIMENSIONS:
        raise ValueError(f"{path} holds other vectors: {facts}.")
    start = _LENGTH + length + facts["data_offsets"][0]
    return np.memmap(path, dtype=np.float16, mode="r", offset=start, shape=tuple(facts["shape"]))
