"""What a process keeps for good is left out of garbage collections."""

from __future__ import annotations

import gc


def freeze_heap() -> None:
    """Collects garbage, and leaves all that is alive now out of every later collection.

    For what stays as long as the process: models, a catalogue, libraries. With TensorFlow loaded, a collection takes a
    third of a second; Streamlit collects after every click, and twice where Keras is loaded.
    """
    gc.collect()
    gc.freeze()
