"""Which engine searches best: tables and the default chosen by rule."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import comparing
from rendering.compared import ratio_cell
from rendering.drawing.search_quality import search_quality as draw
from rendering.labels import heading
from rendering.paired import Ratio, ratio
from rendering.text import folded, machine, number, table

NAMES = {"PS": "Parameter space (PS)", "DFS": "Layer sequences (DFS)"}
LABELS = {"fitness": "searched on", "held_out": "held out"}
"""Of trajectories, by the number of a row that tells of them."""
PLAIN, REJECTING = "cma-es", "cma-es-rejecting"
Row = dict[str, Any]
Document = dict[str, Any]


def search_quality(measured: dict[str, Any]) -> str:
    """Every rival's fitness by space, the choice, and early rejection."""
    parts = [
        f"Profile {measured['profile']}, Pe = {measured['peclet']:g}, experts of seed "
        f"{measured['study_seed']}, {measured['trajectories']} trajectories to search "
        f"on and {measured['held_out_trajectories']} held out, {measured['steps']} "
        f"steps, {machine(measured)}.\n"
    ]
    for space, name in NAMES.items():
        rows = by_rival(measured, space)
        if measured["default"][space] in rows:
            parts.append(f"**{name}**, {_spent(measured, space, rows)}\n")
            parts.append(_choice(measured, rows, measured["default"][space]))
            told = (_compared(measured, space, rows, *key) for key in LABELS.items())
            parts.append(folded(f"{name}: every engine", "\n".join(told)))
    parts.append(_early(measured))
    return "\n".join(part for part in parts if part)


def over_studies(measured: Sequence[Document]) -> str:
    """Held-out fitness over the default's, by space and Pe."""
    parts = []
    for space, name in NAMES.items():
        told, named = by_study(measured, space), labels(measured[0])
        if not told:
            continue
        peclets = sorted({pe for at in told.values() for pe in at})
        lines = [
            [named[r], *(ratio_cell(at.get(pe)) for pe in peclets)]
            for r, at in told.items()
        ]
        studies = len({one["study_seed"] for one in measured})
        default = named[measured[0]["default"][space]]
        header = [f"over {default}", *map(heading, peclets)]
        parts.append(f"**{name}**, {studies} studies:\n\n{table(header, lines)}")
    return "\n".join(parts)


def by_study(measured: Sequence[Document], space: str) -> dict[str, dict[float, Ratio]]:
    """Every rival over the default, paired by study, by Pe; none without a default.

    measured: a document for each study and Péclet number; of a study its median over
    searches counts.
    """
    found: dict[str, dict[float, dict[int, float]]] = {}
    for one in measured:
        for rival, rows in by_rival(one, space).items():
            at = found.setdefault(rival, {}).setdefault(one["peclet"], {})
            at[one["study_seed"]] = float(np.median(values(rows, "held_out")))
    usual = found.pop(measured[0]["default"][space], {})
    told: dict[str, dict[float, Ratio]] = {}
    for rival, at in found.items():
        for pe in usual:
            if (over := ratio(at.get(pe, {}), usual[pe])) is not None:
                told.setdefault(rival, {})[pe] = over
    return told


def by_rival(measured: dict[str, Any], space: str) -> dict[str, list[Row]]:
    """Rows of a space by rival in the order of its list, over common seeds."""
    found: dict[str, list[Row]] = {}
    for rival in measured["rivals"]:
        rows = [
            row
            for row in measured["rows"]
            if row["space"] == space and row["rival"] == rival["name"]
        ]
        if rows:
            found[rival["name"]] = sorted(rows, key=lambda row: row["seed"])
    seeds = [{row["seed"] for row in rows} for rows in found.values()]
    common = set.intersection(*seeds) if seeds else set()
    return {n: [r for r in rows if r["seed"] in common] for n, rows in found.items()}


def curves(measured: dict[str, Any], space: str) -> dict[str, NDArray]:
    """Quartiles (3, E) of best-so-far fitness, by the label of the rival."""
    count, label = measured["evaluations"][space], labels(measured)
    return {
        label[name]: comparing.quartiles(
            np.stack([comparing.curve(row["improvements"], count) for row in rows])
        )
        for name, rows in by_rival(measured, space).items()
        if name != REJECTING
    }


def picture(measured: dict[str, Any]):
    """The figure of all curves."""
    return draw({name: curves(measured, space) for space, name in NAMES.items()})


def labels(measured: dict[str, Any]) -> dict[str, str]:
    """What rivals are called, by name."""
    return {rival["name"]: rival["label"] for rival in measured["rivals"]}


def values(rows: Sequence[Row], key: str) -> NDArray:
    """A number of every row, ∞ where a rollout diverged."""
    return np.array([np.inf if row[key] is None else row[key] for row in rows])


def _spent(measured: dict[str, Any], space: str, rows: dict[str, list[Row]]) -> str:
    size = measured["budget"][space]
    seeds = len(next(iter(rows.values())))
    orders = " from either order" if space == "DFS" else ""
    return (
        f"{size['generations']} generations of {size['popsize']}{orders}, "
        f"{measured['evaluations'][space]} evaluations; {seeds} seeds."
    )


def _compared(
    measured: dict[str, Any],
    space: str,
    rows: dict[str, list[Row]],
    key: str,
    label: str,
) -> str:
    default, named = measured["default"][space], labels(measured)
    against = {
        name: comparing.compare(values(found, key), values(rows[default], key))
        for name, found in rows.items()
        if name != default
    }
    adjusted = comparing.holm({name: c.p for name, c in against.items()})
    lines = []
    for name, found in rows.items():
        low, middle, high = map(float, comparing.quartiles(values(found, key)))
        spent = np.median(values(found, "seconds"))
        cells = ["default", "", ""]
        if name in against:
            compared = against[name]
            ends = " to ".join(f"{end:.3f}" for end in compared.interval)
            cells = [f"{compared.ratio:.3f}", ends, number(adjusted[name])]
        lines.append(
            [
                named[name],
                f"{middle:.3g}",
                f"{low:.3g} to {high:.3g}",
                *cells,
                f"{spent:.1f}",
                f"{_overhead(found):.2f}",
            ]
        )
    header = [label, "median f", "quartiles", "ratio", "95 % interval", "p"]
    return table([*header, "s", "overhead, s"], lines)


def _choice(measured: dict[str, Any], rows: dict[str, list[Row]], default: str) -> str:
    """What the rule says, and why the default is another one if it is."""
    named = labels(measured)
    engines = [
        r["name"] for r in measured["rivals"] if r["engine"] and r["name"] in rows
    ]
    choice = comparing.choose(
        {name: values(rows[name], "held_out") for name in engines},
        {name: _overhead(rows[name]) for name in engines},
    )
    tied = [named[name] for name in choice.tied if name != choice.leader]
    others = f", tied with it {', '.join(tied)}" if tied else ", alone"
    text = (
        f"Lowest median held out: {named[choice.leader]}{others}. "
        f"By the rule: **{named[choice.chosen]}**.\n"
    )
    if default == choice.chosen:
        return text
    spent = {n: np.median(values(rows[n], "seconds")) for n in (default, choice.chosen)}
    standing = "is tied too" if default in choice.tied else "is **not** tied"
    return text + (
        f"\nThe library departs from it and keeps {named[default]}, which {standing}: "
        f"a whole search takes it {spent[default]:.0f} s and {named[choice.chosen]} "
        f"{spent[choice.chosen]:.0f} s, evaluation included, which the rule does not "
        "look at.\n"
    )


def _overhead(rows: Sequence[Row]) -> float:
    """Median seconds of a search besides evaluating."""
    return float(np.median(values(rows, "seconds") - values(rows, "evaluating_s")))


def _early(measured: dict[str, Any]) -> str:
    """What a short horizon foretells, and what acting on it does."""
    foretold, acted = [], []
    for space, name in NAMES.items():
        rows = by_rival(measured, space)
        for h in sorted({h for row in rows.get(PLAIN, []) for h in row["foretold"]}):
            told = [row["foretold"][h] for row in rows[PLAIN] if h in row["foretold"]]
            rank = np.median([t["spearman"] for t in told])
            kept = np.mean([t["best_kept"] for t in told])
            foretold.append([name, h, f"{rank:.2f}", f"{100 * kept:.0f} %"])
        if REJECTING in rows and PLAIN in rows:
            acted += [
                _rejected(name, label, rows, key) for key, label in LABELS.items()
            ]
    if not foretold:
        return ""
    header = ["CMA-ES", "steps", "rank correlation", "best in the better half"]
    text = f"**Early rejection.**\n\n{table(header, foretold)}"
    if acted:
        early = measured["rejecting"]
        header = [
            "rejecting early",
            "trajectories",
            "ratio",
            "95 % interval",
            "p, unadjusted",
        ]
        text += (
            f"\nThe worse half after {early['steps']} steps rejected, which leaves "
            f"{100 * early['share']:.0f} % of all predictor steps:\n\n"
            + table([*header, "time", "winner"], acted, numbers_from=2)
        )
    return text


def _rejected(name: str, label: str, rows: dict[str, list[Row]], key: str) -> list[str]:
    found = comparing.compare(values(rows[REJECTING], key), values(rows[PLAIN], key))
    spent = values(rows[REJECTING], "seconds") / values(rows[PLAIN], "seconds")
    word = "not told apart"
    if found.interval[0] > 1:
        word = "**worse**"
    elif found.interval[1] < 1:
        word = "better"
    ends = " to ".join(f"{end:.3f}" for end in found.interval)
    cells = [f"{found.ratio:.3f}", ends, number(found.p)]
    return [name, label, *cells, f"{100 * np.median(spent):.0f} %", word]
