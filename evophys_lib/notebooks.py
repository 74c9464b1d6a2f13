"""Run a notebook of the series with checked parameters.

`python -m evophys_lib run 05_dfs -p pe 10` is papermill with four additions: the
parameters are checked before a kernel starts, the output path is chosen and its
folder made, the kernel is that of the running interpreter, and a run that fails
leaves the notebook as far as it came.

Inside a notebook `check_parameters` does the same check, since papermill itself takes
an unknown parameter with a mere warning. From then on a line below each cell says what
it loaded and what it made, unless progress is not to be shown (TQDM_DISABLE).
"""

import ast
import difflib
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evophys_lib import parameters as check
from evophys_lib import receipts
from evophys_lib.errors import NotebookError, ParameterError

NOTEBOOKS = (
    "01_simulate",
    "02_pretrain",
    "03_finetune",
    "04_ps",
    "05_dfs",
    "06_combined",
    "07_analysis",
    "08_directions",
    "09_equation",
)
FOLDER = Path(__file__).resolve().parent.parent / "notebooks"


def _device_there(value: object) -> str:
    """The name of a device that this machine has; torch is loaded only for CUDA."""
    name = check.device(value)
    if name == "cuda":
        from evophys_lib.worldmodel.device import resolve

        resolve(name)
    return name


CHECKS: Mapping[str, Callable[[object], Any]] = {
    "profile": check.profile_name,
    "seed": check.seed,
    "pe": check.peclet,
    "device": _device_there,
}
"""Every parameter a notebook can have, with the function that converts it."""


@dataclass(frozen=True)
class Run:
    """What a notebook was asked to do, checked and converted.

    profile: the size of the run. seed: of everything random. pe: the Péclet number
    of the target, None in a notebook that has none. device: `auto`, `cpu` or `cuda`.
    """

    profile: str
    seed: int
    pe: float | None = None
    device: str = "auto"


def check_parameters(namespace: Mapping[str, object], expected: Iterable[str]) -> Run:
    """Check the parameters of the notebook that calls this with `globals()`.

    Call it right after the `parameters` cell: every plain value there (a number, a
    text, a truth value or None, under a name without leading underscore) must be one
    of `expected`, a subset of profile, seed, pe and device.

    Raises ParameterError for a name that is not expected, such as one injected by
    `papermill … -p pee 10`, and for a value out of range.
    """
    names = tuple(expected)
    for name, value in namespace.items():
        if isinstance(value, str | int | float | None) and not name.startswith("_"):
            _require_known(name, value, names, "this notebook")
    _tell_after_cells()
    return Run(**{name: CHECKS[name](namespace[name]) for name in names})


def _tell_after_cells() -> None:
    """Have the shell of a notebook say what every cell loaded and made."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and os.environ.get("TQDM_DISABLE", "") in ("", "0"):
        shell.events.register("post_run_cell", _tell)  # once, however often it is asked


def _tell(result: object) -> None:
    from evophys_lib.store.told import TOLD

    if line := TOLD.line():
        print(line, file=sys.stderr)


def run(
    name: str,
    parameters: Mapping[str, object],
    out: Path | None = None,
    *,
    progress: bool = True,
    folder: Path = FOLDER,
) -> Path:
    """Execute notebook `name` with `parameters` and return the executed copy's path.

    name: one of NOTEBOOKS, with or without `.ipynb`; parameters: by name, as numbers
    or text; out: where to write, by default
    `notebooks/<name>[_pe<pe>].ipynb` in the folder of the study; progress: show what
    the cells write to standard error, their progress bars among it; folder: where the
    notebooks lie, which are never written to.

    Raises ParameterError before a kernel starts; NotebookError when a cell fails,
    after the notebook has been written as far as it came; ArtifactError when it
    cannot be written.
    """
    from evophys_lib.store.disk import absolute, require_place

    source = find(name, folder)
    defaults = _defaults(source)
    given = {}
    for key, value in parameters.items():
        _require_known(key, value, tuple(defaults), source.stem)
        given[key] = CHECKS[key](value)
    target = absolute(out) if out else _target(source, defaults | given)
    if os.path.isdir(target) or target.parent == folder.resolve():
        raise ParameterError(
            "out",
            str(out),
            "the path of a file outside the folder of the source notebooks",
            "Leave it out to have one chosen.",
        )
    if out:
        require_place(target)
    executed = _execute(source, given, target, progress)
    if target == _target(source, defaults | given):
        receipts.write(source, target)
    return executed


def run_all(parameters: Mapping[str, object], *, progress: bool = True) -> list[Path]:
    """Run the series in order, except what has been run: the executed copies' paths.

    A notebook has been run if its receipt says so (`receipts`). What is damaged is
    taken away before, and made anew by the first notebook that misses it. Each notebook
    gets those of `parameters` that it knows; one that none knows is refused.
    """
    known = {name: _defaults(find(name)) for name in NOTEBOOKS}
    every = tuple(dict.fromkeys(key for names in known.values() for key in names))
    for key, value in parameters.items():
        _require_known(key, value, every, "the series")
        CHECKS[key](value)
    paths: list[Path] = []
    for name, defaults in known.items():
        given = {k: CHECKS[k](v) for k, v in parameters.items() if k in defaults}
        target = _target(find(name), defaults | given)
        if not paths:
            _discard_damaged(receipts.study_folder(target))
        if not receipts.has_been_run(find(name), target):
            run(name, given, progress=progress)
        paths.append(target)
    return paths


def find(name: str, folder: Path = FOLDER) -> Path:
    """The source of a notebook by its name, or ParameterError with the names."""
    source = folder / f"{name.removesuffix('.ipynb')}.ipynb"
    if source.parent == folder and os.path.isfile(source):
        return source
    there = sorted(path.stem for path in folder.glob("*.ipynb"))
    raise ParameterError(
        "notebook",
        name,
        f"one of {', '.join(there)}"
        if there
        else f"there are no notebooks in {folder}; the series needs a checkout of the "
        "repository, installed with `pip install -e .`",
        _nearest(name, there),
    )


def _require_known(name: str, value: object, known: tuple[str, ...], who: str) -> None:
    if name not in known:
        raise ParameterError(
            name, value, f"{who} takes {', '.join(known)}", _nearest(name, known)
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else "Check the spelling."


def _defaults(source: Path) -> dict[str, object]:
    """The parameters in a notebook's `parameters` cell, with their values."""
    from jsonschema import ValidationError
    from papermill import inspect_notebook

    from evophys_lib.physics import files

    no_notebook = (ValidationError, AttributeError, LookupError, TypeError)
    try:
        files.read_json(source)  # which looks at it first, and refuses what is no JSON
        found = inspect_notebook(source)
        if not {"profile", "seed"} <= found.keys() <= CHECKS.keys():
            raise ValueError(f"its parameters are {', '.join(found) or 'none'}")
        return {
            name: ast.literal_eval(entry["default"]) for name, entry in found.items()
        }
    except (OSError, ValueError, SyntaxError, *no_notebook) as error:
        raise NotebookError(
            f"{source} is not a notebook of the series ({str(error).splitlines()[0]}). "
            "Restore it, for example with `git checkout`."
        ) from error


def _target(source: Path, values: Mapping[str, object]) -> Path:
    from evophys_lib.study.study import folder_of

    peclet = (
        f"_pe{check.peclet_key(check.peclet(values['pe']))}" if "pe" in values else ""
    )
    folder = folder_of(str(values["profile"]), check.seed(values["seed"]))
    return folder / "notebooks" / f"{source.stem}{peclet}.ipynb"


def _discard_damaged(folder: Path) -> None:
    from evophys_lib.study.upkeep import discard_damaged

    for path in discard_damaged(folder):
        print(f"{path} was damaged and is made anew", file=sys.stderr)


def _execute(
    source: Path, given: Mapping[str, object], target: Path, progress: bool
) -> Path:
    import nbformat
    import papermill

    from evophys_lib.kernel import ThisInterpreter
    from evophys_lib.store.disk import locked, replacing

    failure = None
    with (
        locked(target),
        replacing(target) as temporary,
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", module="papermill.iorw")
        try:
            papermill.execute_notebook(
                source,
                temporary,
                dict(given),
                kernel_name="python3",
                kernel_manager_class=ThisInterpreter,
                shutdown_kernel="immediate",  # when done; else it is interrupted first
                progress_bar=False,
                stderr_file=sys.stderr if progress else None,
            )
        except papermill.PapermillExecutionError as error:
            failure = f"cell [{error.exec_count}]: {error.ename}: {error.evalue}"
        except RuntimeError as error:  # the kernel could not start, or died
            failure = f"its kernel stopped: {error}"
        notebook = nbformat.read(temporary, as_version=4)
        record = notebook.metadata.get("papermill", {})
        record.pop("input_path", None)
        record.pop("output_path", None)  # the temporary file's
        record["exception"] = failure
        nbformat.write(notebook, temporary)
    if failure is not None:
        raise NotebookError(
            f"{source.stem} failed in {failure}\nThe notebook, as far as it came, is "
            f"{target}"
        )
    return target
