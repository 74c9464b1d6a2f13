"""`sweep`, the command that runs a grid of seeds and Péclet numbers on Dask."""

import argparse
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from evophys_lib import parameters
from evophys_lib.commands import options
from evophys_lib.errors import ParameterError

if TYPE_CHECKING:
    from distributed import Client

    from evophys_lib.profiles import Profile
    from evophys_lib.sweep.grid import Grid, Kinds

MAX_WORKERS = 1024  # beyond this it is a slip of the hand


def add_sweep(commands: options.Commands) -> None:
    """Add `sweep` to the command line."""
    command = commands.add_parser(
        "sweep",
        help="run a grid of seeds and Péclet numbers, here or on a cluster",
        description="Make whatever is missing at every seed and Péclet number, and "
        "collect the scores of all models in two tables. Tasks run in processes of "
        "this machine, or on the workers of a Dask scheduler. What was made before is "
        "kept, so an interrupted sweep is started again with the same line.",
        epilog="Exit status: 0 done, 1 some tasks failed and the others are there, 2 "
        "an error.",
    )
    options.add_studies(command, seeds="0-4")
    options.add_peclets(command)
    command.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        help="groups of models (models, gap, baselines, interpolated, variations, "
        "by_directions, ladder, starts, draws, rivals, controls, classical), targets "
        "of another kind, single models, or a model on such a target (ps@passive), "
        "where those that ask more (ps@varied, ps@noise0.05) have a search of their "
        "own; the tables then hold no others (by default all but what is searched on "
        "such targets)",
    )
    command.add_argument(
        "--means",
        action="store_true",
        help="keep means over trajectories alone: smaller tables, from which no claim "
        "is judged and no equation is fitted",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask scheduler that runs, such as tcp://node7:8786; this machine "
        "if not given",
    )
    command.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes on this machine; the profile's number if not given",
    )
    command.add_argument(
        "--retries", type=int, choices=range(10), default=1, help="1 by default"
    )
    options.add_out(
        command, "sweep", "the folder for tables and logs of failures", folder=True
    )
    command.set_defaults(handler=_sweep_command)


def _sweep_command(arguments: argparse.Namespace) -> int:
    from evophys_lib.sweep import collecting, grid, running

    if arguments.scheduler is not None and arguments.workers is not None:
        raise ParameterError(
            "workers",
            arguments.workers,
            "not together with --scheduler, which has workers of its own",
            "Start more workers there, or leave out --scheduler.",
        )
    asked = _grid(arguments)
    out = options.out(arguments, asked.profile.name)
    total, left = len(grid.tasks(asked)), len(grid.missing(asked))
    print(f"{total - left} of {total} tasks need nothing", flush=True)
    failures = []
    if left:
        with _client(asked, arguments) as client:
            failures = running.run(
                asked,
                client,
                logs=out / "failed",
                retries=arguments.retries,
                tell=lambda line: print(line, flush=True),
            )
    done = collecting.collect(asked, out, means=arguments.means)
    print(f"scores of {done} tasks in {out}")
    for failure in failures:
        log = "" if failure.log is None else f" ({failure.log})"
        print(f"failed: {failure.task.label}: {failure.error}{log}", file=sys.stderr)
    return 1 if failures else 0


def _grid(arguments: argparse.Namespace) -> "Grid":
    from evophys_lib.profiles import profile
    from evophys_lib.sweep.grid import Grid

    chosen = profile(arguments.profile)
    return Grid(
        profile=chosen,
        seeds=parameters.seeds(arguments.seeds),
        peclets=options.peclets(arguments, chosen),
        device=parameters.device(arguments.device),
        kinds=_kinds(chosen, arguments.only),
    )


def _kinds(profile: "Profile", names: list[str] | None) -> "Kinds":
    """What `--only` names, in the order of everything."""
    from evophys_lib.models.model import Group
    from evophys_lib.study.data import SHIFTS, USUAL
    from evophys_lib.study.targets import TARGETS
    from evophys_lib.sweep.grid import everything

    known = everything(profile)
    if not names:
        return known
    models = known[USUAL]
    groups = [group.value for group in Group]
    for name in names:
        model, at, kind = name.partition("@")
        if at and model in models and kind in (*SHIFTS, *TARGETS):
            continue
        if at or name not in (*groups, *SHIFTS, *models):
            raise ParameterError(
                "only",
                name,
                f"some of {', '.join((*groups, *SHIFTS, *models))}, or MODEL@TARGET "
                f"with a target of {', '.join((*SHIFTS, *TARGETS))}",
                "Leave it out for all.",
            )
    wanted = {USUAL: {n: m for n, m in models.items() if {n, m.group.value} & {*names}}}
    for kind in (*SHIFTS, *TARGETS):
        own = known.get(kind, {}) if kind in names else {}
        wanted[kind] = {
            n: m for n, m in models.items() if n in own or f"{n}@{kind}" in names
        }
    return {kind: chosen for kind, chosen in wanted.items() if chosen}


def _client(
    asked: "Grid", arguments: argparse.Namespace
) -> AbstractContextManager["Client"]:
    from evophys_lib.study import workers
    from evophys_lib.sweep import cluster
    from evophys_lib.worldmodel import device

    if arguments.scheduler is not None:
        return cluster.remote(arguments.scheduler)
    found = device.resolve(arguments.device)
    count = arguments.workers or workers.side_by_side(asked.profile, found)
    return cluster.local(count, gpu=found.type == "cuda")


def _workers(text: str) -> int:
    if not (text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from 1 to {MAX_WORKERS}"
        )
    return int(text)
