"""How the world model forecasts, beside other ways."""

import numpy as np

from evophys_lib.diagnosis.aims import AIMS
from rendering.labels import PARENTS
from rendering.paired import Ratio, ratio
from rendering.said.facts import Facts, sure
from rendering.said.sentence import Sentence, alone
from rendering.world_models import error

WAYS = ("persistence", "base", "fourier", "dmd", "fno", "expert")


def _way(said: Facts, name: str, family: str, key: str) -> dict[int, float]:
    """A number of a way of forecasting, by seed."""
    rows = said.document("world_models")["rows"]
    told = {row["seed"]: error(row, name, family, key) for row in rows}
    return {seed: value for seed, value in told.items() if value is not None}


def _over_way(said: Facts, name: str, other: str, family: str, key: str) -> Ratio:
    """One way's error over another's."""
    errors = (_way(said, n, family, key) for n in (name, other))
    return sure(ratio(*errors))


def _first(said: Facts, name: str, key: str) -> bool:
    """Whether a way is certainly better than every other, on either source."""
    return all(
        _over_way(said, name, other, family, key).lower
        for family in PARENTS
        for other in WAYS
        if other != name
    )


def _mean_ratio(said: Facts, family: str, key: str) -> float:
    """Of the neural operator's mean over the expert's."""
    means = (np.mean([*_way(said, n, family, key).values()]) for n in ("fno", "expert"))
    return float(next(means) / next(means))


FORECASTING = (
    Sentence(
        """After five frames DMD is better than every other way on either source, with a
        tenth of the expert's error on heat and a third on Burgers; after fifty the
        expert is better than every other.""",
        lambda said: (
            _first(said, "dmd", "nrmse_t5")
            and _first(said, "expert", "nrmse_t50")
            and [
                round(_over_way(said, "expert", "dmd", f, "nrmse_t5").centre)
                for f in PARENTS
            ]
            == [10, 3]
        ),
    ),
    Sentence(
        """The neural operator is not told apart from the expert after five frames, and
        errs two to three times as much after fifty. It has as many numbers as encoder
        and predictor together, within two per cent, and took as long as an expert and
        half of the pretraining, within a tenth on average over seeds.""",
        lambda said: all(
            not _over_way(said, "fno", "expert", f, "nrmse_t5").decided
            and (far := _over_way(said, "fno", "expert", f, "nrmse_t50")).higher
            and 2 < far.centre < 3
            and abs(_mean_ratio(said, f, "parameters") - 1) < 0.02
            and abs(_mean_ratio(said, f, "seconds") - 1) < 0.1
            for f in PARENTS
        ),
    ),
)
PAPER = Sentence(
    """The larger `paper` profile, on a GPU, has targets of its own: about half of the
    mean errors above.""",
    lambda said: all(
        abs(aim / np.mean([*values.values()]) - 0.5) < 0.06
        for family in PARENTS
        for aim, values in (
            (AIMS["paper"].floor[family], _way(said, "floor", family, "")),
            *(
                (ahead[family], _way(said, "expert", family, f"nrmse_t{frames}"))
                for frames, ahead in AIMS["paper"].ahead.items()
            ),
        )
    ),
)


PLACES = {"ways": alone(*FORECASTING), "paper": alone(PAPER)}
