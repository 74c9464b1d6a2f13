"""The one place that chooses a device, sets threads and seeds everything."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from evophys_lib import parameters
from evophys_lib.errors import ParameterError

THREADS_VARIABLE = "OMP_NUM_THREADS"


def resolve(device: object) -> torch.device:
    """`auto` takes CUDA where there is one; `cuda` without one is an error."""
    name = parameters.device(device)
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "auto":
        return torch.device("cpu")
    raise ParameterError(
        "device",
        device,
        "this machine has no CUDA device that torch can use",
        "Pass device = 'auto' or 'cpu', or install a CUDA build of torch.",
    )


def set_threads(count: int | None = None) -> int:
    """Fix torch's thread count, on which the last digits of a run depend.

    count: if not given, $OMP_NUM_THREADS if it is set, else one. The tensors of the
    laptop profile are too small for a second thread to help, and threads that wait
    for each other crawl as soon as another process wants a core; processes side by
    side (`pipeline.workers`) use the cores instead.
    """
    if count is None:
        given = os.environ.get(THREADS_VARIABLE, "")
        is_count = given.isdecimal() and len(given) < 6
        wanted = int(given) if is_count and int(given) > 0 else 1
        count = min(wanted, os.cpu_count() or 1)
    torch.set_num_threads(count)
    return count


def prefer_deterministic() -> None:
    """Have operators repeat to the bit, and torch warn of one that cannot on a GPU.

    cuBLAS needs a workspace of a set size for that, told before CUDA begins. On a CPU
    with one thread nothing changes. `torch.use_deterministic_algorithms` would set the
    same, and load all of torch's compiler first.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_deterministic_debug_mode("warn")
    setting = torch.utils.deterministic
    setting.fill_uninitialized_memory = False  # type: ignore[attr-defined] # unread


@contextmanager
def one_thread() -> Iterator[None]:
    """Run a stage on one thread, as a worker process does, for the same digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def seeded(seed: int, *stream: int) -> torch.Generator:
    """A CPU generator for one purpose of a run.

    seed: the run's seed; stream: whole numbers that name the purpose, so that no two
    stages share random numbers. Numbers are drawn on the CPU on every device.
    """
    state = 0x9E3779B97F4A7C15
    for number in (seed, *stream):
        state = (state ^ (number + 1)) * 0x100000001B3 % 2**63
    return torch.Generator().manual_seed(state)
