"""The tour for whoever is here for the first time."""

from __future__ import annotations

TOUR = "A short tour"
