"""Send the tasks that are missing to workers, and tell how they ended.

Dask keeps the order: a point waits for the task of its seed. A worker that dies loses
nothing but seconds: its tasks go to another one, and what it was training or searching
goes on from its journal. Artifacts pass through the disk, never through Dask.
"""

import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from distributed import Client, Future, as_completed

from evophys_lib import store
from evophys_lib.sweep.cluster import GPU
from evophys_lib.sweep.grid import Grid, Task, missing, tasks, work

RETRIES = 1
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """A task that could not be done, after all retries.

    error: in one line; log: the file with the traceback, None where the task never
    began, because that of its seed failed.
    """

    task: Task
    error: str
    log: Path | None


@dataclass
class Clock:
    """The time left, from what tasks of the same scorer, or seeds, took so far."""

    workers: int
    left: dict[str | None, int]
    taken: dict[str | None, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def ended(self, task: Task, seconds: float | None) -> None:
        """Count a task; seconds: None if it failed."""
        self.left[task.scorer] -= 1
        if seconds is not None:
            self.taken[task.scorer].append(seconds)

    def seconds_left(self) -> float | None:
        """None while no task has shown what it takes."""
        everything = [seconds for kind in self.taken.values() for seconds in kind]
        if not everything:
            return None
        return sum(
            count * _mean(self.taken[kind] or everything) / self.workers
            for kind, count in self.left.items()
        )


def run(
    grid: Grid,
    client: Client,
    *,
    logs: Path,
    retries: int = RETRIES,
    tell: Tell = print,
) -> list[Failure]:
    """Do all tasks of the grid that are missing; those that failed.

    logs: the folder for tracebacks. retries: of a task that raised an error; deaths of
    workers are not counted among them. tell: takes a line whenever a task ends.
    """
    left = missing(grid)
    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    clock = Clock(workers, dict(Counter(task.scorer for task in left)))
    failures: list[Failure] = []
    with _token() as token:
        futures = _submitted(grid, client, left, token, retries)
        for number, future in enumerate(as_completed(futures), start=1):
            task = futures[future]
            if future.status == "finished":
                seconds, told = future.result(), "done"
            else:
                failures.append(_failure(task, future, failures, logs))
                seconds, told = None, "failed"
            clock.ended(task, seconds)
            tell(f"{number} of {len(left)}: {task.label}, {told}{_rest(clock)}")
    return sorted(failures, key=lambda f: tasks(grid).index(f.task))


def _submitted(
    grid: Grid, client: Client, left: Sequence[Task], token: str, retries: int
) -> dict[Future, Task]:
    resources = {GPU: 1} if grid.device == "cuda" else None
    futures: dict[Future, Task] = {}
    by_seed: dict[int, Future] = {}
    for position, task in enumerate(left):
        future = client.submit(
            work,
            grid,
            task,
            token,
            *([by_seed[task.seed]] if task.seed in by_seed else []),
            key=f"{_slug(task)}-{token}",
            pure=False,
            retries=retries,
            resources=resources,
            priority=-position,
        )
        futures[future] = task
        if task.peclet is None:
            by_seed[task.seed] = future
    return futures


@contextmanager
def _token() -> Iterator[str]:
    """The name of a file in the folder of outputs, by which workers know it."""
    name = f".sweep-{uuid4().hex}"
    store.write_text(store.outputs_root() / name, "")
    try:
        yield name
    finally:
        (store.outputs_root() / name).unlink(missing_ok=True)


def _failure(
    task: Task, future: Future, earlier: Sequence[Failure], logs: Path
) -> Failure:
    seed = next((f for f in earlier if f.task == Task(task.seed)), None)
    if task.peclet is not None and seed is not None:
        return Failure(task, f"{seed.task.label} failed", None)
    error = future.exception()
    lines = traceback.format_exception(error)
    log = logs / f"{_slug(task)}.log"
    store.write_text(log, "".join(lines))
    first = str(error).strip().partition("\n")[0]
    return Failure(task, f"{type(error).__name__}: {first}", log)


def _slug(task: Task) -> str:
    return re.sub("[^0-9a-z.]+", "_", task.label.lower())


def _rest(clock: Clock) -> str:
    seconds = clock.seconds_left()
    if not seconds:
        return ""
    if seconds < 90:
        return f"; about {seconds:.0f} s left"
    return f"; about {seconds / 60:.0f} min left"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
