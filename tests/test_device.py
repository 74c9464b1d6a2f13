"""One place decides on device, threads and random numbers."""

import os
import subprocess
import sys

import pytest
import torch

from evophys_lib.errors import ParameterError
from evophys_lib.study.study import Stream, open_study
from evophys_lib.worldmodel.device import resolve, seeded, set_threads


@pytest.fixture
def no_cuda(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def cuda(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.fixture
def threads(monkeypatch):
    """torch's thread count is put back, and four cores are there."""
    before = torch.get_num_threads()
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    yield
    torch.set_num_threads(before)


def test_cuda_where_there_is_none_is_refused(no_cuda):
    with pytest.raises(ParameterError) as caught:
        resolve("cuda")
    assert str(caught.value) == (
        "device = 'cuda' is not allowed: this machine has no CUDA device that torch "
        "can use. Pass device = 'auto' or 'cpu', or install a CUDA build of torch."
    )


def test_a_study_on_cuda_where_there_is_none_leaves_no_folder(
    no_cuda, monkeypatch, tmp_path
):
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path / "outputs"))
    with pytest.raises(ParameterError, match="device = 'cuda'"):
        open_study("smoke", 0, "cuda")
    assert not (tmp_path / "outputs").exists()


def test_auto_takes_the_cpu_where_there_is_nothing_else(no_cuda):
    assert resolve("auto") == resolve("cpu") == torch.device("cpu")


def test_cuda_is_taken_where_it_is_unless_told_otherwise(cuda):
    assert resolve("auto") == resolve("cuda") == torch.device("cuda")
    assert resolve("cpu") == torch.device("cpu")


def test_an_unknown_device_is_refused():
    with pytest.raises(ParameterError, match="one of auto, cpu, cuda"):
        resolve("gpu")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("1", 1),
        ("3", 3),
        ("64", 4),  # never more than there are cores
        ("", 1),
        ("0", 1),
        ("-1", 1),
        ("many", 1),
    ],
)
def test_the_thread_count_follows_the_variable(
    threads, monkeypatch, variable, expected
):
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert set_threads() == torch.get_num_threads() == expected


def test_without_the_variable_there_is_one_thread(threads, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert set_threads() == torch.get_num_threads() == 1


def test_a_study_prefers_what_repeats_and_sets_a_workspace_for_it(threads, monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.use_deterministic_algorithms(False)
    open_study("smoke", 0, "cpu")
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_no_compiler_is_loaded_for_that():
    """It would take as long as torch itself, in every process anew."""
    begun = (
        "from evophys_lib.study.study import open_study; open_study('smoke', 0, 'cpu')"
    )
    told = f"import sys; {begun}; print('torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def drawn(*numbers):
    return tuple(torch.randint(2**62, (4,), generator=seeded(*numbers)).tolist())


def test_a_stream_repeats():
    assert drawn(3, 1, 4) == drawn(3, 1, 4)


def test_streams_share_no_numbers():
    names = [(s, *rest) for s in range(8) for rest in ((), *streams())]
    assert len({number for name in names for number in drawn(*name)}) == 4 * len(names)


def streams():
    """Names of streams that are prefixes, swaps and neighbours of each other."""
    return [(0,), (1,), (2,), (0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1)]


def test_seed_and_stream_are_not_interchangeable():
    assert drawn(1, 2) != drawn(2, 1)


@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_every_seed_of_a_run_has_its_streams(seed):
    assert len({drawn(seed, stream.value) for stream in Stream}) == len(Stream)


def test_random_numbers_leave_the_global_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    drawn(0, 1)
    assert torch.equal(torch.rand(3), expected)
