"""The command line: `python -m evophys_lib COMMAND …`.

Exit status: 0 done, 1 `verify` found something wrong or tasks of `sweep` failed, 2 an
error, told in one line, 130 interrupted, 141 nobody reads the output.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from evophys_lib import extensions
from evophys_lib.commands import (
    ablate,
    discover,
    equations,
    run,
    search,
    shipped,
    sweep,
    train,
)
from evophys_lib.errors import EvoPhysError
from evophys_lib.physics import commands as physics

DEBUG = "--debug"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status.

    Each command's `handler` imports what it needs when it runs, so that `simulate`
    never loads a model.
    """
    given = sys.argv[1:] if arguments is None else [*arguments]
    _prepare_streams()
    try:
        try:
            extensions.load()
            chosen = _parser().parse_args(given)
            status: int = chosen.handler(chosen)
        finally:
            sys.stdout.flush()
    except EvoPhysError as error:
        return _told(str(error))
    except BrokenPipeError:
        _let_go_of_output()
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return _told("interrupted; the same line goes on where it was.", 130)
    except Exception as error:
        if DEBUG in given:
            raise
        _let_go_of_output()
        return _told(
            f"{type(error).__name__}: {error}. `python -m evophys_lib {DEBUG} …` shows "
            "where."
        )
    return status


def _told(message: str, status: int = 2) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


def _prepare_streams() -> None:
    """Output that is closed takes anything; what an encoding lacks is escaped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_output() -> None:
    """What could not be written is dropped, or Python would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evophys_lib",
        description="Evolutionary merging of physical world models.",
    )
    parser.add_argument(
        DEBUG, action="store_true", help="show where an unexpected error came from"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run.add_run(commands)
    train.add_train(commands)
    shipped.add_shipped(commands)
    ablate.add_ablate(commands)
    equations.add_equations(commands)
    search.add_search(commands)
    discover.add_discover(commands)
    sweep.add_sweep(commands)
    physics.add_simulate(commands)
    physics.add_verify(commands)
    return parser


def _speak_utf8() -> None:
    """Start anew in UTF-8 mode where, for want of a locale, names are not text."""
    if sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"  # kernels and workers, too
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


if __name__ == "__main__":
    _speak_utf8()
    sys.exit(main())
