"""What all benchmarks share: options, timing, a line about the machine, JSON.

A time is the least of a few: what disturbs a measurement only ever makes it longer.
Rivals are timed in turns, so that a disturbance that lasts falls on all of them.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from evophys_lib.profiles import PROFILES

REPEATS = 3


def options(
    documentation: str, *, profile: str | None = None
) -> argparse.ArgumentParser:
    """A parser with --out, and with --profile and --device if a profile is given.

    documentation: of the benchmark's module; its first line says what it is for.
    profile: the default.
    """
    parser = argparse.ArgumentParser(description=documentation.splitlines()[0])
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    if profile is not None:
        parser.add_argument("--profile", choices=PROFILES, default=profile)
        parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser


def finish(figures: Mapping, text: str, out: Path | None) -> None:
    """Print the tables, and write the figures where asked to."""
    print(text)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def machine(device: str = "cpu") -> str:
    """What the figures were measured on: the GPU's name, or the processor's."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        named = [s.partition(":")[2].strip() for s in lines if "model name" in s]
    except OSError:  # not Linux
        named = []
    return next(iter(named), platform.processor() or platform.machine())


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def seconds(function: Callable[[], object], device: str = "cpu") -> float:
    """Wall-clock seconds of one call; a GPU has finished at either end."""
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    function()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def best_seconds(
    rivals: Mapping[str, Callable[[], object]],
    *,
    device: str = "cpu",
    repeats: int = REPEATS,
) -> dict[str, float]:
    """Least seconds of every rival over `repeats` rounds, after one to warm up."""
    rounds = [
        {name: seconds(rival, device) for name, rival in rivals.items()}
        for _ in range(repeats + 1)
    ][1:]
    return {name: min(timed[name] for timed in rounds) for name in rivals}
