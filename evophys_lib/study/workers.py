"""Independent stages side by side, in processes of one thread each.

The tensors of a laptop run are too small for two threads to share well; two
processes do. Artifacts pass through the disk, where locks keep them whole, so a
task returns nothing and may be repeated.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TypeVar

import torch

from evophys_lib import extensions
from evophys_lib.profiles import Profile
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.device import one_thread, prefer_deterministic, set_threads

T = TypeVar("T")
Task = Callable[[Study], object]
"""A stage; must be picklable: a function of a module, or a `partial` of one."""


def side_by_side(profile: Profile, device: torch.device) -> int:
    """How many processes may be kept busy: one where there is a GPU to share."""
    if device.type == "cuda":
        return 1
    return min(profile.processes, os.cpu_count() or 1)


def run(study: Study, tasks: Sequence[Task]) -> None:
    """Run tasks, at most `profile.processes` at a time; the first error is raised.

    One after the other where there is one core, one task or a GPU to share.
    """
    count = min(side_by_side(study.profile, study.device), len(tasks))
    if count < 2:
        for task in tasks:
            task(study)
        return
    with _pool(count) as pool:
        for future in [pool.submit(task, study) for task in tasks]:
            future.result()


def as_finished(
    tasks: Sequence[Callable[[], T]], processes: int
) -> Iterator[tuple[int, T | Exception]]:
    """Run tasks side by side; (position, result) of each when it ends.

    An error takes the place of the result, and the other tasks go on. Progress bars
    of the tasks are silent: several on one terminal cannot be read.
    """
    if processes < 2:
        for position, task in enumerate(tasks):
            with one_thread():
                yield position, _attempt(task)
        return
    with _silent_bars(), _pool(min(processes, len(tasks))) as pool:
        futures = {pool.submit(_attempt, task): i for i, task in enumerate(tasks)}
        for future in as_completed(futures):
            broken = future.exception()  # of the process itself: killed, say
            result = future.result() if broken is None else broken
            assert not isinstance(result, BaseException) or isinstance(
                result, Exception
            ), "what is no Exception ends this process, too"
            yield futures[future], result


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
    )


def _begin() -> None:
    """One thread for the work, and one that waits for the end of the parent."""
    extensions.load()
    set_threads(1)
    prefer_deterministic()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed run must not live on in its workers and block the next one's locks."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _attempt(task: Callable[[], T]) -> T | Exception:
    try:
        return task()
    except Exception as error:
        return error


@contextmanager
def _silent_bars() -> Iterator[None]:
    """Processes that start in this block draw no progress bars."""
    name = "TQDM_DISABLE"  # read by tqdm when it is imported
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
