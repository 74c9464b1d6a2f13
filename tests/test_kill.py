"""Killed after any save and started again, a study ends with the same bytes.

The processes are real and so is SIGKILL. When it comes is chosen by what has happened,
never by the clock, so that fast and slow machines see as many. The processes are
forked from a server that has the library loaded, since each would otherwise take
seconds to begin.
"""

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import killing
import pytest
from repeatable import comparable

from evophys_lib.evaluate import results
from evophys_lib.physics.files import sha256
from evophys_lib.store import disk

PATIENCE_S = 1800  # until silence is a halt, on the slowest of machines
SERVER = get_context("forkserver")
SERVER.set_forkserver_preload(["evophys_lib.scoring.report"])


class Life:
    """A process that tells how far it has come, and can be killed."""

    def __init__(self, work: Callable, folder: Path) -> None:
        self._ear, mouth = SERVER.Pipe()
        self._process = SERVER.Process(target=work, args=(mouth, folder))
        self._process.start()
        mouth.close()

    @property
    def number(self) -> int:
        """The system's number of the process."""
        return self._process.pid

    def hear(self) -> object | None:
        """What it tells next; None once it has ended."""
        assert self._ear.poll(PATIENCE_S), "the process has come to a halt"
        try:
            return self._ear.recv()
        except EOFError:
            return None

    def answer(self) -> None:
        """Let it go on, where it waits for that."""
        self._ear.send(None)

    def kill(self) -> bool:
        """Kill it; whether it was still at work."""
        self._process.kill()
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Its exit status, when it has ended."""
        self._process.join(PATIENCE_S)
        self._ear.close()
        return self._process.exitcode


@pytest.fixture
def live(tmp_path) -> Iterator[Callable[[Callable], Life]]:
    """Starts processes on a folder; none outlives the test."""
    lives: list[Life] = []

    def begin(work: Callable) -> Life:
        lives.append(Life(work, tmp_path))
        return lives[-1]

    yield begin
    for life in lives:
        life.kill()


def files(folder: Path) -> dict[str, Path]:
    """By name within a folder, locks aside."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")
    return {p.relative_to(folder).as_posix(): p for p in found}


def without_seconds(record: Path) -> dict:
    content = disk.read_json(record)
    assert content.pop("seconds") > 0
    return content


def test_a_study_killed_again_and_again_ends_with_the_same_bytes(
    finished_study, live, tmp_path
):
    data = Path("smoke", "seed0", "data")
    shutil.copytree(finished_study.folder / data, tmp_path / data)
    rng, hits = random.Random(0), []
    for last in iter(lambda: run_until_killed(live, rng), None):
        hits.append(last)
    assert len(hits) >= 50
    stages = {name.removesuffix(".journal") for name in hits}
    models = {"world_model", "probe", "expert_heat", "expert_burgers"}
    merges = {"ps", "random_search", "dfs", "ps_dfs"}
    for group in (models, merges):
        assert len(stages & {f"{name}.safetensors" for name in group}) >= 3

    whole, killed = files(finished_study.folder), files(tmp_path)
    assert killed.keys() == whole.keys()  # no journal, no temporary file is left
    for name, path in killed.items():
        if name.endswith(".record.json"):
            assert without_seconds(path) == without_seconds(whole[name]), name
        elif path.name == "results.json":
            one, two = (comparable(results.read(p)) for p in (path, whole[name]))
            assert disk.canonical_json(one) == disk.canonical_json(two)
        else:
            assert sha256(path) == sha256(whole[name]), name


def run_until_killed(live, rng: random.Random) -> str | None:
    """The file put in place last before the study was killed; None if it ended.

    It is killed between a save and what follows, or in the midst of what follows.
    """
    study, last = live(killing.run_study), ""
    for n in range(rng.randint(1, 3)):
        if n > 0:
            study.answer()
        name = study.hear()
        if name is None:
            assert study.end() == 0
            return None
        last = name
    if last == "results.json":  # nothing follows
        study.answer()
        assert study.end() == 0
        return None
    if rng.random() < 0.5:
        study.answer()
    assert study.kill()
    return last


def test_of_two_processes_one_makes_it_and_the_other_waits(live, tmp_path):
    one, two = live(killing.make_slowly), live(killing.make_slowly)
    assert one.hear() == two.hear() == "asking"
    maker = wait_for_maker(one, two)
    time.sleep(0.2)  # in which the other could wrongly begin
    (tmp_path / "finish").touch()
    assert one.hear() == two.hear() == maker.number
    assert one.end() == two.end() == 0


def wait_for_maker(*lives: Life) -> Life:
    """The only one that says that it makes the artifact."""
    for _ in range(100 * PATIENCE_S):
        for life in lives:
            if life._ear.poll(0.01):
                assert life.hear() == "making"
                return life
    pytest.fail("nobody makes the artifact")


def test_the_next_makes_what_the_first_was_killed_over(live, tmp_path):
    first = live(killing.make_slowly)
    assert (first.hear(), first.hear()) == ("asking", "making")
    second = live(killing.make_slowly)
    assert second.hear() == "asking"
    assert first.kill()
    assert second.hear() == "making"
    (tmp_path / "finish").touch()
    assert second.hear() == second.number
    assert second.end() == 0


def test_a_file_is_whole_whenever_its_writer_is_killed(live, tmp_path):
    rng, path, left = random.Random(1), tmp_path / "file", 0
    for trial in range(20):
        writer = live(killing.write_forever)
        assert writer.hear() == killing.WRITTEN
        writer.answer()
        told = writer.hear()
        assert writer.hear() == killing.WRITTEN
        if trial % 2:  # else it is killed over a file that has not got its name
            writer.answer()
            time.sleep(rng.uniform(0, 0.02))
        assert writer.kill()
        first, *others = path.read_text().splitlines()
        assert int(first) >= told and others == [first] * 19_999
        left += len(files(tmp_path)) - 1
        with disk.locked(path):
            assert files(tmp_path).keys() == {"file"}
    assert left >= 10
