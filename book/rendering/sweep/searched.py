"""What the searches found: how much of an expert, and where on a path."""

import numpy as np
from numpy.typing import NDArray

from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence


def coefficients(found: Evidence, family: str) -> dict[float, list[float]]:
    """λ of one family, the mean over layers, by Pe: one number per seed."""
    rows = evidence.coefficients(found, "ps", family)
    return {pe: [float(lam.mean()) for lam in seeds] for pe, seeds in rows.items()}


def heat_share(found: Evidence, order: str) -> NDArray[np.float64]:
    """Whether the path is in a heat layer, at ten depths: (paths, 10) of 0 and 1.

    Depth is the place along the path, so paths of all lengths compare. order: of the
    search, AB or BA.
    """
    depth = (np.arange(10) + 0.5) / 10
    routes = [r for r in evidence.routes(found) if r.order == order]
    paths = [route.is_heat() for route in routes]
    return np.array([heat[(depth * len(heat)).astype(int)] for heat in paths])
