"""Who gets which variant: salted hashes, and layers whose experiments share no customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from stylo.errors import ChangedSplit, LayerFull, SlotTaken
from stylo.experiments.experiment import Experiment, Variant

_SMALLEST = 1e-9  # tolerance for sums of decimal shares


def assign(experiment: Experiment, customer_id: str) -> Variant | None:
    """The variant of a customer, whatever the audience; None outside the experiment's slot.

    The place in the layer and the variant come from separate hashes, so that an experiment that follows another
    in the same slot mixes its customers anew.
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


def place(running: Iterable[Experiment], share: float) -> tuple[float, float]:
    """The first free slot of a layer that is `share` wide.

    running : the experiments of that layer. Raises LayerFull.
    """
    widest = 0.0
    for low, high in _gaps(running):
        if high - low >= share - _SMALLEST:
            return low, min(low + share, high)
        widest = max(widest, high - low)
    raise LayerFull(
        f"No slot of {share:g} is free.",
        where=f"The widest has {widest:g}.",
        cure="Use a smaller share or another layer, or stop an experiment.",
    )


def check_free(running: Iterable[Experiment], new: Experiment) -> None:
    """Raises SlotTaken if an experiment of the same layer overlaps the new one's slot."""
    for other in running:
        if other.layer != new.layer or other.name == new.name:
            continue
        if min(other.slot[1], new.slot[1]) - max(other.slot[0], new.slot[0]) > _SMALLEST:
            raise SlotTaken(
                f"{other.name!r} has {other.slot[0]:g} to {other.slot[1]:g} of the layer {new.layer!r}.",
                where=f"experiment {new.name!r}, slot {new.slot[0]:g} to {new.slot[1]:g}",
                cure="Use a free slot or another layer.",
            )


def changed(old: Experiment, new: Experiment) -> tuple[str, ...]:
    """The changes by which customers would get another variant, or a variant would become something else.

    Names of fields of the experiment. A slot that only grows is not among them: those in it stay, with the same
    variant. Level, metrics, sizes and the like change the analysis, but affect no customer.
    """
    fields = ["layer", "salt", "audience"]
    differs = [name for name in fields if getattr(old, name) != getattr(new, name)]
    if not (new.slot[0] <= old.slot[0] and old.slot[1] <= new.slot[1]):
        differs.append("slot")
    if old.variants != new.variants:
        differs.append("variants")
    return tuple(differs)


def check_change(old: Experiment, new: Experiment) -> None:
    """Raises ChangedSplit if a running experiment's split changes under the same salt.

    Under another salt it starts afresh: exposures from before the change must not be counted.
    """
    differs = changed(old, new)
    if differs and old.salt == new.salt:
        raise ChangedSplit(
            f"{', '.join(differs)} cannot change while it runs: customers would switch variants.",
            where=f"experiment {old.name!r}",
            cure="Give it another salt to start afresh, or stop it and define another.",
        )


def _gaps(running: Iterable[Experiment]) -> list[tuple[float, float]]:
    gaps, free_from = [], 0.0
    for low, high in sorted(experiment.slot for experiment in running):
        if low > free_from:
            gaps.append((free_from, low))
        free_from = max(free_from, high)
    return [*gaps, (free_from, 1.0)] if free_from < 1 else gaps
