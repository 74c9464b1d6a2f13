"""What can go wrong, one class per kind, each with a message a user can act on."""


class EvoPhysError(Exception):
    """Base of every error that this library raises on purpose."""


class ParameterError(EvoPhysError, ValueError):
    """A parameter of a run lies outside what is allowed.

    The message names the argument, its value, what is allowed and what to do.
    """

    def __init__(self, name: str, value: object, allowed: str, remedy: str) -> None:
        self.name, self.value, self.allowed = name, value, allowed
        super().__init__(f"{name} = {value!r} is not allowed: {allowed}. {remedy}")


class DataError(EvoPhysError):
    """A data file or its manifest is missing, damaged or failed its checks."""


class ArtifactError(EvoPhysError):
    """A stored artifact is damaged, foreign, or cannot be written."""


class SplitError(EvoPhysError, TypeError):
    """A split was handed to a function that must not see it."""


class HypothesisError(EvoPhysError, ValueError):
    """An equation as text cannot be read, or says what its system cannot mean.

    column: of the first offending character, counted from 1; None if no one place.
    """

    def __init__(self, what: str, column: int | None = None) -> None:
        self.what, self.column = what, column
        super().__init__(what if column is None else f"column {column}: {what}")


class NotebookError(EvoPhysError):
    """A notebook is not one of the series, or failed in one of its cells."""
