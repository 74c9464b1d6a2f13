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
from rendering.benchmarks import pipeline, solvers
from rendering.search_quality import picture as search_quality_picture
from rendering.search_quality import search_quality
from rendering.speed import roofline, scaling, search
from rendering.study import headline, stages, verdicts, world_model
from rendering.targets import targets
from rendering.text import missing
from rendering.world_models import against_targets, ways

EVIDENCE = Path(__file__).resolve().parent / "evidence"
PICTURE, SCALING_PICTURE = "peclet_curves.png", "scaling.png"
QUALITY_PICTURE = "search_quality.png"
DRAWN = ("persistence", "heat", "burgers", "soup", "ps", "dfs", "ps_dfs")

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
MAKE_QUALITY = (
    "python benchmarks/search_quality.py --early-rejection "
    "--out book/evidence/search_quality.json"
)
MAKE_SCALING = "python benchmarks/scaling.py --out book/evidence/scaling.json"
MAKE_PIPELINE = (
    "python benchmarks/pipeline.py --profile laptop --out book/evidence/pipeline.json"
)


def render(folder: Path = EVIDENCE) -> dict[str, str]:
    """The text of every Markdown file, by name."""
    found = {
        name: _read(folder / f"{name}.json")
        for name in (
            "results", "solvers", "search", "search-gpu", "pipeline", "pipeline-gpu",
            "roofline", "roofline-gpu", "scaling", "search_quality",
            "world_models", "world_models-paper",
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
        "scaling": ("scaling", scaling, MAKE_SCALING),
        "search_quality": ("search_quality", search_quality, MAKE_QUALITY),
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
    if found["scaling"] is not None:
        pages["scaling.md"] += f"\n![Time against size](evidence/{SCALING_PICTURE})\n"
    if found["search_quality"] is not None:
        pages["search_quality.md"] += (
            f"\n![Best fitness against evaluations](evidence/{QUALITY_PICTURE})\n"
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
    _save(figures.peclet_curves(scores, peclet=[float(pe) for pe in peclets]), path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Software": None})


def main(folder: Path = EVIDENCE) -> None:
    """Write all Markdown files, and the pictures of what was measured."""
    for name, text in render(folder).items():
        (folder / name).write_text(text, encoding="utf-8")
    if (folder / "results.json").exists():
        picture(_read(folder / "results.json"), folder / PICTURE)
    if (folder / "scaling.json").exists():
        measured = _read(folder / "scaling.json")
        figure = figures.cost_growth(measured["axes"], at=measured["at"])
        _save(figure, folder / SCALING_PICTURE)
    if (folder / "search_quality.json").exists():
        measured = _read(folder / "search_quality.json")
        _save(search_quality_picture(measured), folder / QUALITY_PICTURE)


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
