"""What compiling the predictor's step gives, and what it costs, side by side.

    python benchmarks/compiling.py [--profile laptop] [--device cpu] [--threads 1]
        [--out compiling.json]

`torch.compile` joins small operators into kernels that it writes and builds, on a CPU
with the machine's C++ compiler. Timed are rollouts by eager and by compiled steps, in
turns, and once the first call, which compiles. Forecasts of both must agree.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from evophys_lib.errors import EvoPhysError
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.worldmodel.device import set_threads
from evophys_lib.worldmodel.rollout import Weights
from measuring import best_seconds, finish, machine, options, seconds
from stand_ins import Size, candidates, in_parameter_space, lineage_and_fitness

Step = Callable[[Weights, Tensor], Tensor]
EAGER, COMPILED = "eager", "compiled"
TOLERANCE = 1e-4  # of ten steps in float32, relative to the largest number


@dataclass(frozen=True)
class Workload:
    """A rollout: θ, or C of them stacked, z_0, H, and whether ∂/∂θ is asked for."""

    weights: Weights
    z0: Tensor
    steps: int
    gradient: bool = False

    def run(self, step: Step) -> Tensor:
        """ẑ_H, after a backward pass where there is one."""
        with torch.set_grad_enabled(self.gradient):
            z = self.z0
            for _ in range(self.steps):
                z = step(self.weights, z)
            if self.gradient:
                torch.autograd.grad(z.square().mean(), [*self.weights.values()])
        return z.detach()


def workloads(size: Profile, device: str) -> dict[str, Workload]:
    """The rollouts of trainings and searches, by label."""
    lineage, fitness = lineage_and_fitness(Size.of(size), device)
    ps = in_parameter_space(lineage, fitness, TASK_ARITHMETIC)
    stacked = ps.models(candidates(ps, size.ps.popsize))
    learned = {n: w.clone().requires_grad_() for n, w in lineage.base.items()}
    batch = torch.randn(
        size.finetune.training.batch, *fitness.z0.shape[1:], device=device
    )
    population = fitness.z0.expand(size.ps.popsize, *fitness.z0.shape)
    return {
        "rollout of one model": Workload(lineage.base, fitness.z0, fitness.steps),
        "rollout of a PS generation": Workload(stacked, population, fitness.steps),
        "rollout with its gradient": Workload(
            learned, batch, max(size.finetune.unrolls), gradient=True
        ),
    }


def measure(size: Profile, device: str, threads: int) -> dict:
    """Seconds of both, their ratio, and the seconds of the first call, by label."""
    set_threads(threads)
    lineage, _ = lineage_and_fitness(Size.of(size), device)

    def eager(weights: Weights, z: Tensor) -> Tensor:
        return functional_call(lineage.predictor, weights, (z,))

    rows = {}
    for label, work in workloads(size, device).items():
        torch.compiler.reset()
        compiled = torch.compile(eager, dynamic=False)
        first = seconds(lambda w=work, s=compiled: w.run(s), device)
        error = difference(work.run(eager), work.run(compiled))
        if not error < TOLERANCE:
            raise EvoPhysError(f"{label}: compiled and eager differ by {error:.1e}.")
        spent = best_seconds(
            {
                EAGER: lambda w=work: w.run(eager),
                COMPILED: lambda w=work, s=compiled: w.run(s),
            },
            device=device,
        )
        rows[label] = {
            "seconds": spent,
            "ratio": spent[EAGER] / spent[COMPILED],
            "first_call_s": first,
            "difference": error,
        }
    return {
        "machine": machine(device),
        "device": device,
        "threads": threads,
        "profile": size.name,
        "workloads": rows,
    }


def difference(a: Tensor, b: Tensor) -> float:
    """max |a − b| / max |a|."""
    found, other = (x.cpu().numpy().astype(np.float64) for x in (a, b))
    return float(np.abs(found - other).max() / np.abs(found).max())


def table(result: dict) -> str:
    """The figures as text."""
    lines = [
        f"{result['machine']}, {result['device']}, {result['threads']} threads, "
        f"profile {result['profile']}",
        f"{'':28}{'eager, ms':>11}{'compiled':>11}{'ratio':>8}{'first call, s':>15}",
    ]
    for label, row in result["workloads"].items():
        eager, compiled = (1e3 * row["seconds"][k] for k in (EAGER, COMPILED))
        lines.append(
            f"{label:28}{eager:>11.1f}{compiled:>11.1f}{row['ratio']:>8.2f}"
            f"{row['first_call_s']:>15.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, store."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    result = measure(PROFILES[args.profile], args.device, args.threads)
    finish(result, table(result), args.out)


if __name__ == "__main__":
    main()
