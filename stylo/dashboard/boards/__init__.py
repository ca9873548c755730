"""Boards: collections of articles that people share."""
