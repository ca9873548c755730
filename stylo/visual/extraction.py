"""What became of the photos in one run: counts, lists by article, and what there is to say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stylo.visual.encoder import QUANTISED, Encoder
from stylo.visual.photos import told_places
from stylo.visual.quantised import Agreement


@dataclass(frozen=True)
class Extraction:
    """The outcome of `extract`; articles by id.

    Parameters
    ----------
    encoded, reused : photos that the network saw, and vectors that were there.
    dropped : articles that had a vector and have no photo any more.
    absent : articles without a photo.
    corrupt : photos that cannot be read, with the reason.
    unreachable : articles whose photo is, or may be, where nobody can look now.
    kept : those of the unreachable whose vector stays.
    out_of_reach : the places that cannot be looked at, with the reason.
    unknown : photos of articles that are not in the catalogue.
    left_out : photos beyond the limit.
    unchanged : the artefact that was there is still true and stays.
    seconds : the time in which the photos were read and encoded.
    """

    encoded: int
    reused: int
    dropped: int
    absent: list[str]
    corrupt: dict[str, str]
    unreachable: list[str]
    kept: int
    out_of_reach: dict[str, str]
    unknown: list[str]
    left_out: int
    unchanged: bool
    seconds: float
    encoder: Encoder

    @property
    def photos_a_second(self) -> float | None:
        """Photos encoded a second, reading included; None if there was none to encode."""
        return self.encoded / self.seconds if self.encoded else None

    @property
    def counts(self) -> dict[str, int]:
        """Each count under its name in words."""
        return {
            "photos encoded": self.encoded,
            "photos reused": self.reused,
            "articles dropped": self.dropped,
            "articles without a photo": len(self.absent),
            "photos that cannot be read": len(self.corrupt),
            "photos out of reach": len(self.unreachable),
            "photos of unknown articles": len(self.unknown),
            "photos left out by --limit": self.left_out,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """All of it for a program."""
        return {
            **{what.replace(" ", "_"): count for what, count in self.counts.items()},
            **{
                key: self.encoder.facts[key]
                for key in ("model", "weights", "trained", "precision", "runtime", *QUANTISED)
                if key in self.encoder.facts
            },
            "photos_a_second": self.photos_a_second,
            "unchanged": self.unchanged,
            "absent": self.absent,
            "corrupt": self.corrupt,
            "unreachable": self.unreachable,
            "vectors_kept": self.kept,
            "out_of_reach": self.out_of_reach,
            "unknown": self.unknown,
        }

    @property
    def lines(self) -> list[str]:
        """What a person should be told beside the counts."""
        lines = []
        if speed := self.photos_a_second:
            lines.append(f"{speed:,.1f} photos a second, {self.encoder.runtime}, {self.encoder.precision}.")
        if isinstance(found := self.encoder.quantised.get("agreement"), Mapping):
            lines.append(Agreement(**found).line)
        if self.unchanged:
            lines.append("Nothing has changed: the vectors are kept.")
        if self.unreachable:
            lines += told_places(self.out_of_reach)
            lines.append(
                f"Of the articles there, {self.kept:,} keep their previous vectors. "
                "Run this again when their photos are accessible."
            )
        if not self.encoder.trained:
            lines.append("The network is untrained (random weights): good only for colour and texture.")
        return lines
