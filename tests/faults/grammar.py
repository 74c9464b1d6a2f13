"""Bad values, as strategies: words that are given, objects that are passed."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

DIGITS = "9" * 5000
"""More than Python turns into a number."""

_SNARES = (
    "", " ", "nan", "NaN", "inf", "-inf", "1e999", "-1", "-0.5", "0x1F", "1e", "ten",
    "1;2", "[1]", "None", "True", "½", "☃", "𝟙𝟚x", "\udcff", "\0", "a\nb", "$(id)",
    "../..", "__class__", "{0}", "%s", "--help me", DIGITS, f"-{DIGITS}", "x" * 5000,
)  # fmt: skip
_TEXT = st.sampled_from(_SNARES) | st.text(max_size=40)

THINGS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=8),
    _TEXT,
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    st.sampled_from(
        (object(), 10**400, -(10**400), Decimal("NaN"), Fraction(1, 3), int, math.pi)
    ),
)
"""Anything at all."""

SHAPELESS = st.sampled_from(
    (np.zeros(0), np.zeros((0, 3)), [[1.0], [1.0, 2.0]], "field", None, [None], {}, b"")
)
"""What is no array of numbers, or an empty one."""


def as_float(text: str) -> float:
    """What a text stands for; NaN if it stands for no number."""
    try:
        return float(text)
    except (ValueError, OverflowError):
        return math.nan


def words_not_from(low: float, high: float) -> st.SearchStrategy[str]:
    """Texts that stand for no number in [low, high]."""
    beyond = st.floats().map(repr) | st.integers().map(str)
    return (_TEXT | beyond).filter(lambda t: not low <= as_float(t) <= high)


def words_not_whole(least: int, most: int) -> st.SearchStrategy[str]:
    """Texts that stand for no whole number from least to most."""
    beyond = st.floats().map(repr) | st.integers().map(str)

    def is_bad(text: str) -> bool:
        return not (text.strip().isdecimal() and least <= as_float(text) <= most)

    return (_TEXT | beyond).filter(is_bad)


def words_beside(*known: str) -> st.SearchStrategy[str]:
    """Texts that are none of the known ones, and near misses."""
    near = st.sampled_from(known).flatmap(
        lambda k: st.sampled_from(
            (k.upper(), k + "x", k[:-1], f" {k}", f"{k}\n", k * 2)
        )
    )
    is_help = re.compile("--h(e(l(p)?)?)?|-h.*")  # options are known by their beginning
    return (_TEXT | near).filter(lambda t: t not in known and not is_help.fullmatch(t))


SEEDS = _TEXT.filter(lambda t: not re.fullmatch(r"[\s\d,-]+", t)) | st.sampled_from(
    ("4-0", "0-", "-", ",", "0,,1", "0-5000", "0--1", "1-2-3", "0,-1", str(2**31))
)
"""Texts that name no seeds."""
PECLETS = _TEXT.filter(lambda t: not re.fullmatch(r"[\s\d,.]+", t)) | st.sampled_from(
    ("0", "1,", ",", "1,ten", "0.01,1", "1,nan", "1 2", "500", "1,-1")
)
"""Texts that name no Péclet numbers."""
PATHS = st.sampled_from(
    ("x\0y", "x" * 300, "file/deeper", "/proc/nowhere/x", "/dev/null/x", "~nobody_/x")
    + ("loop/x", "\udcff\0", "/", ".", "a/" * 3000 + "x")
)
"""Where no file can be written, in a folder that has a `file` and a `loop`."""


def not_whole(least: int, most: float = math.inf) -> st.SearchStrategy[object]:
    """Objects that are no whole number from least to most."""

    def is_bad(value: object) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return not (whole and least <= value <= most)

    return THINGS.filter(is_bad)


def not_from(
    low: float, high: float, *, open_below: bool = False
) -> st.SearchStrategy[object]:
    """Objects that are no finite number in [low, high], or (low, high]."""

    def is_bad(value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
            return True
        if isinstance(value, int) and abs(value) > 10**300:
            return True
        inside = low < value <= high if open_below else low <= value <= high
        return not (math.isfinite(value) and inside)

    return THINGS.filter(is_bad)


def not_named(*known: str) -> st.SearchStrategy[object]:
    """Objects that are none of the known names."""
    return (THINGS | words_beside(*known)).filter(
        lambda v: not isinstance(v, str) or v not in known
    )
