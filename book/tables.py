"""Render book/evidence: what was measured, as tables and pictures.

    python book/tables.py [FOLDER]

Reads the JSON files in FOLDER (by default `evidence` beside this file) that a full
run and the benchmarks wrote, and writes beside them the Markdown files that chapters
include, and the pictures of what was measured. A file that is missing becomes a line
that says how to make it. No number is typed by hand.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import results
from evophys_lib.evaluate.evidence import Evidence
from rendering import (
    ablations,
    agents,
    classical,
    controls,
    coverage,
    directions,
    directions_aims,
    equations,
    faults,
    fresh,
    front,
    ladder,
    language,
    mutants,
    once,
    repeats,
    rivals,
    runs,
    said,
    starts,
)
from rendering.benchmarks import first_look, judging, pipeline, solvers
from rendering.choices import choices
from rendering.downloads import downloads
from rendering.drawing import cost, save
from rendering.equal_seconds import equal_seconds
from rendering.labels import MERGES, PARENTS
from rendering.licences import licences, shares
from rendering.many_numbers import many_numbers
from rendering.search_quality import over_studies, search_quality
from rendering.search_quality import picture as search_quality_picture
from rendering.speed import compiling, roofline, scaling, search
from rendering.study import headline, stages, verdicts, world_model
from rendering.sweep import pages as sweep
from rendering.targets import targets
from rendering.text import missing
from rendering.world_models import against_targets, ways

EVIDENCE = Path(__file__).resolve().parent / "evidence"
PICTURE, QUALITY_PICTURE = "peclet_curves.png", "search_quality.png"
ASKING = ("varied", "asking")
"""Folders of the evidence on targets that ask more, in the order of their tables."""
DRAWN = ("persistence", *PARENTS, "soup", *MERGES)

MAKE_RESULTS = "make pipeline evidence"
MAKE_WORLD_MODELS = (
    "python -m evophys_lib train --seeds 0-4 --out book/evidence/world_models.json"
)
MAKE_PAPER = (
    "python -m evophys_lib train --profile paper --device cuda --seeds 0-4 "
    "--out book/evidence/world_models-paper.json"
)
MAKE_SOLVERS = "python benchmarks/solvers.py --out book/evidence/solvers.json"
MAKE_SEARCH = "python benchmarks/search.py --out book/evidence/search.json"
MAKE_ROOFLINE = (
    "python benchmarks/roofline.py --profile-ops --out book/evidence/roofline.json"
)
MAKE_COMPILING = "python benchmarks/compiling.py --out book/evidence/compiling.json"
MAKE_QUALITY = (
    "python benchmarks/search_quality.py --early-rejection "
    "--out book/evidence/search_quality.json"
)
MAKE_QUALITY_OVER_STUDIES = (
    "python benchmarks/search_quality.py --spaces PS --study-seeds 5-7 "
    "--pe 0.1,10,100 --seeds 3 --out book/evidence/search_quality"
)
MAKE_MANY_NUMBERS = (
    "python benchmarks/many_numbers.py --evaluations 480 "
    "--out book/evidence/many_numbers.json"
)
MAKE_HUNDREDS_OF_NUMBERS = (
    "python benchmarks/many_numbers.py --seeds 10 11 12 --rank 8 --evaluations 480 "
    "--out book/evidence/many_numbers_8.json"
)
MAKE_CHOICES = (
    "python benchmarks/choices.py --counts 1 --out book/evidence/choices.json"
)
MAKE_EQUAL_SECONDS = (
    "python benchmarks/equal_seconds.py --out book/evidence/equal_seconds.json"
)
MAKE_ABLATIONS = (
    "python -m evophys_lib ablate --seeds 0-2 --out book/evidence/ablations.json"
)
MAKE_SWEEP = (
    "python -m evophys_lib sweep --seeds 0-4 --pe 0.1,0.3,1,2,3,5,10,30,100 "
    "--out book/evidence/sweep"
)
MAKE_SCALING = "python benchmarks/scaling.py --out book/evidence/scaling.json"
MAKE_JUDGING = "python benchmarks/judging.py --out book/evidence/judging.json"
MAKE_FAULTS = "python -m tests.faults"
MAKE_COVERAGE = "make coverage"
MAKE_RUNS = "python -m tests.runs"
MAKE_MUTANTS = "python -m tests.mutants"
MAKE_REPEATS = "python benchmarks/repeats.py --out book/evidence/repeats.json"
MAKE_LICENCES = "python benchmarks/licences.py --out book/evidence/licences.json"
MAKE_FIRST_LOOK = "python benchmarks/first_look.py --out book/evidence/first_look.json"
MAKE_PIPELINE = (
    "python benchmarks/pipeline.py --profile laptop --out book/evidence/pipeline.json"
)


def peclet_curves(run: dict[str, Any]) -> Figure:
    """nRMSE at t+50 against Pe."""
    peclets = sorted(run["peclet"], key=float)
    scores = {
        name: [run["peclet"][pe]["models"][name]["nrmse_t50"] for pe in peclets]
        for name in DRAWN
    }
    return figures.peclet_curves(scores, peclet=[float(pe) for pe in peclets])


def cost_growth(measured: dict[str, Any]) -> Figure:
    """Seconds of a generation against its sizes."""
    return cost.cost_growth(measured["axes"], at=measured["at"])


PICTURES: dict[str, tuple[str, Callable[[dict[str, Any]], Figure]]] = {
    PICTURE: ("results", peclet_curves),
    "scaling.png": ("scaling", cost_growth),
    QUALITY_PICTURE: ("search_quality", search_quality_picture),
    "ablations.png": ("ablations", ablations.picture),
    language.PICTURE: ("language", language.picture),
    **{file: ("equations", draw) for file, draw in equations.PICTURES.items()},
}
"""What each is drawn from, and how, by file; pages show them, and say what is seen."""


def render(folder: Path = EVIDENCE) -> dict[str, str]:
    """The text of every Markdown file, by name."""
    found = {
        name: _read(folder / f"{name}.json")
        for name in (
            "results", "solvers", "search", "search-gpu", "pipeline", "pipeline-gpu",
            "roofline", "roofline-gpu", "compiling", "compiling-gpu",
            "scaling", "search_quality", "many_numbers", "many_numbers_8",
            "equal_seconds", "choices",
            "world_models", "world_models-paper", "ablations", "faults", "equations",
            "agents", "equations_between", "judging", "language", "mutants", "coverage",
            "runs", "repeats", "licences", "first_look",
        )
    }  # fmt: skip
    parts: dict[str, tuple[str, Callable[[dict], str], str]] = {
        "headline": ("results", headline, MAKE_RESULTS),
        "world_model": ("results", world_model, MAKE_RESULTS),
        "world_models": ("world_models", against_targets, MAKE_WORLD_MODELS),
        "world_models-paper": ("world_models-paper", against_targets, MAKE_PAPER),
        "ways": ("world_models", ways, MAKE_WORLD_MODELS),
        "verdicts": ("results", verdicts, MAKE_RESULTS),
        "stages": ("results", stages, MAKE_RESULTS),
        "solvers": ("solvers", solvers, MAKE_SOLVERS),
        "search": ("search", search, MAKE_SEARCH),
        "search-gpu": ("search-gpu", search, _on_gpu(MAKE_SEARCH)),
        "roofline": ("roofline", roofline, MAKE_ROOFLINE),
        "roofline-gpu": ("roofline-gpu", roofline, _on_gpu(MAKE_ROOFLINE)),
        "compiling": ("compiling", compiling, MAKE_COMPILING),
        "compiling-gpu": ("compiling-gpu", compiling, _on_gpu(MAKE_COMPILING)),
        "scaling": ("scaling", scaling, MAKE_SCALING),
        "search_quality": ("search_quality", search_quality, MAKE_QUALITY),
        "many_numbers": ("many_numbers", many_numbers, MAKE_MANY_NUMBERS),
        "many_numbers_8": ("many_numbers_8", many_numbers, MAKE_HUNDREDS_OF_NUMBERS),
        "equal_seconds": ("equal_seconds", equal_seconds, MAKE_EQUAL_SECONDS),
        "choices": ("choices", choices, MAKE_CHOICES),
        "pipeline": ("pipeline", pipeline, MAKE_PIPELINE),
        "pipeline-gpu": ("pipeline-gpu", pipeline, _on_gpu(MAKE_PIPELINE)),
        "first_look": ("first_look", first_look, MAKE_FIRST_LOOK),
        "faults": ("faults", faults.damage, MAKE_FAULTS),
        "faults_disturbed": ("faults", faults.disturbed, MAKE_FAULTS),
        "faults_together": ("faults", faults.together, MAKE_FAULTS),
        "faults_untrusted": ("faults", faults.untrusted, MAKE_FAULTS),
        "faults_input": ("faults", faults.bad_input, MAKE_FAULTS),
        "coverage": ("coverage", coverage.shares, MAKE_COVERAGE),
        "runs": ("runs", runs.outcomes, MAKE_RUNS),
        "mutants": ("mutants", mutants.counts, MAKE_MUTANTS),
        "mutants_survived": ("mutants", mutants.survivors, MAKE_MUTANTS),
        "repeats": ("repeats", repeats.studies, MAKE_REPEATS),
        "repeats_rollouts": ("repeats", repeats.rollouts, MAKE_REPEATS),
        "licences": ("licences", licences, MAKE_LICENCES),
        "licences_shares": ("licences", shares, MAKE_LICENCES),
        "ablation_budget": ("ablations", ablations.budget, MAKE_ABLATIONS),
        "ablation_floors": ("ablations", ablations.floors, MAKE_ABLATIONS),
        "ablation_experts": ("ablations", ablations.experts, MAKE_ABLATIONS),
        "ablation_decided": ("ablations", ablations.decided, MAKE_ABLATIONS),
        "ablation_material": ("ablations", ablations.material, MAKE_ABLATIONS),
        "ablation_encoders": ("ablations", ablations.encoders, MAKE_ABLATIONS),
        "ablation_finetuning": ("ablations", ablations.finetuning, MAKE_ABLATIONS),
        "agents": ("agents", agents.results, agents.COMMAND),
        "equation_between": (
            "equations_between",
            equations.support,
            equations.COMMAND_BETWEEN,
        ),
        "judging": ("judging", judging, MAKE_JUDGING),
        "language": ("language", language.rewards, language.COMMAND),
        **{
            f"equation_{name}": ("equations", draw, equations.COMMAND)
            for name, draw in equations.TABLES.items()
        },
    }
    pages = {}
    for page, (source, draw, command) in parts.items():
        document = found[source]
        pages[f"{page}.md"] = missing(command) if document is None else draw(document)
    pages["targets.md"] = targets(found)
    pages["downloads.md"] = downloads(folder)
    pages["search_quality_studies.md"] = _over_studies(folder / "search_quality")
    pages |= directions.render(_read_sweep(folder / "directions"))
    pages |= directions.render_beyond(_read_sweep(folder / "beyond"))
    pages |= directions.render_shifted(_read_sweep(folder / "shifted"))
    pages["directions_aims.md"] = directions_aims.aims(
        *(_read_sweep(folder / name) for name in ("directions", "gap")),
        [_read_sweep(folder / name) for name in ("rivals", "rivals_one")],
        _read_sweep(folder / "few"),
        found["equal_seconds"],
    )
    pages |= controls.render(
        *(_read_sweep(folder / name) for name in ("controls", "controls_ends"))
    )
    pages |= rivals.render(*(_read_sweep(folder / name) for name in rivals.SOURCES))
    pages |= classical.render(_read_sweep(folder / "classical"))
    pages |= classical.render_asking([_read_sweep(folder / name) for name in ASKING])
    pages |= starts.render(_read_sweep(folder / "starts"))
    pages |= ladder.render(_read_sweep(folder / "ladder")) | said.render()
    swept = _read_sweep(folder / "sweep")
    pages["repeats_elsewhere.md"] = repeats.elsewhere(found["results"], swept)
    afresh = _read_sweep(folder / "fresh")
    pages |= fresh.render(swept, afresh)
    pages["fresh_rivals.md"] = fresh.rivals(swept, _read_sweep(folder / "baselines"))
    return pages | sweep.render(swept, MAKE_SWEEP)


def main(folder: Path = EVIDENCE) -> None:
    """Write all Markdown files, and the pictures of what was measured."""
    for name, text in render(folder).items():
        (folder / name).write_text(text, encoding="utf-8")
    for file, (source, draw) in PICTURES.items():
        measured = _read(folder / f"{source}.json")
        if measured is not None:
            save(draw(measured), folder / file)
    if (rungs := _read_sweep(folder / "ladder")) is not None:
        save(ladder.picture(rungs), folder / ladder.FILE)
    if (fresh_seeds := _read_sweep(folder / "directions")) is not None:
        lots = [_read_sweep(folder / name) for name in rivals.LOTS]
        drawn = _read_sweep(folder / "draws")
        found = [lot for lot in lots if lot is not None]
        save(rivals.picture(fresh_seeds, found, drawn), folder / rivals.FILE)
    swept = _read_sweep(folder / "sweep")
    if swept is not None:
        for file, drawn in sweep.PICTURES.items():
            if (figure := drawn(swept)) is not None:
                save(figure, folder / file)
    looked = _read(folder / "look" / "forecasts.json")
    told = [one for name in front.SOURCES if (one := _read_sweep(folder / name))]
    if looked is not None and len(told) == len(front.SOURCES):
        save(front.picture(looked, *told), folder / front.FILE)


def _read_sweep(folder: Path) -> Evidence | None:
    return once.read(folder) if folder.exists() else None


def _over_studies(folder: Path) -> str:
    measured = once.documents(folder)
    return over_studies(measured) if measured else missing(MAKE_QUALITY_OVER_STUDIES)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    if path.stem == "results":
        return results.read(path)
    return json.loads(path.read_text(encoding="utf-8"))


def _on_gpu(command: str) -> str:
    return command.replace("--out", "--device cuda --out").replace(".json", "-gpu.json")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
