"""Which terms models obey: tables over seeds, and pictures."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.diagnosis.equations import EXACT, NOISY
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.evaluate.sparse_regression import DIFFUSION, STEEPENING, TRANSPORT
from evophys_lib.figures.equations import DIFFUSIVITY, GAMMA, SPEED, Place
from rendering.labels import heading, label
from rendering.text import SPACE, number, reach, table, whether

Document = dict[str, Any]
Terms = dict[str, float]

COMMAND = (
    "python -m evophys_lib equations --seeds 5-9 --out book/evidence/equations.json"
)
COMMAND_BETWEEN = (
    "python -m evophys_lib equations --seeds 5-9 --pe 0.3,2,3,5,30 --models truth "
    "truth_with_noise floor heat burgers soup ps dfs ps_dfs directions_few directions "
    "directions_random directions_of_pe_k16 --out book/evidence/equations_between.json"
)
WITHIN = 0.01
TARGET = (TRANSPORT, DIFFUSION)
KNOWN = (TRANSPORT, STEEPENING, DIFFUSION)
"""Terms of the target and of both parents."""
COEFFICIENTS = {
    "advection_speed": ("U", TRANSPORT, -1.0),
    "diffusivity": ("α", DIFFUSION, 1.0),
    "steepening": ("γ", STEEPENING, -1.0),
}
"""Symbol, term, and the sign with which the term has it."""
STABLE = (NOISY, "heat", "burgers", "ps", "directions")


def exact(found: Document) -> str:
    """Exact data with noise: terms and errors of coefficients, the worst of seeds."""
    lines = []
    for peclet, target in found["target"].items():
        of_seeds = terms_of(found, float(peclet), NOISY)
        kept = [tuple(terms) for terms in of_seeds]
        cells = [_most(kept)]
        errors = []
        for name in ("advection_speed", "diffusivity"):
            _, term, sign = COEFFICIENTS[name]
            if not all(term in terms for terms in of_seeds):
                cells.append("not found")
                errors.append(np.inf)
                continue
            far = [abs(sign * terms[term] / target[name] - 1) for terms in of_seeds]
            cells.append(f"{100 * max(far):.2f}{SPACE}%")
            errors.append(max(far))
        alike = all(set(terms) == set(TARGET) for terms in of_seeds)
        met = whether(alike and max(errors) <= WITHIN)
        lines.append([heading(float(peclet)), *cells, met])
    header = ["", "terms found", "error of U", "error of α", "within 1 %"]
    return table(header, lines, numbers_from=2)


def support(found: Document) -> str:
    """How many seeds have the target's terms and no others, and what most have instead.

    Terms that neither parent nor target has are bold.
    """
    peclets = sorted(map(float, found["target"]))
    lines = []
    for name in models_of(found):
        cells = []
        for pe in peclets:
            of_seeds = terms_of(found, pe, name)
            right = sum(set(terms) == set(TARGET) for terms in of_seeds)
            cells.append(f"{right} of {len(of_seeds)}{_different(of_seeds)}")
        lines.append([label(name), *cells])
    return table(["the target's terms", *map(heading, peclets)], lines)


def coefficients(found: Document) -> str:
    """U, α and γ by both methods, at every Pe."""
    text = ""
    for peclet in map(float, found["target"]):
        lines = [
            [label(name), *_coefficient_cells(found, peclet, name)]
            for name in models_of(found)
        ]
        names = [symbol for symbol, _, _ in COEFFICIENTS.values()]
        header = [heading(peclet)]
        for symbol in names:
            header += [f"{symbol}, by terms", f"{symbol}, fitted"]
        text += table(header, lines) + "\n"
    return text


def terms_of(found: Document, peclet: float, name: str) -> list[Terms]:
    """Terms at the chosen threshold, with coefficients, by seed."""
    return [at_threshold(row, found["threshold"]) for row in _rows(found, peclet, name)]


def models_of(found: Document) -> list[str]:
    """In the order in which they were asked for."""
    return list(dict.fromkeys(row["model"] for row in found["rows"]))


def stability(found: Document) -> Figure:
    """Share of seeds that keep a term, over thresholds."""
    thresholds, terms = found["thresholds"], found["terms"]
    shares = {
        name: {
            float(pe): np.array(
                [
                    [
                        np.mean([t in at_threshold(r, tau) for r in rows])
                        for tau in thresholds
                    ]
                    for rows in [_rows(found, float(pe), name)]
                    for t in terms
                ]
            )
            for pe in found["target"]
        }
        for name in STABLE
        if name in models_of(found)
    }
    return figures.term_stability(
        shares, terms=terms, thresholds=thresholds, chosen=found["threshold"]
    )


def places(found: Document) -> Figure:
    """Where every model lies."""
    shown = [name for name in models_of(found) if name not in EXACT]
    return figures.places(
        {
            float(pe): {name: place(found, pe, name) for name in shown}
            for pe in found["target"]
        },
        invented={
            float(pe): {name: invented(found, float(pe), name) for name in shown}
            for pe in found["target"]
        },
    )


def invented(found: Document, peclet: float, name: str) -> dict[str, float]:
    """Share of seeds that have a term of neither parent nor target, by term."""
    of_seeds = terms_of(found, peclet, name)
    others = [term for term in found["terms"] if term not in KNOWN]
    return {t: float(np.mean([t in terms for terms in of_seeds])) for t in others}


def place(found: Document, peclet: str, name: str) -> Place:
    """(U/U*, α/α*, γ) over seeds, 0 for a term that was not found."""
    of_seeds = terms_of(found, float(peclet), name)
    target = found["target"][peclet]
    units = {"advection_speed": SPEED, "diffusivity": DIFFUSIVITY, "steepening": GAMMA}
    return {
        units[c]: t_interval(
            [sign * terms.get(term, 0.0) / target.get(c, 1.0) for terms in of_seeds]
        )
        for c, (_, term, sign) in COEFFICIENTS.items()
    }


TABLES = {"exact": exact, "support": support, "coefficients": coefficients}
PICTURES = {"equation_terms.png": stability, "equation_places.png": places}


def _rows(found: Document, peclet: float, name: str) -> list[Document]:
    return [r for r in found["rows"] if r["pe"] == peclet and r["model"] == name]


def at_threshold(row: Document, threshold: float) -> Terms:
    """Of the last step of a path that a threshold reaches."""
    steps = [s for s in row["path"] if s["threshold"] <= threshold]
    terms: Terms = (steps or row["path"])[-1 if steps else 0]["terms"]
    return terms


def _most(kept: Sequence[tuple[str, ...]]) -> str:
    """Every set of terms, with how often it was found."""
    counted = Counter(kept).most_common()
    return "; ".join(f"{', '.join(t) or 'none'} ({n} of {len(kept)})"
                     for t, n in counted)  # fmt: skip


def _different(of_seeds: Sequence[Terms]) -> str:
    """Terms that are missing, or too many, in most seeds."""
    lacking = Counter(t for terms in of_seeds for t in TARGET if t not in terms)
    beyond = Counter(t for terms in of_seeds for t in terms if t not in TARGET)
    most = len(of_seeds) / 2
    told = [f"no {term}" for term, n in lacking.items() if n > most]
    told += [
        term if term in KNOWN else f"**{term}**"
        for term, n in beyond.items()
        if n > most
    ]
    return f": {', '.join(told)}" if told else ""


def _coefficient_cells(found: Document, peclet: float, name: str) -> list[str]:
    cells = []
    rows = _rows(found, peclet, name)
    for coefficient, (_, term, sign) in COEFFICIENTS.items():
        told = [at_threshold(row, found["threshold"]) for row in rows]
        values = [sign * terms[term] for terms in told if term in terms]
        count = "" if len(values) == len(rows) else f" ({len(values)} of {len(rows)})"
        cells.append(f"{_told(values)}{count}" if values else "–")
        cells.append(_told([row["fitted"][coefficient] for row in rows]))
    return cells


def _told(values: Sequence[float]) -> str:
    """The mean ± half its interval; less than a hundredth of a percent is none."""
    mean, half = t_interval(values)
    if half is None or half < 1e-4 * abs(mean):
        return number(mean)
    return reach(values)
