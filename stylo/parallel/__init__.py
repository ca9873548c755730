"""Work on many parts at once: in threads of this process, or on a Ray cluster. The results are the same."""
