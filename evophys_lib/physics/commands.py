"""`simulate` and `verify`, the two commands of the physics.

Their process imports nothing of any model: the simulation stands alone.
"""

import argparse
import sys
from pathlib import Path
from typing import TypeVar

from evophys_lib.errors import ParameterError
from evophys_lib.physics.dataset import produce, verify
from evophys_lib.physics.equations import EQUATIONS, PECLET_SCALE
from evophys_lib.physics.manifest import load
from evophys_lib.physics.splits import Split

Number = TypeVar("Number", int, float)


def add_simulate(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Adds `simulate` to the parser's commands."""
    parser = commands.add_parser(
        "simulate",
        help="simulate trajectories of one equation and write them with a manifest",
        description=(
            "Writes DIR/<equation>.h5 and DIR/sim_manifest.json. The same arguments "
            "give the same bytes."
        ),
    )
    parser.add_argument(
        "--equation", required=True, metavar="NAME", help=f"{', '.join(EQUATIONS)}"
    )
    parser.add_argument("--trajectories", required=True, metavar="N", help="how many")
    parser.add_argument("--seed", required=True, metavar="S", help="from 0")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--pe",
        metavar="PE",
        help="Péclet number from 0.05 to 200, for advection-diffusion alone",
    )
    parser.add_argument(
        "--split",
        default=Split.TRAIN.value,
        metavar="SPLIT",
        help=f"{', '.join(split.value for split in Split)} (default %(default)s); "
        "each draws from random numbers of its own",
    )
    parser.add_argument(
        "--fluctuation",
        default="1.0",
        metavar="E",
        help="scale of the fluctuation about the mean, 0.01 to 1 (default %(default)s)",
    )
    parser.add_argument(
        "--scale",
        default=str(PECLET_SCALE),
        metavar="C",
        help="U₁ of the Péclet path U = U₁√Pe, α = U₁/√Pe (default %(default)s)",
    )
    parser.add_argument(
        "--passive",
        action="store_true",
        help="draw means unrelated to the advection speed",
    )
    parser.add_argument(
        "--spread",
        default="1.0",
        metavar="S",
        help="draw U and α of each trajectory on their own, so that U/α lies between "
        "Pe/S and Pe S (default %(default)s: all on the path)",
    )
    parser.set_defaults(handler=run_simulate)


def add_verify(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Adds `verify` to the parser's commands."""
    parser = commands.add_parser(
        "verify",
        help="check a folder of simulated data; exit 1 and say what is wrong",
        description=(
            "Checks the manifest's verdicts, each file's length, checksum and layout, "
            "and the physics of the stored fields."
        ),
    )
    parser.add_argument("directory", metavar="DIR", help="folder of a simulation")
    parser.set_defaults(handler=run_verify)


def run_simulate(arguments: argparse.Namespace) -> int:
    """Runs `simulate`; 0, or an EvoPhysError."""
    path = produce(
        equation=arguments.equation,
        trajectories=_number("trajectories", arguments.trajectories, int),
        seed=arguments.seed,
        split=_split(arguments.split),
        directory=Path(arguments.out),
        peclet=arguments.pe,
        scale=_number("scale", arguments.scale, float),
        fluctuation=_number("fluctuation", arguments.fluctuation, float),
        passive=arguments.passive,
        spread=_number("spread", arguments.spread, float),
    )
    print(path)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Runs `verify`; 0 when all is in order, 1 after naming each file and check."""
    directory = Path(arguments.directory)
    failures = verify(directory)
    for failure in failures:
        print(
            f"{directory / failure.file}: {failure.check}: {failure.detail}",
            file=sys.stderr,
        )
    if failures:
        return 1
    for name in sorted(load(directory)["shards"]):
        print(f"{directory / name}: in order")
    return 0


def _number(name: str, text: str, kind: type[Number]) -> Number:
    try:
        return kind(text)
    except ValueError:
        allowed = "a whole number" if kind is int else "a number"
        remedy = f"Pass for example --{name} 1."
        raise ParameterError(name, text, allowed, remedy) from None


def _split(text: str) -> Split:
    try:
        return Split(text)
    except ValueError:
        names = ", ".join(split.value for split in Split)
        remedy = "Leave it out for train."
        raise ParameterError("split", text, f"one of {names}", remedy) from None
