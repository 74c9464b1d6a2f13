"""What fresh seeds say of merges by directions: verdicts, errors, ratios, a picture."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.evaluate.verdicts import composition_models
from evophys_lib.models.model import Group
from rendering import compared
from rendering.labels import PARENTS, at_horizons, heading, label, rows, when
from rendering.once import COUNTS, judge_directions
from rendering.paired import lowest, ratio
from rendering.sweep import physics, scores
from rendering.text import NOT_YET, ends, number, table


def render(found: Evidence | None) -> dict[str, str]:
    """The text of every table by file."""
    tables = {
        "verdicts": verdicts,
        "errors": partial(at_horizons, draw=errors),
        "ratios": partial(at_horizons, draw=ratios),
        "equations": equations,
        "costs": scores.costs,
    }
    pages = {
        name: NOT_YET if found is None else draw(found) for name, draw in tables.items()
    }
    return {f"directions_{name}.md": text for name, text in pages.items()}


def render_beyond(found: Evidence | None) -> dict[str, str]:
    """What is told of Péclet numbers outside the book's range, by file."""
    text = NOT_YET
    if found is not None:
        text = "\n".join(at_horizons(found, draw) for draw in (ratios, errors))
    return {"directions_beyond.md": text}


def render_shifted(found: Evidence | None) -> dict[str, str]:
    """What is told of targets of another kind, by file."""
    return {"directions_shifted.md": at_horizons(found, scores.shifted)}


def verdicts(found: Evidence) -> str:
    """Both claims, the second for every k; those that the evidence can judge."""
    judged = judge_directions(found)
    lines = []
    if (told := judged.get("primary_directions")) is not None:
        lines.append(_line("better than both parents", told, "statistic", "interval"))
    for k in COUNTS:
        if (told := judged.get(f"composition_k{k}")) is not None:
            claim = f"beyond the data, k = {k}"
            lines.append(_line(claim, told, "ratio", "ratio_interval"))
    header = ["claim", "statistic", "as declared", "95 %", "p, one-sided"]
    header += ["over seeds", "95 %", "p, one-sided"]
    return table(header, lines)


def _line(claim: str, told: Mapping[str, Any], value: str, spread: str) -> list[str]:
    """As declared; then over seeds, where that differs from what was declared."""
    cells = [claim, number(told[value]), f"**{told['verdict']}**"]
    cells += [ends(told[spread]), number(told["p_value"])]
    corrected = told["over_seeds"]
    if corrected["interval"] == told["interval"]:
        return [*cells, "the same", "", ""]
    spread_over = [ends(corrected["interval"]), number(corrected["p_value"])]
    return [*cells, f"**{corrected['verdict']}**", *spread_over]


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE of everything, mean over seeds; horizon: the last if not given."""
    names = rows(found, (Group.MODELS, Group.GAP, Group.DIRECTIONS))
    return compared.errors(findings.nrmse(found, horizon), names, when(found, horizon))


def ratios(found: Evidence, horizon: str | None = None) -> str:
    """c(Pe) over each network, and over the better one, at every Pe."""
    told = findings.nrmse(found, horizon)
    seen = found.provenance["profile"]["peclets"]
    lines: list[compared.Row] = []
    for k in COUNTS:
        merge, *networks = composition_models(k)
        if not all(n in at for at in told.values() for n in (merge, *networks)):
            continue
        for name in networks:
            one = [ratio(at[merge], at[name]) for at in told.values()]
            lines.append([f"k = {k}: over {label(name)}", *one])
        better = [ratio(at[merge], lowest(at, networks)) for at in told.values()]
        lines.append([f"k = {k}: over the better", *better])
    names = [heading(pe) + ("" if pe in seen else ", unseen") for pe in told]
    return compared.ratios([f"c(Pe) over, at {when(found, horizon)}", *names], lines)


def equations(found: Evidence) -> str:
    """The equation that rollouts obey: does the steepening go?"""
    merges = ("directions", f"directions_of_pe_k{COUNTS[0]}")
    return physics.equations(found, (TRUTH, *PARENTS, "soup", *merges))
