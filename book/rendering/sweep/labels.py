"""How models are called in the sweep's tables, and in which order they stand."""

from evophys_lib.figures.style import STYLES
from evophys_lib.parameters import peclet_key

MERGES = ("ps", "dfs", "ps_dfs")
PARENTS = ("heat", "burgers")
INTERPOLATED = ("interpolated", "interpolated_blind")
FLOOR = "floor"
REFERENCES = ("oracle_heat", "oracle_burgers", "plenty", FLOOR)
"""Not in the race: what bounds it, above or below."""

LABELS = {
    "truth": "truth",
    "model_stock": "model stock",
    "lambda_line": "one λ on a line",
    "slerp": "SLERP",
    "task_arithmetic": "one λ per expert",
    "ties": "TIES",
    "dare_ties": "DARE-TIES",
    "sobol": "Sobol points",
    "gradient": "λ by gradient",
    "random_vectors": "random task vectors",
    "fitted_ensemble": "fitted output ensemble",
    "heat_then_burgers": "heat, Burgers in turns",
    "burgers_then_heat": "Burgers, heat in turns",
    "burgers_after_heat": "Burgers ∘ heat",
    "heat_after_burgers": "heat ∘ Burgers",
    "few_shot_base": "few-shot tuning of θ₀",
    "few_shot_heat": "few-shot tuning of heat",
    "few_shot_burgers": "few-shot tuning of Burgers",
    "joint": "joint fine-tuning",
    "interpolated": "PS between neighbours, Pe told",
    "interpolated_blind": "PS between neighbours, Pe estimated",
    "ps_one": "PS, one λ for all Pe",
    "ps_short": "PS, fitness one step ahead",
    "ps_elect_sum": "PS with elected signs",
    "ps_elect_mean": "PS with elected signs, normalised",
    "dfs_r1": "DFS, layers offered once",
    "dfs_r2": "DFS, layers offered twice",
    "dfs_unscaled": "DFS without W",
}


def heading(peclet: float) -> str:
    """Of a column."""
    return f"Pe = {peclet_key(peclet)}"


def label(name: str) -> str:
    """How a model is called in tables."""
    if name in LABELS:
        return LABELS[name]
    if name in STYLES:
        return STYLES[name].label
    stem, _, count = name.partition("_k")
    if count.isdecimal():
        what = {"ps": "PS", "few_shot": "few-shot tuning of the better parent"}[stem]
        return f"{what}, k = {count}"
    return name


def natural(name: str) -> tuple[str, int]:
    """What names are sorted by: `ps_k16` comes after `ps_k4`."""
    stem, _, count = name.partition("_k")
    return (stem, int(count)) if count.isdecimal() else (name, 0)
