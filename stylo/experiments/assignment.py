"""Who gets which variant: a number made of the customer's id, the same in every process, on every machine."""

from __future__ import annotations

import hashlib

from stylo.experiments.experiment import Experiment, Variant


def assign(experiment: Experiment, customer_id: str) -> Variant | None:
    """The variant of a customer, of whom the audience is not asked; None outside the experiment's slot.

    The place in the layer and the variant come from hashes of their own, so that an experiment that follows
    another in the same slot finds its customers mixed.
    """
    low, high = experiment.slot
    if not low <= fraction(f"layer/{experiment.layer}/{customer_id}") < high:
        return None
    place = fraction(f"variant/{experiment.salt}/{customer_id}")
    for variant in experiment.variants[:-1]:
        place -= variant.share
        if place < 0:
            return variant
    return experiment.variants[-1]


def fraction(text: str) -> float:
    """[0, 1): the first 53 bits of the SHA-256 of a text in UTF-8, as many as a float holds exactly."""
    digest = hashlib.sha256(text.encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
