"""The catalogue map."""
