"""Drift: whether the shop of this week is still the one that the model has learnt."""

from stylo.drift.report import DriftReport, drift_report

__all__ = ["DriftReport", "drift_report"]
