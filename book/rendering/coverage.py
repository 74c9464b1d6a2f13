"""How much of the library its tests run."""

from typing import Any

from rendering.text import table

PAIRS = (("lines", "lines_run"), ("branches", "branches_taken"))


def shares(measured: dict[str, Any]) -> str:
    """Lines and branches by room, and the share of each that the tests run."""
    header = ["room", "lines", "run", "branches", "taken"]
    rooms = measured["rooms"]
    every = {key: sum(room[key] for room in rooms.values()) for p in PAIRS for key in p}
    rows = [[name, *_cells(room)] for name, room in rooms.items()]
    with_what = f"Python {measured['python']}, coverage {measured['coverage']}."
    return table(header, [*rows, ["**all**", *_cells(every)]]) + f"\n{with_what}\n"


def _cells(counts: dict[str, int]) -> list[str]:
    """How many there are, and the share that is run, of lines and of branches."""
    cells = []
    for of, done in PAIRS:
        share = f"{100 * counts[done] / counts[of]:.1f} %" if counts[of] else "–"
        cells += [f"{counts[of]:,}", share]
    return cells
