"""Whether the variants have the customers that their shares promise. If not, something loses customers: nothing
that is measured can be trusted then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import chisquare

from stylo.experiments.always_valid import planned_r
from stylo.experiments.numbers import Numbers

_LEVEL = 0.99  # one false alarm in a hundred experiments, over all looks of each


@dataclass(frozen=True)
class SampleRatio:
    """customers, expected : of each variant.

    p_value : of the chi-square test, for one look.   always_p_value : for as many looks as one likes.
    """

    customers: tuple[int, ...]
    expected: tuple[float, ...]
    p_value: float
    always_p_value: float

    @property
    def broken(self) -> bool:
        return self.always_p_value < 1 - _LEVEL


def sample_ratio(customers: Sequence[int], shares: Sequence[float], planned_customers: int) -> SampleRatio:
    """Compares the customers of the variants with the shares, in the same order."""
    counts, parts = np.array(customers, dtype=np.float64), np.array(shares) / sum(shares)
    expected = parts * counts.sum()
    return SampleRatio(
        customers=tuple(int(count) for count in customers),
        expected=tuple(expected.tolist()),
        p_value=float(chisquare(counts, expected).pvalue) if counts.sum() else 1.0,
        always_p_value=float(always_valid_p_value(counts, parts, planned_customers)),
    )


def always_valid_p_value(customers: Numbers, shares: Numbers, planned_customers: int) -> Numbers:
    """One over the Bayes factor of shares drawn from a Dirichlet around those planned, against these themselves.

    Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022).
    The Dirichlet is as narrow as finds a deviation soonest around the planned size (`always_valid.planned_r`).

    customers : variants along the last axis.
    """
    prior = shares * max(planned_customers / planned_r(_LEVEL), 1)
    drawn = _log_beta(prior + customers) - _log_beta(prior)
    return np.minimum(1, np.exp((customers * np.log(shares)).sum(axis=-1) - drawn))


def _log_beta(alpha: Numbers) -> Numbers:
    return gammaln(alpha).sum(axis=-1) - gammaln(alpha.sum(axis=-1))
