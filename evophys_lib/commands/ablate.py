"""`ablate`, the command that measures what each ingredient is worth."""

import argparse
import time
from collections.abc import Mapping

from evophys_lib.commands import options


def add_ablate(commands: options.Commands) -> None:
    """Add `ablate` to the command line."""
    command = commands.add_parser(
        "ablate",
        help="measure what each ingredient of the world model is worth",
        description="Train, diagnose and merge every declared variant of the study "
        "at one reduced budget, side by side, and write one JSON file. What was made "
        "before is kept, so an interrupted run is started again with the same line.",
    )
    options.add_studies(command, seeds="0-2")
    command.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        help="these variants only; the file then holds no others",
    )
    options.add_out(command, "ablation/ablations.json", "the file to write")
    command.set_defaults(handler=_ablate_command)


def _ablate_command(arguments: argparse.Namespace) -> int:
    from evophys_lib.diagnosis import ablation
    from evophys_lib.diagnosis.variants import variants as declared
    from evophys_lib.store import artifacts as store
    from evophys_lib.store import disk
    from evophys_lib.study import workers

    variants = declared(arguments.only)
    bases = options.studies(arguments)
    first, total = bases[0], len(bases) * len(variants)
    left = {
        (variant.name, base.seed)
        for variant in variants
        for base in bases
        if not store.exists(ablation.scores_path(ablation.study_of(base, variant)))
    }
    to_make = len(left)
    out = options.out(arguments, first.profile.name)
    processes = workers.side_by_side(first.profile, first.device)
    outcomes, started = [], time.monotonic()
    for outcome in ablation.run(bases, variants, processes):
        outcomes.append(outcome)
        left.discard((outcome.variant, outcome.seed))
        each = (time.monotonic() - started) / max(1, to_make - len(left))
        print(
            f"{len(outcomes)} of {total}: {outcome.variant}, seed {outcome.seed}, "
            f"{_told(outcome.result)}; about {each * len(left) / 60:.0f} min left",
            flush=True,
        )
        written = ablation.document(first, variants, outcomes)
        disk.write_text(out, disk.canonical_json(written))
    print(out)
    failed = 0
    for outcome in outcomes:
        if isinstance(outcome.result, Exception):
            failed += 1
            what = f"{outcome.variant}, seed {outcome.seed}"
            options.tell_failure(what, outcome.result)
    return 2 if failed else 0


def _told(result: Mapping[str, object] | Exception) -> str:
    if isinstance(result, Exception):
        return "failed"
    return "diverged" if "diverged" in result else "done"
