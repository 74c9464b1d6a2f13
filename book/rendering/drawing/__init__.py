"""Figures that only the book's pages show: data in, a matplotlib Figure out."""

from pathlib import Path

from matplotlib.figure import Figure

DPI = 150


def save(figure: Figure, path: Path) -> None:
    """Write a picture, its bytes decided by the data alone."""
    figure.savefig(path, dpi=DPI, bbox_inches="tight", metadata={"Software": None})
