"""The files that one program writes and another reads: one typed model for each, with the units of its fields."""
