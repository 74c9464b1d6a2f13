"""How far programs come at finding equations: every agent at every system.

    python benchmarks/agents.py --seeds 0-2 --out book/evidence/agents.json

Of an episode the best reward and match count, and in which turn it was solved.
"""

import argparse
import json
from itertools import product
from pathlib import Path
from typing import Any

from tqdm import tqdm

from evophys_lib.discovery.agents import AGENTS, play
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.parameters import seeds

Document = dict[str, Any]


def episode(agent: str, system: str, seed: int) -> Document:
    """What came of one."""
    over = play(Environment(), AGENTS[agent], seed=seed, system=system)
    matches = [turn.rewards.match for turn in over.history]
    solved = [turn.solved for turn in over.history]
    return {
        "agent": agent,
        "system": system,
        "seed": seed,
        "reward": over.best,
        "match": max(matches),
        "turn": solved.index(True) + 1 if any(solved) else None,
        "text": over.history[matches.index(max(matches))].text,
    }


def main(arguments: list[str] | None = None) -> None:
    """Play all episodes and write what came of them."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("--seeds", default="0-2", help="0-2 by default")
    command.add_argument("--systems", nargs="+", choices=SYSTEMS, default=[*SYSTEMS])
    command.add_argument("--agents", nargs="+", choices=AGENTS, default=[*AGENTS])
    command.add_argument("--out", type=Path, required=True)
    chosen = command.parse_args(arguments)
    games = [*product(chosen.agents, chosen.systems, seeds(chosen.seeds))]
    rows = [episode(*game) for game in tqdm(games, desc="episodes")]
    held_out = [name for name, system in SYSTEMS.items() if system.held_out]
    document = {"rows": rows, "held_out": held_out}
    chosen.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
