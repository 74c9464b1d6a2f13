"""`train`, the command that makes and scores the world models of several seeds."""

import argparse
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evophys_lib.commands import options

if TYPE_CHECKING:
    from evophys_lib.study.study import Study

LOOK_EVERY = 2.0  # seconds


def add_train(commands: options.Commands) -> None:
    """Add `train` to the command line."""
    command = commands.add_parser(
        "train",
        help="make and score world model, experts and comparators of several seeds",
        description="For every seed make world model, probe, experts and comparators, "
        "score them on test data, and write one JSON file. Seeds run side by side. "
        "What was made before is kept, so an interrupted run is started again with "
        "the same line.",
    )
    options.add_studies(command, seeds="0-4")
    options.add_out(command, "world_models.json", "the file to write")
    command.set_defaults(handler=_train_command)


def _train_command(arguments: argparse.Namespace) -> int:
    from evophys_lib.diagnosis import world_models
    from evophys_lib.store import disk

    studies = options.studies(arguments)
    out = options.out(arguments, studies[0].profile.name)
    rows, failed = [], {}
    with _progress(studies):
        for seed, result in world_models.run(studies):
            if isinstance(result, Exception):
                failed[seed] = result
                continue
            rows.append(result)
            written = world_models.document(studies[0], rows)
            disk.write_text(out, disk.canonical_json(written))
    if rows:
        print(out)
    for seed, error in sorted(failed.items()):
        options.tell_failure(f"seed {seed}", error)
    return 2 if failed else 0


@contextmanager
def _progress(studies: Sequence["Study"]) -> Iterator[None]:
    """A bar of training steps, with the time left, of all seeds together.

    It sees what other processes do by the artifacts that appear, so it moves whenever
    a training ends. Steps of all trainings take about as long.
    """
    from tqdm import tqdm

    from evophys_lib.diagnosis import world_models
    from evophys_lib.store import artifacts as store

    works = [item for s in studies for item in world_models.work(s).items()]

    def made() -> int:
        return sum(steps for path, steps in works if store.exists(path))

    total, over = sum(steps for _, steps in works), threading.Event()
    shown = {"desc": f"{len(studies)} seeds", "unit": "step", "smoothing": 0}
    with tqdm(total=total, initial=made(), **shown) as bar:

        def look() -> None:
            while not over.wait(LOOK_EVERY):
                bar.update(made() - bar.n)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            bar.update(made() - bar.n)
