"""Render book/evidence: what was measured, as tables and one picture.

    python book/tables.py [FOLDER]

Reads the JSON files in FOLDER (by default `evidence` beside this file) that a full
run and the benchmarks wrote, and writes beside them the Markdown files that chapters
include and, if there are results, `peclet_curves.png`. A file that is missing becomes
a line that says how to make it. No number is typed by hand.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from evophys_lib import figures
from evophys_lib.evaluate import results
from evophys_lib.figures.style import STYLES

EVIDENCE = Path(__file__).resolve().parent / "evidence"
PICTURE = "peclet_curves.png"
DRAWN = ("persistence", "heat", "burgers", "soup", "ps", "dfs", "ps_dfs")
REFERENCES = ("persistence", "oracle_heat", "oracle_burgers")

MAKE_RESULTS = "make pipeline evidence"
MAKE_SOLVERS = "python benchmarks/solvers.py --out book/evidence/solvers.json"
MAKE_SEARCH = "python benchmarks/search.py --out book/evidence/search.json"
MAKE_PIPELINE = (
    "python benchmarks/pipeline.py --profile laptop --out book/evidence/pipeline.json"
)

STAGES = {
    "data/": "data",
    "models/world_model": "pretraining",
    "models/probe": "probe",
    "models/expert": "experts",
    "merges/": "searches",
    "forecasts/": "forecasts",
}
"""Stages by how the paths of their artifacts begin."""

Rows = Iterable[Sequence[str]]


def table(header: Sequence[str], rows: Rows, numbers_from: int = 1) -> str:
    """A Markdown table whose columns from `numbers_from` on are right-aligned."""
    rule = ["---" if i < numbers_from else "---:" for i in range(len(header))]
    lines = (header, rule, *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def missing(command: str) -> str:
    """What stands in place of a table that nothing was measured for."""
    return f"*Not measured yet;* `{command}` *does it.*\n"


def number(value: float | None) -> str:
    """Three significant digits; a dash where a model diverged."""
    if value is None:
        return "–"
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:#.3g}".rstrip(".")


def headline(run: dict[str, Any]) -> str:
    """nRMSE at t+50: a row per model, a column per Pe; bold: best, references aside."""
    peclets = sorted(run["peclet"], key=float)
    scores = {
        name: [run["peclet"][pe]["models"][name]["nrmse_t50"] for pe in peclets]
        for name in results.MODELS
    }
    least = [
        min(
            (
                s[i]
                for n, s in scores.items()
                if n not in REFERENCES and s[i] is not None
            ),
            default=None,
        )
        for i in range(len(peclets))
    ]
    rows = []
    for name, row in scores.items():
        bold = name not in REFERENCES
        cells = [
            f"**{number(v)}**" if bold and v is not None and v == best else number(v)
            for v, best in zip(row, least, strict=True)
        ]
        rows.append([STYLES[name].label, *cells])
    floor = [number(run["peclet"][pe].get("probe_floor_nrmse")) for pe in peclets]
    rows.append([STYLES["floor"].label, *floor])
    return table(["nRMSE at t + 50", *(f"Pe = {pe}" for pe in peclets)], rows)


def world_model(run: dict[str, Any]) -> str:
    """The world model on its own families."""
    measured, families = run["world_model"], ("heat", "burgers")
    floors = [number(measured["probe_floor_nrmse"][family]) for family in families]
    rows = [["probe floor", *floors]]
    for label, prefix in (
        ("expert", ""),
        ("θ₀", "base_"),
        ("persistence", "persistence_"),
    ):
        for horizon in (5, 50):
            found = [
                measured.get(f"{prefix}{family}", {}).get(f"nrmse_t{horizon}")
                for family in families
            ]
            rows.append([f"{label}, t + {horizon}", *map(number, found)])
    return table(["nRMSE", "heat", "Burgers"], rows)


def verdicts(run: dict[str, Any]) -> str:
    """One row per claim."""
    rows = []
    for claim, found in run["verdicts"].items():
        interval = found.get("interval")
        low_high = [number(end) for end in interval] if interval else None
        rows.append(
            [
                claim.replace("_", ", ", 1).replace("_", " + "),
                f"**{found['verdict']}**",
                number(found.get("statistic")),
                f"{low_high[0]} to {low_high[1]}" if low_high else "–",
                number(found.get("p_value")),
                f"{found['n_seeds']}",
                f"{found['n_peclet']}",
            ]
        )
    header = ["claim", "verdict", "statistic", "95 % interval", "p", "seeds", "Pe"]
    return table(header, rows, numbers_from=2)


def stages(run: dict[str, Any]) -> str:
    """Seconds by stage, each artifact as long as its own process took."""
    seconds: dict[str, float] = defaultdict(float)
    for artifact, spent in run["timings_s"].items():
        stage = next((s for p, s in STAGES.items() if artifact.startswith(p)), "other")
        seconds[stage] += spent
    order = [stage for stage in (*STAGES.values(), "other") if stage in seconds]
    text = table(["stage", "seconds"], ([s, f"{seconds[s]:.1f}"] for s in order))
    return (
        f"{text}\nProfile {run['profile']}, seed {run['seed']}, {run['device']}. "
        "Stages run side by side where they can: the clock shows less than the sum.\n"
    )


def pipeline(measured: dict[str, Any]) -> str:
    """A study from nothing, by the clock."""
    rows = [[stage, f"{s:.1f}"] for stage, s in measured["stages_s"].items()]
    rows.append(["**by the clock**", f"**{measured['total_s']:.1f}**"])
    return (
        table(["stage", "seconds of work, all processes"], rows)
        + f"\nProfile {measured['profile']}, "
        f"{measured['peclets']} Péclet numbers, {_machine(measured)}; "
        f"{measured['peak_gb']:.2f} GB in the largest process.\n"
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
        f"{measured['trajectories']} trajectories of {measured['frames']} frames and "
        f"{measured['cells']} cells on one thread ({measured['machine']}): "
        f"Cole–Hopf {measured['cole_hopf_seconds']:.2f} s, "
        f"ETDRK4 {measured['etdrk4_seconds']:.1f} s, "
        f"ratio **{measured['ratio']:.0f}**.\n\n{table(header, rows)}"
    )


def search(measured: dict[str, Any]) -> str:
    """A generation in one pass against one candidate at a time."""
    rows = [
        [
            label,
            f"{row['candidates']}",
            f"{1e3 * row['batched_s']:.0f}",
            f"{1e3 * row['one_at_a_time_s']:.0f}",
            f"{row['ratio']:.2f}",
            f"{row['largest_difference']:.0e}",
        ]
        for label, row in measured["generation"].items()
    ]
    header = ["a generation of", "candidates", "together, ms", "one by one, ms"]
    header += ["ratio", "difference"]
    costs = measured["engine_overhead_s_per_search"].items()
    overhead = table(
        ["engine", "seconds a search"], ([label, f"{s:.2f}"] for label, s in costs)
    )
    return (
        f"Profile {measured['profile']}, {measured['trajectories']} trajectories, "
        f"{measured['steps']} steps, {_machine(measured)}.\n\n{table(header, rows)}\n"
        f"What asking and telling costs beside that:\n\n{overhead}"
    )


def targets(found: dict[str, dict[str, Any] | None]) -> str:
    """What was aimed at, what was measured, met or missed."""
    rows = []

    def add(what: str, value: float | None, bound: float, unit: str = "") -> None:
        word = "not measured"
        if value is not None:
            word = "met" if value <= bound else "**missed**"
        measured = number(value) + unit if value is not None else "–"
        rows.append([what, f"≤ {bound:g}{unit}", measured, word])

    run, names = found["results"], {"heat": "heat", "burgers": "Burgers"}
    scores = run["world_model"] if run else None
    for family, bound in (("heat", 0.01), ("burgers", 0.02)):
        value = scores["probe_floor_nrmse"][family] if scores else None
        add(f"probe floor, nRMSE, {names[family]}", value, bound)
    for family, label in names.items():
        value = scores[family]["nrmse_t50"] if scores else None
        add(f"expert at home, nRMSE at t + 50, {label}", value, 0.05)

    cpu, gpu = _laptop(found["pipeline"]), _laptop(found["pipeline-gpu"])
    add("study from nothing, CPU", cpu and cpu["total_s"] / 60, 10, " min")
    add("study from nothing, GPU", gpu and gpu["total_s"] / 60, 2, " min")
    add("memory of the largest process, CPU", cpu and cpu["peak_gb"], 2, " GB")
    exact = found["solvers"]
    exact = exact if exact and exact["trajectories"] == 2048 else None
    add("2,048 Burgers trajectories", exact and exact["cole_hopf_seconds"], 2, " s")
    add("their relative L² error", exact and exact["cole_hopf_error"], 1e-8)
    return table(["what", "target", "measured", ""], rows, numbers_from=1)


def render(folder: Path = EVIDENCE) -> dict[str, str]:
    """The text of every Markdown file, by name."""
    found = {
        name: _read(folder / f"{name}.json")
        for name in (
            "results", "solvers", "search", "search-gpu", "pipeline", "pipeline-gpu"
        )
    }  # fmt: skip
    parts: dict[str, tuple[str, Callable[[dict], str], str]] = {
        "headline": ("results", headline, MAKE_RESULTS),
        "world_model": ("results", world_model, MAKE_RESULTS),
        "verdicts": ("results", verdicts, MAKE_RESULTS),
        "stages": ("results", stages, MAKE_RESULTS),
        "solvers": ("solvers", solvers, MAKE_SOLVERS),
        "search": ("search", search, MAKE_SEARCH),
        "search-gpu": ("search-gpu", search, _on_gpu(MAKE_SEARCH)),
        "pipeline": ("pipeline", pipeline, MAKE_PIPELINE),
        "pipeline-gpu": ("pipeline-gpu", pipeline, _on_gpu(MAKE_PIPELINE)),
    }
    pages = {}
    for page, (source, draw, command) in parts.items():
        document = found[source]
        pages[f"{page}.md"] = missing(command) if document is None else draw(document)
    if found["results"] is not None:
        pages["headline.md"] += (
            f"\n![Error against Péclet number](evidence/{PICTURE})\n"
        )
    pages["targets.md"] = targets(found)
    return pages


def picture(run: dict[str, Any], path: Path) -> None:
    """Draw nRMSE at t+50 against Pe."""
    peclets = sorted(run["peclet"], key=float)
    scores = {
        name: [run["peclet"][pe]["models"][name]["nrmse_t50"] for pe in peclets]
        for name in DRAWN
    }
    figure = figures.peclet_curves(scores, peclet=[float(pe) for pe in peclets])
    figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Software": None})


def main(folder: Path = EVIDENCE) -> None:
    """Write all Markdown files, and the picture if there are results."""
    for name, text in render(folder).items():
        (folder / name).write_text(text, encoding="utf-8")
    if (folder / "results.json").exists():
        picture(_read(folder / "results.json"), folder / PICTURE)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    if path.stem == "results":
        return results.read(path)
    return json.loads(path.read_text(encoding="utf-8"))


def _laptop(measured: dict[str, Any] | None) -> dict[str, Any] | None:
    """The measurement, if it is one of the laptop profile's whole headline."""
    whole = measured is not None and measured["peclets"] >= 4
    return measured if whole and measured["profile"] == "laptop" else None


def _machine(measured: dict[str, Any]) -> str:
    threads = f", {measured['threads']} threads" if "threads" in measured else ""
    return f"{measured['machine']} ({measured['device']}{threads})"


def _on_gpu(command: str) -> str:
    return command.replace("--out", "--device cuda --out").replace(".json", "-gpu.json")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
