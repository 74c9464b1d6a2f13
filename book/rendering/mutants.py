"""How many mutants of the library its tests find."""

from typing import Any

from rendering.text import table

ROOMS = ("physics", "merge", "evaluate")


def counts(measured: dict[str, Any]) -> str:
    """Mutants by room: possible, tried, found by a test, and those that live."""
    header = ["room", "possible", "tried", "found", "survived"]
    rows = []
    for room in ROOMS:
        tried = [m for m in measured["mutants"] if m["module"].startswith(f"{room}/")]
        killed = sum(m["killed"] for m in tried)
        of = max((m["of"] for m in tried), default=0)
        rows.append([room, *map(str, (of, len(tried), killed, len(tried) - killed))])
    totals = [str(sum(int(row[i]) for row in rows)) for i in range(1, len(header))]
    return table(header, [*rows, ["**all**", *totals]])


def survivors(measured: dict[str, Any]) -> str:
    """Those that no test finds, and why."""
    header = ["where", "was", "became", "why no test finds it"]
    rows = [
        [f"`{m['module']}`", _code(m["was"]), _code(m["became"]), m["why"]]
        for m in measured["mutants"]
        if not m["killed"]
    ]
    return table(header, rows, numbers_from=len(header))


def _code(line: str) -> str:
    return f"`{line.replace('|', chr(92) + '|')}`"
