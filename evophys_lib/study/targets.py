"""Targets that ask more than the usual one: what varies, and what is seen of it.

A merge for such a target is searched on it: k trajectories as they are seen, the usual
world model and experts. Its forecast starts from a context that is seen so, too, and
is compared with the true fields.

    seen = interpolated(every q-th cell) + σ ξ,   σ = ε s,   ξ ~ N(0, 1)

s: the standard deviation of a trajectory's own first frame, the unit of nRMSE; ξ is
white, its own for every frame and cell. Interpolation is linear, around the ring.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from evophys_lib.physics.layout import Trajectories


@dataclass(frozen=True)
class Target:
    """One of them.

    name: "" for the usual one; options: of its simulation; noise ε; every q.
    """

    name: str = ""
    options: tuple[str, ...] = ()
    noise: float = 0.0
    every: int = 1

    @property
    def is_seen_as_it_is(self) -> bool:
        """Whether what is seen is what is simulated."""
        return self.noise == 0 and self.every == 1

    def seen(self, true: Trajectories, frames: int | None = None) -> Trajectories:
        """What is seen of trajectories, in the first frames or in all.

        The same of the same trajectories, however often they are looked at.
        """
        if self.is_seen_as_it_is:
            return true
        field, shown = true.field.copy(), slice(None, frames)
        field[:, shown] = _coarse(field[:, shown], self.every)
        spread = true.field[:, 0].std(axis=1)[:, None, None]  # (n, 1, 1)
        drawn = _generator(self, true).standard_normal(field.shape, dtype=np.float32)
        field[:, shown] += self.noise * spread * drawn[:, shown]
        return replace(true, field=field)


VARIED = ("--spread", "30")
"""At Pe = 3, U from 0.03 to 0.95 and α from 0.01 to 0.32: Pe from 0.1 to 90."""
USUAL = Target()
TARGETS = {
    target.name: target
    for target in (
        Target("varied", VARIED),
        Target("noise0.01", noise=0.01),
        Target("noise0.05", noise=0.05),
        Target("coarse4", every=4),
        Target("varied_noise0.05", VARIED, noise=0.05),
    )
}
"""By name: U and α of each trajectory its own; noise; one cell of four; the first with
noise, where neither what is fitted to others nor what is read off is exact."""


def _coarse(field: np.ndarray, every: int) -> np.ndarray:
    """Every q-th cell, and between them what lies on a straight line: (n, T, N)."""
    ends = np.concatenate([field[..., ::every], field[..., :1]], axis=-1)
    share = np.arange(every, dtype=field.dtype) / every
    between = ends[..., :-1, None] + share * np.diff(ends)[..., None]
    return between.reshape(field.shape)  # (n, T, N / q, q) -> (n, T, N)


def _generator(target: Target, true: Trajectories) -> np.random.Generator:
    """Of the noise on trajectories of one seed, split and Péclet number."""
    key = f"{target.name}|{true.split.value}|{true.peclet!r}".encode()
    words = np.frombuffer(hashlib.sha256(key).digest(), dtype="<u4")
    return np.random.default_rng([true.seed, *map(int, words)])
