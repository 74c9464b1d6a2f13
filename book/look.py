"""Make what pages show by sliders, in book/evidence/look: data and a still picture.

    python book/look.py [NAME ...]

Reads the study whose trained models come with the repository, at laptop profile, from
where studies lie ($EVOPHYS_OUTPUTS); merges and forecasts that are missing are made.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from evophys_lib.store.disk import write_text
from evophys_lib.study.study import Study, open_study
from rendering.drawing import save
from viewers import forecasts, landscape, routes, stills

FOLDER = Path(__file__).resolve().parent / "evidence" / "look"
PROFILE, SEED = "laptop", 0
VIEWERS: dict[
    str, tuple[Callable[[Study], dict[str, Any]], Callable[[dict[str, Any]], Figure]]
] = {
    "forecasts": (forecasts.make, stills.forecasts),
    "landscape": (landscape.make, stills.landscape),
    "routes": (routes.make, stills.routes),
}
"""By name: data from a study, a picture from the data."""


def main() -> None:
    """Write the data and the picture of every viewer, or of those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(VIEWERS))
    names = parser.parse_args().names or list(VIEWERS)
    if unknown := set(names) - set(VIEWERS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(VIEWERS)}")
    study = open_study(PROFILE, SEED, "cpu")
    for name in names:
        make, draw = VIEWERS[name]
        data = make(study)
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        write_text(FOLDER / f"{name}.json", text + "\n")
        save(draw(data), FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
