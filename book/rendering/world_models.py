"""World models of several seeds: against their targets, and among other ways."""

from collections.abc import Callable, Sequence
from typing import Any

from evophys_lib.diagnosis.comparators import COMPARATORS, EXPERT
from evophys_lib.evaluate.intervals import t_interval
from rendering.labels import FAMILIES, label
from rendering.text import number, reach, table

HORIZONS = {"nrmse_t5": "t + 5", "nrmse_t50": "t + 50"}
FITTED = (*COMPARATORS, EXPERT)
COSTS = ("numbers", "seconds")

Row = dict[str, Any]
Values = Sequence[float | None]


def against_targets(measured: dict[str, Any]) -> str:
    """What was aimed at, its mean and interval over seeds, and every seed."""
    aims, rows = measured["targets"], measured["rows"]
    if aims is None:
        return f"*The profile {measured['profile']} has no targets.*\n"
    lines, by_seed = [], []

    def add(what: str, bound: float, of: Callable[[Row], float | None]) -> None:
        values = [of(row) for row in rows]
        mean, interval = _mean(values), _interval(values)
        each = map(number, values)
        lines.append([what, f"≤ {bound:g}", mean, interval, _met(values, bound)])
        by_seed.append([what, *each])

    for family, title in FAMILIES.items():
        add(
            f"probe floor, {title}",
            aims["floor"][family],
            lambda row, f=family: row["world_model"]["probe_floor_nrmse"][f],
        )
    for key, aim in (("nrmse_t5", "t5"), ("nrmse_t50", "t50")):
        for family, title in FAMILIES.items():
            add(
                f"expert at home, {HORIZONS[key]}, {title}",
                aims[aim][family],
                lambda row, f=family, k=key: row["world_model"][f][k],
            )
    add(
        "pretraining and both fine-tunings, minutes",
        aims["minutes"],
        lambda row: row["seconds"]["clock"] / 60,
    )
    seeds = [f"seed {row['seed']}" for row in rows]
    header = ["nRMSE, or minutes", "target", "mean", "95 % interval", ""]
    whole = table(header, lines), table(["seed by seed", *seeds], by_seed)
    return f"{whole[0]}\n{whole[1]}\n{_origin(measured)}"


def ways(measured: dict[str, Any]) -> str:
    """Errors of every way of forecasting, and what fitting it took."""
    rows = measured["rows"]
    names = ["persistence", "base", *FITTED, "floor"]
    errors = [
        [
            _label(name),
            *(
                reach([error(row, name, family, key) for row in rows])
                for family in FAMILIES
                for key in HORIZONS
            ),
        ]
        for name in names
    ]
    header = [
        f"{title}, {horizon}"
        for title in FAMILIES.values()
        for horizon in HORIZONS.values()
    ]
    costs = [
        [
            _label(name),
            *(
                text
                for family in FAMILIES
                for text in (
                    f"{_average(rows, family, name, 'parameters'):,.0f}",
                    f"{_average(rows, family, name, 'seconds'):,.1f}",
                )
            ),
        ]
        for name in FITTED
    ]
    spent = [f"{title}, {what}" for title in FAMILIES.values() for what in COSTS]
    return (
        f"{table(['nRMSE', *header], errors)}\n"
        f"{table(['fitting', *spent], costs)}\n{_origin(measured)}"
    )


def error(row: Row, name: str, family: str, key: str) -> float | None:
    """One seed's error; the floor is one number for all horizons."""
    if name == "floor":
        return row["world_model"]["probe_floor_nrmse"][family]
    if name == "base":
        return row["world_model"][f"base_{family}"][key]
    return row["comparators"][family][name][key]


def _average(rows: Sequence[Row], family: str, name: str, key: str) -> float:
    return sum(row["comparators"][family][name][key] for row in rows) / len(rows)


def _label(name: str) -> str:
    return "expert at home" if name == EXPERT else label(name)


def _met(values: Values, bound: float) -> str:
    """Met if every seed is within the bound."""
    above = sum(value is None or value > bound for value in values)
    return f"**missed** by {above} of {len(values)}" if above else "met"


def _mean(values: Values) -> str:
    return "–" if None in values else number(t_interval(values)[0])


def _interval(values: Values) -> str:
    if None in values:
        return "–"
    mean, half = t_interval(values)
    return "–" if half is None else f"{number(mean - half)} to {number(mean + half)}"


def _origin(measured: dict[str, Any]) -> str:
    count = len(measured["rows"])
    return (
        f"Profile {measured['profile']}, {count} seed{'s' if count > 1 else ''}, "
        f"{measured['test_trajectories']} test trajectories of each family; "
        f"{measured['device']}.\n"
    )
