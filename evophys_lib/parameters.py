"""The parameters a user can set, checked and converted in one place.

Papermill injects `-p pe 10` as an integer and the command line passes text, so
every entry point sends what it was given through these functions.
"""

import math
from numbers import Integral, Real
from typing import TypeGuard

from evophys_lib.errors import ParameterError

PROFILES = ["smoke", "laptop", "paper", "smoke-gru", "laptop-gru", "paper-gru"]
"""Names; `profiles.add` appends to them."""
DEVICES = ("auto", "cpu", "cuda")
PECLET_RANGE = (0.05, 200.0)
MAX_SEED = 2**31 - 1
MAX_SEEDS = 1000


def profile_name(value: object) -> str:
    """A profile's name, or ParameterError."""
    if isinstance(value, str) and value in PROFILES:
        return str(value)
    raise ParameterError(
        "profile",
        value,
        f"one of {', '.join(PROFILES)}",
        "Use 'laptop' unless you have a reason.",
    )


def seed(value: object) -> int:
    """A seed in [0, 2^31), or ParameterError."""
    allowed = f"a whole number from 0 to {MAX_SEED}"
    remedy = "Pass for example seed = 0."
    digits = value.strip().lstrip("0") if isinstance(value, str) else ""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(digits or "0") if len(digits) <= len(str(MAX_SEED)) else value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError("seed", value, allowed, remedy)
    if not 0 <= value <= MAX_SEED:
        raise ParameterError("seed", value, allowed, remedy)
    return value


def seeds(value: object) -> tuple[int, ...]:
    """Several seeds from "0-4" or "0,2,5" or both, ascending, or ParameterError.

    A range names both its ends and has at most 1000 seeds, so that a slip of the
    hand is refused; a seed that is named twice counts once.
    """
    allowed = (
        f"numbers from 0 to {MAX_SEED} and ranges of at most {MAX_SEEDS} of them, "
        "joined by commas"
    )
    remedy = "Pass for example seeds = 0-4 or seeds = 0,2,5."
    chosen: set[int] = set()
    try:
        for part in str(value).split(","):
            first, dash, last = part.partition("-")
            low = seed(first)
            high = seed(last) if dash else low
            if not low <= high < low + MAX_SEEDS:
                raise ValueError
            chosen.update(range(low, high + 1))
    except ValueError:
        raise ParameterError("seeds", value, allowed, remedy) from None
    return tuple(sorted(chosen))


def peclet(value: object) -> float:
    """A Péclet number Pe in [0.05, 200], or ParameterError.

    On the path U = U₁√Pe, α = U₁L/√Pe with U₁ = 0.1 speed and diffusivity stay within
    what the sources have, |m| ≤ 1 and α in [0.01, 0.5], from 0.1 to 100, the range of
    the book. What is beyond, to half and to twice as much, is there to extrapolate.
    """
    low, high = PECLET_RANGE
    allowed = f"a finite number from {low:g} to {high:g}"
    remedy = "Pass for example pe = 10."
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ParameterError("pe", value, allowed, remedy)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ParameterError("pe", value, allowed, remedy) from None
    if not (math.isfinite(number) and low <= number <= high):
        raise ParameterError("pe", value, allowed, remedy)
    return number


def peclets(value: object) -> tuple[float, ...]:
    """Several Péclet numbers from "0.1,1,10", ascending, or ParameterError.

    One that is named twice counts once.
    """
    return tuple(sorted({peclet(part) for part in str(value).split(",")}))


def device(value: object) -> str:
    """A device's name, or ParameterError; whether it exists is asked of torch."""
    if isinstance(value, str) and value in DEVICES:
        return str(value)
    raise ParameterError(
        "device",
        value,
        f"one of {', '.join(DEVICES)}",
        "Use 'auto' to take a GPU where there is one.",
    )


def whole(name: str, value: object, least: int, remedy: str) -> None:
    """ParameterError unless a value is a whole number from `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ParameterError(name, value, f"a whole number from {least}", remedy)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite real number, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # beyond what a float can be
        return False


def positive(name: str, value: object, remedy: str) -> None:
    """ParameterError unless a value is a finite number above 0."""
    if not (is_number(value) and value > 0):
        raise ParameterError(name, value, "a positive number", remedy)


def peclet_key(value: float) -> str:
    """How a Péclet number is written in file names and keys: "0.1", "1", "10"."""
    return f"{value:.12g}"


def is_peclet_key(text: str) -> bool:
    """Whether a text is how some Péclet number is written there."""
    try:
        return peclet_key(peclet(text)) == text
    except ParameterError:
        return False
