"""Drift: whether the shop of this week is still the one that the model has learnt."""

from stylo.drift.report import drift_report
from stylo.records.drift import DriftReport

__all__ = ["DriftReport", "drift_report"]
