"""Recommendations for many customers at once, written to a file."""
