"""What lies in `book/evidence`, with links: long tables, and what benchmarks wrote."""

from collections.abc import Iterable
from pathlib import Path

from evophys_lib.evaluate.evidence import DOCUMENT
from rendering.text import table

RUNS = {
    "sweep": "seeds 0 to 4, every model",
    "directions": "directions, fresh seeds",
    "ladder": "the ladder",
    "starts": "merges that start elsewhere",
    "few": "few trajectories",
    "rivals": "training at its best chance",
    "rivals_most": "the same, sixty-four trajectories",
    "rivals_one": "the same with one trajectory",
    "rivals_fewest": "the same with two and with one, every rival, three more seeds",
    "neighbours": "what is tuned or searched at the nearest Péclet number",
    "draws": "other draws of the few trajectories",
    "beyond": "outside the range",
    "controls": "parents that have nothing to compose",
    "controls_ends": "the same at both ends of the range",
    "fresh": "parents and merges on fresh seeds",
    "baselines": "every baseline on five more seeds",
    "gap": "directions beside tuning on plenty",
    "shifted": "targets of another kind",
    "classical": "without a world model",
    "varied": "targets that vary",
    "asking": "noisy and coarse targets",
}
MEASURED = {
    "results": "one run ([its format](results_schema.md))",
    "world_models": "five seeds, and other ways of forecasting",
    "ablations": "every ingredient left out",
    "equations": "the terms that models obey",
    "equations_between": "the same at Péclet numbers between",
    "agents": "programs that look for equations",
    "language": "a language model that writes equations",
    "search_quality": "engines at equal evaluations",
    "many_numbers": "searches of 154 numbers at equal evaluations",
    "many_numbers_8": "searches of 392 numbers at equal evaluations",
    "choices": "choices of a merge over Pe, made again",
    "equal_seconds": "merging and training at equal seconds",
    "faults": "damage, kills, bad input",
    "mutants": "tests of the tests",
    "coverage": "lines and branches that tests run",
    "runs": "all tests, under other Pythons and in other orders",
    "rollouts": "rollouts for the page on which equations are typed",
    "repeats": "what is equal, and to what",
    "licences": "packages and their licences",
    "first_look": "seconds from a clone to the first picture",
    "pipeline": "seconds of a study, stage by stage",
    "roofline": "rates of stages beside those of matrix products",
    "search": "rates of searches, many candidates at once and one by one",
    "compiling": "rates of compiled and other operators",
    "scaling": "a sweep by one, two and more workers",
    "solvers": "seconds of the solvers of equations",
    "judging": "milliseconds of a step of the judge",
}
"""What is told of a file."""
TABLES = {"scores": "scores", "costs": "what it took", "searches": "what was found"}


def downloads(folder: Path) -> str:
    """Every table of every sweep, then every file of a measurement."""
    runs = _in_order((p.parent.name for p in folder.glob(f"*/{DOCUMENT}")), RUNS)
    rows = [
        [RUNS.get(run, run), *(_link(f"{run}/{name}.parquet", name) for name in TABLES)]
        for run in runs
    ]
    files = _in_order((path.stem for path in folder.glob("*.json")), MEASURED)
    listed = [
        [_link(f"{name}.json", f"{name}.json"), MEASURED.get(name, "times")]
        for name in files
    ]
    beside = 1 + len(TABLES)
    return (
        table(["", *TABLES.values()], rows, numbers_from=beside)
        + "\n"
        + table(["file", "what it holds"], listed, numbers_from=2)
    )


def _in_order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those that are known first, as they are told, then the others."""
    places = {name: place for place, name in enumerate(known)}
    return sorted(names, key=lambda n: (places.get(n, len(places)), n))


def _link(path: str, name: str) -> str:
    return f"{{download}}`{name} <evidence/{path}>`"
