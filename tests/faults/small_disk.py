"""A disk that is really full: a tmpfs with little room beyond what is there already.

    unshare --map-root-user --mount python -m faults.small_disk WHOLE

The process needs a mount namespace of its own, which `try_all` starts; where the system
does not allow that, nothing is tried, and the count says so.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from faults.lives import live
from faults.undisturbed import Undisturbed, Work, damaged

ROOM_KB = (0, 8, 40, 120, 400)
"""Kilobytes that are free when the stages begin."""
STAGES = ("PS", "DFS")
PLENTY = "64m"


def try_all(whole: Undisturbed, share: float = 1.0) -> dict[str, int]:
    """How many rooms were tried, found too small, and made up for in a larger one."""
    inside = ["unshare", "--map-root-user", "--mount"]
    here = Path(__file__).resolve().parents[1]
    path = os.pathsep.join([str(here), str(here.parent)])
    if shutil.which("unshare") is None or subprocess.run([*inside, "true"]).returncode:
        return {"tried": 0}
    rooms = ROOM_KB[: max(1, round(share * len(ROOM_KB)))]
    done = subprocess.run(
        [*inside, sys.executable, "-m", "faults.small_disk", str(whole.folder)]
        + [str(room) for room in rooms],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
    )
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def try_room(whole: Undisturbed, stage: str, room: int) -> bool:
    """Whether the room was too small; the next start, with plenty, ends the same."""
    with whole.before(stage) as template, tempfile.TemporaryDirectory() as disk:
        mount = ["mount", "-t", "tmpfs", "none", disk, "-o"]
        subprocess.run([*mount, f"size={PLENTY}"], check=True)
        try:
            folder = Path(disk) / "outputs"
            shutil.copytree(template, folder)
            usage = shutil.disk_usage(disk)
            small = f"remount,size={usage.used // 1024 + room}k"
            subprocess.run([*mount, small], check=True)
            first = live(Work(stage), folder)
            assert first.error or first.done, first.crash
            subprocess.run([*mount, f"remount,size={PLENTY}"], check=True)
            assert not damaged(folder), damaged(folder)
            assert live(Work(stage), folder).done
            assert not whole.differing(folder), whole.differing(folder)
        finally:
            subprocess.run(["umount", disk], check=True)
    return bool(first.error)


def main(folder: str, *rooms: str) -> None:
    """Print the counts."""
    whole = Undisturbed(Path(folder), [])
    found = [try_room(whole, stage, int(room)) for stage in STAGES for room in rooms]
    print(json.dumps({"tried": len(found), "refused": sum(found), "same": len(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
