"""What sentences ask of the evidence: who is better than whom, and where."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import comparing
from evophys_lib.evaluate import evidence, findings
from evophys_lib.evaluate.equation import Estimate
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import BySeed
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.verdicts import primary
from rendering import fresh, once
from rendering.labels import PARENTS
from rendering.paired import Ratio, lowest, ratio
from rendering.search_quality import by_rival, by_study, values
from rendering.sweep.counts import TUNED, tuned_choice
from rendering.sweep.scores import by_mark

Models = Mapping[str, BySeed]
Pick = str | Callable[[Models], BySeed | None]
"""A model by name, or what is made of several."""
Ratios = dict[float, Ratio]


def better_parent(at: Models) -> BySeed:
    """The lower error of both, seed by seed."""
    return lowest(at, PARENTS)


def few_shot(at: Models) -> BySeed | None:
    """Fine-tuned from the parent that the search's trajectories choose."""
    return tuned_choice(at) if {findings.PARENT, *TUNED.values()} <= at.keys() else None


def better(found: Ratios) -> set[float]:
    """Where the interval lies below 1."""
    return {pe for pe, r in found.items() if r.lower}


def worse(found: Ratios) -> set[float]:
    """Where it lies above 1."""
    return {pe for pe, r in found.items() if r.higher}


def open_at(found: Ratios) -> set[float]:
    """Where the two are not told apart."""
    return found.keys() - better(found) - worse(found)


def mostly_better(found: Ratios) -> bool:
    """At more than half of the Péclet numbers, and worse at none."""
    return 2 * len(better(found)) > len(found) and not worse(found)


@dataclass(frozen=True)
class Facts:
    """Over the files in a folder, read when they are asked for."""

    folder: Path

    @property
    def sweep(self) -> Evidence:
        """Of seeds 0 to 4."""
        return self.found("sweep")

    @property
    def judged(self) -> dict[str, dict[str, Any]]:
        """The claims."""
        return once.judge(self.sweep)

    @property
    def judged_afresh(self) -> dict[str, dict[str, Any]]:
        """The same claims on fresh seeds."""
        return once.judge(self.found("fresh"))

    @property
    def directions(self) -> dict[str, dict[str, Any]]:
        """The claims on fresh seeds."""
        return once.judge_directions(self.found("directions"))

    def found(self, source: str) -> Evidence:
        """The evidence in a folder of its own."""
        return once.read(self.folder / source)

    def document(self, name: str) -> dict[str, Any]:
        """A file of a benchmark."""
        found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        return found

    def over(
        self,
        model: Pick,
        rival: Pick,
        at: str = "t50",
        kind: str = "",
        source: str = "sweep",
    ) -> Ratios:
        """One over the other wherever both were run; kind: of trajectories.

        source: the folder of the evidence.
        """
        scores = nrmse(self.found(source), at)
        scores = by_mark(scores)[kind] if kind else scores
        return ratios_of(scores, model, rival)

    def over_ten(
        self, model: Pick, rival: Pick, at: str = "t50", more: str = "fresh"
    ) -> Ratios:
        """One over the other on ten seeds: 0 to 4, and those of another folder."""
        return ratios_of(nrmse(self.ten(more), at), model, rival)

    def ten(self, more: str = "fresh") -> Evidence:
        """Of seeds 0 to 4 and those of another folder: what both have."""
        return _joined(self.sweep, self.found(more))

    def claim(
        self, at: str = "t50", found: Evidence | None = None
    ) -> dict[float, tuple[float, float]]:
        """Intervals over seeds of the first claim's difference, by Pe.

        found: the evidence of seeds 0 to 4 if not given.
        """
        return _claim(self.sweep if found is None else found, at)

    def gaps(
        self, model: str, source: str = "sweep", at: str | None = None
    ) -> dict[float, Gap]:
        """That a model closes, by Pe; source: the folder of the evidence.

        at: the last horizon if not given.
        """
        told = findings.gaps(self.found(source), (model,), at)
        return {pe: found[model] for pe, found in told.items() if model in found}

    def dynamics(self, model: str, coefficient: str) -> dict[float, Estimate]:
        """Of the equation that a model's rollouts obey, by Pe."""
        told = _dynamics(self.sweep, model)
        return {pe: at[model][coefficient] for pe, at in told.items()}

    def latent(self, horizon: str) -> findings.ByPeclet:
        """The latent MSE over the target's variance: a term of the fitness."""
        table = self.sweep.scores
        return findings.means(table[table["metric"] == f"latent_nmse_{horizon}"])

    def layers(self, order: str, family: str, source: str = "sweep") -> set[float]:
        """Péclet numbers at which a path, searched in this order, has its layers."""
        routes = evidence.routes(self.found(source))
        return {r.peclet for r in routes if r.order == order and family in r.owners()}

    def engines(
        self, space: str, key: str = "held_out"
    ) -> dict[str, comparing.Comparison]:
        """Rivals of the default search, compared seed by seed."""
        measured = self.document("search_quality")
        rows = by_rival(measured, space)
        default = values(rows.pop(measured["default"][space]), key)
        return {n: comparing.compare(values(r, key), default) for n, r in rows.items()}

    def engines_over_studies(self) -> dict[str, Ratios]:
        """Rivals of the default search over λ, paired by study, on held-out ones."""
        return by_study(once.documents(self.folder / "search_quality"), "PS")


@cache
def _claim(found: Evidence, horizon: str) -> dict[float, tuple[float, float]]:
    errors = evidence.squared_errors(found, horizon)
    told = primary(errors).details["peclet"]
    return {float(pe): one["over_seeds"]["interval"] for pe, one in told.items()}


@cache
def _dynamics(
    found: Evidence, model: str
) -> dict[float, dict[str, dict[str, Estimate]]]:
    return findings.dynamics(found, (model,))


nrmse = once.nrmse
_joined = cache(fresh.joined)


def ratios_of(scores: Mapping[float, Models], model: Pick, rival: Pick) -> Ratios:
    """One over the other wherever both were run."""
    found = {}
    for pe, models in scores.items():
        one, other = picked(models, model), picked(models, rival)
        if one and other and (told := ratio(one, other)) is not None:
            found[pe] = told
    return found


def picked(models: Models, pick: Pick) -> BySeed | None:
    """Errors of a model, or of what is made of several; None where it was not run."""
    return pick(models) if callable(pick) else models.get(pick)


def lies_above(found: Mapping[float, Estimate], level: float) -> set[float]:
    """Where an interval lies above a level."""
    return {pe for pe, e in found.items() if e.interval and e.interval[0] > level}


def within(values: Collection[float], share: float) -> bool:
    """Whether all are 1, but for a share."""
    return bool(np.all(np.abs(np.array([*values]) - 1) <= share))


def sure(over: Ratio | None) -> Ratio:
    """One over seeds; without any, nothing can be said."""
    if over is None or over.low is None:
        raise ValueError("fewer than two seeds")
    return over


def rounded(values: Iterable[float], places: int = 1) -> tuple[float, float]:
    """The least and the largest."""
    told = [*values]
    return round(min(told), places), round(max(told), places)
