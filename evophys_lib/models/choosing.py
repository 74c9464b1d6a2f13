"""How training is given its best chance: origin, rate and steps, chosen by trials.

Of k > 1 trajectories a trial leaves out the last quarter at every Péclet number; of
k = 1, those of every second inner Péclet number, in two folds. Its error is the mean of
ln f over what was left out, as claims compare ratios.

Trials go by successive halving:

1. each origin (θ₀ or an expert) at the middle rate,
2. from the best of them each rate, for as many steps or more,
3. the two best rates, for twice as many.

The lowest error of rounds 2 and 3 wins. If it is one of round 3, training goes on for
all the steps that may be spent, else for as many as the trial had: it stops early.

Source: Jamieson & Talwalkar 2016, arXiv 1502.07943, figure 3; here origin first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evophys_lib.physics.layout import Trajectories

Lots = dict[float, Trajectories]
"""Trajectories by Péclet number, as many at each."""


@dataclass(frozen=True)
class Setting:
    """origin: "base" or a family; factor: on the usual rate; steps."""

    origin: str
    factor: float
    steps: int


@dataclass(frozen=True)
class Fold:
    """What a trial trains on, and what it leaves out."""

    fit: Lots
    left: Lots


def choose(
    error: Callable[[Setting], float],
    origins: Sequence[str],
    factors: tuple[float, float, float],
    *,
    rounds: tuple[int, int, int],
    whole: int,
) -> Setting:
    """The best setting, with the steps to be trained for.

    error: of a trial; factors: on the usual rate, the middle one first tried; rounds:
    steps of a trial in each; whole: that may be spent. It takes five trials, and one
    for each origin; one less where the first round is as long as the second.
    """
    first, second, third = rounds
    begun = [Setting(origin, factors[1], first) for origin in origins]
    errors = {setting: error(setting) for setting in begun}
    origin = min(begun, key=errors.__getitem__).origin
    longer = [Setting(origin, factor, second) for factor in factors]
    errors = {setting: error(setting) for setting in longer}
    better = sorted(longer, key=errors.__getitem__)[:2]
    longest = [replace(setting, steps=third) for setting in better]
    errors |= {setting: error(setting) for setting in longest}
    winner = min((*longest, *longer), key=errors.__getitem__)
    return replace(winner, steps=whole) if winner in longest else winner


def fold_count(trajectories: int, peclets: int) -> int:
    """How many folds there are: none where nothing can be left out."""
    return 1 if trajectories > 1 else min(2, max(0, peclets - 2))


def fold(lots: Lots, number: int) -> Fold:
    """The fold of a number from 0."""
    count = min(map(len, lots.values()))
    if count > 1:
        cut = count - max(1, count // 4)
        return Fold(
            fit={pe: lot.take(slice(cut)) for pe, lot in lots.items()},
            left={pe: lot.take(slice(cut, None)) for pe, lot in lots.items()},
        )
    out = sorted(lots)[1 + number : -1 : 2]
    return Fold(
        fit={pe: lot for pe, lot in lots.items() if pe not in out},
        left={pe: lots[pe] for pe in out},
    )
