"""The evidence that the book shows: of many seeds where it is there, else of one."""

import json
from pathlib import Path

from evophys_lib import store
from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.pipeline.study import Study, plain
from evophys_lib.sweep import collecting, grid
from evophys_lib.sweep.grid import Grid
from evophys_lib.sweep.scoring import SCORERS

STORED = Path(__file__).resolve().parents[2] / "book" / "evidence" / "sweep"
FEW = ("models",)  # what a study's own evidence is about; the rest takes hours


def evidence_for(study: Study, stored: Path = STORED) -> Evidence:
    """The stored sweep if it has the study's profile, else one of this study alone.

    The latter has one seed, the headline's Péclet numbers and the models of the
    contract; what is missing of it is made.
    """
    if (stored / evidence.DOCUMENT).exists():
        found = evidence.read(stored)
        if found.provenance["profile"] == json.loads(
            store.canonical_json(plain(study.profile))
        ):
            return found
    own = Grid(
        profile=study.profile,
        seeds=(study.seed,),
        peclets=study.profile.peclets,
        device=study.device.type,
        scorers={name: SCORERS[name] for name in FEW},
    )
    for task in grid.missing(own):
        grid.do(own, task)
    folder = study.folder / "sweep"
    collecting.collect(own, folder)
    return evidence.read(folder)
