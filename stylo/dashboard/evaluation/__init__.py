"""Evaluation: how good the models are."""
