"""How far programs come at finding equations: a table of rewards."""

from typing import Any

import numpy as np

from evophys_lib.models.derived import TITLES
from rendering.text import number, table

Document = dict[str, Any]

COMMAND = "python benchmarks/agents.py --seeds 0-2 --out book/evidence/agents.json"


def results(found: Document) -> str:
    """Best reward of an episode, mean over seeds, and in how many it was solved."""
    rows = found["rows"]
    agents = list(dict.fromkeys(row["agent"] for row in rows))
    lines = []
    for system in dict.fromkeys(row["system"] for row in rows):
        cells = []
        for agent in agents:
            games = [r for r in rows if (r["agent"], r["system"]) == (agent, system)]
            solved = sum(game["turn"] is not None for game in games)
            mean = number(float(np.mean([game["reward"] for game in games])))
            cells.append(f"{mean} ({solved} of {len(games)})")
        mark = ", held out" if system in found["held_out"] else ""
        lines.append([TITLES.get(system, system.replace("_", " ")) + mark, *cells])
    return table(["reward (solved)", *agents], lines)
