"""The command line: `python -m evophys_lib COMMAND …`.

Exit status: 0 done, 1 `verify` found something wrong or tasks of `sweep` failed, 2 an
error, told in one line.
"""

import argparse
import sys
from collections.abc import Sequence

from evophys_lib import extensions
from evophys_lib.commands import ablate, equations, run, search, sweep, train
from evophys_lib.errors import EvoPhysError
from evophys_lib.physics import commands as physics


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status.

    Each command's `handler` imports what it needs when it runs, so that `simulate`
    never loads a model.
    """
    try:
        extensions.load()
        chosen = _parser().parse_args(arguments)
        status: int = chosen.handler(chosen)
    except EvoPhysError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evophys_lib",
        description="Evolutionary merging of physical world models.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run.add_run(commands)
    train.add_train(commands)
    ablate.add_ablate(commands)
    equations.add_equations(commands)
    search.add_search(commands)
    sweep.add_sweep(commands)
    physics.add_simulate(commands)
    physics.add_verify(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
