"""Evaluation: how well a model foresees what customers buy, how sure that is, and against what."""
