"""How much of the library the tests run, lines and branches by room.

    python -m tests.covered [--data .coverage] [--out book/evidence/coverage.json]

Reads what `coverage combine` left; `make coverage` runs the tests first.
"""

import argparse
import json
import platform
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import coverage

NAMES = {
    "num_statements": "lines",
    "covered_lines": "lines_run",
    "num_branches": "branches",
    "covered_branches": "branches_taken",
}
"""Of counts, in the report and here."""
NO_ROOM = "beside the rooms"


def room(path: str) -> str:
    """Of a module of the library."""
    below = Path(path).parts[Path(path).parts.index("evophys_lib") + 1 :]
    return below[0] if len(below) > 1 else NO_ROOM


def figures(data: Path) -> dict[str, Any]:
    """Counts by room, and what counted."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        counted = coverage.Coverage(data_file=data)
        counted.load()
        counted.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    rooms: dict[str, Counter] = {}
    for path, found in sorted(files.items()):
        counts = {name: found["summary"][key] for key, name in NAMES.items()}
        rooms.setdefault(room(path), Counter()).update(counts)
    versions = {"python": platform.python_version(), "coverage": coverage.__version__}
    return versions | {"rooms": {name: dict(count) for name, count in rooms.items()}}


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(".coverage"))
    parser.add_argument("--out", type=Path, default=Path("book/evidence/coverage.json"))
    asked = parser.parse_args()
    text = json.dumps(figures(asked.data), indent=1)
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(asked.out)


if __name__ == "__main__":
    main()
