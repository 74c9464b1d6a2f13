"""Tests and notebooks run from nothing, on one thread, without progress bars.

What hypothesis draws is the same in every run.
"""

import os
import tempfile

from hypothesis import settings
from repeatable import REPEATABLE

os.environ.update(REPEATABLE)  # before numpy and torch are imported

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

_outputs = tempfile.TemporaryDirectory(prefix="evophys-test-")
os.environ["EVOPHYS_OUTPUTS"] = _outputs.name


def pytest_unconfigure():
    _outputs.cleanup()
