"""Outcomes of tests are counted as they came."""

from runs import count, run

TESTS = """
import pytest


def test_good():
    pass


def test_bad():
    raise ValueError


@pytest.fixture
def broken():
    raise ValueError


def test_never_begun(broken):
    pass


@pytest.mark.skip
def test_left_out():
    pass
"""
ONE_FILE = {"passed": 1, "failed": 2, "skipped": 1}


def test_outcomes_are_counted_in_one_process_and_in_several(tmp_path):
    files = [tmp_path / f"test_{name}.py" for name in ("one", "two")]
    for file in files:
        file.write_text(TESTS)
    assert count("-p", "no:randomly", str(files[0])) == ONE_FILE
    together = run("alone", 0, [str(file) for file in files])
    assert together == {outcome: 2 * number for outcome, number in ONE_FILE.items()}
