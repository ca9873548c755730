"""Discover: search, filters and the list."""
