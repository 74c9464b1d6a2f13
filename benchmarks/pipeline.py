"""The whole study from nothing: seconds of every stage, and the memory it takes.

    python benchmarks/pipeline.py [--profile smoke] [--device cpu] [--out pipeline.json]

The study runs in a process of its own, in an empty folder that goes afterwards. Stages
are timed by themselves in `results.json`; what they do not account for is starting,
loading what earlier stages made, and verdicts. The peak is that of the largest
process, the simulations' among them.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from evophys_lib.evaluate import results
from evophys_lib.store.disk import OUTPUTS_VARIABLE
from measuring import finish, machine, options

STAGES = ("data", "models", "merges", "forecasts", "scores")
STUDY = (
    "import sys\n"
    "from evophys_lib.scoring import report\n"
    "from evophys_lib.study.study import open_study\n"
    "report.make_results(open_study(*sys.argv[1:], train=True))\n"
)


def by_stage(timings: dict[str, float]) -> dict[str, float]:
    """Seconds by the first part of the artifacts' paths."""
    seconds: dict[str, float] = defaultdict(float)
    for artifact, spent in timings.items():
        seconds[artifact.partition("/")[0]] += spent
    return {stage: seconds[stage] for stage in STAGES}


def peak_gigabytes() -> float:
    """Resident memory of the largest process that this one started, in 10⁹ bytes."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e9


def measure(profile: str, seed: int, device: str) -> dict:
    """Run the study in an empty folder; all figures of the table."""
    with tempfile.TemporaryDirectory(prefix="evophys-benchmark-") as folder:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", STUDY, profile, str(seed), device],
            env=os.environ | {OUTPUTS_VARIABLE: folder},
            check=True,
        )
        total = time.perf_counter() - start
        document = results.read(Path(folder, profile, f"seed{seed}", "results.json"))
    stages = by_stage(document["timings_s"])
    return {
        "machine": machine(device),
        "device": document["device"],
        "profile": profile,
        "seed": seed,
        "peclets": len(document["peclet"]),
        "stages_s": stages,
        "total_s": total,
        "peak_gb": peak_gigabytes(),
        "artifacts_s": document["timings_s"],
    }


def table(result: dict) -> str:
    """The figures as text."""
    lines = [
        f"{result['machine']}, {result['device']}, profile {result['profile']}, "
        f"seed {result['seed']}, {result['peclets']} Péclet numbers",
        "",
        "seconds of work, summed over processes that ran side by side:",
        *(f"{stage:12}{spent:>9.1f} s" for stage, spent in result["stages_s"].items()),
        f"{'by the clock':12}{result['total_s']:>9.1f} s",
        f"{'peak memory':12}{result['peak_gb']:>9.2f} GB in the largest process",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, store."""
    parser = options(__doc__, profile="smoke")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    result = measure(args.profile, args.seed, args.device)
    finish(result, table(result), args.out)


if __name__ == "__main__":
    main()
