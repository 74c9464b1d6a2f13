"""What became of all tests under this Python, in this order.

    python -m tests.runs [--order written|random|alone] [--seed 0]
        [--out book/evidence/runs.json] [PATH ...]

In the order written the notebooks are run, too, as by `make test`. At random, files and
the tests in each are shuffled, which needs `pip install pytest-randomly`. Alone, every
file has a process of its own. What the file holds of other Pythons and orders is kept.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDERS = ("written", "random", "alone")
OUTCOMES = ("passed", "failed", "skipped")
NOTEBOOKS = ["--nbval", "--nbval-current-env"]


def count(*arguments: str) -> Counter:
    """Tests that passed, failed and were skipped, in one process of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
        ended = subprocess.run(command, cwd=ROOT).returncode
        if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise SystemExit(f"no run of the tests: {' '.join(command)}")
        suites = ElementTree.parse(report).getroot().iter("testsuite")
        told = Counter({k: int(v) for s in suites for k, v in s.items() if v.isdigit()})
    failed = told["failures"] + told["errors"]
    passed = told["tests"] - failed - told["skipped"]
    return Counter(passed=passed, failed=failed, skipped=told["skipped"])


def run(order: str, seed: int, paths: list[str]) -> Counter:
    """The counts of one order; `paths` are those of all tests if none is named."""
    if order == "alone":
        files = paths or sorted(map(str, (ROOT / "tests").glob("test_*.py")))
        return sum((count("-p", "no:randomly", file) for file in files), Counter())
    if order == "random":
        return count(f"--randomly-seed={seed}", *paths)
    return count("-p", "no:randomly", *NOTEBOOKS, *paths)


def main() -> None:
    """Run, and put the counts in their place in the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", metavar="PATH", help="all tests by default")
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0])
    parser.add_argument("--seed", type=int, default=0, help="of the order at random")
    parser.add_argument("--out", type=Path, default=Path("book/evidence/runs.json"))
    asked = parser.parse_args()
    counted = run(asked.order, asked.seed, asked.paths)
    under = {"python": platform.python_version(), "torch": version("torch")}
    entry = under | {"order": asked.order} | {name: counted[name] for name in OUTCOMES}
    told = json.loads(asked.out.read_text())["runs"] if asked.out.exists() else []
    kept = [old for old in told if any(old[k] != entry[k] for k in ("python", "order"))]
    told = sorted([*kept, entry], key=lambda r: (r["python"], ORDERS.index(r["order"])))
    asked.out.write_text(json.dumps({"runs": told}, indent=1) + "\n", encoding="utf-8")
    print(asked.out, entry)


if __name__ == "__main__":
    main()
