"""How fast the searches run, against rivals and against the machine."""

from typing import Any

from rendering.text import machine, table, whether

AT_ONCE, RIVALS = "together", ("one_by_one", "on_disk")
AIMS = {"cpu": {"PS": 2.0, "DFS": 1.5}, "cuda": {"PS": 20.0, "DFS": 10.0}}
"""How many times faster a generation at once should be than either rival."""
FRACTION = 0.3
"""Share of the machine's rate below which the reason is looked for."""


def search(measured: dict[str, Any]) -> str:
    """A generation at once, one candidate at a time, and by way of the disk."""
    rows = [
        [
            label,
            f"{row['candidates']}",
            setup,
            f"{1e3 * spent[AT_ONCE]:.0f}",
            *(
                text
                for rival in RIVALS
                for text in (
                    f"{1e3 * spent[rival]:.0f}",
                    f"{spent[rival] / spent[AT_ONCE]:.2f}",
                )
            ),
        ]
        for label, row in measured["generation"].items()
        for setup, spent in row["seconds"].items()
    ]
    header = ["a generation of", "C", "on", "at once, ms", "one by one, ms", "ratio"]
    header += ["over the disk, ms", "ratio"]
    differences = [
        row[f"difference_{rival}"]
        for row in measured["generation"].values()
        for rival in RIVALS
    ]
    costs = measured["engine_overhead_s_per_search"].items()
    overhead = table(
        ["engine", "seconds a search"], ([label, f"{s:.2f}"] for label, s in costs)
    )
    return (
        f"Profile {measured['profile']}, {measured['trajectories']} trajectories, "
        f"{measured['steps']} steps, {machine(measured)}. The fitness by one way "
        f"differs from that by another by at most {max(differences):.0e} of it.\n\n"
        f"{table(header, rows, numbers_from=3)}\n"
        f"Each way where it is fastest:\n\n{_at_best(measured)}\n"
        f"What asking and telling costs beside that:\n\n{overhead}"
    )


def _at_best(measured: dict[str, Any]) -> str:
    """Ratios of the least times over all setups, against what was aimed at."""
    rows = []
    for label, row in measured["generation"].items():
        least = {
            way: min(spent[way] for spent in row["seconds"].values())
            for way in (AT_ONCE, *RIVALS)
        }
        ratios = [least[rival] / least[AT_ONCE] for rival in RIVALS]
        aim = AIMS[measured["device"]][label.partition(",")[0]]
        word = whether(min(ratios) >= aim)
        rows.append([label, *(f"{r:.2f}" for r in ratios), f"≥ {aim:g}", word])
    header = ["at once against", "one by one", "over the disk", "target", ""]
    return table(header, rows)


def roofline(measured: dict[str, Any]) -> str:
    """Arithmetic a second, against the machine's best matrix product."""
    rates = measured["product_flop_per_s"]
    peak = max(rates.values())
    rows = [
        [
            label,
            f"{row['flop'] / 1e9:.3g}",
            f"{1e3 * row['seconds']:.1f}",
            f"{row['flop_per_s'] / 1e9:.1f}",
            _percent(row["fraction"], bold=row["fraction"] < FRACTION),
            f"{1e3 * row['products_seconds']:.1f}",
            _percent(row["products_seconds"] / row["seconds"]),
        ]
        for label, row in measured["workloads"].items()
    ]
    slow = any(row["fraction"] < FRACTION for row in measured["workloads"].values())
    note = f" Bold: less than {100 * FRACTION:.0f} %." if slow else ""
    header = ["", "GFLOP", "ms", "GFLOP/s", "of the product's rate"]
    header += ["its products alone, ms", "of that limit"]
    text = (
        f"Profile {measured['profile']}, {machine(measured)}: float32 products of "
        f"matrices run at up to {peak / 1e9:.0f} GFLOP/s "
        f"({', '.join(f'{r / 1e9:.0f} at {n} × {n}' for n, r in rates.items())}), sums "
        f"of long arrays move {measured['stream_bytes_per_s'] / 1e9:.1f} GB/s."
        f"{note}\n\n{table(header, rows)}"
    )
    profiled = {
        label: row["shares"]
        for label, row in measured["workloads"].items()
        if "shares" in row
    }
    if profiled:
        kinds = list(next(iter(profiled.values())))
        shares = (
            [label, *(_percent(row[kind]) for kind in kinds)]
            for label, row in profiled.items()
        )
        text += f"\nWhere the time goes:\n\n{table(['', *kinds], shares)}"
    return text


def scaling(measured: dict[str, Any]) -> str:
    """How the time of a generation grows."""
    rows = [
        [
            name,
            f"{found['values'][0]} to {found['values'][-1]}",
            f"{measured['at'][name]}",
            f"{found['exponent']:.2f}",
            "{:.2f} to {:.2f}".format(*found["interval"]),
            f"{found['from']}",
        ]
        for name, found in measured["axes"].items()
    ]
    header = ["size", "varied", "else", "exponent", "95 % interval", "fitted from"]
    return (
        f"Profile {measured['profile']}, PS, {machine(measured)}.\n\n"
        f"{table(header, rows)}"
    )


def compiling(measured: dict[str, Any]) -> str:
    """Rollouts by compiled steps against eager ones."""
    rows = [
        [
            label,
            *(f"{1e3 * row['seconds'][way]:.1f}" for way in ("eager", "compiled")),
            f"{row['ratio']:.2f}",
            f"{row['first_call_s']:.0f}",
        ]
        for label, row in measured["workloads"].items()
    ]
    header = ["", "eager, ms", "compiled, ms", "ratio", "first call, s"]
    differences = [row["difference"] for row in measured["workloads"].values()]
    return (
        f"Profile {measured['profile']}, {machine(measured)}; compiled and eager "
        f"forecasts differ by at most {max(differences):.0e} of the largest number.\n\n"
        f"{table(header, rows)}"
    )


def _percent(share: float, *, bold: bool = False) -> str:
    return f"**{100 * share:.0f} %**" if bold else f"{100 * share:.0f} %"
