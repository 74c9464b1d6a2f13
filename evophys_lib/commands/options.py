"""What several commands share: options, the studies asked for, the tale of failures."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from evophys_lib import parameters

if TYPE_CHECKING:
    from evophys_lib.profiles import Profile
    from evophys_lib.study.study import Study

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command is added; the library has no public name for it."""


def add_studies(command: argparse.ArgumentParser, seeds: str) -> None:
    """Add `--profile`, `--seeds` with its default, and `--device`."""
    command.add_argument("--profile", default="laptop", help="laptop by default")
    command.add_argument(
        "--seeds",
        default=seeds,
        help=f"for example 0-4 or 0,2,5 ({seeds} by default)",
    )
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")


def studies(arguments: argparse.Namespace) -> list["Study"]:
    """One per seed, with checked parameters; their models are trained."""
    from evophys_lib.study.study import open_study

    return [
        open_study(arguments.profile, seed, arguments.device, train=True)
        for seed in parameters.seeds(arguments.seeds)
    ]


def add_peclets(command: argparse.ArgumentParser) -> None:
    """Add `--pe`, several Péclet numbers."""
    command.add_argument(
        "--pe",
        metavar="NUMBERS",
        help="for example 0.1,1,10,100; those of the profile if not given",
    )


def peclets(arguments: argparse.Namespace, profile: "Profile") -> tuple[float, ...]:
    """Those asked for, checked, or the profile's."""
    given: str | None = arguments.pe
    return profile.peclets if given is None else parameters.peclets(given)


def add_out(
    command: argparse.ArgumentParser, default: str, what: str, *, folder: bool = False
) -> None:
    """Add `--out`; default: relative to `<outputs>/<profile>`; folder: not a file."""
    command.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help=f"{what}; <outputs>/<profile>/{default} if not given",
    )
    command.set_defaults(out_default=default, out_is_folder=folder)


def out(arguments: argparse.Namespace, profile: str) -> Path:
    """Where results go, which can be written: found before anything is made."""
    from evophys_lib.store import disk

    chosen: Path | None = arguments.out
    default: str = arguments.out_default
    path = disk.absolute(chosen) if chosen else disk.outputs_root() / profile / default
    disk.require_place(path / default if arguments.out_is_folder else path)
    return path


def tell_failure(what: str, error: Exception) -> None:
    """An error in one line, after which other work went on."""
    print(f"error: {what}: {type(error).__name__}: {error}", file=sys.stderr)
