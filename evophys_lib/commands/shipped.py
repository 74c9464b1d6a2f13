"""`shipped`, the command that proves the models that come with the repository."""

import argparse

from evophys_lib import parameters
from evophys_lib.commands import options


def add_shipped(commands: options.Commands) -> None:
    """Add `shipped` to the command line."""
    command = commands.add_parser(
        "shipped",
        help="compare the models that come with the repository with trained ones",
        description="Train the models of a study where they are missing and compare "
        "them with those that come with the repository: to the bit, else by their "
        "errors. Exit status 1 if they disagree.",
    )
    command.add_argument("--profile", default="laptop", help="laptop by default")
    command.add_argument("--seed", default="0", help="0 by default")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    command.add_argument(
        "--renew", action="store_true", help="put the trained ones in their place"
    )
    command.set_defaults(handler=_shipped_command)


def _shipped_command(arguments: argparse.Namespace) -> int:
    from evophys_lib.scoring import agreement
    from evophys_lib.study.study import open_study

    seed = parameters.seed(arguments.seed)
    study = open_study(arguments.profile, seed, arguments.device, train=True)
    if arguments.renew:
        agreement.ship(study)
    found = agreement.agreement(study)
    for name, ratio in found.ratios.items():
        print(f"{name}: {ratio:.4f} × the error of the shipped model")
    limit = f"{agreement.TOLERANCE:.0%}"
    if found.equal:
        print("The models that come with the repository are these, to the bit.")
    elif found.holds:
        print(f"They differ in digits, as on another processor; errors by < {limit}.")
    else:
        print(f"They disagree: errors differ by more than {limit}.")
    return 0 if found.holds else 1
