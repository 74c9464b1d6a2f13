"""Send the tasks that are missing to workers, and tell how they ended.

A worker is given a task when it has none. Dask would deal all of them out at once, when
it does not yet know which take minutes, and leave some workers idle while others have
many; besides, a point waits for the task of its seed. A worker that dies loses nothing
but seconds: its task goes to another one, and what it was training or searching goes on
from its journal. Artifacts pass through the disk, never through Dask.
"""

import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

from distributed import Client, wait
from distributed import Future as Untyped
from distributed.client import FuturesCancelledError

from evophys_lib.errors import EvoPhysError
from evophys_lib.store import disk
from evophys_lib.sweep.cluster import GPU
from evophys_lib.sweep.grid import Grid, Task, missing, tasks, work

RETRIES = 1
POLL = 5.0  # seconds after which workers that have joined are looked for
Tell = Callable[[str], None]
Future = Untyped[float]


@dataclass(frozen=True)
class Failure:
    """A task that could not be done, after all retries.

    error: in one line; log: the file with the traceback, None where the task never
    began, because that of its seed failed.
    """

    task: Task
    error: str
    log: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """A task that is over: seconds it took, or why it failed."""

    task: Task
    seconds: float | None = None
    failure: Failure | None = None


@dataclass
class Clock:
    """The time left, from what tasks of the same model, or seeds, took so far."""

    workers: int
    left: dict[str, int]
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ended(self, task: Task, seconds: float | None) -> None:
        """Count a task; seconds: None if it failed."""
        self.left[task.name] -= 1
        if seconds is not None:
            self.taken[task.name].append(seconds)

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
    queue = missing(grid)
    total, failures = len(queue), []
    clock = Clock(1, dict(Counter(task.name for task in queue)))
    running: dict[Future, Task] = {}
    over: list[Outcome] = []
    numbers = count(1)
    with _token() as token:
        while queue or running or over:
            clock.workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
            for task in _startable(queue, running.values(), clock.workers):
                queue.remove(task)
                running[_submitted(grid, client, task, token, retries)] = task
            for outcome in over:  # told when the workers are busy again
                clock.ended(outcome.task, outcome.seconds)
                failures += [outcome.failure] if outcome.failure else []
                told = "failed" if outcome.failure else "done"
                label = f"{next(numbers)} of {total}: {outcome.task.label}"
                tell(f"{label}, {told}{_rest(clock)}")
            over = [
                outcome
                for future in _finished(running)
                for outcome in _outcomes(running.pop(future), future, queue, logs)
            ]
    return sorted(failures, key=lambda f: tasks(grid).index(f.task))


def _outcomes(
    task: Task, future: Future, queue: list[Task], logs: Path
) -> Iterator[Outcome]:
    """What has become of a task, and of those that waited for it in vain."""
    if future.status == "finished":
        yield Outcome(task, seconds=future.result())
        return
    yield Outcome(task, failure=_failure(task, future, logs))
    if task.peclet is None:
        for waiting in [t for t in queue if t.seed == task.seed]:
            queue.remove(waiting)
            failure = Failure(waiting, f"{task.label} failed")
            yield Outcome(waiting, failure=failure)


def _startable(
    queue: Sequence[Task], running: Collection[Task], workers: int
) -> list[Task]:
    """The first tasks that need not wait for their seed's, one per idle worker."""
    waited_for = {t.seed for t in (*queue, *running) if t.peclet is None}
    ready = [t for t in queue if t.peclet is None or t.seed not in waited_for]
    return ready[: max(0, workers - len(running))]


def _submitted(
    grid: Grid, client: Client, task: Task, token: str, retries: int
) -> Future:
    return client.submit(
        work,
        grid,
        task,
        token,
        key=f"{_slug(task)}-{token}",
        pure=False,
        retries=retries,
        resources={GPU: 1} if grid.device == "cuda" else None,
    )


def _finished(running: Collection[Future]) -> Collection[Future]:
    """Those that are done, as soon as one is; none after a while without any.

    Raises EvoPhysError if the scheduler has died.
    """
    if not running:
        return ()
    try:
        over = wait([*running], timeout=POLL, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return ()
    except FuturesCancelledError as error:
        raise EvoPhysError(
            "the scheduler is gone, and what was running with it. Start it and its "
            "workers again; the same line goes on where it was."
        ) from error
    done: set[Future] = over.done
    return done


@contextmanager
def _token() -> Iterator[str]:
    """The name of a file in the folder of outputs, by which workers know it."""
    name = f".sweep-{uuid4().hex}"
    disk.write_text(disk.outputs_root() / name, "")
    try:
        yield name
    finally:
        (disk.outputs_root() / name).unlink(missing_ok=True)


def _failure(task: Task, future: Future, logs: Path) -> Failure:
    error = future.exception()
    lines = traceback.format_exception(error)
    log = logs / f"{_slug(task)}.log"
    disk.write_text(log, "".join(lines))
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
