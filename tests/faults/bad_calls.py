"""Bad arguments of the notebooks and of public functions, and how the calls end."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from evophys_lib import notebooks, parameters
from evophys_lib.discovery import units
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.systems import SYSTEMS, system_named
from evophys_lib.errors import EvoPhysError
from evophys_lib.evaluate import evidence, metrics, results
from evophys_lib.evaluate.routes import Route
from evophys_lib.merge import least_squares
from evophys_lib.merge.dfs import Routes
from evophys_lib.merge.fewer_numbers import Line
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.search import Budget
from evophys_lib.merge.space import Dimension, real
from evophys_lib.models import registry
from evophys_lib.parameters import MAX_SEED, PECLET_RANGE
from evophys_lib.physics import dataset
from evophys_lib.physics.equations import EQUATIONS, equation_named, peclet_path
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import SMOKE, profile
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study.study import open_study
from evophys_lib.worldmodel.device import resolve
from faults import grammar

Objects = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Function:
    """What is called, good arguments by name, and bad ones for some of these."""

    call: Callable[..., object]
    good: Mapping[str, Any]
    bad: Mapping[str, Objects]


FIELD = np.sin(np.arange(24.0)).reshape(3, 8)
WHOLE, WHOLE_OR_0 = grammar.not_whole(1), grammar.not_whole(0)
SEED = grammar.not_whole(0, MAX_SEED)
NUMBER, SHARE = (
    grammar.not_from(-1e300, 1e300),
    grammar.not_from(0, 1, open_below=True),
)
POSITIVE = grammar.not_from(0, 1e300, open_below=True)
NOT_TEXT = grammar.THINGS.filter(lambda v: not isinstance(v, str))
PECLET = NOT_TEXT.filter(
    lambda v: (
        not (
            isinstance(v, int | float)
            and v == v
            and PECLET_RANGE[0] <= v <= PECLET_RANGE[1]
        )
        or isinstance(v, bool)
    )
) | grammar.words_not_from(*PECLET_RANGE)
TEXT_SEED = SEED.filter(lambda v: not isinstance(v, str)) | grammar.words_not_whole(
    0, MAX_SEED
)
PROFILE = grammar.not_named(*parameters.PROFILES)
DEVICE = grammar.not_named("auto", "cpu", "cuda")
ARRAY = grammar.SHAPELESS | st.sampled_from(
    (FIELD[:2], FIELD.T, FIELD * np.nan, FIELD[None], np.full((3, 8), np.inf))
)
HYPOTHESIS = NOT_TEXT | st.text(max_size=40) | st.sampled_from(
    ("d2x/dt2 = k*x", "d2x/dt2 =", "= x", "d2x/dt2 = " + "(" * 600, "x" * 1201)
    + ("d2x/dt2 = __import__('os')", "d2x/dt2 = x**x**x**x", "d2x/dt2 = 9**9**9*x;x")
)  # fmt: skip


def _produce(**given: Any) -> object:
    with tempfile.TemporaryDirectory(prefix="evophys-bad-") as scratch:
        folder = Path(scratch) / "made"
        try:
            return dataset.produce(directory=folder, progress=False, **given)
        finally:
            assert not folder.exists(), "something was written"


def _pair(measure: Callable[..., object], *more: str) -> Function:
    good = dict.fromkeys(("predicted", "truth", *more), FIELD)
    finite = ARRAY.filter(lambda a: np.shape(a) != (3, 8) if _is_array(a) else True)
    return Function(measure, good, {"predicted": finite, "truth": ARRAY})


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


FUNCTIONS = {
    "parameters.seed": Function(parameters.seed, {}, {"value": TEXT_SEED}),
    "parameters.seeds": Function(parameters.seeds, {}, {"value": grammar.SEEDS}),
    "parameters.peclet": Function(parameters.peclet, {}, {"value": PECLET}),
    "parameters.peclets": Function(parameters.peclets, {}, {"value": grammar.PECLETS}),
    "parameters.profile_name": Function(
        parameters.profile_name, {}, {"value": PROFILE}
    ),
    "parameters.device": Function(parameters.device, {}, {"value": DEVICE}),
    "profiles.profile": Function(profile, {}, {"name": PROFILE}),
    "registry.named": Function(
        registry.named,
        {"profile": SMOKE},
        {"names": st.tuples(grammar.words_beside(*registry.MODELS))},
    ),
    "device.resolve": Function(resolve, {}, {"device": DEVICE}),
    "open_study": Function(
        open_study,
        {},
        {"profile_name": PROFILE, "seed": TEXT_SEED, "device": DEVICE},
    ),
    "peclet_path": Function(
        peclet_path,
        {"peclet": 10.0},
        {"peclet": PECLET, "scale": grammar.not_from(0.1, 0.158)},
    ),
    "equation_named": Function(
        equation_named, {}, {"name": grammar.not_named(*EQUATIONS)}
    ),
    "dataset.produce": Function(
        _produce,
        {"equation": "advection-diffusion", "trajectories": 1, "seed": 0}
        | {"split": Split.TRAIN, "peclet": 1.0},
        {
            "equation": grammar.not_named("advection-diffusion"),
            "trajectories": grammar.not_whole(1, 65_536),
            "seed": TEXT_SEED,
            "peclet": PECLET,
            "scale": grammar.not_from(0.1, 0.158),
            "fluctuation": grammar.not_from(0.01, 1),
            "split": grammar.THINGS,
        },
    ),
    "Budget": Function(
        Budget,
        {},
        {"generations": WHOLE, "popsize": grammar.not_whole(4), "seed": WHOLE_OR_0},
    ),
    "least_squares.Budget": Function(
        least_squares.Budget,
        {"evaluations": 9},
        dict.fromkeys(("evaluations", "trials", "secants", "chunk"), WHOLE)
        | {"step": POSITIVE},
    ),
    "space.real": Function(
        real,
        {"name": "a", "low": 0.0, "high": 1.0, "start": 0.5},
        {"low": NUMBER, "high": NUMBER, "start": grammar.not_from(0, 1)},
    ),
    "space.Dimension": Function(
        Dimension,
        {"name": "a", "low": 0.0, "high": 1.0, "start": 0.5, "spread": 0.1},
        {"spread": POSITIVE, "start": grammar.not_from(0, 1)},
    ),
    "Routes": Function(
        Routes, {}, {"repetitions": WHOLE, "reach": grammar.not_from(0, 1e300)}
    ),
    "Coefficients": Function(
        Coefficients,
        {},
        {"density": SHARE, "lowest_density": SHARE.filter(lambda v: v is not None)},
    ),
    "Line": Function(Line, {}, {"density": SHARE}),
    "Route": Function(
        Route,
        {"seed": 0, "peclet": 1.0, "order": "AB", "path": ("heat:0",)},
        {"path": st.tuples(st.text(max_size=5).filter(lambda t: ":" not in t))},
    ),
    "squared_errors": _pair(metrics.squared_errors),
    "nrmse": _pair(metrics.nrmse, "initial"),
    "vrmse": _pair(metrics.vrmse, "initial"),
    "spectrum_error": _pair(metrics.spectrum_error),
    "log_spectrum_error": _pair(metrics.log_spectrum_error),
    "conservation_residual": _pair(metrics.conservation_residual),
    "correlation": _pair(metrics.correlation),
    "system_named": Function(
        system_named, {}, {"name": grammar.not_named(*SYSTEMS)}
    ),
    "Environment.reset": Function(
        Environment().reset,
        {},
        {
            "seed": TEXT_SEED,
            "system": grammar.not_named(*SYSTEMS).filter(lambda v: v is not None),
        },
    ),
    "hypothesis.parse": Function(
        parse,
        {"text": "d2x/dt2 = -k*x", "parameters": {"k": 1.0}}
        | {"vocabulary": SYSTEMS["spring"].vocabulary},
        {
            "text": HYPOTHESIS,
            "parameters": st.fixed_dictionaries(
                {"k": grammar.not_from(-1e6, 1e6)}
            )
            | NOT_TEXT.filter(lambda v: not isinstance(v, Mapping)),
        },
    ),
    "units.unit": Function(
        units.unit, {}, {"text": st.sampled_from(("m/", "furlong", "m/s/s", "☃"))}
    ),
}  # fmt: skip
PLACES = grammar.PATHS.map(Path)
READERS = {
    "dataset.read": partial(dataset.read, equation="heat"),
    "dataset.verify": dataset.verify,
    "disk.read_json": disk.read_json,
    "load_tensors": load_tensors,
    "store.sound_record": store.sound_record,
    "journal.read": journal.read,
    "results.read": results.read,
    "evidence.read": evidence.read,
}
FUNCTIONS |= {
    name: Function(lambda path, read=read: read(path), {}, {"path": PLACES})
    for name, read in READERS.items()
}


@st.composite
def calls(draw: st.DrawFn, name: str) -> tuple[str, dict[str, Any]]:
    """A function with one bad argument."""
    function = FUNCTIONS[name]
    argument = draw(st.sampled_from(sorted(function.bad)))
    return name, {**function.good, argument: draw(function.bad[argument])}


@st.composite
def runs(draw: st.DrawFn, name: str) -> tuple[str, dict[str, Any]]:
    """A notebook with a bad parameter, as papermill would inject it."""
    expected = notebook_parameters()[name]
    bad = {"profile": PROFILE, "seed": TEXT_SEED, "pe": PECLET, "device": DEVICE}
    chosen = draw(st.sampled_from((*expected, "")))
    if chosen == "":  # a name that the notebook does not know
        given = draw(st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(
            lambda n: n not in expected
        ))  # fmt: skip
        return name, expected | {given: draw(st.integers() | st.text(max_size=5))}
    return name, expected | {chosen: draw(bad[chosen])}


@cache
def notebook_parameters() -> dict[str, dict[str, Any]]:
    """Of every notebook, with their defaults."""
    names = notebooks.NOTEBOOKS
    return {name: notebooks._defaults(notebooks.find(name)) for name in names}


def ends_in_an_error(name: str, arguments: Mapping[str, Any]) -> None:
    """AssertionError unless a call ends in an error that the library documents."""
    try:
        FUNCTIONS[name].call(**arguments)
    except EvoPhysError:
        return
    raise AssertionError(f"{name} took it")


def is_refused(name: str, given: Mapping[str, Any]) -> None:
    """AssertionError unless a notebook refuses its parameters."""
    expected = tuple(notebook_parameters()[name])
    try:
        notebooks.check_parameters(given, expected)
    except EvoPhysError:
        return
    raise AssertionError(f"{name} took them")
