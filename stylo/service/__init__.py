"""The HTTP service: recommendations by request, events taken in, keys, and what it keeps."""
