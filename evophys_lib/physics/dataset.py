"""Producing, reading and verifying trajectories on disk.

    produce(equation, trajectories, seed, split, …)  →  DIR/<equation>.h5
                                                        DIR/sim_manifest.json
    read(DIR, equation)  →  Trajectories

The files are the only thing that passes from the simulation to anything else.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from evophys_lib.errors import DataError
from evophys_lib.physics import checks, files, layout, manifest
from evophys_lib.physics.conservation_law import Equation, Parameters
from evophys_lib.physics.equations import PECLET_SCALE, equation_named
from evophys_lib.physics.grid import FRAMES, GRID, Array
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.layout import Trajectories
from evophys_lib.physics.recipe import Recipe
from evophys_lib.physics.splits import Split

_CHUNK = 512  # trajectories in memory as float64 at a time: 52 MB


def produce(
    *,
    equation: str,
    trajectories: int,
    seed: int,
    split: Split,
    directory: Path,
    peclet: float | None = None,
    scale: float = PECLET_SCALE,
    fluctuation: float = 1.0,
    passive: bool = False,
    spread: float = 1.0,
    progress: bool = True,
) -> Path:
    """Simulates trajectories, checks them, and writes them with their manifest.

    The same arguments give the same bytes. Another equation's shard in the same
    folder stays; the same equation's is replaced.

    Args:
        equation: "heat", "burgers" or "advection-diffusion".
        trajectories: B in [1, 65 536].
        seed: in [0, 2³¹). Splits, equations and Péclet numbers draw from disjoint
            random streams of the same seed.
        split: what the trajectories are for.
        directory: folder to write to; made if missing.
        peclet: Pe in [0.05, 200]; for advection–diffusion, and only there.
        scale: c of `peclet_path`.
        fluctuation: ε in [0.01, 1]; 1 makes fluctuations as large as the means.
        passive: for advection–diffusion, draw the mean from [−1, 1] regardless of U.
            By default the field carries the flow, m = U.
        spread: S ≥ 1, for advection–diffusion: U and α of each trajectory are drawn on
            their own about the path's, so that U/α lies in [Pe/S, Pe S].
        progress: show a progress bar on stderr.

    Returns:
        Path of the manifest.

    Raises:
        ParameterError: an argument outside what is allowed.
        DataError: the folder cannot be written, or a physical check failed; nothing
            is written then.
    """
    recipe = Recipe(
        equation=equation,
        trajectories=trajectories,
        seed=seed,
        split=split,
        peclet=peclet,
        scale=scale,
        fluctuation=fluctuation,
        passive=passive,
        spread=spread,
    )
    directory = Path(directory)
    with files.writing_to(directory):
        initial, physical = recipe.draw()
        field, values = _simulate(recipe.law, initial, physical, progress=progress)
        outcome = checks.judge(values, checks.BOUNDS)
        _refuse_failures(equation, outcome)
        content = layout.encode(
            Trajectories.of(
                equation, split, recipe.seed, recipe.peclet, field, initial, physical
            )
        )
        entry = manifest.entry_of_checks(outcome) | {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "shape": list(field.shape),
            "dtype": str(field.dtype),
            "generator_version": manifest.GENERATOR_VERSION,
            "equation": equation,
            "split": split.value,
            "seed": recipe.seed,
            "peclet": recipe.peclet,
            "parameters": _described(recipe, physical),
        }
        return _publish(directory, f"{equation}.h5", content, entry)


def _described(recipe: Recipe, physical: Parameters) -> dict[str, Any]:
    """The rest of the recipe, and the range each physical parameter spans."""
    spread = {} if recipe.spread == 1 else {"spread": float(recipe.spread)}
    return spread | {
        "trajectories": recipe.trajectories,
        "fluctuation": float(recipe.fluctuation),
        "passive": recipe.passive,
        "scale": None if recipe.peclet is None else recipe.scale,
        "ranges": {
            name: [float(values.min()), float(values.max())]
            for name, values in physical.items()
        },
    }


def _simulate(
    law: Equation, initial: InitialConditions, physical: Parameters, *, progress: bool
) -> tuple[NDArray[np.float32], dict[str, float]]:
    """The fields in float32, (B, T, N), and the values of all checks."""
    few = checks.few(law.diffusion(physical))
    fields: list[Array] = [np.empty(0)] * len(few)
    measured = []
    stored = np.empty((len(initial), FRAMES, GRID), np.float32)
    silenced = {} if progress else {"disable": True}  # else $TQDM_DISABLE decides
    with tqdm(total=len(initial), desc=law.name, unit="trajectory", **silenced) as bar:
        for rows in _chunks(law.diffusion(physical)):
            field = law.solve(initial.take(rows), checks.few_of(physical, rows))
            stored[rows] = field
            measured.append(checks.of_fields(initial.take(rows), field))
            for i in np.flatnonzero(np.isin(few, rows)):
                fields[i] = field[np.flatnonzero(rows == few[i])[0]]
            bar.update(len(rows))
        bar.set_postfix_str("checking against ETDRK4")
        solver = checks.of_solver(
            law, initial.take(few), checks.few_of(physical, few), np.stack(fields)
        )
    return stored, checks.worst(measured) | solver


def _chunks(diffusion: Array) -> Iterator[NDArray[np.integer]]:
    """Rows in pieces, ordered by diffusion so that groups of equal ν stay whole."""
    order = np.argsort(diffusion, kind="stable")
    for start in range(0, len(order), _CHUNK):
        yield order[start : start + _CHUNK]


def _refuse_failures(equation: str, outcome: list[checks.Check]) -> None:
    failed = [
        f"{check.name} = {check.value:.3g}, allowed [{check.low:g}, {check.high:g}]"
        for check in outcome
        if not check.passed
    ]
    if failed:
        raise DataError(
            f"the simulation of {equation} failed its checks and was not written: "
            f"{'; '.join(failed)}. Please report it with the arguments used."
        )


def _publish(
    directory: Path, name: str, content: bytes, entry: manifest.Manifest
) -> Path:
    """Puts shard and manifest in place; two processes take turns."""
    path = directory / manifest.NAME
    with files.locked(path):
        files.sweep(directory / name)
        listing = manifest.load(directory) if path.exists() else manifest.empty()
        listing["shards"][name] = entry
        files.replace_together(
            directory, {name: content, manifest.NAME: manifest.encode(listing)}
        )
    return path


def read(directory: Path, equation: str) -> Trajectories:
    """The trajectories of one equation, after their verdicts and checksum.

    Args:
        directory: folder that `produce` wrote to.
        equation: "heat", "burgers" or "advection-diffusion".

    Raises:
        ParameterError: no such equation.
        DataError: folder, manifest or shard missing; manifest damaged or saying that
            a check failed; shard cut off, altered, or not in the layout.
    """
    name = f"{equation_named(equation).name}.h5"
    path, entry = manifest.shard(Path(directory), name)
    return layout.decode(path, entry)


@dataclass(frozen=True)
class Failure:
    """One thing found wrong: in which file, by which check, and how."""

    file: str
    check: str
    detail: str


def verify(directory: Path) -> list[Failure]:
    """Everything wrong with a data folder; an empty list when all is in order.

    Reads every shard of the manifest, and beyond what `read` demands repeats the
    checks of mass, energy, extrema and initial conditions on the stored fields and
    compares them with fields solved anew.

    Raises:
        DataError: the folder has no manifest that can be read.
    """
    directory = Path(directory)
    failures = []
    listing = manifest.load(directory)["shards"]
    if not listing:
        failures.append(Failure(manifest.NAME, "shards", "the manifest lists no shard"))
    for name, entry in sorted(listing.items()):
        problem = manifest.problem_of_verdicts(entry) or manifest.problem_of_bytes(
            directory / name, entry
        )
        if problem:
            failures.append(Failure(name, *problem))
            continue
        try:
            shard = layout.decode(directory / name, entry)
        except DataError as error:
            failures.append(Failure(name, "layout", str(error)))
            continue
        failures.extend(
            Failure(name, check.name, f"{check.value:.3g} > {check.high:g}")
            for check in _recheck(shard)
            if not check.passed
        )
    return failures


def _recheck(shard: Trajectories) -> list[checks.Check]:
    law = equation_named(shard.equation)
    parts = []
    for rows in _chunks(law.diffusion(shard.parameters)):
        part = shard.take(rows)
        parts.append(checks.of_stored(law, part.initial, part.parameters, part.field))
    return checks.judge(checks.worst(parts), checks.STORED_BOUNDS)
