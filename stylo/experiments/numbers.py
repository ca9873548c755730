"""Arrays of numbers: one for each look, experiment or segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
