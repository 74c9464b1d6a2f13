"""`discover train`, which lets a language model play."""

import argparse
from pathlib import Path
from typing import Any

from evophys_lib import parameters
from evophys_lib.commands import options
from evophys_lib.errors import EvoPhysError, ParameterError

COUNTS = {
    "warm_steps": "of the warm start",
    "steps": "of GRPO",
    "prompts": "episodes in a step",
    "answers": "to each prompt, 2 or more",
    "length": "tokens of an answer, at most",
}
"""Whole numbers of a plan, and what they count."""
RATES = {"warm_rate": "step size of the warm start", "rate": "step size of GRPO"}


def add_train(actions: options.Commands) -> None:
    """Add `train` to the actions of `discover`."""
    command = actions.add_parser(
        "train",
        help="teach a language model to write equations, by GRPO",
        description="First supervised, to write what the random grammar writes, then "
        "by five rewards of the judge. Without --model a small one with random weights "
        "is taught. Needs the extra `language`.",
    )
    command.add_argument(
        "--model", type=Path, metavar="FOLDER", help="of a causal model"
    )
    command.add_argument("--systems", nargs="+", metavar="NAME", help="to learn from")
    for name, what in COUNTS.items():
        command.add_argument(f"--{name.replace('_', '-')}", metavar="N", help=what)
    for name, what in RATES.items():
        command.add_argument(f"--{name.replace('_', '-')}", metavar="R", help=what)
    command.add_argument("--seed", default="0", help="0 by default")
    command.add_argument("--save", type=Path, metavar="FOLDER", help="for the model")
    command.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="JSON with the curves"
    )
    command.set_defaults(handler=_train)


def _train(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in (*COUNTS, *RATES)}
    chosen: dict[str, Any] = {
        name: _count(name, text) if name in COUNTS else _rate(name, text)
        for name, text in given.items()
        if text is not None
    }
    seed = parameters.seed(arguments.seed)
    try:
        from evophys_lib.discovery.language import course
        from evophys_lib.discovery.language.training import Plan
    except ModuleNotFoundError as error:
        raise EvoPhysError(
            f"{error.name} is not installed: "
            "pip install -c constraints.txt -e '.[language]'"
        ) from None
    from evophys_lib.store import disk

    out = disk.absolute(arguments.out)
    save = None if arguments.save is None else disk.absolute(arguments.save)
    disk.require_place(out)  # hours before there is something to write
    if save is not None:
        disk.require_place(save / "config.json")
    model, tokens = course.pupil(arguments.model, seed)
    document = course.taught(
        model, tokens, arguments.systems or course.LEARNT, Plan(**chosen), seed=seed
    )
    name = arguments.model.name if arguments.model else course.SMALL
    disk.write_text(out, disk.canonical_json({"model": name, **document}))
    if save is not None:
        model.save_pretrained(save)
        tokens.save_pretrained(save)
    print(out)
    return 0


def _count(name: str, text: str) -> int:
    least = 2 if name == "answers" else 1
    if not (text.isdecimal() and len(text) < 10) or int(text) < least:
        raise ParameterError(
            name, text, f"a whole number from {least} on", "Correct it."
        )
    return int(text)


def _rate(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1.0:
        raise ParameterError(name, text, "a number between 0 and 1", "Try 1e-6.")
    return value
