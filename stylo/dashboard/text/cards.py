"""Cards of articles."""

from __future__ import annotations

SCROLL_BACK = "Scroll back"
SCROLL_ON = "Scroll forward"
