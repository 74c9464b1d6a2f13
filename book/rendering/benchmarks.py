"""Benchmarks: a study by the clock, the solvers, and the judge of equations."""

from typing import Any

from rendering.text import SPACE, machine, table, whether


def pipeline(measured: dict[str, Any]) -> str:
    """A study from nothing, by the clock."""
    rows = [[stage, f"{s:.1f}"] for stage, s in measured["stages_s"].items()]
    rows.append(["**by the clock**", f"**{measured['total_s']:.1f}**"])
    return (
        table(["stage", "seconds of work, all processes"], rows)
        + f"\nProfile {measured['profile']}, "
        f"{measured['peclets']} Péclet numbers, {machine(measured)}; "
        f"{measured['peak_gb']:.2f} GB in the largest process.\n"
    )


def first_look(measured: dict[str, Any]) -> str:
    """From a fresh clone to the first picture, by the clock."""
    spent = measured["seconds"]
    parts = ", ".join(f"{step} {s:.0f}{SPACE}s" for step, s in spent.items())
    whole = f"{sum(spent.values()):.0f}{SPACE}s"
    return (
        f"From a fresh clone to the first picture: {whole} ({parts}), on "
        f"{machine(measured)}.\n"
    )


def solvers(measured: dict[str, Any]) -> str:
    """Burgers by Cole–Hopf and by ETDRK4."""
    rows = [
        [
            "{:.4f} to {:.4f}".format(*row["viscosity"]),
            f"{row['cole_hopf_error']:.0e}",
            f"{row['etdrk4_error']:.0e}",
            f"{row['etdrk4_points']}",
            f"{row['etdrk4_substeps']}",
            f"{row['etdrk4_seconds']:.1f}",
        ]
        for row in measured["octiles"]
    ]
    header = ["viscosity", "Cole–Hopf, error", "ETDRK4, error", "points"]
    header += ["steps a frame", "seconds"]
    return (
        f"{measured['trajectories']:,} trajectories of {measured['frames']} frames and "
        f"{measured['cells']} cells on one thread ({measured['machine']}): "
        f"Cole–Hopf {measured['cole_hopf_seconds']:.2f} s, "
        f"ETDRK4 {measured['etdrk4_seconds']:.1f} s, "
        f"ratio **{measured['ratio']:.0f}**.\n\n{table(header, rows)}"
    )


def judging(measured: dict[str, Any]) -> str:
    """Steps of the environment, in milliseconds of processor time."""
    rows = []
    for row in measured["rows"]:
        aim = measured["aims"][row["kind"]]
        spent = (row["law_s"], row["hardest_s"])
        rows.append(
            [
                row["system"].replace("_", " "),
                *(f"{1e3 * s:.1f}" for s in spent),
                f"{1e3 * aim:.0f}",
                whether(max(spent) <= aim),
            ]
        )
    header = ["ms of processor time", "its law", "a costly answer", "at most", ""]
    return f"{table(header, rows)}\nOn one core of {measured['machine']}.\n"
