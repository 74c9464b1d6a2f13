"""The grid of space and time that all data share."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DOMAIN_LENGTH = 1.0
TIME_STEP = 0.002
"""Time between frames, the same for all: one per trajectory would hide Pe."""
FRAMES = 100
GRID = 128
"""Cells per domain length."""


def frame_times() -> Array:
    """t_j = 0.002 j, j = 0 … 99, shape (T,)."""
    return TIME_STEP * np.arange(FRAMES, dtype=np.float64)


def cell_centres() -> Array:
    """x_i = (i + ½)/N, shape (N,)."""
    return DOMAIN_LENGTH * (np.arange(GRID) + 0.5) / GRID
