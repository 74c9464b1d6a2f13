"""`run`, the command that executes notebooks."""

import argparse
import os
from pathlib import Path

from evophys_lib import notebooks, page
from evophys_lib.commands import options
from evophys_lib.errors import EvoPhysError, ParameterError


def add_run(commands: options.Commands) -> None:
    """Add `run` to the command line."""
    command = commands.add_parser(
        "run",
        help="execute a notebook of the series",
        description="Execute a notebook of the series, making what it needs where "
        "that is missing. 'all' runs the series in order, less those already run.",
    )
    command.add_argument(
        "name", help=f"all, or one of {', '.join(notebooks.NOTEBOOKS)}"
    )
    command.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="a parameter: profile, seed, pe or device; can be given several times",
    )
    command.add_argument("--profile", help="smoke, laptop or paper; as -p profile P")
    command.add_argument(
        "--out", type=Path, help="where to write the executed notebook"
    )
    command.add_argument(
        "--from-scratch",
        action="store_true",
        help="train models also where some come with the repository",
    )
    command.add_argument(
        "--page", action="store_true", help="write it as an HTML page, too"
    )
    command.add_argument("--quiet", action="store_true", help="no progress bars")
    command.set_defaults(handler=_run_command)


def _run_command(arguments: argparse.Namespace) -> int:
    parameters: dict[str, object] = {}
    given = [tuple(pair) for pair in arguments.parameters]
    if arguments.profile is not None:
        given.append(("profile", arguments.profile))
    for name, value in given:
        if parameters.setdefault(name, value) != value:
            raise ParameterError(
                name, value, f"it was also given as {parameters[name]!r}", "Give one."
            )
    progress = not arguments.quiet
    if arguments.from_scratch:
        from evophys_lib.store import shipped

        os.environ[shipped.SCRATCH_VARIABLE] = "1"
    if arguments.name != "all":
        paths = [
            notebooks.run(arguments.name, parameters, arguments.out, progress=progress)
        ]
    elif arguments.out is None:
        paths = notebooks.run_all(parameters, progress=progress)
    else:
        raise EvoPhysError("--out names one file: it cannot be given with 'all'.")
    for path in paths:
        print(page.write_page(path) if arguments.page else path)
    return 0
