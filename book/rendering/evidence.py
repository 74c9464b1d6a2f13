"""What the sweep over seeds and Péclet numbers says: its tables and pictures."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import evidence, findings, results
from evophys_lib.evaluate.equation import Estimate
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.evaluate.paired import Ratio
from evophys_lib.figures.style import STYLES
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline.baselines.registry import BASELINES
from rendering.text import number, spread, table

Verdicts = Mapping[str, dict]
"""By claim, as `evidence.judge` gives them over all seeds and Péclet numbers."""

MERGES = ("ps", "dfs", "ps_dfs")
MERGED_CLAIMS = ("primary", "primary_dfs", "primary_ps_dfs")
PARENTS = ("heat", "burgers")
TUNED = ("few_shot_base", "few_shot_heat", "few_shot_burgers")
REFERENCES = ("oracle_heat", "oracle_burgers", "plenty")
INTERPOLATED = ("interpolated", "interpolated_blind")
EQUATIONS = ("truth", *PARENTS, "soup", *MERGES, "plenty")
COEFFICIENTS = {
    "advection_speed": "U",
    "diffusivity": "α",
    "steepening": "γ",
    "peclet": "Pe = UL/α",
}
SHIFTED = ("heat", "burgers", "soup", "ensemble", *MERGES)
LABELS = {
    "truth": "truth",
    "best_parent": "better parent by validation",
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


def scope(found: Evidence) -> str:
    """What was run."""
    told = found.provenance
    seeds = ", ".join(map(str, told["seeds"]))
    peclets = ", ".join(map(peclet_key, told["peclets"]))
    text = f"Profile {told['profile']['name']}, seeds {seeds}; Pe = {peclets}.\n"
    if told["missing"]:
        text += f"\nNot run: {_absent(told['missing'], told['seeds'])}.\n"
    return text


def headline(found: Evidence) -> str:
    """nRMSE at t + 50 of everything on the usual trajectories, mean over seeds."""
    scores = findings.nrmse(found)
    return _errors(scores, (*results.MODELS, *BASELINES))


def gap_closed(found: Evidence) -> str:
    """G by model and Pe, with its interval."""
    gaps = findings.gaps(found)
    header = ["gap closed, %", *(f"Pe = {peclet_key(pe)}" for pe in gaps)]
    names = [
        name
        for name in (*results.MODELS, *BASELINES)
        if name != "persistence" and any(name in at for at in gaps.values())
    ]
    rows = [
        [label(name), *(_gap(at.get(name)) for at in gaps.values())]
        for name in names
        if name not in ("best_parent", "plenty", "oracle_heat", "oracle_burgers")
    ]
    headroom = [f"{number(at['plenty'].headroom)}" for at in gaps.values()]
    return table(header, [*rows, ["headroom, nRMSE", *headroom]])


def rivals(found: Evidence) -> str:
    """PS and PS + DFS over each rival: ratios of errors, paired by seed."""
    scores = findings.nrmse(found)
    text = ""
    for model in ("ps", "ps_dfs"):
        rows = []
        for rival in (*PARENTS, "random_search", *BASELINES):
            if not any(rival in at for at in scores.values()):
                continue
            cells = [
                _ratio(findings.against(at, model, (rival,))[rival])
                if {model, rival} <= at.keys()
                else "–"
                for at in scores.values()
            ]
            rows.append([label(rival), *cells])
        header = [f"{label(model)} over", *(f"Pe = {peclet_key(p)}" for p in scores)]
        text += table(header, rows) + "\n"
    return text


def costs(found: Evidence) -> str:
    """What each took beyond θ₀ and both experts."""
    told = findings.costs(found)
    first = [n for n in (*results.MODELS, *BASELINES) if n in told.index]
    told = told.loc[[*first, *sorted(set(told.index) - set(first), key=_natural)]]
    rows = [
        [
            label(name),
            f"{row['evaluations']:,.0f}",
            f"{row['passes']:,.0f}",
            f"{row['trajectories']:,.0f}",
            f"{row['seconds']:,.0f}",
        ]
        for name, row in told.iterrows()
        if name not in ("persistence", *REFERENCES[:2])
    ]
    header = ["", "evaluations", "predictor passes", "target trajectories", "seconds"]
    return table(header, rows)


def lambdas(found: Evidence) -> str:
    """Mean λ over layers, and over seeds with its interval."""
    by_family = {f: findings.coefficients(found, f) for f in PARENTS}
    peclets = list(by_family["heat"])
    rows = [
        [f"λ, {label(f)}", *(_reach(by_family[f][pe]) for pe in peclets)]
        for f in PARENTS
    ]
    sums = [
        _reach(np.add(by_family["heat"][pe], by_family["burgers"][pe]).tolist())
        for pe in peclets
    ]
    header = ["", *(f"Pe = {peclet_key(pe)}" for pe in peclets)]
    return table(header, [*rows, ["sum", *sums]])


def equations(found: Evidence) -> str:
    """The equation that rollouts obey, by model, at the headline's Pe."""
    told = findings.dynamics(found)
    headline = found.provenance["profile"]["peclets"]
    text = ""
    for pe, models in told.items():
        if pe not in headline:
            continue
        rows = [
            [label(name), *(_estimate(models[name][c]) for c in COEFFICIENTS)]
            for name in EQUATIONS
            if name in models
        ]
        header = [f"Pe = {peclet_key(pe)}", *COEFFICIENTS.values()]
        text += table(header, rows) + "\n"
    return text


def variations(found: Evidence) -> str:
    """What differs from PS and DFS in one choice, beside them."""
    scores = findings.nrmse(found)
    known = {*results.MODELS, *BASELINES, *INTERPOLATED}
    names = dict.fromkeys(
        n for at in scores.values() for n in at if n not in known and "@" not in n
    )
    order = sorted(names, key=_natural)
    beside = ("ps", "few_shot_heat", "few_shot_burgers", "task_arithmetic", "ties")
    return _errors(
        {pe: at for pe, at in scores.items() if names.keys() & at.keys()},
        (*beside, "dare_ties", *(n for n in order if "dfs" not in n), "dfs")
        + tuple(n for n in order if "dfs" in n),
    )


def interpolated(found: Evidence) -> str:
    """λ at a Péclet number that was not searched."""
    return _errors(findings.nrmse(found), (*PARENTS, "soup", "ps", *INTERPOLATED))


def shifted(found: Evidence) -> str:
    """Targets of another kind: a table for each."""
    scores = findings.nrmse(found)
    marks = dict.fromkeys(
        findings.mark_of(n) for at in scores.values() for n in at if "@" in n
    )
    text = ""
    for mark in marks:
        some = {
            pe: {n.removesuffix(mark): s for n, s in at.items() if n.endswith(mark)}
            for pe, at in scores.items()
        }
        some = {pe: at for pe, at in some.items() if at}
        names = (*SHIFTED, "oracle_heat", "oracle_burgers")
        text += f"**{mark[1:]}**\n\n{_errors(some, names)}\n"
    return text


def disagreement(found: Evidence) -> str:
    """PS over its better parent, in the latent and in the field."""
    field, inner = findings.nrmse(found), findings.latent(found)
    rows = []
    for pe, at in field.items():
        if not {"ps", *PARENTS} <= at.keys():
            continue
        latent_root = {
            n: {s: float(np.sqrt(v)) for s, v in by.items()}
            for n, by in inner[pe].items()
        }
        cells = []
        for scores in (latent_root, at):
            best = {s: min(scores[p][s] for p in PARENTS) for s in scores["ps"]}
            known = {"ps": scores["ps"], "best": best}
            cells.append(_ratio(findings.against(known, "ps", ("best",))["best"]))
        rows.append([peclet_key(pe), *cells])
    header = ["Pe", "latent error, PS over better parent", "the same in the field"]
    return table(header, rows)


def against_parents(judged: Verdicts) -> str:
    """Squared error of merges against the better parent's, at each Pe."""
    rows = []
    for model, claim in zip(MERGES, MERGED_CLAIMS, strict=True):
        by_peclet = judged[claim]["peclet"]
        for what, draw in (
            ("squared error against the better parent's", _relative),
            ("p, one-sided", lambda at: number(at["p_value"])),
        ):
            rows.append([f"{label(model)}: {what}", *map(draw, by_peclet.values())])
    header = ["", *(f"Pe = {pe}" for pe in judged["primary"]["peclet"])]
    return table(header, rows)


def trend(judged: Verdicts) -> str:
    """How λ of heat goes with Pe, and how often chance does as well."""
    told = judged["secondary"]
    rows = [
        ["Pearson correlation with 1/Pe", number(told["statistic"])],
        ["mean Spearman correlation with −log Pe", number(told["spearman"])],
        ["p of the latter by permuting Pe", number(told["p_value"])],
        [
            "share of permutations above the claim's 0.9",
            f"{100 * told['null_share_above']:.1f} %",
        ],
    ]
    return table(["λ of heat", ""], rows)


def order(judged: Verdicts) -> str:
    """Whether heat comes first on a path, by either start, against three nulls."""
    told = judged["tertiary"]
    lead = told["lead_by_order"]
    rows = [
        ["lead of heat, searched from heat", number(lead["AB"])],
        ["lead of heat, searched from Burgers", number(lead["BA"])],
        ["p of the mean, labels permuted within paths", number(told["p_labels"])],
        ["p of the mean, runs reversed", number(told["p_reversal"])],
        [
            "p of the difference, A and B swapped",
            number(told["p_swap"]),
        ],
        [
            "paths from a heat layer to a Burgers layer",
            f"{100 * told['literal_share']:.0f} %",
        ],
    ]
    return table(["paths", ""], rows)


def curves(found: Evidence) -> Figure:
    """Error against Pe, mean over seeds."""
    scores = findings.nrmse(found)
    rows = list(scores.values())
    names = ("persistence", *PARENTS, "soup", "ensemble", *MERGES, "plenty")
    return figures.peclet_curves(
        {
            n: [float(np.mean([*at[n].values()])) if n in at else None for at in rows]
            for n in names
            if any(n in at for at in rows)
        },
        peclet=list(scores),
    )


def lambda_picture(found: Evidence) -> Figure:
    """λ against Pe, a dot per seed."""
    by_family = {f: findings.coefficients(found, f) for f in PARENTS}
    return figures.lambda_against_peclet(
        {f: list(rows.values()) for f, rows in by_family.items()},
        peclet=list(by_family["heat"]),
        dots="seeds",
    )


def gap_picture(found: Evidence) -> Figure:
    """Gap closed against Pe, where it is resolved."""
    shown = ("soup", "random_search", *MERGES)
    return figures.gap_closed(findings.resolved(findings.gaps(found), shown))


def equation_picture(found: Evidence) -> Figure:
    """Effective Péclet number against the true one."""
    shown = ("truth", *PARENTS, "soup", "ps")
    told = findings.effective_peclet(findings.dynamics(found), shown)
    return figures.effective_peclet(told)


def path_picture(found: Evidence) -> Figure:
    """Share of heat layers by depth, for either order of the search."""
    names = {"AB": "searched from heat", "BA": "searched from Burgers"}
    return figures.heat_share(
        {shown: findings.heat_share(found, order) for order, shown in names.items()}
    )


def routes(found: Evidence) -> str:
    """Every path that the search found, in letters: h heat, b Burgers."""
    rows: dict[tuple[int, str], dict[float, str]] = {}
    for route in evidence.routes(found):
        path = " ".join(f"{name[0]}{name.partition(':')[2]}" for name in route.path)
        rows.setdefault((route.seed, route.order), {})[route.peclet] = path
    peclets = sorted({pe for paths in rows.values() for pe in paths})
    header = ["seed", "from", *(f"Pe = {peclet_key(pe)}" for pe in peclets)]
    start = {"AB": "heat", "BA": "Burgers"}
    lines = [
        [str(seed), start[order], *(paths.get(pe, "–") for pe in peclets)]
        for (seed, order), paths in sorted(rows.items())
    ]
    return table(header, lines, numbers_from=len(header))


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


def _natural(name: str) -> tuple[str, int]:
    stem, _, count = name.partition("_k")
    return (stem, int(count)) if count.isdecimal() else (name, 0)


def _errors(
    scores: Mapping[float, Mapping[str, findings.BySeed]], names: Iterable[str]
) -> str:
    """Mean over seeds ± half its interval; bold: the best, references aside."""
    names = [n for n in names if any(n in at for at in scores.values())]
    best = {
        pe: min(
            (
                np.mean([*at[n].values()])
                for n in names
                if n in at and n not in ("persistence", *REFERENCES)
            ),
            default=None,
        )
        for pe, at in scores.items()
    }
    rows = []
    for name in names:
        cells = []
        for pe, at in scores.items():
            if name not in at:
                cells.append("–")
                continue
            values = [*at[name].values()]
            cell = _reach(values)
            cells.append(f"**{cell}**" if np.mean(values) == best[pe] else cell)
        rows.append([label(name), *cells])
    header = ["nRMSE at t + 50", *(f"Pe = {peclet_key(pe)}" for pe in scores)]
    return table(header, rows)


def _relative(at: Mapping[str, float]) -> str:
    return f"{100 * at['relative_difference']:+.0f} %"


def _reach(values: Sequence[float]) -> str:
    if not np.isfinite(values).all():
        return "diverged"
    mean, half = t_interval(values)
    return number(mean) if half is None else spread(mean, half)


def _ratio(found: Ratio | None) -> str:
    if found is None or not np.isfinite(found.centre):
        return "–"
    if found.low is None:
        return f"{found.centre:.2f}"
    text = f"{found.centre:.2f} ({found.low:.2f}–{found.high:.2f})"
    return f"**{text}**" if found.decided else text


def _gap(found: Gap | None) -> str:
    if found is None or found.closed is None:
        return "–"
    text = f"{100 * found.closed:.0f}"
    if found.interval is None:
        return text
    low, high = found.interval
    return f"{text} ({100 * low:.0f} to {100 * high:.0f})"


def _estimate(found: Estimate) -> str:
    if found.value is None:
        return "–"
    if found.interval is None:
        return number(found.value)
    low, high = found.interval
    return f"{number(found.value)} ({number(low)} to {number(high)})"


def _absent(labels: Iterable[str], all_seeds: Sequence[int]) -> str:
    """Labels of tasks, `seed 0, Pe 10, baselines`, in fewer words."""
    seeds: dict[str, dict[float, list[int]]] = {}
    for text in labels:
        seed, pe, scorer = text.split(", ")
        at = seeds.setdefault(scorer, {}).setdefault(float(pe[3:]), [])
        at.append(int(seed[5:]))
    told = []
    for scorer, by_peclet in seeds.items():
        points = [
            peclet_key(pe)
            if len(absent) == len(all_seeds)
            else f"{peclet_key(pe)} (seeds {', '.join(map(str, sorted(absent)))})"
            for pe, absent in sorted(by_peclet.items())
        ]
        told.append(f"{scorer} at Pe = {', '.join(points)}")
    return "; ".join(told)
