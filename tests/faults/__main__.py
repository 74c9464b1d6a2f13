"""The command line of the faults."""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from repeatable import REPEATABLE

os.environ.update({k: v for k, v in REPEATABLE.items() if k != "TQDM_DISABLE"})

from faults import campaigns


def main() -> None:
    """Run the campaigns that are asked for and write what was counted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Inject faults for real into tiny studies of their own, and count "
        "what became of them.",
        epilog="An AssertionError says what was not survived.",
    )
    parser.add_argument(
        "kinds",
        nargs="*",
        metavar="KIND",
        help=f"of {', '.join(campaigns.KINDS)}; all if none is named. Counts of the "
        "others stay as they are in the file",
    )
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn, 0")
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        help="of the points that are tried, for a quick look; 1 by default",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("book/evidence/faults.json"),
        help="the file to write, %(default)s by default",
    )
    asked = parser.parse_args()
    unknown = set(asked.kinds) - campaigns.KINDS.keys()
    if unknown or not 0 < asked.share <= 1:
        parser.error(f"unknown: {', '.join(unknown)}" if unknown else "--share: (0, 1]")
    told = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    size = campaigns.Size(seed=asked.seed, share=asked.share)
    for name in asked.kinds or campaigns.KINDS:
        for counted in campaigns.KINDS[name](size):
            told |= counted
            campaigns.write(asked.out, told)
    print(asked.out)


if __name__ == "__main__":
    main()
