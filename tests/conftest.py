"""Tests and notebooks run from nothing, on one thread, without progress bars."""

import os
import tempfile

from repeatable import REPEATABLE

os.environ.update(REPEATABLE)  # before numpy and torch are imported

_outputs = tempfile.TemporaryDirectory(prefix="evophys-test-")
os.environ["EVOPHYS_OUTPUTS"] = _outputs.name


def pytest_unconfigure():
    _outputs.cleanup()
