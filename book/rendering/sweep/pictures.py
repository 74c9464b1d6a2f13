"""The sweep's pictures."""

import numpy as np
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.evaluate.scores import TRUTH
from rendering.drawing import paths
from rendering.drawing.counts import error_against_count
from rendering.labels import MERGES, PARENTS
from rendering.sweep.counts import by_count
from rendering.sweep.searched import coefficients, heat_share


def curves(found: Evidence) -> Figure:
    """Error against Pe, mean over seeds."""
    scores = findings.nrmse(found)
    rows = list(scores.values())
    names = ("persistence", *PARENTS, "soup", "ensemble", *MERGES, findings.CEILING)
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
    by_family = {f: coefficients(found, f) for f in PARENTS}
    return figures.lambda_against_peclet(
        {f: list(rows.values()) for f, rows in by_family.items()},
        peclet=list(by_family["heat"]),
        dots="seeds",
    )


def gap_picture(found: Evidence) -> Figure:
    """Gap closed against Pe, where it is resolved."""
    shown = ("soup", "random_search", *MERGES)
    return figures.gap_closed(findings.resolved(findings.gaps(found, shown)))


def equation_picture(found: Evidence) -> Figure:
    """Effective Péclet number against the true one."""
    shown = (TRUTH, *PARENTS, "soup", "ps")
    told = findings.effective_peclet(findings.dynamics(found, shown))
    return figures.effective_peclet(told)


def path_picture(found: Evidence) -> Figure:
    """Share of heat layers by depth, for either order of the search."""
    names = {"AB": "searched from heat", "BA": "searched from Burgers"}
    return paths.heat_share(
        {shown: heat_share(found, order) for order, shown in names.items()}
    )


def count_picture(found: Evidence) -> Figure | None:
    """Error against k, for the search and for training on what it sees."""
    scores, told = findings.nrmse(found), by_count(found)
    curves = {}
    for pe, methods in told.items():
        seen = sorted({k for curve in methods.values() for k in curve})
        levels = {
            name: dict.fromkeys(seen, scores[pe][name])
            for name in (findings.PARENT, findings.CEILING)
            if name in scores[pe]
        }
        curves[pe] = {
            name: {k: _point(by_seed) for k, by_seed in curve.items()}
            for name, curve in (methods | levels).items()
        }
    return error_against_count(curves) if curves else None


def _point(by_seed: findings.BySeed) -> tuple[float, Interval | None]:
    mean, half = t_interval([*by_seed.values()])
    return mean, None if half is None else (mean - half, mean + half)
