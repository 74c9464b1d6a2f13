"""What was loaded and what was made, for whoever runs cells one by one to read."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from evophys_lib.store import artifacts

NAMED = 4
"""Of what a line names; of more it says how many."""


@dataclass
class Told:
    """Tells of the artifacts that were asked for since it last did.

    since: when that was, in seconds since the epoch. An artifact whose record is
    younger was made, by whichever process; others were there.
    """

    since: float = field(default_factory=time.time)

    def line(self) -> str:
        """What was loaded and what was made, in words; empty if nothing was."""
        made: list[str] = []
        loaded: Counter[str] = Counter()
        for path in artifacts.USED:
            record = artifacts.record_path(path)
            if record.exists() and record.stat().st_mtime >= self.since:
                seconds = artifacts.seconds_of(path)
                made.append(f"{path.parent.name}/{path.stem} ({seconds:.0f} s)")
            else:
                loaded[_folder(path)] += 1
        artifacts.USED.clear()
        self.since = time.time()
        there = [f"{count} from {folder}" for folder, count in loaded.items()]
        parts = (("loaded", there), ("made", made))
        return "; ".join(f"{verb} {_listed(of)}" for verb, of in parts if of)


TOLD = Told()
"""Of this process."""


def _listed(names: list[str]) -> str:
    left = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {left} more" if left > 0 else "")


def _folder(path: Path) -> str:
    """The folder of a study that an artifact lies in, such as `models`."""
    inside = [i for i, part in enumerate(path.parts) if part.startswith("seed")]
    return path.parts[inside[-1] + 1] if inside else path.parent.name
