"""Evaluation: how well a model predicts what customers buy, with what certainty, and compared with what."""
