"""What the store survives: counts of faults that were injected."""

from collections import Counter
from typing import Any

from rendering.text import table

OUTCOMES = ("found", "harmless", "as_good")


def damage(measured: dict[str, Any]) -> str:
    """Faults by kind of file: how many were tried, and what became of them."""
    rows, total = [], Counter[str]()
    for kind, faults in sorted(measured["damage"].items()):
        for fault, counts in faults.items():
            if counts:
                total.update(counts)
                rows.append([kind, fault, *_told(counts)])
    rows.append(["**all**", "", *_told(total)])
    header = ["file", "fault", "tried", "found", "harmless", "read as good"]
    return table(header, rows, numbers_from=2)


def _told(counts: dict[str, int]) -> list[str]:
    return [str(sum(counts.values())), *(str(counts.get(o, 0)) for o in OUTCOMES)]
