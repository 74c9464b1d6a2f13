"""What became of all tests, by Python and order."""

from typing import Any

from rendering.text import table

ORDERS = {
    "written": "as written, notebooks too",
    "random": "at random",
    "alone": "each file alone",
}


def outcomes(measured: dict[str, Any]) -> str:
    """Tests that passed, failed and were skipped."""
    header = ["Python", "PyTorch", "order", "passed", "failed", "skipped"]
    rows = [
        [run["python"], run["torch"], ORDERS[run["order"]]]
        + [str(run[key]) for key in ("passed", "failed", "skipped")]
        for run in measured["runs"]
    ]
    return table(header, rows, numbers_from=3)
