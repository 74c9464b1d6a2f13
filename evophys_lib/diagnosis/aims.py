"""What the world model is aimed at, laid down before it is measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evophys_lib.evaluate.horizons import names


@dataclass(frozen=True)
class Aims:
    """The largest values allowed.

    floor: nRMSE by family, on its own test split, of the encoded truth decoded; ahead:
    that of its expert, by frames ahead; minutes: for pretraining and all fine-tunings,
    by the clock.
    """

    floor: Mapping[str, float]
    ahead: Mapping[int, Mapping[str, float]]
    minutes: float

    def described(self) -> dict[str, Any]:
        """As world_models.json has them, horizons by their names."""
        by_name = dict(zip(names(self.ahead), self.ahead.values(), strict=True))
        return {"floor": self.floor, **by_name, "minutes": self.minutes}


AIMS = {
    "laptop": Aims(
        floor={"heat": 0.01, "burgers": 0.02},
        ahead={
            5: {"heat": 0.03, "burgers": 0.03},
            50: {"heat": 0.05, "burgers": 0.05},
        },
        minutes=6.0,  # on two cores
    ),
    "paper": Aims(
        floor={"heat": 6e-4, "burgers": 0.003},
        ahead={
            5: {"heat": 0.0045, "burgers": 0.003},
            50: {"heat": 0.009, "burgers": 0.02},
        },
        minutes=60.0,  # on a data-centre GPU
    ),
}
"""By profile. Those of `paper` are about half of the means that five seeds of the
laptop profile reach (book/evidence/world_models.json), which was asked for less."""


def of_profile(name: str) -> Aims | None:
    """The aims of a profile, whatever its predictor's cell; None if it has none."""
    return AIMS.get(name.removesuffix("-gru"))
