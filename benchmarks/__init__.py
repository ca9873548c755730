"""What is fast and how fast: each figure against a named rival, in one run. `make bench` runs them all."""
