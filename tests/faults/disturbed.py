"""A study disturbed at a chosen save, and whether its next start makes up for it."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

from tqdm import tqdm

from faults import ways
from faults.lives import Disturbance, End, live
from faults.undisturbed import STAGES, Undisturbed, Work, damaged

Befalls = Callable[[Path], None]


@dataclass(frozen=True)
class Point:
    """Where a stage is disturbed: around its n-th save, or before all of them (0)."""

    stage: str
    save: int
    named: bool = True

    def __str__(self) -> str:
        """As a message has it."""
        return f"{self.stage}, {'after' if self.named else 'before'} save {self.save}"


@dataclass
class Tally:
    """What came of some points of one stage.

    tried: points; refused: lives that ended with an error of the library; completed:
    next starts that did all that was left; same: studies that have the bytes of an
    undisturbed one, `results.json` among them.
    """

    tried: int = 0
    refused: int = 0
    completed: int = 0
    same: int = 0


def points(stage: str, saves: int, count: int) -> list[Point]:
    """So many around the saves of a stage, evenly, before and after they are named."""
    every = [Point(stage, n // 2 + 1, bool(n % 2)) for n in range(2 * saves)]
    if count >= len(every):
        return every
    return [every[(2 * i + 1) * len(every) // (2 * count)] for i in range(count)]


def try_point(whole: Undisturbed, point: Point, way: "Way") -> Tally:
    """One point.

    AssertionError, with what was found, if the life that was disturbed ended otherwise
    than it may, or the next start does not make up for it.
    """
    with whole.before(point.stage) as folder:
        disturbance = Disturbance(way.befalls, point.save, point.named)
        end = live(Work(point.stage), folder, disturbance)
        assert way.ends(end), (str(point), end.error, end.crash)
        ways.allow_writing(folder)
        assert not damaged(folder), (str(point), damaged(folder))
        after = live(Work(point.stage), folder)
        assert after.done, (str(point), after.error, after.crash)
        assert not whole.differing(folder), (str(point), whole.differing(folder))
    return Tally(1, refused=int(bool(end.error)), completed=1, same=1)


@dataclass(frozen=True)
class Way:
    """What befalls, how the life that it befalls has to end, and how often it does.

    counts: points of each stage.
    """

    befalls: Befalls
    ends: Callable[[End], bool]
    counts: dict[str, int]


WAYS = {
    "kills": Way(
        ways.kill,
        lambda end: end.killed,
        {"simulate": 3, "pretrain": 5, "finetune": 5, "PS": 8, "directions": 4}
        | {"DFS": 11, "combined": 11, "sweep": 5},
    ),
    "full_disk": Way(
        ways.fill_the_disk, lambda end: bool(end.error), dict.fromkeys(STAGES, 1)
    ),
    "read_only": Way(
        ways.forbid_writing, lambda end: bool(end.error), dict.fromkeys(STAGES, 1)
    ),
    "clock_back": Way(
        ways.set_the_clock_back, lambda end: end.done, dict.fromkeys(STAGES, 1)
    ),
}


def try_all(
    whole: Undisturbed, way: Way, share: float = 1.0
) -> Iterator[dict[str, dict[str, int]]]:
    """Every point of a way, or a share of them: tallies by stage, after every point.

    Stages take turns, so that a run which is stopped has seen all of them.
    """
    each = {
        stage: points(stage, whole.saves(stage), math.ceil(share * count))
        for stage, count in way.counts.items()
    }
    in_turn = [p for row in zip_longest(*each.values()) for p in row if p is not None]
    tallies: dict[str, Counter[str]] = {stage: Counter() for stage in each}
    for point in tqdm(in_turn, unit="point"):
        tallies[point.stage].update(asdict(try_point(whole, point, way)))
        yield {stage: dict(tally) for stage, tally in tallies.items()}
