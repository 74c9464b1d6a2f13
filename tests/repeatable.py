"""What makes runs repeat to the digit, and what of their results they repeat."""

from collections.abc import Mapping
from typing import Any

REPEATABLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
}
"""An environment; no progress bars are stored."""

NOT_REPRODUCED = ("timings_s", "versions", "device")


def comparable(document: Mapping[str, Any]) -> dict[str, Any]:
    """The part that the same seed, machine and thread count reproduce to the byte."""
    return {key: document[key] for key in document if key not in NOT_REPRODUCED}
