"""Merging and training on the same trajectories: at equal passes, at equal seconds.

    python benchmarks/equal_seconds.py [--profile laptop] [--seeds 5-7]
        [--pe 0.1,1,10,100] [--out FILE]

Directions are searched with the evaluations of PS; the better parent is fine-tuned with
as many passes, and once more with as many of its steps as take the search's seconds.
All three in turns, in one process, from the same files, which are not written to; each
is scored on validation trajectories that neither saw.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import EvoPhysError
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.models import directions, tuning
from evophys_lib.models.model import Forecaster, Make
from evophys_lib.study import data, training
from evophys_lib.study.sight import fitness_of, fitness_on
from evophys_lib.study.study import Study, open_study
from evophys_lib.worldmodel.device import one_thread
from measuring import finish, machine, options

MERGE, TRAIN, SHORT = "directions", "training", "training, as long"
LEFT = ("merges", "baselines", "scores", "costs")
"""What a copy of a study goes without."""


@contextmanager
def copy_of(study: Study) -> Iterator[Study]:
    """The same study in a folder of its own, without what was found or scored."""
    with tempfile.TemporaryDirectory(dir=study.folder.parent) as folder:
        own = replace(study, part=Path(folder).name)
        shutil.copytree(
            study.folder,
            own.folder,
            ignore=shutil.ignore_patterns(*LEFT),
            copy_function=os.link,
        )
        yield own


def shortened(study: Study, share: float) -> Study:
    """One whose few-shot tuning has this share of its passes."""
    size = study.profile.ps
    evaluations = max(1, round(share * size.evaluations))
    size = replace(size, generations=evaluations, popsize=1)
    return replace(study, profile=replace(study.profile, ps=size))


def tuned(study: Study, peclet: float) -> Forecaster:
    """The parent that the trajectories choose, fine-tuned on them."""
    return tuning.few_shot_of(study, peclet, count=study.profile.sizes.search)


def row(
    study: Study,
    peclet: float,
    name: str,
    make: Make,
    unseen: LatentFitness,
) -> dict:
    """What a model took, and its fitness on what it has not seen."""
    with copy_of(study) as own:
        found = make(own, peclet)
    return {
        "seed": study.seed,
        "peclet": peclet,
        "name": name,
        "seconds": found.cost.seconds,
        "passes": found.cost.passes,
        "held_out": fitness_of(training.world_model(study), found.weights, unseen),
    }


def rows_of(study: Study, peclet: float) -> list[dict]:
    """All three, the last with the seconds of the first."""
    held_out, steps = data.held_out(study, peclet), study.profile.horizon_steps
    unseen = fitness_on(study, held_out, steps)
    merge = row(study, peclet, MERGE, directions.few, unseen)
    train = row(study, peclet, TRAIN, tuned, unseen)
    short = shortened(study, merge["seconds"] / train["seconds"])
    return [merge, train, row(short, peclet, SHORT, tuned, unseen)]


def main() -> int:
    """All studies at all Péclet numbers."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--pe", default="0.1,1,10,100")
    parser.add_argument("--seeds", default="5-7", help="of the studies (5-7)")
    args = parser.parse_args()
    tasks = [
        (open_study(args.profile, seed, args.device), peclet)
        for seed in parameters.seeds(args.seeds)
        for peclet in parameters.peclets(args.pe)
    ]
    for study, peclet in tasks:
        training.make_experts(study)
        data.make_held_out(study, peclet)
    rows = [one for task in tqdm(tasks, desc="tasks") for one in rows_of(*task)]
    found = {"machine": machine(args.device), "device": args.device, "rows": rows}
    lines = [
        f"seed {r['seed']}, Pe {r['peclet']:g}, {r['name']}: {r['seconds']:.1f} s, "
        f"{r['passes']:,} passes, held out {r['held_out']:.3g}"
        for r in rows
    ]
    finish(found, "\n".join(lines), args.out)
    return 0


if __name__ == "__main__":
    try:
        with one_thread():
            sys.exit(main())
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
