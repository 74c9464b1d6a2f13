"""How fast what is, on the page of performance and where it falls short."""

from collections.abc import Iterable
from typing import Any

from evophys_lib.profiles import LAPTOP
from rendering.said.facts import Facts, rounded
from rendering.said.sentence import Sentence, alone

Row = dict[str, Any]

ONE, TWO, APART = "1 thread", "2 threads", "2 processes"


def _generations(said: Facts) -> list[dict[str, dict[str, float]]]:
    """Seconds by setup and way, of each kind of generation."""
    return [row["seconds"] for row in said.document("search")["generation"].values()]


def _faster(said: Facts, setup: str, rival: str = "one_by_one") -> list[float]:
    """How many times as fast a generation at once is."""
    return [at[setup][rival] / at[setup]["together"] for at in _generations(said)]


BUSY = (
    Sentence(
        """**Where processors are kept busy anyway, batching gains less.** Against
        candidates one at a time a generation at once is 1.5 to 1.9 times as fast on two
        threads, 1.3 to 1.4 times on one, and on two processes of a thread each
        1.2 to 1.4 times.""",
        lambda said: (
            [rounded(_faster(said, setup)) for setup in (TWO, ONE, APART)]
            == [(1.5, 1.9), (1.3, 1.4), (1.2, 1.4)]
        ),
    ),
    Sentence(
        """In each space, and over the disk as well, it gains least on two processes
        ([performance](performance.md)).""",
        lambda said: all(
            apart < one < two
            for rival in ("one_by_one", "on_disk")
            for apart, one, two in zip(
                *(_faster(said, setup, rival) for setup in (APART, ONE, TWO)),
                strict=True,
            )
        ),
    ),
)
SIDE_BY_SIDE = Sentence(
    """Two processes of a thread each get through a generation of a search in 0.59 to
    0.85 of the time of one process on two threads, in whichever way candidates are
    evaluated.""",
    lambda said: (
        rounded(
            (
                at[APART][way] / at[TWO][way]
                for at in _generations(said)
                for way in at[TWO]
            ),
            places=2,
        )
        == (0.59, 0.85)
    ),
)
THROUGH_MEMORY = ("norms and activations", "sums and products by element", "copies")


def _percents(shares: Iterable[float]) -> tuple[int, int]:
    told = [round(100 * share) for share in shares]
    return min(told), max(told)


def _workloads(said: Facts) -> list[Row]:
    return [*said.document("roofline")["workloads"].values()]


ARITHMETIC = (
    Sentence(
        """Of a stage's time, products take 46 to 59 %, passing numbers through memory
        for norms, activations, sums and copies 15 to 24 %, and what lies between
        operators 9 to 25 %.""",
        lambda said: (
            _percents(row["shares"]["products"] for row in _workloads(said)) == (46, 59)
            and _percents(
                sum(row["shares"][kind] for kind in THROUGH_MEMORY)
                for row in _workloads(said)
            )
            == (15, 24)
            and _percents(
                row["shares"]["between operators"] for row in _workloads(said)
            )
            == (9, 25)
        ),
    ),
    Sentence(
        """By themselves the work's own products run at 85 to 97 % of the rate of the
        best square ones and take more than half of its time: while they stay as they
        are, no stage can become twice as fast.""",
        lambda said: (
            _percents(
                row["flop"]
                / row["products_seconds"]
                / max(said.document("roofline")["product_flop_per_s"].values())
                for row in _workloads(said)
            )
            == (85, 97)
            and all(r["products_seconds"] > r["seconds"] / 2 for r in _workloads(said))
        ),
    ),
)


def _saved(said: Facts, label: str) -> tuple[float, float]:
    """Seconds that compiling takes, and that it then saves each time."""
    row = said.document("compiling")["workloads"][label]
    spent = row["seconds"]
    return row["first_call_s"], spent["eager"] - spent["compiled"]


COMPILING = Sentence(
    """At the laptop's size that is not won back: compiling takes longer than it would
    save in all generations of a search in parameter space, or in all steps of
    fine-tuning an expert, were all of its rollouts of the longest kind.""",
    lambda said: all(
        saved > 0 and first > saved * times
        for label, times in (
            ("rollout of a PS generation", LAPTOP.ps.generations),
            ("rollout with its gradient", LAPTOP.finetune.training.steps),
        )
        for first, saved in [_saved(said, label)]
    ),
)
GROWTH = Sentence(
    """All exponents that were measured lie between 0.95 and 1.1. Those of steps, blocks
    and cells are not told apart from 1, cells' by a wide interval; those of
    trajectories and candidates lie just below it.""",
    lambda said: (
        all(0.95 < a["exponent"] < 1.1 for a in _axes(said).values())
        and {n for n, a in _axes(said).items() if a["interval"][1] < 1}
        == {"trajectories", "candidates"}
        and all(a["interval"][0] < 1 for a in _axes(said).values())
        and max(_axes(said), key=lambda name: _width(_axes(said)[name])) == "cells"
    ),
)


def _axes(said: Facts) -> dict[str, Row]:
    return said.document("scaling")["axes"]


def _width(axis: Row) -> float:
    return axis["interval"][1] - axis["interval"][0]


PLACES = {
    "side_by_side": alone(SIDE_BY_SIDE),
    "arithmetic": alone(*ARITHMETIC),
    "compiling": alone(COMPILING),
    "growth": alone(GROWTH),
}
