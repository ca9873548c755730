"""Content: what the metadata say that an article is."""
