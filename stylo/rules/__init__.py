"""Merchandising rules: compiled for the articles of a shop, and applied to lists."""
