"""`search status` and `search export`, the commands that look at searches.

They read what a search has stored and never make anything.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from evophys_lib import parameters
from evophys_lib.commands import options

if TYPE_CHECKING:
    from evophys_lib.models.kept import KeptSearch, Status
    from evophys_lib.study.study import Study

COLUMNS = ("Pe", "search", "state", "gen.", "best", "spread", "elapsed", "left")


def add_search(commands: options.Commands) -> None:
    """Add `search` to the command line."""
    parser = commands.add_parser("search", help="look at running and finished searches")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    status = actions.add_parser(
        "status",
        help="how far each search has come",
        description="One line per search that has begun: generations evaluated, best "
        "fitness, spread (interquartile range of the fitness in the last generation), "
        "time worked and time left at the same pace.",
    )
    status.add_argument("--json", action="store_true", help="as JSON, times in seconds")
    status.set_defaults(handler=_status)
    export = actions.add_parser(
        "export",
        help="write searches as Optuna studies, for optuna-dashboard",
        description="One Optuna study per search (two for paths, one per order of the "
        "experts), one trial per candidate. A running search is written as far as it "
        "has come.",
    )
    export.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a file to be made"
    )
    export.set_defaults(handler=_export)
    for command in (status, export):
        command.add_argument("--profile", default="laptop", help="laptop by default")
        command.add_argument("--seed", default="0", help="0 by default")
        command.add_argument("--pe", help="one Péclet number; all if not given")


def _kept(arguments: argparse.Namespace) -> tuple["Study", list["KeptSearch"]]:
    from evophys_lib.models.kept import kept_searches
    from evophys_lib.study.study import open_study

    peclet = None if arguments.pe is None else parameters.peclet(arguments.pe)
    study = open_study(arguments.profile, arguments.seed, "cpu")
    return study, list(kept_searches(study, peclet))


def _status(arguments: argparse.Namespace) -> int:
    from evophys_lib.models.kept import status
    from evophys_lib.store import disk
    from evophys_lib.study.study import plain

    study, searches = _kept(arguments)
    lines = [status(kept) for kept in searches]
    if arguments.json:
        print(disk.canonical_json([plain(line) for line in lines]), end="")
    else:
        print(table(lines) if lines else f"No search has begun in {study.folder}.")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from evophys_lib.models.export import export

    print(export(*_kept(arguments), arguments.out))
    return 0


def table(lines: list["Status"]) -> str:
    """Statuses in aligned columns; what is not known yet is a dash."""
    rows = [COLUMNS, *map(_cells, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = 3  # these columns are words, the others numbers
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _cells(line: "Status") -> tuple[str, ...]:
    return (
        line.peclet,
        line.method,
        line.state.value,
        f"{line.generation}/{line.generations}",
        _number(line.best),
        _number(line.spread),
        _clock(line.elapsed_s),
        _clock(line.left_s),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _clock(seconds: float | None) -> str:
    """Minutes and seconds, with hours where there are any."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
