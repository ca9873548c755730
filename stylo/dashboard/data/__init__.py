"""Data: what lies in the data folder."""
