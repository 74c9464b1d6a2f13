"""Tests and notebooks run from nothing, on one thread, without progress bars."""

import os
import tempfile

REPEATABLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
}
"""What the last digits of a run depend on, and what would clutter its output."""

os.environ.update(REPEATABLE)  # before numpy and torch are imported

_outputs = tempfile.TemporaryDirectory(prefix="evophys-test-")
os.environ["EVOPHYS_OUTPUTS"] = _outputs.name


def pytest_unconfigure():
    _outputs.cleanup()
