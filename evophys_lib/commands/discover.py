"""`discover list`, `discover show`, `discover try`, `discover serve`, `discover train`.

Find the law of a system by hand, or let programs do so.
"""

import argparse
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

from evophys_lib import parameters
from evophys_lib.commands import language, options
from evophys_lib.errors import EvoPhysError, HypothesisError

if TYPE_CHECKING:
    from evophys_lib.discovery.system import System

MAX_PORT = 65_535


def add_discover(commands: options.Commands) -> None:
    """Add `discover` to the command line."""
    parser = commands.add_parser("discover", help="find the equation of a system")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser(
        "list", help="the systems, with a hint and the names of their variables"
    ).set_defaults(handler=_list)
    show = actions.add_parser(
        "show", help="print the trajectory that is shown, as CSV: t, then the states"
    )
    show.set_defaults(handler=_show)
    attempt = actions.add_parser(
        "try",
        help="simulate an equation, and say how it differs from the data",
        description="For example: discover try spring 'd2x/dt2 = -k*x' -p k 4",
    )
    attempt.set_defaults(handler=_try)
    for command in (show, attempt):
        command.add_argument("system", help="a name of `discover list`")
        command.add_argument("--seed", default="0", help="of the data, 0 by default")
    attempt.add_argument("equation", help="equations, joined by ;")
    attempt.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        metavar=("NAME", "VALUE"),
        action="append",
        default=[],
        help="a value of a parameter, as often as needed",
    )
    serve = actions.add_parser(
        "serve",
        help="serve the environment on this machine: a page, and OpenEnv for programs",
        description="Needs the extra `discovery`; listens on 127.0.0.1 alone. With "
        "--models, rollouts of models are systems, too; what is missing is made.",
    )
    serve.add_argument("--port", type=_port, default=8000, help="8000 by default")
    serve.add_argument(
        "--models", nargs="+", metavar="NAME", default=[], help="as ps or directions"
    )
    options.add_peclets(serve)
    serve.add_argument(
        "--profile", default="laptop", help="of models; laptop by default"
    )
    serve.add_argument("--seed", default="0", help="of models; 0 by default")
    serve.set_defaults(handler=_serve)
    language.add_train(actions)


def _list(_: argparse.Namespace) -> int:
    from evophys_lib.discovery.systems import SYSTEMS

    width = max(map(len, SYSTEMS))
    for name, system in SYSTEMS.items():
        states = ", ".join(v.name for v in system.vocabulary.variables)
        held = " (held out)" if system.held_out else ""
        print(f"{system.tier}  {name:{width}}  {states:5}  {system.hint}{held}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from evophys_lib.discovery.environment import Environment

    shown = Environment().reset(arguments.seed, arguments.system).shown
    for time, states in zip(shown.times, shown.states[0], strict=True):
        print(",".join(f"{value:.9g}" for value in (time, *states.ravel())))
    return 0


def _try(arguments: argparse.Namespace) -> int:
    from evophys_lib.discovery.environment import Environment

    values = {name: _number(name, text) for name, text in arguments.parameters}
    environment = Environment()
    environment.reset(arguments.seed, arguments.system)
    seen = environment.step(arguments.equation, values)
    turn = seen.history[-1]
    if turn.verdict is None:
        raise HypothesisError(turn.mismatch)
    print(f"match {turn.verdict.match:.3f}, reward {seen.reward:.3f}")
    print(seen.mismatch)
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    try:
        from evophys_lib.discovery.served import serve
    except ModuleNotFoundError as error:
        raise EvoPhysError(
            f"{error.name} is not installed: "
            "pip install -c constraints.txt -e '.[discovery]'"
        ) from None
    serve(arguments.port, _offered(arguments))
    return 0


def _offered(arguments: argparse.Namespace) -> "Mapping[str, System]":
    """The systems, and the rollouts that are asked for."""
    from evophys_lib.discovery.systems import SYSTEMS

    if not arguments.models:
        return SYSTEMS
    from evophys_lib.discovery.rollouts import model_system
    from evophys_lib.study.study import open_study

    seed = parameters.seed(arguments.seed)
    study = open_study(arguments.profile, seed, "auto", train=True)
    asked = product(arguments.models, options.peclets(arguments, study.profile))
    rolled = [model_system(study, peclet, name) for name, peclet in asked]
    return SYSTEMS | {system.name: system for system in rolled}


def _port(text: str) -> int:
    if not (text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from 1 to {MAX_PORT}"
        )
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise HypothesisError(f"the value of {name} is not a number: {text}") from None
