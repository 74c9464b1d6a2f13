"""Small campaigns of every kind of fault: none is read as good, all are made up for."""

import shutil

import pytest
from faults import bad_calls, bad_lines, side_by_side, untrusted
from faults.bad_input import drawn
from faults.campaigns import KINDS
from faults.damage import AS_GOOD, FOUND, campaign
from faults.disturbed import WAYS, Point, points, try_point
from faults.side_by_side import Round
from faults.undisturbed import SEED, STAGES, Undisturbed
from repeatable import comparable

from evophys_lib.evaluate import results
from evophys_lib.physics.files import sha256


class Timed(Undisturbed):
    """A study whose clock has run: what follows must match but for the seconds."""

    def differing(self, folder):
        """Files without seconds that differ or that one lacks, and `results.json`."""
        own, others = (
            {
                path.relative_to(root).as_posix(): sha256(path)
                for suffix in ("safetensors", "h5", "journal", "tmp")
                for path in root.rglob(f"*.{suffix}")
            }
            for root in (self.folder, folder)
        )
        one, two = (
            comparable(results.read(root / SEED / "results.json"))
            for root in (self.folder, folder)
        )
        unlike = sorted(n for n in own | others if own.get(n) != others.get(n))
        return unlike + ([] if one == two else ["results.json"])


@pytest.fixture(scope="module")
def whole(swept, tmp_path_factory):
    """A finished study with its tables."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(swept / "smoke", folder / "smoke")
    shutil.copytree(swept / "evidence", folder / SEED / "sweep")
    return Timed(folder, [])


def test_no_damage_is_read_as_good(whole):
    counts = campaign(whole.folder / SEED, flipped=12, files=1)
    wanted = {"world model (safetensors)", "scores (json)", "data (h5)", "journal"}
    wanted |= {"shipped model (safetensors)", "evidence (parquet)", "results.json"}
    assert wanted <= counts.keys()
    for kind, faults in counts.items():
        for fault, tally in faults.items():
            assert AS_GOOD not in tally, (kind, fault)
        assert faults["cut off"].keys() == {FOUND}, kind


@pytest.mark.parametrize(
    ("way", "point"),
    [
        ("kills", Point("PS", 2)),
        ("kills", Point("combined", 3, named=False)),
        ("full_disk", Point("DFS", 2)),
        ("read_only", Point("PS", 1)),
        ("clock_back", Point("combined", 1)),
    ],
    ids=str,
)
def test_the_next_start_makes_up_for(whole, way, point):
    assert try_point(whole, point, WAYS[way]).same == 1


def test_processes_on_one_store_do_not_disturb_each_other(whole):
    told = side_by_side.try_round(whole, Round(2, "combined", killed=1))
    assert told == {"rounds": 1, "killed": 1, "completed": 1, "same": 1}


def test_kills_are_fifty_and_more_in_every_stage():
    counts = WAYS["kills"].counts
    assert counts.keys() == STAGES.keys() and sum(counts.values()) >= 50
    assert points("PS", 4, 2) == [Point("PS", 2, named=False), Point("PS", 4, False)]
    assert len(points("PS", 4, 99)) == 8  # before and after each


@pytest.mark.parametrize("name", bad_lines.COMMANDS)
def test_a_bad_line_ends_in_an_error_and_leaves_nothing(name):
    with bad_lines.place() as folder:
        drawn(bad_lines.lines(name), lambda line: bad_lines.ended(line, folder), 8)


def test_bad_arguments_end_in_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in bad_calls.FUNCTIONS:
        drawn(bad_calls.calls(name), lambda call: bad_calls.ends_in_an_error(*call), 5)
    for name in bad_calls.notebook_parameters():
        drawn(bad_calls.runs(name), lambda run: bad_calls.is_refused(*run), 5)


@pytest.mark.parametrize("kind", ["artifact (safetensors)", "data (h5)", "notebook"])
def test_hostile_files_are_refused_with_little_memory(kind, whole):
    told = untrusted.try_kind(kind, whole.folder / SEED / "data" / "validation")
    assert told["refused"] == len(untrusted.ways_of(kind))


def test_every_kind_is_named():
    assert len(KINDS) == 10
