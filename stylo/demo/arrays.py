"""The arrays that the shop is simulated with: whole numbers for positions and counts, floats for likings."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]
