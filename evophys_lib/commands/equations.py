"""`equations`, the command that finds the terms that models obey."""

import argparse

from evophys_lib.commands import options


def add_equations(commands: options.Commands) -> None:
    """Add `equations` to the command line."""
    command = commands.add_parser(
        "equations",
        help="find the terms of the equations that models obey",
        description="For every seed, Péclet number and model find the terms of the "
        "equation that its rollouts obey by sparse regression, and write one JSON "
        "file. What was made before is kept, so an interrupted run is started again "
        "with the same line; forecasts that are missing are made, with their models.",
    )
    options.add_studies(command, seeds="0-4")
    options.add_peclets(command)
    command.add_argument(
        "--models",
        nargs="+",
        metavar="NAME",
        help="parents, merges and exact data if not given",
    )
    options.add_out(command, "equations.json", "the file to write")
    command.set_defaults(handler=_equations_command)


def _equations_command(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from evophys_lib.diagnosis import equations
    from evophys_lib.store import disk

    studies = options.studies(arguments)
    first = studies[0]
    names = equations.checked(first, arguments.models or equations.SHOWN)
    peclets = options.peclets(arguments, first.profile)
    tasks = [(s, pe, name) for s in studies for pe in peclets for name in names]
    out = options.out(arguments, first.profile.name)
    rows = [equations.row(*task) for task in tqdm(tasks, desc="equations")]
    disk.write_text(out, disk.canonical_json(equations.document(first, rows)))
    print(out)
    return 0
