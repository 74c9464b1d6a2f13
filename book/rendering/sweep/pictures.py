"""The sweep's pictures."""

from collections.abc import Iterable

from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.figures.evidence import Point
from rendering.drawing import horizons, paths
from rendering.drawing.counts import error_against_count
from rendering.labels import MERGES, PARENTS, when
from rendering.once import judge
from rendering.sweep.claims import at_nearest, differences
from rendering.sweep.counts import TUNED, by_count, tuned_choice
from rendering.sweep.searched import coefficients, heat_share

SHOWN = ("persistence", *PARENTS, "soup", "ensemble", *MERGES, findings.CEILING)
"""In the first picture, beside few-shot tuning."""


def curves(found: Evidence) -> Figure:
    """Error against Pe, mean over seeds with its interval, at every horizon."""
    return horizons.errors_against_peclet(
        {
            when(found, h): means(findings.nrmse(found, h), SHOWN)
            for h in horizon_names(found)[::-1]
        }
    )


def means(
    scores: findings.ByPeclet, names: Iterable[str]
) -> dict[str, dict[float, Point]]:
    """Of some models and of few-shot tuning, where they were scored, by Pe."""
    told = {
        name: {pe: _point(at[name]) for pe, at in scores.items() if name in at}
        for name in names
    }
    needed = {findings.PARENT, *TUNED.values()}
    told["few_shot"] = {
        pe: _point(tuned_choice(at)) for pe, at in scores.items() if needed <= at.keys()
    }
    return {name: curve for name, curve in told.items() if curve}


def parents_picture(found: Evidence) -> Figure:
    """The first claim's differences against Pe, of every merge at both ends."""
    nearest, *_, last = horizon_names(found)
    judged = judge(found)
    told = {last: judged, nearest: at_nearest(found, judged)}
    return horizons.differences_against_peclet(
        {when(found, h): differences(claims) for h, claims in told.items()}
    )


def lambda_picture(found: Evidence) -> Figure:
    """λ against Pe, a dot per seed."""
    by_family = {f: coefficients(found, f) for f in PARENTS}
    return figures.lambda_against_peclet(
        {f: list(rows.values()) for f, rows in by_family.items()},
        peclet=list(by_family["heat"]),
        dots="seeds",
    )


def gap_picture(found: Evidence) -> Figure:
    """Gap closed against Pe, where it is resolved, at every horizon."""
    shown = ("soup", "random_search", *MERGES)
    return horizons.gaps_against_peclet(
        {
            when(found, h): findings.resolved(findings.gaps(found, shown, h))
            for h in horizon_names(found)[::-1]
        }
    )


def equation_picture(found: Evidence) -> Figure:
    """Effective Péclet number over the true one, and what is left of Burgers' term."""
    shown = (TRUTH, *PARENTS, "soup", "ps")
    told = findings.dynamics(found, shown)
    return figures.effective_peclet(
        findings.effective_peclet(told), findings.steepening(told)
    )


def path_picture(found: Evidence) -> Figure:
    """Share of heat layers by depth, for either order of the search."""
    names = {"AB": "searched from heat", "BA": "searched from Burgers"}
    return paths.heat_share(
        {shown: heat_share(found, order) for order, shown in names.items()}
    )


def count_picture(found: Evidence) -> Figure | None:
    """Error against k, for the search and for training on what it sees."""
    told = {when(found, h): _counted(found, h) for h in horizon_names(found)[::-1]}
    return error_against_count(told) if all(told.values()) else None


def _counted(found: Evidence, horizon: str) -> dict[float, dict[str, dict[int, Point]]]:
    scores, told = findings.nrmse(found, horizon), by_count(found, horizon)
    counted = {}
    for pe, methods in told.items():
        seen = sorted({k for curve in methods.values() for k in curve})
        levels = {
            name: dict.fromkeys(seen, scores[pe][name])
            for name in (findings.PARENT, findings.CEILING)
            if name in scores[pe]
        }
        counted[pe] = {
            name: {k: _point(by_seed) for k, by_seed in curve.items()}
            for name, curve in (methods | levels).items()
        }
    return counted


def _point(by_seed: findings.BySeed) -> Point:
    mean, half = t_interval([*by_seed.values()])
    return mean, None if half is None else (mean - half, mean + half)
