"""From nothing to a picture: a fresh clone, its environment, `make look`; by the clock.

    python benchmarks/first_look.py [--out book/evidence/first_look.json]

Clones what is committed here into a folder that goes afterwards, installs every package
from where pip finds it, its cache or a network, and runs the notebook. No variable of
this project or of an environment that is active here is passed on.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import cores, finish, machine, options, seconds

ROOT = Path(__file__).resolve().parent.parent
OURS = ("EVOPHYS_", "PYTHON", "VIRTUAL_ENV")
STEPS = {"environment": "env", "notebook and page": "look"}
"""Targets of make, by what they do here, in order."""


def measure(source: Path, folder: Path) -> dict[str, float]:
    """Seconds of every step; source is cloned to folder.

    Raises CalledProcessError where a step fails, LookupError where it ends without a
    picture.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    clone = ["git", "clone", "--quiet", str(source), str(folder)]
    commands = {"clone": clone}
    commands |= {
        step: ["make", "-C", str(folder), target] for step, target in STEPS.items()
    }
    spent = {
        step: seconds(lambda told=told: subprocess.run(told, check=True, env=clean))
        for step, told in commands.items()
    }
    pages = (folder / "outputs").rglob("*.html")
    if not any("data:image/png" in page.read_text("utf-8") for page in pages):
        raise LookupError(f"{folder / 'outputs'} has no page with a picture")
    return spent


def main() -> None:
    """Measure once: what lies in caches afterwards would make a second time shorter."""
    arguments = options(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        spent = measure(ROOT, Path(scratch) / "clone")
    figures = {
        "machine": machine(),
        "device": "cpu",
        "threads": cores(),
        "seconds": {step: round(s, 1) for step, s in spent.items()},
    }
    text = "\n".join(f"{step}: {s:.1f} s" for step, s in spent.items())
    finish(figures, text, arguments.out)


if __name__ == "__main__":
    try:
        main()
    except (subprocess.CalledProcessError, LookupError) as error:
        sys.exit(f"error: {error}")
