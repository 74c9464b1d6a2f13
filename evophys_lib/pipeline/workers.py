"""Independent stages side by side, in processes of one thread each.

The tensors of a laptop run are too small for two threads to share well; two
processes do. Artifacts pass through the disk, where locks keep them whole, so a
task returns nothing and may be repeated.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from evophys_lib.pipeline.study import Study
from evophys_lib.worldmodel.device import set_threads

Task = Callable[[Study], object]
"""A stage; must be picklable: a function of a module, or a `partial` of one."""


def run(study: Study, tasks: Sequence[Task]) -> None:
    """Run tasks, at most `profile.processes` at a time; the first error is raised.

    One after the other where there is one core, one task or a GPU to share.
    """
    count = min(study.profile.processes, os.cpu_count() or 1, len(tasks))
    if count < 2 or study.device.type == "cuda":
        for task in tasks:
            task(study)
        return
    with ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=set_threads, initargs=(1,)
    ) as pool:
        for future in [pool.submit(task, study) for task in tasks]:
            future.result()
