"""The text that tables are made of."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evophys_lib.evaluate.intervals import t_interval

SPACE = "\N{NO-BREAK SPACE}"
TIED = re.compile(
    r"(?<=Pe) (?==)|(?<=\bk) (?==)|(?<=\bt) (?=\+)|(?<=[=+]) (?=\d)|(?<=\d) (?=%)"
)
"""Spaces at which no line may end."""
NEGATIVE = re.compile(r"(?<![\w.-])-(?=\d)|(?<=\de)-(?=\d)")
"""Hyphens that are minus signs."""
SAME = 1e-9  # of a mean: what rounding makes of equal values
NOT_YET = "*Not measured yet.*\n"
Rows = Iterable[Sequence[str]]


def table(header: Sequence[str], rows: Rows, numbers_from: int = 1) -> str:
    """A Markdown table whose columns from `numbers_from` on are right-aligned."""
    rule = ["---" if i < numbers_from else "---:" for i in range(len(header))]
    lines = (map(typeset, header), rule, *(map(typeset, row) for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def typeset(words: str) -> str:
    """Words of a table with minus signs, and lines that end at no formula or unit.

    Code, formulas and links are left as they are.
    """
    if any(mark in words for mark in ("`", "$", "](")):
        return words
    return TIED.sub(SPACE, NEGATIVE.sub("\N{MINUS SIGN}", words))


def upright(header: Sequence[str], rows: Rows) -> str:
    """The same with its columns as rows: nine Péclet numbers fit a page so."""
    first, *others = zip(header, *rows, strict=True)
    return table(first, others)


def missing(command: str) -> str:
    """What stands in place of a table that nothing was measured for."""
    return f"*Not measured yet;* `{command}` *does it.*\n"


def folded(title: str, text: str) -> str:
    """A part of a page that opens when it is asked for."""
    return f"\n````{{dropdown}} {title}\n{text}````\n"


def number(value: float | None) -> str:
    """Three significant digits; a dash where a model diverged."""
    if value is None:
        return "–"
    return f"{value:.1e}" if 0 < abs(value) < 1e-4 else f"{value:#.3g}".rstrip(".")


def whether(met: bool) -> str:
    """The word for what was aimed at."""
    return "met" if met else "**missed**"


def ends(interval: Sequence[float | None] | None) -> str:
    """Of an interval; a dash where there is none."""
    return "–" if interval is None else " to ".join(map(number, interval))


def reach(values: Sequence[float | None]) -> str:
    """The mean ± half its 95 % interval, which has two digits, and as many places."""
    if not values or None in values:
        return "–"
    if not np.isfinite(values).all():
        return "diverged"
    mean, half = t_interval(values)
    if half is None or half <= SAME * abs(mean):
        return number(mean)
    places = max(2, 1 - math.floor(math.log10(half)))
    return f"{mean:.{places}f}{SPACE}±{SPACE}{half:.{places}f}"


def machine(measured: dict[str, Any]) -> str:
    """The machine, device and threads of a measurement."""
    count = measured.get("threads")
    threads = f", {count} thread{'s' * (count != 1)}" if count else ""
    return f"{measured['machine']} ({measured['device']}{threads})"
