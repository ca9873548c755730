"""Style: the attributes by which a shop assistant would find something similar on the rail."""

from __future__ import annotations

#: Attributes that two articles of the same style share, the closest match first, with its worth from 0 to 1.
STYLE_LEVELS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("department_no", "product_type_no", "colour_group_code"), 1.0),
    (("department_no", "product_type_no"), 0.6),
    (("product_type_no", "colour_group_code"), 0.4),
)
