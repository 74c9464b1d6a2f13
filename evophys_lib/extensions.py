"""Modules of your own that add equations, models, metrics or profiles.

What is named in $EVOPHYS_EXTENSIONS, joined by commas, is imported by the command line,
by a study when it is opened, and by every process that either starts: the simulation,
workers, kernels. So one file is known everywhere.
"""

import importlib
import os

from evophys_lib.errors import ParameterError

VARIABLE = "EVOPHYS_EXTENSIONS"


def load() -> None:
    """Import what is named, once; ParameterError if a module cannot be imported."""
    for name in filter(None, map(str.strip, os.environ.get(VARIABLE, "").split(","))):
        try:
            if not all(part.isidentifier() for part in name.split(".")):
                raise ImportError("it is no name of a module")
            importlib.import_module(name)
        except ImportError as error:
            raise ParameterError(
                VARIABLE,
                name,
                f"the names of modules that Python can import ({error})",
                "Put the file's folder on PYTHONPATH, or correct the name.",
            ) from error
