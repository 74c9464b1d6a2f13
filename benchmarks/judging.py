"""Seconds of a step of the environment, by system: reading, solving, comparing.

    python benchmarks/judging.py --out book/evidence/judging.json

The law of each system, and the answer that costs most of what is tried: one that
spends all evaluations, and a field with every term. Processor time, since what else
runs on a machine does not make a step longer.
"""

import time
from collections.abc import Mapping
from typing import Any

import measuring
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.systems import SYSTEMS

AIMS = {"ordinary": 0.05, "field": 0.2}
"""Seconds, at most."""
SEED = 0
STIFF = "d2{0}/dt2 = -1000000*{0} - 1000*v{0}"
DENSE = "u_t = sin(u)*u_x + c*u_xx - 0.0001*u_xxx - 0.000001*u_xxxx + exp(-u**2)*abs(u)"


def step(system: str, text: str, values: Mapping[str, float]) -> float:
    """Processor seconds of the least of a few steps, each of a new episode."""
    spent = []
    for _ in range(measuring.REPEATS + 1):  # the first one warms up
        environment = Environment()
        environment.reset(SEED, system)
        start = time.process_time()
        environment.step(text, values, "It is timed.")
        spent.append(time.process_time() - start)
    return min(spent[1:])


def hardest(system: str) -> tuple[str, dict[str, float]]:
    """A hypothesis that costs more than a law does."""
    vocabulary = SYSTEMS[system].vocabulary
    if vocabulary.field:
        return DENSE, {"c": 0.05}
    sides = []
    for v in vocabulary.variables:
        text = STIFF.replace("v{0}", v.velocity)
        sides.append(text.format(v.name))
    return "; ".join(sides), {}


def measure() -> dict[str, Any]:
    """A row for every system."""
    rows = []
    for name, system in SYSTEMS.items():
        truth = system.truth(SEED)
        assert truth is not None  # whose law is known
        rows.append(
            {
                "system": name,
                "kind": "field" if system.vocabulary.field else "ordinary",
                "law_s": step(name, str(truth), truth.parameters),
                "hardest_s": step(name, *hardest(name)),
            }
        )
    return {"machine": measuring.machine(), "aims": AIMS, "rows": rows}


def told(figures: Mapping[str, Any]) -> str:
    """One line each."""
    spent = {row["system"]: (row["law_s"], row["hardest_s"]) for row in figures["rows"]}
    return "\n".join(
        f"{name:20} {1e3 * law:8.1f} ms {1e3 * hardest:8.1f} ms"
        for name, (law, hardest) in spent.items()
    )


if __name__ == "__main__":
    chosen = measuring.options(__doc__).parse_args()
    measured = measure()
    measuring.finish(measured, told(measured), chosen.out)
