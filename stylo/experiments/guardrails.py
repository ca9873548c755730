"""Guardrails: metrics that must not fall by their margin (a test of non-inferiority).

A variant must hold all of its guardrails, so that none of them needs a correction for their number (Berger,
"Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

from stylo.experiments.comparison import Comparison

HELD, BROKEN, UNCLEAR = "held", "broken", "unclear"


@dataclass(frozen=True)
class GuardrailCheck:
    """state : HELD, surely not as much as the margin below the control; BROKEN, surely more; or UNCLEAR.

    margin : relative to the control.
    """

    comparison: Comparison
    margin: float

    @property
    def state(self) -> str:
        if self.comparison.always_relative.low > -self.margin:
            return HELD
        return BROKEN if self.comparison.always_relative.high < -self.margin else UNCLEAR
