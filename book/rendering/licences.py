"""What is installed, and under which licences."""

from collections import Counter
from typing import Any

from rendering.text import table


def licences(measured: dict[str, Any]) -> str:
    """Every package: version, what it comes with, licence."""
    header = ["package", "version", "for", "licence"]
    rows = [
        [entry[key] for key in ("name", "version", "for", "licence")]
        for entry in measured["packages"]
    ]
    python, build = measured["environment"]["python"], measured["environment"]["torch"]
    return (
        table(header, rows, numbers_from=len(header))
        + f"\nUnder Python {python}, with PyTorch's build for {build}; other Pythons "
        "bring a few others, a build for GPUs also NVIDIA's, which are proprietary.\n"
    )


def shares(measured: dict[str, Any]) -> str:
    """How many packages each part of the installation brings."""
    counts = Counter(entry["for"] for entry in measured["packages"])
    order = ("library", "book", "comparator", "test", "discovery", "language")
    rows = [[name, str(counts[name])] for name in order]
    return table(["part", "packages that it adds"], rows)
