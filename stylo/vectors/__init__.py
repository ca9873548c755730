"""Vectors of articles: the file they lie in, and who is near whom, exactly."""
