"""Bad command lines, in this process or one of their own, and how they end.

A line has one to three bad options, and else what the command would run with. Work that
would begin ends the line instead: bad input is told before anything is done.
"""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import papermill
from hypothesis import strategies as st

from evophys_lib import notebooks, parameters
from evophys_lib.__main__ import main
from evophys_lib.commands import discover
from evophys_lib.diagnosis import ablation, equations, world_models
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.extensions import VARIABLE as EXTENSIONS
from evophys_lib.physics import dataset
from evophys_lib.physics.equations import EQUATIONS
from evophys_lib.scoring import agreement
from evophys_lib.store import disk
from evophys_lib.sweep import cluster
from faults import grammar

Words = st.SearchStrategy[str]


class Begun(BaseException):
    """Work would have begun."""


@dataclass(frozen=True)
class Command:
    """A command: what it is run with, and its options, each with bad words for it.

    An option without a name is a word of its own, that follows `given`.
    """

    given: tuple[str, ...]
    bad: dict[str, Words]
    needed: tuple[str, ...] = ()


PROFILE = grammar.words_beside(*parameters.PROFILES)
SEED = grammar.words_not_whole(0, parameters.MAX_SEED)
PECLET = grammar.words_not_from(*parameters.PECLET_RANGE)
DEVICE = grammar.words_beside("auto", "cpu")
STUDIES = {"--profile": PROFILE, "--seeds": grammar.SEEDS, "--device": DEVICE}
STUDY = {"--profile": PROFILE, "--seed": SEED}
_NAMES = grammar.words_beside("default", "ps", "passive", "truth", "")
_PARAMETERS = (
    st.tuples(st.just("pe"), PECLET)
    | st.tuples(st.just("seed"), SEED)
    | st.tuples(st.just("profile"), PROFILE)
    | st.tuples(grammar.words_beside(*notebooks.CHECKS), st.just("1"))
)
COMMANDS = {
    "run": Command(
        ("run", "05_dfs"),
        {"-p": _PARAMETERS, "--profile": PROFILE, "--out": grammar.PATHS},
    ),
    "run NOTEBOOK": Command(
        ("run",),
        {"": grammar.words_beside(*notebooks.NOTEBOOKS, "all")},
    ),
    "run all": Command(("run", "all"), {"-p": _PARAMETERS, "--out": grammar.PATHS}),
    "train": Command(("train",), STUDIES | {"--out": grammar.PATHS}),
    "ablate": Command(
        ("ablate",), STUDIES | {"--only": _NAMES, "--out": grammar.PATHS}
    ),
    "equations": Command(
        ("equations", "--profile", "smoke"),
        {"--seeds": grammar.SEEDS, "--pe": grammar.PECLETS, "--models": _NAMES}
        | {"--out": grammar.PATHS},
    ),
    "shipped": Command(("shipped",), STUDY | {"--device": DEVICE}),
    "search status": Command(("search", "status"), STUDY | {"--pe": PECLET}),
    "search export": Command(
        ("search", "export"), STUDY | {"--pe": PECLET, "--out": grammar.PATHS}
    ),
    "sweep": Command(
        ("sweep", "--pe", "10"),
        STUDIES
        | {"--pe": grammar.PECLETS, "--only": _NAMES, "--out": grammar.PATHS}
        | {"--workers": grammar.words_not_whole(1, 1024)}
        | {"--retries": grammar.words_not_whole(0, 9)},
    ),
    "simulate": Command(
        ("simulate", "--equation=advection-diffusion", "--trajectories=1", "--seed=0")
        + ("--out=made", "--pe=1"),
        {
            "--equation": grammar.words_beside(*EQUATIONS),
            "--trajectories": grammar.words_not_whole(1, 65_536),
            "--seed": SEED,
            "--pe": PECLET,
            "--split": grammar.words_beside("train", "validation", "test"),
            "--fluctuation": grammar.words_not_from(0.01, 1),
            "--scale": grammar.words_not_from(0.1, 0.158),
            "--spread": grammar.words_not_from(1, 25),
            "--out": grammar.PATHS.filter(lambda p: p != "~nobody_/x"),
        },
    ),
    "verify": Command(("verify",), {"": grammar.PATHS}),
    "discover show": Command(
        ("discover", "show"), {"": grammar.words_beside(*SYSTEMS)}
    ),
    "discover try": Command(
        ("discover", "try", "spring"),
        {"": grammar.words_beside(""), "--seed": SEED},
    ),
    "discover serve": Command(
        ("discover", "serve"), {"--port": grammar.words_not_whole(1, 65_535)}
    ),
    "discover train": Command(
        ("discover", "train", "--out", "made"),
        {"--seed": SEED, "--rate": grammar.words_not_from(1e-300, 1e300)}
        | {"--steps": grammar.words_not_whole(1, 10**9 - 1)}
        | {"--answers": grammar.words_not_whole(2, 10**9 - 1)},
    ),
    "no command": Command((), {"": grammar.words_beside("--debug")}),
}
VARIABLES = {
    disk.OUTPUTS_VARIABLE: grammar.PATHS.filter(lambda p: p not in ("/", ".")),
    EXTENSIONS: grammar.words_beside("math", "os.path").filter(
        lambda words: {w.strip() for w in words.split(",")} - {"", "math", "os.path"}
    ),
}
"""Of the environment; no system passes one with a NUL."""


@st.composite
def lines(draw: st.DrawFn, name: str) -> list[str]:
    """A bad line of one command."""
    command = COMMANDS[name]
    chosen = draw(
        st.lists(
            st.sampled_from(sorted(command.bad)), min_size=1, max_size=3, unique=True
        )
    )
    line = list(command.given)
    for option in chosen:
        value = draw(command.bad[option])
        if isinstance(value, tuple):
            line += [option, *value]
        elif option == "":
            line.append(value)
        elif draw(st.booleans()):
            line += [option, value]
        else:
            line.append(f"{option}={value}")
    return line


@contextmanager
def place() -> Iterator[Path]:
    """An empty folder to be in, with `file`, `loop`, and no outputs yet."""
    import tempfile

    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="evophys-bad-") as scratch:
        folder = Path(scratch)
        (folder / "file").touch()
        (folder / "loop").symlink_to("loop")
        environment = {disk.OUTPUTS_VARIABLE: str(folder / "outputs")}
        os.chdir(folder)
        try:
            with mock.patch.dict(os.environ, environment), _nothing_begins():
                yield folder
        finally:
            os.chdir(before)


@contextmanager
def _nothing_begins() -> Iterator[None]:
    def begin(*_: object, **__: object) -> None:
        raise Begun

    with ExitStack() as stack:
        for owner, name in (
            (papermill, "execute_notebook"), (world_models, "run"), (ablation, "run"),
            (equations, "row"), (cluster, "local"), (cluster, "remote"),
            (agreement, "agreement"), (dataset, "_simulate"), (discover, "_serve"),
        ):  # fmt: skip
            stack.enter_context(mock.patch.object(owner, name, begin))
        yield


def ended(line: list[str], folder: Path) -> str:
    """How a line ended: "error" or "usage"; AssertionError if it ended otherwise."""
    before = sorted(folder.rglob("*"))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(line)
        except SystemExit as stop:
            status, usage = stop.code, True
        else:
            usage = False
    judge(status, err.getvalue(), usage=usage)
    assert sorted(folder.rglob("*")) == before, "something was written"
    return "usage" if usage else "error"


def judge(status: object, told: str, *, usage: bool) -> None:
    """AssertionError unless it is an error that the library documents, or a usage."""
    assert status in (1, 2), (status, told[:2000])
    assert "Traceback" not in told and "--debug` …" not in told, told[:2000]
    assert told.startswith("usage: ") if usage else "error: " in told, told[:2000]


def ended_in_a_process(line: list[str], folder: Path) -> str:
    """The same of a process of its own, which can be given no NUL."""
    before = sorted(folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "evophys_lib", *line],
        env=os.environ | {"PYTHONPATH": str(disk.REPOSITORY)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )
    usage = done.stderr.startswith("usage: ")
    judge(done.returncode, done.stderr, usage=usage)
    assert sorted(folder.rglob("*")) == before, "something was written"
    return "usage" if usage else "error"
