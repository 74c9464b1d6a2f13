"""Several processes on one store at once, and one of them killed among the others."""

from collections.abc import Iterator
from dataclasses import dataclass

from tqdm import tqdm

from faults import ways
from faults.lives import Disturbance, Life, live
from faults.undisturbed import Undisturbed, Work


@dataclass(frozen=True)
class Round:
    """So many processes begin a stage together.

    killed: after which of its saves the first is killed; None: it is not.
    """

    processes: int
    stage: str
    killed: int | None = None


ROUNDS = (
    Round(2, "PS"), Round(2, "DFS", killed=2), Round(4, "combined"),
    Round(4, "PS", killed=1), Round(4, "finetune", killed=9),
)  # fmt: skip


def try_round(whole: Undisturbed, chosen: Round) -> dict[str, int]:
    """What came of one; AssertionError if one that was not killed did not end well."""
    kill = Disturbance(ways.kill, chosen.killed or 0) if chosen.killed else None
    with whole.before(chosen.stage) as folder:
        work = Work(chosen.stage)
        lives = [
            Life(work, folder, None if i else kill) for i in range(chosen.processes)
        ]
        ends = [life.end() for life in lives]
        assert all(end.done or (end.killed and i == 0) for i, end in enumerate(ends)), [
            (end.error, end.crash) for end in ends
        ]
        if ends[0].killed:
            assert live(work, folder).done, chosen
        assert not whole.differing(folder), (chosen, whole.differing(folder))
    return {
        "rounds": 1,
        "killed": sum(end.killed for end in ends),
        "completed": sum(end.done for end in ends),
        "same": 1,
    }


def try_all(
    whole: Undisturbed, share: float = 1.0
) -> Iterator[dict[str, dict[str, int]]]:
    """Counts by the number of processes, after every round."""
    counts: dict[str, dict[str, int]] = {}
    for chosen in tqdm(ROUNDS[: max(1, round(share * len(ROUNDS)))], unit="round"):
        own = counts.setdefault(str(chosen.processes), {})
        for name, count in try_round(whole, chosen).items():
            own[name] = own.get(name, 0) + count
        yield counts
